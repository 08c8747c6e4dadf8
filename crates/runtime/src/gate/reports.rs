//! What a dry run would have held back, and how often the gate said what people did: counted over the merges that the book has.

use super::found::GateMode;
use super::past::{Past, PastMerge, past};
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
        let mut found: BTreeMap<String, Vec<ReportedMerge>> = BTreeMap::new();
        let (mut after, mut merges) = (None, 0);
        let mut is_whole = true;
        'reading: loop {
            let some = store.pull_requests(None, Listed::All, after, PAGE).await?;
            let Some(last) = some.last() else { break };
            after = Some(last.id);
            let ended = some.iter().filter(|stored| may_be_merged(stored, since));
            for stored in ended {
                let past = past(&**store, stored.id).await?;
                let Some(merge) = reported(stored, past, since) else {
                    continue;
                };
                if merges == MERGES_MAX {
                    is_whole = false;
                    break 'reading;
                }
                merges += 1;
                found.entry(stored.repository.clone()).or_default().push(merge);
            }
        }
        let repositories = found.into_iter().map(|(repository, mut merges)| {
            merges.sort_by_key(|merge| (merge.at, merge.number));
            ReportedRepository { repository, merges }
        });
        Ok(DryRunReport {
            since,
            until,
            is_whole,
            repositories: repositories.collect(),
        })
    }
}

/// What is open was not merged, and nobody looked at what was merged before since.
fn may_be_merged(stored: &StoredPullRequest, since: Option<Timestamp>) -> bool {
    !stored.open && since.is_none_or(|since| stored.updated_at >= since)
}

fn reported(stored: &StoredPullRequest, mut past: Past, since: Option<Timestamp>) -> Option<ReportedMerge> {
    let (head, merge) = past.merge.take()?;
    if since.is_some_and(|since| merge.at < since) {
        return None;
    }
    let verdict = past.verdict.filter(|(_, body)| body.head == head);
    let said = verdict.and_then(|(_, body)| Said::of(&body.verdict?));
    Some(ReportedMerge {
        number: stored.id.number(),
        at: merge.at,
        held_back: held_back(&merge, said.as_ref()),
        by: merge.by,
        mode: merge.mode,
    })
}

/// Why a merge was not let through, by the verdict that held then.
fn held_back(merge: &PastMerge, said: Option<&Said>) -> Vec<HeldBack> {
    let Some(status) = &merge.status else {
        return vec![HeldBack {
            rule: "judged".to_owned(),
            because: "the gate had said nothing of this head yet".to_owned(),
        }];
    };
    if status.state == "success" {
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
