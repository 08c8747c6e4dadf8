//! Releases that take their former way in the same minutes: the workflows of before show no ids, so a run may be any of theirs.

use super::backend::SETTLE_SECONDS;
use super::follow_up::{FrozenFollowUp, noted_at};
use super::workshop::Workshop;
use crate::book;
use crate::error::sentence;
use domain_types::{ReleaseId, Timestamp};
use orchestrator::{Command, Failure, FailureKind, Phase};
use serde::Deserialize;
use std::collections::BTreeSet;
use storage::{IntentState, ReleaseSummary};

/// Milliseconds after its last move within which a release may still begin a step: a day, which is far longer than any is put off.
const RIVALRY_MILLISECONDS: i64 = 86_400_000;

/// Milliseconds within which two requests may have begun runs that nobody can tell apart.
const NEAR_MILLISECONDS: i64 = 1_000 * SETTLE_SECONDS.cast_signed();

/// What other releases have to do with the runs of a workflow that shows no ids.
#[derive(Debug, Default)]
pub(super) struct Rivals {
    /// Runs that are theirs.
    pub(super) runs: BTreeSet<u64>,
    /// One that may have begun a run in the same minutes, and does not know which.
    pub(super) unknown: Option<ReleaseId>,
}

/// Which other releases have begun this step's workflow at about this time, in milliseconds since 1970.
pub(super) async fn rivals(
    workshop: &Workshop,
    release: &ReleaseId,
    (one, sent_at): (&FrozenFollowUp, i64),
) -> Result<Rivals, Failure> {
    let unread = |error: storage::StoreError| Failure::new(FailureKind::DiskFull, sentence(&error));
    let since = Timestamp::from_milliseconds((sent_at - RIVALRY_MILLISECONDS).max(0));
    let listed = workshop.store.list_releases().await.map_err(unread)?;
    // What is put off is sent long after the release last moved.
    let is_rival = |summary: &&ReleaseSummary| {
        summary.id != *release && summary.row.phase == Phase::FellBack.label() && summary.updated_at >= since
    };
    let mut rivals = Rivals::default();
    for summary in listed.iter().filter(is_rival) {
        let frozen = match workshop.frozen(&summary.id).await {
            Ok(frozen) => frozen,
            // One that is not of GitHub has no runs.
            Err(failure) if failure.kind == FailureKind::Source => continue,
            Err(failure) => return Err(failure),
        };
        let same = |other: &&FrozenFollowUp| other.call == one.call && other.repository == one.repository;
        let names: BTreeSet<&str> = frozen
            .former_way
            .iter()
            .filter(same)
            .map(|other| other.name.as_str())
            .collect();
        for row in workshop.store.intents(&summary.id).await.map_err(unread)? {
            let command = book::command(&row.intent.body);
            if matches!(command, Ok(Command::BeginFormerStep { name, .. }) if names.contains(name.as_str())) {
                let (handle, result) = (row.intent.handle.as_deref(), row.result.as_deref());
                rivals.take_in((&summary.id, row.state), (handle, result), sent_at)?;
            }
        }
    }
    Ok(rivals)
}

impl Rivals {
    /// Takes in another release's step: its note, and what was recorded of it.
    ///
    /// # Errors
    /// If it is just being begun: which run is its own may be known in a moment.
    fn take_in(
        &mut self,
        (release, state): (&ReleaseId, IntentState),
        (handle, result): (Option<&str>, Option<&str>),
        sent_at: i64,
    ) -> Result<(), Failure> {
        #[derive(Deserialize)]
        struct Begun {
            run: Option<u64>,
        }
        let noted = handle.and_then(noted_at);
        let is_near = noted.is_some_and(|noted| (noted - sent_at).abs() < NEAR_MILLISECONDS);
        match state {
            IntentState::Done => {
                let begun = result.and_then(|result| serde_json::from_str::<Begun>(result).ok());
                match begun.and_then(|begun| begun.run) {
                    Some(run) => _ = self.runs.insert(run),
                    None if is_near => self.unknown = Some(release.clone()),
                    None => {}
                }
                Ok(())
            }
            IntentState::Unknown if is_near => {
                self.unknown = Some(release.clone());
                Ok(())
            }
            IntentState::Sending if is_near => {
                let reason =
                    format!("{release} begins the same workflow just now; which run is whose is known later");
                Err(Failure::new(FailureKind::Network, reason))
            }
            IntentState::Intent
            | IntentState::Sending
            | IntentState::Unknown
            | IntentState::Rejected
            | IntentState::Abandoned => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn runs_of_others_are_theirs_and_one_that_knows_none_of_its_own_makes_all_doubtful() {
        let release = crate::tests::spec().id;
        let (done, far) = (IntentState::Done, 1_000 + NEAR_MILLISECONDS);
        let rows = [
            (done, 1_000, Some(11), Some((Some(11), false))),
            (done, 1_000, None, Some((None, true))),
            (done, far, None, Some((None, false))),
            (IntentState::Rejected, 1_000, None, Some((None, false))),
            (IntentState::Intent, 1_000, None, Some((None, false))),
            (IntentState::Sending, 1_000, None, None),
            (IntentState::Unknown, 1_000, None, Some((None, true))),
            (IntentState::Unknown, far, None, Some((None, false))),
        ];
        for (state, sent_at, run, expected) in rows {
            let note = json!({ "dispatch_id": "0".repeat(32), "sent_at": sent_at }).to_string();
            let result = json!({ "outcome": "done", "run": run }).to_string();
            let mut rivals = Rivals::default();
            let taken = rivals.take_in((&release, state), (Some(&note), Some(&result)), 1_000);
            let found = taken
                .ok()
                .map(|()| (rivals.runs.first().copied(), rivals.unknown.is_some()));
            assert_eq!(found, expected, "{state:?} {sent_at} {run:?}");
        }
    }
}
