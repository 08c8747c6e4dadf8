//! What a dry run would have held back, and how often the gate said what people did: counted over the merges that the book has.

use super::ending::Merge;
use super::found::GateMode;
use super::past::{Past, past};
use super::reception::{NotShown, Reception};
use super::recorded::Said;
use domain_types::Timestamp;
use std::collections::BTreeMap;
use storage::{Listed, StoredPullRequest};

/// Pull requests that are read from the store in one go.
const PAGE: u32 = 200;
/// Merges of one report, in merges: a year of a large organisation. Whoever has more asks for less time.
const MERGES_MAX: usize = 20_000;

/// Merges, and whether the gate had let them through.
#[derive(Debug, Clone)]
pub struct DryRunReport {
    /// From when on merges are counted; from the beginning where none is named.
    pub since: Option<Timestamp>,
    /// When it was made.
    pub until: Timestamp,
    /// Whether all merges of that time are in it: no more than twenty thousand are.
    pub is_whole: bool,
    /// By repository, in the order of their names.
    pub repositories: Vec<ReportedRepository>,
}

/// The merges of a repository.
#[derive(Debug, Clone)]
pub struct ReportedRepository {
    /// `owner/name`.
    pub repository: String,
    /// Its merges, the oldest first.
    pub merges: Vec<ReportedMerge>,
}

/// A merge, and what the gate had said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportedMerge {
    /// The pull request.
    pub number: u64,
    /// When it was merged.
    pub at: Timestamp,
    /// Who did it, as far as the forge says.
    pub by: Option<String>,
    /// Whether anybody was to be held back.
    pub mode: GateMode,
    /// Why the gate had not let it through; nothing if it had.
    pub held_back: Vec<HeldBack>,
}

impl ReportedMerge {
    /// Whether the gate had said that it may be merged.
    pub fn is_green(&self) -> bool {
        self.held_back.is_empty()
    }
}

/// One reason not to let a merge through.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HeldBack {
    /// The rule; `judged` where the gate had said nothing yet, `status` where only the status is known.
    pub rule: String,
    /// In its words.
    pub because: String,
}

impl Reception {
    /// Counts the merges since a time.
    ///
    /// # Errors
    /// [`NotShown`].
    pub async fn dry_run_report(&self, since: Option<Timestamp>) -> Result<DryRunReport, NotShown> {
        let _place = self.whole.try_acquire().map_err(|_| NotShown::Crowded)?;
        let store = &self.parts.store;
        let until = self.parts.clock.now();
        let mut counted = Counted::of(since, MERGES_MAX);
        let mut after = None;
        while counted.is_whole {
            let some = store.pull_requests(None, Listed::All, after, PAGE).await?;
            let Some(last) = some.last() else { break };
            after = Some(last.id);
            for stored in some.iter().filter(|stored| may_be_merged(stored, since)) {
                if !counted.is_whole {
                    break;
                }
                counted.take(stored, past(&**store, stored.id).await?);
            }
        }
        Ok(DryRunReport {
            since,
            until,
            is_whole: counted.is_whole,
            repositories: counted.repositories(),
        })
    }
}

/// The merges that were counted so far.
struct Counted {
    since: Option<Timestamp>,
    /// Merges for which there is room still.
    left: usize,
    /// Whether there was room for every merge.
    is_whole: bool,
    found: BTreeMap<String, Vec<ReportedMerge>>,
}

impl Counted {
    fn of(since: Option<Timestamp>, left: usize) -> Self {
        Self {
            since,
            left,
            is_whole: true,
            found: BTreeMap::new(),
        }
    }

    /// Counts the merge of a pull request, if it was merged in that time. The first for which there is no room makes it a part.
    fn take(&mut self, stored: &StoredPullRequest, past: Past) {
        let Some(merge) = reported(stored, past, self.since) else {
            return;
        };
        match self.left.checked_sub(1) {
            Some(left) => {
                self.left = left;
                self.found
                    .entry(stored.repository.clone())
                    .or_default()
                    .push(merge);
            }
            None => self.is_whole = false,
        }
    }

    fn repositories(self) -> Vec<ReportedRepository> {
        let repositories = self.found.into_iter().map(|(repository, mut merges)| {
            merges.sort_by_key(|merge| (merge.at, merge.number));
            ReportedRepository { repository, merges }
        });
        repositories.collect()
    }
}

/// What is open was not merged, and nobody looked at what was merged before since.
fn may_be_merged(stored: &StoredPullRequest, since: Option<Timestamp>) -> bool {
    !stored.open && since.is_none_or(|since| stored.updated_at >= since)
}

fn reported(stored: &StoredPullRequest, mut past: Past, since: Option<Timestamp>) -> Option<ReportedMerge> {
    let (head, merge) = past.merge.take()?;
    if since.is_some_and(|since| merge.found.at < since) {
        return None;
    }
    let verdict = past.verdict.filter(|(_, body)| body.head.as_ref() == Some(&head));
    let said = verdict.and_then(|(_, body)| Said::of(&body.verdict?));
    Some(ReportedMerge {
        number: stored.id.number(),
        at: merge.found.at,
        held_back: held_back(&merge, said.as_ref()),
        by: merge.found.by,
        mode: merge.mode,
    })
}

/// Why a merge was not let through, by the verdict that held then.
fn held_back(merge: &Merge, said: Option<&Said>) -> Vec<HeldBack> {
    let Some(status) = &merge.status else {
        return vec![HeldBack {
            rule: "judged".to_owned(),
            because: "the gate had said nothing of this head yet".to_owned(),
        }];
    };
    if status.is_green() {
        return Vec::new();
    }
    let unmet = said.map_or_else(Vec::new, Said::unmet);
    let unmet = unmet.iter().map(|ruling| HeldBack {
        rule: ruling.rule.clone(),
        because: ruling.because.clone(),
    });
    let unmet: Vec<HeldBack> = unmet.collect();
    match unmet.is_empty() {
        // It was green for itself, and not for another one with its head; or nobody can tell any more.
        true => vec![HeldBack {
            rule: "status".to_owned(),
            because: status.description.clone(),
        }],
        false => unmet,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_types::PullRequestId;
    use serde_json::json;

    fn stored(number: u64) -> StoredPullRequest {
        let at = Timestamp::from_seconds(0);
        StoredPullRequest {
            id: PullRequestId::new(7, number).unwrap(),
            repository: "atlas/node".to_owned(),
            open: false,
            revision: 4,
            body: None,
            wanted: 0,
            seen: 0,
            due: None,
            failures: 0,
            reason: None,
            first_seen_at: at,
            updated_at: at,
            leased: None,
        }
    }

    /// Merged at this second.
    fn merged(second: i64) -> Past {
        let merge = json!({
            "at": Timestamp::from_seconds(second), "by": "ada", "commit": null, "status": null, "mode": "dry_run",
        });
        Past {
            verdict: None,
            merge: Some((
                "a".repeat(40).parse().unwrap(),
                serde_json::from_value(merge).unwrap(),
            )),
        }
    }

    /// The numbers of the merges, in their order, and whether these are all.
    fn counted(pasts: impl IntoIterator<Item = (u64, Past)>) -> (Vec<u64>, bool) {
        let mut counted = Counted::of(Some(Timestamp::from_seconds(10)), 2);
        for (number, past) in pasts {
            counted.take(&stored(number), past);
        }
        let is_whole = counted.is_whole;
        let repositories = counted.repositories();
        let merges = repositories.iter().flat_map(|repository| &repository.merges);
        (merges.map(|merge| merge.number).collect(), is_whole)
    }

    #[test]
    fn a_report_has_a_limit_and_says_when_it_is_a_part() {
        let first = || {
            [
                (1, merged(20)),
                (2, merged(9)),
                (3, Past::default()),
                (4, merged(10)),
            ]
        };
        assert_eq!(counted(first()), (vec![4, 1], true));
        // What is not of that time needs no room.
        assert_eq!(
            counted(first().into_iter().chain([(5, merged(0))])),
            (vec![4, 1], true)
        );
        assert_eq!(
            counted(first().into_iter().chain([(5, merged(30))])),
            (vec![4, 1], false)
        );
    }
}
