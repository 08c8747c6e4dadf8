//! What is shown while the release runs: what happens on GitHub, and what the server makes of it.

use super::organisation::Setting;
use crate::{Failure, clock, output};
use domain_types::ReleaseId;
use github_sim::Happened;
use orchestrator::Phase;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;
use storage::{OpenMode, Store, open_sqlite};

/// Milliseconds between two looks: a person reads no faster.
const LOOK_MILLISECONDS: u64 = 50;

/// Seconds after which a demo that has not ended has failed: it takes less than ten.
const SECONDS_MAX: u64 = 300;

/// Tells what happens.
pub(super) struct Story<'a> {
    setting: &'a Setting,
    state: PathBuf,
    told: usize,
    phase: Option<String>,
}

impl<'a> Story<'a> {
    pub(super) fn new(setting: &'a Setting, state: &Path) -> Self {
        Self {
            setting,
            state: state.to_owned(),
            told: 0,
            phase: None,
        }
    }

    /// Tells until the release has come to rest; true if it is published.
    #[allow(
        clippy::disallowed_methods,
        reason = "what is shown to a person is looked at as often as a person reads; nothing waits for it"
    )]
    pub(super) async fn tell_to_the_end(&mut self) -> Result<bool, Failure> {
        let opened = open_sqlite(&self.state, OpenMode::Existing, clock::now()).await;
        let store: Arc<dyn Store> = Arc::new(opened.map_err(|error| Failure::world(error, "try again"))?);
        let mut look = tokio::time::interval(Duration::from_millis(LOOK_MILLISECONDS));
        for _ in 0..SECONDS_MAX * 1_000 / LOOK_MILLISECONDS {
            look.tick().await;
            self.tell_github();
            let Some(phase) = self.tell_phase(&*store).await? else {
                continue;
            };
            match phase {
                Phase::Published => return Ok(true),
                Phase::Stalled { .. } | Phase::Cancelled => return Ok(false),
                Phase::Unplanned
                | Phase::Planned
                | Phase::AwaitingApproval
                | Phase::Building
                | Phase::Collecting
                | Phase::Verifying
                | Phase::AwaitingSignatures
                | Phase::Drafted
                | Phase::Withdrawn
                | Phase::Rehearsed
                | Phase::Paused { .. }
                | Phase::Superseded { .. }
                | Phase::FellBack => {}
            }
        }
        Err(Failure::no(
            format!("the release did not come to rest within {SECONDS_MAX} s"),
            "report this as a bug, with the folder of the demo",
        ))
    }

    /// How much was asked of GitHub: what an hour has is limited.
    pub(super) fn tell_requests(&self) {
        let truth = self.setting.github.truth();
        let asked = truth
            .iter()
            .filter(|truth| matches!(truth.what, Happened::Request { host: "api", .. }));
        output::note(&format!(
            "{} requests were made to GitHub's API for it",
            asked.count()
        ));
    }

    fn tell_github(&mut self) {
        let truth = self.setting.github.truth();
        for happened in truth.iter().skip(self.told) {
            if let Some(line) = line(&happened.what) {
                output::note(&format!("  GitHub: {line}"));
            }
        }
        self.told = truth.len();
    }

    async fn tell_phase(&mut self, store: &dyn Store) -> Result<Option<Phase>, Failure> {
        let failed = |error: &dyn std::error::Error| Failure::world(error, "try again");
        let listed = store.list_releases().await.map_err(|error| failed(&error))?;
        let Some(summary) = listed.first() else {
            return Ok(None);
        };
        let id: &ReleaseId = &summary.id;
        let state = runtime::load(store, id).await.map_err(|error| failed(&error))?;
        let Some(state) = state else { return Ok(None) };
        let phase = state.phase().clone();
        let shown = phase.to_string();
        if self.phase.as_ref() != Some(&shown) {
            output::note(&format!("{id}: {shown}"));
            self.phase = Some(shown);
        }
        Ok(Some(phase))
    }
}

/// What a person wants to hear of.
fn line(happened: &Happened) -> Option<String> {
    Some(match happened {
        Happened::RefCreated { repository, name, .. } if name.starts_with("refs/tags/") => {
            format!("{repository} has {name}")
        }
        Happened::RunCreated {
            repository,
            run,
            title,
            ..
        } => format!("{repository} run {run} begins: {title}"),
        Happened::RunCompleted { run, conclusion, .. } => format!("run {run} ends: {conclusion}"),
        Happened::ReleaseCreated { repository, tag, .. } => format!("{repository} has a draft of {tag}"),
        Happened::AssetUploaded { name, .. } => format!("{name} is uploaded"),
        Happened::ReleasePublished { repository, tag, .. } => format!("{repository} publishes {tag}"),
        Happened::Request { .. }
        | Happened::Fault { .. }
        | Happened::TokenMade { .. }
        | Happened::RefCreated { .. }
        | Happened::RefMoved { .. }
        | Happened::RefDeleted { .. }
        | Happened::Dispatched { .. }
        | Happened::RunRestarted { .. }
        | Happened::RunCancelled { .. }
        | Happened::ReleaseEdited { .. }
        | Happened::ReleaseDeleted { .. }
        | Happened::AssetDeleted { .. }
        | Happened::StatusCreated { .. }
        | Happened::WebhookSent { .. }
        | Happened::CommentCreated { .. }
        | Happened::CheckRunWritten { .. } => return None,
    })
}
