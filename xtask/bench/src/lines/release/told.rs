//! What GitHub's own log tells of the times of one release.

use super::COMPONENTS;
use crate::organisation::OWNER;
use anyhow::{Context as _, Result, ensure};
use domain_types::Timestamp;
use github_sim::{Happened, Truth};
use std::collections::BTreeMap;

/// Times of one release, in milliseconds.
#[derive(Debug, PartialEq)]
pub(super) struct Told {
    /// For every component that needs others: from the end of the last run that it needs to its own dispatch.
    pub(super) edges: Vec<f64>,
    /// From the push of the tag to the first dispatch.
    pub(super) planning: f64,
    /// From the first dispatch to the end of the last run.
    pub(super) building: f64,
    /// From there to the publication.
    pub(super) publishing: f64,
}

/// Moments of one release.
#[derive(Debug, Default)]
struct Moments {
    pushed: Option<Timestamp>,
    dispatched: BTreeMap<String, Timestamp>,
    ended: BTreeMap<String, Timestamp>,
    published: Option<Timestamp>,
}

impl Told {
    /// What it tells; an error if something is missing.
    pub(super) fn of(truth: &[Truth]) -> Result<Self> {
        let moments = moments(truth);
        ensure!(
            moments.ended.len() == COMPONENTS.len() && moments.dispatched.len() == COMPONENTS.len(),
            "some of the {} runs are missing",
            COMPONENTS.len()
        );
        let pushed = moments.pushed.context("no tag was pushed")?;
        let first = moments
            .dispatched
            .values()
            .min()
            .context("nothing was dispatched")?;
        let last = moments.ended.values().max().context("nothing was built")?;
        let published = moments.published.context("nothing was published")?;
        Ok(Self {
            edges: moments.edges(),
            planning: between(pushed, *first),
            building: between(*first, *last),
            publishing: between(*last, published),
        })
    }
}

impl Moments {
    fn edges(&self) -> Vec<f64> {
        let edge = |(name, needs, _): &(&str, &[&str], &[&str])| {
            let last = needs.iter().filter_map(|need| self.ended.get(*need)).max()?;
            Some(between(*last, *self.dispatched.get(*name)?))
        };
        COMPONENTS.iter().filter_map(edge).collect()
    }
}

fn between(earlier: Timestamp, later: Timestamp) -> f64 {
    later.milliseconds_since(earlier) as f64
}

#[allow(
    clippy::wildcard_enum_match_arm,
    reason = "of everything that can happen, times are taken of a little"
)]
fn moments(truth: &[Truth]) -> Moments {
    let mut moments = Moments::default();
    let mut repositories = BTreeMap::new();
    for line in truth {
        match &line.what {
            // Those of the components are pushed before: the last one asks for the release.
            Happened::RefCreated { name, .. } if name.starts_with("refs/tags/") => {
                moments.pushed = Some(line.at);
            }
            Happened::Dispatched { repository, .. } => {
                moments.dispatched.insert(plain(repository), line.at);
            }
            Happened::RunCreated { run, repository, .. } => {
                repositories.insert(*run, plain(repository));
            }
            Happened::RunCompleted { run, .. } => {
                if let Some(repository) = repositories.get(run) {
                    moments.ended.insert(repository.clone(), line.at);
                }
            }
            Happened::ReleasePublished { .. } => moments.published = Some(line.at),
            _ => {}
        }
    }
    moments
}

/// The name of a repository without its owner.
fn plain(repository: &str) -> String {
    let name = repository
        .strip_prefix(OWNER)
        .and_then(|rest| rest.strip_prefix('/'));
    name.unwrap_or(repository).to_owned()
}
