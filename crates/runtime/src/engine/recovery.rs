//! What a process does before it begins anything: it ends what dead ones left, and learns what they had finished.

use super::{Run, Scope};
use crate::RuntimeError;
use crate::ports::Unfinished;
use domain_types::{BuildId, NodeId, ReleaseId, seeded_bug};
use orchestrator::{BuiltArtifact, Command, Event, Phase, State};
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::IntentState;

/// The finished builds of this release and their artifacts.
fn built(state: &State) -> BTreeMap<NodeId, Vec<BuiltArtifact>> {
    let finished = state.nodes().filter_map(|(fixed, node)| {
        let output = node.output.as_ref()?;
        Some((fixed.id.clone(), output.artifacts.clone()))
    });
    finished.collect()
}

impl Run {
    /// Whoever has the store to itself knows that all others are dead. Where others may live, their leases run out.
    pub(super) async fn recover(&mut self) -> Result<(), RuntimeError> {
        let store = Arc::clone(&self.engine.store);
        if !seeded_bug("leases-of-the-dead-kept") {
            store
                .take_over(&self.engine.owner, self.engine.clock.now())
                .await?;
        }
        self.take_what_waits().await?;
        for summary in store
            .list_releases()
            .await?
            .iter()
            .filter(|summary| !summary.row.ended && !seeded_bug("builds-of-the-dead-forgotten"))
        {
            self.recover_release(&summary.id).await?;
        }
        self.take_what_waits().await?;
        self.ensure_sources().await
    }

    /// Where facts have to be gathered, the loop decides: nothing waits for what comes from outside.
    async fn take_what_waits(&mut self) -> Result<(), RuntimeError> {
        match self.scope {
            Scope::One(_) => self.worker.take_all().await.map(|_| ()),
            Scope::All => self.take().await,
        }
    }

    /// Another release may have used the source folder since: every tree is at its frozen commit before anything is built.
    /// What finished builds left in theirs stays, since builds that need them may read it.
    async fn ensure_sources(&mut self) -> Result<(), RuntimeError> {
        let Some(release) = self.scope.one() else {
            return Ok(());
        };
        let built = match self.worker.state(release).await? {
            Some(state) if state.header().sources_ready && *state.phase().behind() == Phase::Building => {
                Some(built(state))
            }
            Some(_) | None => None,
        };
        if let Some(built) = built {
            let failed = |unfinished: Unfinished| RuntimeError::Port {
                release: release.clone(),
                reason: unfinished.into_reason(),
            };
            let laid_out = self.engine.backend.lay_out_sources(release, &built).await;
            laid_out.map_err(failed)?;
        }
        Ok(())
    }

    async fn recover_release(&mut self, release: &ReleaseId) -> Result<(), RuntimeError> {
        let Some(state) = self.worker.state(release).await?.cloned() else {
            return Ok(());
        };
        // Where all releases are served, no build is of our own process: what is in doubt is looked at when it is claimed, what
        // goes on is followed by whoever follows, and a look that fails keeps nobody from starting.
        let rows = match self.scope {
            Scope::One(_) => self.engine.store.intents(release).await?,
            Scope::All => Vec::new(),
        };
        for row in rows {
            let Command::StartBuild { build, .. } = crate::book::command(&row.intent.body)? else {
                continue;
            };
            let awaited = state.node(&build.node).is_some_and(|node| {
                node.state.is_in_flight()
                    && node
                        .attempt()
                        .is_some_and(|attempt| attempt.command == row.intent.id)
            });
            // What another release may have begun is cut off as well, or it would hold its runner until somebody comes
            // back to that release.
            let in_doubt = matches!(row.state, IntentState::Sending | IntentState::Unknown);
            let foreign_in_doubt = in_doubt && !self.scope.covers(&build.release);
            if awaited && (row.intent.handle.is_some() || foreign_in_doubt) {
                for event in self.remains(&build, row.intent.handle.as_deref()).await? {
                    self.append(&[super::row(&build, &event, "recovered")?]).await?;
                }
            }
        }
        self.release_far_retries(&state).await
    }

    /// A clock that was ahead may have put retries into a future that nobody waits for.
    async fn release_far_retries(&mut self, state: &State) -> Result<(), RuntimeError> {
        let Some(spec) = state.spec() else { return Ok(()) };
        let latest = self
            .engine
            .clock
            .now()
            .plus_seconds(orchestrator::RETRY_SECONDS_MAX);
        for (fixed, node) in state.nodes() {
            let is_far = node.retry.as_ref().is_some_and(|retry| retry.due > latest);
            if is_far && !seeded_bug("far-retries-kept") {
                let build = BuildId {
                    release: spec.id.clone(),
                    node: fixed.id.clone(),
                    attempt: node.attempt_number(),
                };
                let event = Event::RetryDue {
                    node: build.node.clone(),
                    attempt: build.attempt,
                };
                self.append(&[super::row(&build, &event, "clock_was_ahead")?])
                    .await?;
            }
        }
        Ok(())
    }

    /// What became of a build in flight. Those of other releases are only ended: their recipes are not known here.
    async fn remains(&self, build: &BuildId, handle: Option<&str>) -> Result<Vec<Event>, RuntimeError> {
        let gone = Event::BuildInterrupted {
            node: build.node.clone(),
            attempt: build.attempt,
        };
        if self.scope.covers(&build.release) {
            let events = self.engine.performer.recover(build, handle).await?;
            return Ok(events.unwrap_or_else(|| vec![gone]));
        }
        let node = build.node.clone();
        let ended = self.engine.backend.stop(build).await;
        ended.map_err(|failure| RuntimeError::Remains {
            node,
            reason: failure.reason,
        })?;
        Ok(vec![gone])
    }
}
