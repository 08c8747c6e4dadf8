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
use storage::ReleaseSummary;

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
    let since = Timestamp::from_milliseconds((sent_at - NEAR_MILLISECONDS).max(0));
    let listed = workshop.store.list_releases().await.map_err(unread)?;
    let is_rival = |summary: &&ReleaseSummary| {
        summary.id != *release && summary.row.phase == Phase::FellBack.label() && summary.updated_at >= since
    };
    let mut rivals = Rivals::default();
    for summary in listed.iter().filter(is_rival) {
        let Ok(frozen) = workshop.frozen(&summary.id).await else {
            continue;
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
                rivals.take_in(&summary.id, (handle, result), sent_at);
            }
        }
    }
    Ok(rivals)
}

impl Rivals {
    /// Takes in another release's step: its note, and what was recorded of it.
    fn take_in(&mut self, release: &ReleaseId, (handle, result): (Option<&str>, Option<&str>), sent_at: i64) {
        #[derive(Deserialize)]
        struct Begun {
            run: Option<u64>,
        }
        let begun = result.and_then(|result| serde_json::from_str::<Begun>(result).ok());
        if let Some(run) = begun.and_then(|begun| begun.run) {
            self.runs.insert(run);
            return;
        }
        let noted = handle.and_then(noted_at);
        if noted.is_some_and(|noted| (noted - sent_at).abs() < NEAR_MILLISECONDS) {
            self.unknown = Some(release.clone());
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
        let rows = [
            (1_000, Some(11), false),
            (1_000, None, true),
            (1_000 + NEAR_MILLISECONDS, None, false),
        ];
        for (sent_at, run, is_unknown) in rows {
            let note = json!({ "dispatch_id": "0".repeat(32), "sent_at": sent_at }).to_string();
            let result = json!({ "outcome": "done", "run": run }).to_string();
            let mut rivals = Rivals::default();
            rivals.take_in(&release, (Some(&note), Some(&result)), 1_000);
            assert_eq!(rivals.runs.first().copied(), run);
            assert_eq!(rivals.unknown.is_some(), is_unknown);
        }
    }
}
