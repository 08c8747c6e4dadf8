//! The former way of releasing: a stalled release of the prerelease channel takes it by itself if that is configured, and the runs that
//! it begins are watched to their end. Whatever they say of themselves, nothing of it is verified.

use super::follow_up::look;
use super::frozen::FrozenRelease;
use super::workshop::Workshop;
use crate::book::{self, inbox_row};
use crate::error::sentence;
use crate::ports::{FollowUpFound, Word};
use domain_types::ReleaseId;
use github_client::{Conclusion, RunStatus, WorkflowRunId};
use orchestrator::{Command, Event, Phase, State};
use serde::Deserialize;
use std::collections::BTreeSet;
use storage::{IntentRow, IntentState, ReleaseSummary};

/// Who asks where nobody does.
const ACTOR: &str = "configuration:former_way";

/// Releases that fell back and have nothing under way any more.
#[derive(Default)]
pub(super) struct FormerWays {
    settled: BTreeSet<ReleaseId>,
}

/// What the performer recorded of a step that it began.
#[derive(Deserialize)]
struct Begun {
    outcome: Option<String>,
    detail: Option<String>,
    given_up: Option<String>,
    run: Option<u64>,
}

impl FormerWays {
    /// Whether a release may have to be looked at, judged by its row alone.
    pub(super) fn concern(&self, summary: &ReleaseSummary) -> bool {
        summary.row.phase == Phase::FellBack.label() && !self.settled.contains(&summary.id)
    }

    /// Sees to it that a release goes on in its former way, if it does.
    pub(super) async fn see_to(
        &mut self,
        workshop: &Workshop,
        (release, state): (&ReleaseId, &State),
    ) -> Result<(), String> {
        match state.phase() {
            Phase::Stalled { .. } if state.may_fall_back_by_itself() => {
                fall_back(workshop, (release, state)).await
            }
            Phase::FellBack => match state.former_step() {
                Some(step) => watch(workshop, (release, state), step).await,
                None => {
                    self.settled.insert(release.clone());
                    Ok(())
                }
            },
            Phase::Stalled { .. }
            | Phase::Unplanned
            | Phase::Planned
            | Phase::AwaitingApproval
            | Phase::Building
            | Phase::Collecting
            | Phase::Verifying
            | Phase::AwaitingSignatures
            | Phase::Drafted
            | Phase::Published
            | Phase::Withdrawn
            | Phase::Rehearsed
            | Phase::Paused { .. }
            | Phase::Cancelled
            | Phase::Superseded { .. } => Ok(()),
        }
    }
}

async fn fall_back(workshop: &Workshop, (release, state): (&ReleaseId, &State)) -> Result<(), String> {
    if !FrozenRelease::of(state)?.falls_back_by_itself {
        return Ok(());
    }
    // Whoever asked for something else meanwhile is not overruled.
    let revision = state.revision();
    let event = Event::FallBack {
        actor: ACTOR.to_owned(),
        at_revision: Some(revision),
    };
    put(
        workshop,
        release,
        (format!("fall_back/{release}/{revision}"), &event),
    )
    .await
}

/// Looks at the run of a step; its end is an event.
async fn watch(workshop: &Workshop, (release, state): (&ReleaseId, &State), step: u32) -> Result<(), String> {
    let rows = workshop.store.intents(release).await;
    let rows = rows.map_err(|error| sentence(&error))?;
    let named = rows
        .into_iter()
        .find_map(|row| match book::command(&row.intent.body) {
            Ok(Command::BeginFormerStep { step: of, name }) if of == step => Some((row, name)),
            Ok(_) | Err(_) => None,
        });
    let Some((row, name)) = named else { return Ok(()) };
    let Some((succeeded, detail)) = ended(workshop, (release, state), (&row, name)).await? else {
        return Ok(());
    };
    let event = Event::FormerStepEnded {
        step,
        succeeded,
        detail,
    };
    put(
        workshop,
        release,
        (format!("former_step_ended/{release}/{step}"), &event),
    )
    .await
}

/// How a step ended; none while it is under way.
async fn ended(
    workshop: &Workshop,
    (release, state): (&ReleaseId, &State),
    (row, name): (&IntentRow, String),
) -> Result<Option<(bool, String)>, String> {
    let said = match row.state {
        IntentState::Intent | IntentState::Sending | IntentState::Unknown => return Ok(None),
        IntentState::Abandoned => return Ok(Some((false, "it was not begun".to_owned()))),
        IntentState::Done => row.result.as_deref(),
        IntentState::Rejected => row.intent.reason.as_deref(),
    };
    let begun: Begun = serde_json::from_str(said.unwrap_or("{}")).map_err(|error| error.to_string())?;
    if begun.outcome.as_deref() != Some("done") {
        let why = begun
            .given_up
            .or(begun.detail)
            .unwrap_or_else(|| "it was not begun".to_owned());
        return Ok(Some((false, why)));
    }
    let frozen = FrozenRelease::of(state)?;
    let Some(one) = frozen.former_way.iter().find(|one| one.name == name) else {
        return Err(format!("the release has no step {name}"));
    };
    let number = match begun.run {
        Some(number) => number,
        None => match found(workshop, (release, row), name).await? {
            Ok(number) => number,
            Err(why) => return Ok(Some((false, why))),
        },
    };
    let repository = workshop
        .repository(&one.repository)
        .map_err(|failure| failure.reason)?;
    let run = repository.run(WorkflowRunId(number)).await;
    let Some(run) = run.map_err(|error| sentence(&error))? else {
        return Ok(Some((
            false,
            format!("run {number} of {} is gone", one.repository),
        )));
    };
    if run.status != RunStatus::Completed {
        return Ok(None);
    }
    let word = run.conclusion.as_ref().map_or("nothing", Conclusion::as_str);
    let detail = format!(
        "run {number} concluded with {word}, and nothing of it was verified here; see {}",
        run.html_url
    );
    Ok(Some((run.conclusion == Some(Conclusion::Success), detail)))
}

/// The run of a step of which GitHub did not say which it is, or why it will not be known. An error passes.
async fn found(
    workshop: &Workshop,
    (release, row): (&ReleaseId, &IntentRow),
    name: String,
) -> Result<Result<u64, String>, String> {
    let nothing = || {
        format!(
            "GitHub took the request to start {name}, and no run of it appeared; look at its file, then start it by hand"
        )
    };
    let Some(note) = row.intent.handle.as_deref() else {
        return Ok(Err(nothing()));
    };
    match look(workshop, (release, &Word::FormerStep(name.clone())), note).await {
        Ok(FollowUpFound::Done(told)) => Ok(told.run.ok_or_else(nothing)),
        Ok(FollowUpFound::NotDone) => Ok(Err(nothing())),
        Ok(FollowUpFound::InDoubt(why)) => Ok(Err(why)),
        Err(failure) => Err(failure.reason),
    }
}

async fn put(workshop: &Workshop, release: &ReleaseId, (key, event): (String, &Event)) -> Result<(), String> {
    let row = inbox_row(release, key, event, ACTOR).map_err(|error| sentence(&error))?;
    let appended = workshop.store.append_inbox(&[row], workshop.clock.now()).await;
    appended.map(|_| ()).map_err(|error| sentence(&error))
}
