//! Carries the commands of a release out through the ports, and turns what came of them into inbox rows.

mod outcomes;

use crate::book::{self, inbox_row};
use crate::ports::{Begun, BuildBackend, BuildOrder, Recovered, ReleasePublisher, Unfinished};
use crate::{RuntimeError, book::command, follow_up};
use async_trait::async_trait;
use domain_types::{BuildId, ReleaseId, Sha256Digest, seeded_bug};
use effects::{HandleNotRecorded, HandleWriter, Performed, Performer, Probed, Reply};
use orchestrator::{BuildOutput, Command, Event, Failure, FailureKind, Stage, State};
use outcomes::{begun_event, certain, in_doubt, owed, release_of, unreported, word_of};
use std::collections::BTreeMap;
use std::ops::Deref;
use std::sync::Arc;
use storage::{Intent, NewInboxRow, Store};
use tokio::sync::{Mutex, MutexGuard};

/// Who reports, as the inbox has it.
const ACTOR: &str = "performer";

/// Knows the ports; knows no rule.
pub struct ReleasePerformer {
    store: Arc<dyn Store>,
    backend: Arc<dyn BuildBackend>,
    publisher: Arc<dyn ReleasePublisher>,
    /// States as last seen. The journal moves them on, so that a look costs what happened since, not the whole release.
    known: Mutex<BTreeMap<ReleaseId, State>>,
}

#[async_trait]
impl Performer for ReleasePerformer {
    /// Before a build begins, its handle is stored; until then it only takes over what others built, which can be done again.
    fn notes_first(&self, intent: &Intent) -> bool {
        matches!(
            command(&intent.body),
            Ok(Command::StartBuild { .. } | Command::FollowUp { .. } | Command::BeginFormerStep { .. })
        )
    }

    async fn perform(&self, intent: &Intent, handle: &HandleWriter<'_>) -> Performed {
        let release = match release_of(intent) {
            Ok(release) => release,
            Err(stranger) => return self.rejected(intent, &stranger),
        };
        if let Some(word) = command(&intent.body).ok().as_ref().and_then(word_of) {
            return follow_up::perform(&*self.publisher, (release, &word), handle).await;
        }
        match self
            .act(release, intent, handle)
            .await
            .and_then(|events| self.reply(intent, &events))
        {
            Ok(reply) => Performed::Done(reply),
            Err(RuntimeError::InDoubt { reason }) => Performed::Unknown { reason },
            // The build is not to blame for the store: a probe finds out how far it came.
            Err(error @ RuntimeError::Store(_)) => Performed::Unknown {
                reason: crate::error::sentence(&error),
            },
            Err(error) => self.rejected(intent, &error),
        }
    }

    async fn probe(&self, intent: &Intent) -> Probed {
        let release = match release_of(intent) {
            Ok(release) => release,
            Err(stranger) => return in_doubt(&stranger),
        };
        if let Some(word) = command(&intent.body).ok().as_ref().and_then(word_of) {
            let note = intent.handle.as_deref();
            return follow_up::probe(&*self.publisher, (release, &word), note).await;
        }
        match self.look(release, intent).await {
            Ok(None) => Probed::NotApplied,
            Ok(Some(events)) => match self.reply(intent, &events) {
                Ok(reply) => Probed::Applied(reply),
                Err(error) => in_doubt(&error),
            },
            Err(error) => in_doubt(&error),
        }
    }

    fn given_up(&self, intent: &Intent, reason: &str) -> Vec<NewInboxRow> {
        let failure = Failure::new(FailureKind::Unknown, reason);
        let event = match command(&intent.body) {
            Ok(Command::StartBuild {
                build: BuildId { node, attempt, .. },
                priority: _,
            }) => Event::BuildFailed {
                node,
                attempt,
                failure,
            },
            Ok(Command::RunStage { stage }) => Event::StageFailed { stage, failure },
            // Nobody waits for the others; a command that cannot be read cannot be answered.
            Ok(
                Command::StopBuild { .. }
                | Command::DiscardDraft
                | Command::FollowUp { .. }
                | Command::BeginFormerStep { .. },
            )
            | Err(_) => return Vec::new(),
        };
        self.reply(intent, &[event])
            .map(|reply| reply.events)
            .unwrap_or_default()
    }
}

impl ReleasePerformer {
    /// A performer over these ports.
    pub fn new(
        store: Arc<dyn Store>,
        backend: Arc<dyn BuildBackend>,
        publisher: Arc<dyn ReleasePublisher>,
    ) -> Self {
        Self {
            store,
            backend,
            publisher,
            known: Mutex::default(),
        }
    }

    fn rejected(&self, intent: &Intent, error: &RuntimeError) -> Performed {
        let reason = crate::error::sentence(error);
        Performed::Rejected(Reply {
            result: serde_json::json!({ "error": reason }).to_string(),
            events: self.given_up(intent, &reason),
        })
    }

    async fn act(
        &self,
        release: &ReleaseId,
        intent: &Intent,
        handle: &HandleWriter<'_>,
    ) -> Result<Vec<Event>, RuntimeError> {
        match command(&intent.body)? {
            Command::RunStage { stage } => Ok(vec![self.run_stage(release, stage).await?]),
            Command::StartBuild { build, priority: _ } => self.start_build(&build, handle).await,
            Command::StopBuild { build } => self.stop_build(&build).await,
            Command::DiscardDraft => owed(self.publisher.discard(release).await),
            // Carried out apart: nobody waits for an event of it.
            Command::FollowUp { .. } | Command::BeginFormerStep { .. } => Ok(Vec::new()),
        }
    }

    /// What a command that may have been begun came to; none if it can simply be sent.
    async fn look(&self, release: &ReleaseId, intent: &Intent) -> Result<Option<Vec<Event>>, RuntimeError> {
        match command(&intent.body)? {
            // The release was given up, or went another way, while this was being sent: it must not be sent again.
            Command::RunStage { stage } if !self.awaits_stage(release, intent, stage).await? => {
                Ok(Some(Vec::new()))
            }
            Command::RunStage {
                stage: stage @ Stage::Publish,
            } => {
                let published = self.publisher.published(release).await;
                let expected = self.manifest(release).await?;
                match published {
                    Ok(Some(_)) if seeded_bug("publish-not-probed") => Ok(None),
                    Ok(Some(manifest)) if expected == Some(manifest) => Ok(Some(vec![Event::StageDone {
                        stage,
                        manifest: Some(manifest),
                    }])),
                    Ok(Some(_) | None) => Ok(None),
                    Err(failure) => unreported(release, failure),
                }
            }
            Command::RunStage {
                stage: Stage::Sources | Stage::Collect | Stage::Verify | Stage::Draft,
            }
            | Command::StopBuild { .. }
            | Command::DiscardDraft
            | Command::FollowUp { .. }
            | Command::BeginFormerStep { .. } => Ok(None),
            Command::StartBuild { build, priority: _ } => {
                if self.awaits(intent, &build).await? || seeded_bug("ended-attempt-probed") {
                    self.recover(&build, intent.handle.as_deref()).await
                } else {
                    // What became of it was learnt at the start; its tree may have moved on since.
                    Ok(Some(Vec::new()))
                }
            }
        }
    }

    async fn run_stage(&self, release: &ReleaseId, stage: Stage) -> Result<Event, RuntimeError> {
        let outcome: Result<Option<Sha256Digest>, Failure> = match stage {
            Stage::Sources => {
                let laid_out = self.backend.lay_out_sources(release, &BTreeMap::new()).await;
                certain(laid_out)?.map(|()| None)
            }
            Stage::Collect => {
                let state = self.state(release).await?.clone();
                certain(self.publisher.collect(&state).await)?.map(Some)
            }
            Stage::Verify | Stage::Draft | Stage::Publish => self.run_on_manifest(release, stage).await?,
        };
        Ok(match outcome {
            Ok(manifest) => Event::StageDone { stage, manifest },
            Err(failure) => Event::StageFailed { stage, failure },
        })
    }

    /// These stages concern the one manifest that was collected, and no other.
    async fn run_on_manifest(
        &self,
        release: &ReleaseId,
        stage: Stage,
    ) -> Result<Result<Option<Sha256Digest>, Failure>, RuntimeError> {
        let Some(manifest) = self.manifest(release).await? else {
            let failure = Failure::new(
                FailureKind::Verification,
                format!("{stage} before anything was collected"),
            );
            return Ok(Err(failure));
        };
        let outcome = match stage {
            Stage::Verify if seeded_bug("verification-only-claimed") => Ok(()),
            Stage::Verify => certain(self.publisher.verify(release, manifest).await)?,
            Stage::Draft => certain(self.publisher.draft(release, manifest).await)?,
            Stage::Publish => certain(self.publisher.publish(release, manifest).await)?,
            Stage::Sources | Stage::Collect => Ok(()),
        };
        Ok(outcome.map(|()| Some(manifest)))
    }

    async fn start_build(
        &self,
        build: &BuildId,
        handle: &HandleWriter<'_>,
    ) -> Result<Vec<Event>, RuntimeError> {
        let (node, attempt) = (build.node.clone(), build.attempt);
        let order = self.order(build).await?;
        let key = match self.backend.reuse_key(&order) {
            Ok(key) => key,
            Err(failure) => {
                return Ok(vec![Event::BuildFailed {
                    node,
                    attempt,
                    failure,
                }]);
            }
        };
        if let Some((from, output)) = self.reusable(&order, &key).await? {
            return Ok(vec![Event::BuildReused {
                node,
                attempt,
                output,
                from,
            }]);
        }
        match certain(self.begin_build(&order, handle).await)? {
            Ok(begun) => Ok(vec![begun_event(build, begun)]),
            Err(failure) => Ok(vec![Event::BuildFailed {
                node,
                attempt,
                failure,
            }]),
        }
    }

    /// The handle is stored before anything runs: whoever comes after a crash finds what was begun.
    async fn begin_build(&self, order: &BuildOrder, handle: &HandleWriter<'_>) -> Result<Begun, Unfinished> {
        let prepared = self.backend.prepare(order).await?;
        match handle.record(&prepared).await {
            Ok(()) => return self.backend.begin(order).await,
            // Whoever has it now may have begun it under this name: ending it would end theirs.
            Err(HandleNotRecorded::LeaseLost) => {}
            Err(HandleNotRecorded::StoreFailed) => self.backend.stop(&order.build).await?,
        }
        Err(Failure::new(FailureKind::RunnerLost, "its begin could not be noted").into())
    }

    async fn reusable(
        &self,
        order: &BuildOrder,
        key: &Sha256Digest,
    ) -> Result<Option<(ReleaseId, BuildOutput)>, RuntimeError> {
        let Some(found) = self.store.find_build(key).await? else {
            return Ok(None);
        };
        let earlier: orchestrator::Node = crate::codec::decode(&found.build.body)?;
        match earlier.output {
            Some(output)
                if found.release != order.build.release
                    && (seeded_bug("reuse-unchecked")
                        || self.backend.take_earlier(order, &output.artifacts).await) =>
            {
                Ok(Some((found.release, output)))
            }
            Some(_) | None => Ok(None),
        }
    }

    async fn stop_build(&self, build: &BuildId) -> Result<Vec<Event>, RuntimeError> {
        owed(self.backend.stop(build).await)
    }

    /// What became of a build that a dead process of ours may have begun.
    ///
    /// # Errors
    /// The store's, or [`RuntimeError::Remains`].
    pub(crate) async fn recover(
        &self,
        build: &BuildId,
        handle: Option<&str>,
    ) -> Result<Option<Vec<Event>>, RuntimeError> {
        let Some(handle) = handle else { return Ok(None) };
        let (node, attempt) = (build.node.clone(), build.attempt);
        let started = begun_event(build, Begun::Running);
        match self.backend.recover(&self.order(build).await?, handle).await {
            Ok(Recovered::NotBegun) => Ok(None),
            Ok(Recovered::Alive(begun)) => Ok(Some(vec![begun_event(build, begun)])),
            Ok(Recovered::Ended(event)) if !seeded_bug("finished-build-called-interrupted") => {
                Ok(Some(vec![started, event]))
            }
            Ok(Recovered::Ended(_) | Recovered::Interrupted) => {
                Ok(Some(vec![started, Event::BuildInterrupted { node, attempt }]))
            }
            Err(failure) => Err(RuntimeError::Remains {
                node,
                reason: failure.reason,
            }),
        }
    }

    /// Whether the release still waits for the end of the build that this intent began.
    async fn awaits(&self, intent: &Intent, build: &BuildId) -> Result<bool, RuntimeError> {
        let state = self.state(&build.release).await?;
        Ok(state.node(&build.node).is_some_and(|node| {
            node.state.is_in_flight() && node.attempt().is_some_and(|attempt| attempt.command == intent.id)
        }))
    }

    /// Whether the release still waits for the stage that this intent carries out.
    async fn awaits_stage(
        &self,
        release: &ReleaseId,
        intent: &Intent,
        stage: Stage,
    ) -> Result<bool, RuntimeError> {
        let state = self.state(release).await?;
        Ok(
            matches!(&state.header().awaited, Some((awaited, command)) if *awaited == stage && *command == intent.id),
        )
    }

    async fn manifest(&self, release: &ReleaseId) -> Result<Option<Sha256Digest>, RuntimeError> {
        Ok(self.state(release).await?.header().manifest)
    }

    /// The release as it now stands.
    async fn state(&self, release: &ReleaseId) -> Result<impl Deref<Target = State>, RuntimeError> {
        let mut known = self.known.lock().await;
        book::refresh(&*self.store, release, &mut known).await?;
        MutexGuard::try_map(known, |known| known.get_mut(release)).map_err(|_| RuntimeError::NoSuchRelease {
            release: release.clone(),
        })
    }

    async fn order(&self, build: &BuildId) -> Result<BuildOrder, RuntimeError> {
        let state = self.state(&build.release).await?;
        let missing = || RuntimeError::NoSuchRelease {
            release: build.release.clone(),
        };
        let position = state.graph().position(&build.node).ok_or_else(missing)?;
        let mut needs = book::needs_of(&state, &build.node);
        if seeded_bug("reuse-key-without-needs") {
            needs.clear();
        }
        Ok(BuildOrder {
            build: build.clone(),
            commit: state.graph().spec(position).commit.clone(),
            needs,
        })
    }

    fn reply(&self, intent: &Intent, events: &[Event]) -> Result<Reply, RuntimeError> {
        let release = release_of(intent)?;
        let row = |event: &Event| {
            inbox_row(
                release,
                format!("reply/{}/{}", intent.id, event.label()),
                event,
                ACTOR,
            )
        };
        let labels: Vec<&str> = events.iter().map(Event::label).collect();
        Ok(Reply {
            result: serde_json::json!({ "events": labels }).to_string(),
            events: events.iter().map(row).collect::<Result<_, _>>()?,
        })
    }
}
