//! `governance/release/v1`: a release for programs.

use super::{AttemptView, BuildView, ReleaseView};
use domain_types::Timestamp;
use serde::Serialize;

/// The document.
#[derive(Debug, Serialize)]
pub(crate) struct ReleaseJson<'a> {
    schema: &'static str,
    release: &'a str,
    version: String,
    state: &'static str,
    builds: Vec<BuildJson<'a>>,
}

#[derive(Debug, Serialize)]
struct BuildJson<'a> {
    repository: &'a str,
    platform: &'a str,
    state: &'static str,
    attempts: Vec<AttemptJson>,
}

#[derive(Debug, Serialize)]
struct AttemptJson {
    number: u32,
    started: Timestamp,
    ended: Option<Timestamp>,
    outcome: Option<&'static str>,
}

impl<'a> ReleaseJson<'a> {
    /// The document of a view.
    pub(crate) fn of(view: &'a ReleaseView) -> Self {
        Self {
            schema: "governance/release/v1",
            release: view.name.as_str(),
            version: view.version.to_string(),
            state: view.phase.label(),
            builds: view.builds.iter().map(of_build).collect(),
        }
    }
}

fn of_build(build: &BuildView) -> BuildJson<'_> {
    BuildJson {
        repository: &build.repository,
        platform: &build.platform,
        state: build.state.label(),
        attempts: build.attempts.iter().map(of_attempt).collect(),
    }
}

fn of_attempt(attempt: &AttemptView) -> AttemptJson {
    AttemptJson {
        number: attempt.number,
        started: attempt.started,
        ended: attempt.ended,
        outcome: attempt.outcome,
    }
}
