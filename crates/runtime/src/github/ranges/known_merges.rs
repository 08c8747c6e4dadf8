//! Merges as the gate's book has them: read, never judged again.

use super::found_before::NamedPull;
use crate::error::sentence;
use crate::gate::{DecisionBody, GateMode, LandedResult, Merge, Said, ShownStatus, owes_comparison};
use crate::github::frozen::FullName;
use crate::github::planning::PlanRefusal;
use domain_types::{CommitSha, PullRequestId};
use github_client::Commit;
use std::collections::BTreeMap;
use storage::{PullRequestStore, StoreError};

/// Decisions of one pull request that are read, the newest first: its merge is the last that is decided of it but for a few, and the
/// verdict before lies right beside.
const DECISIONS_READ_MAX: u32 = 50;

/// Decisions that are read at a time: each may carry half a megabyte of facts, and a merge with its verdict lies in the first few.
const DECISIONS_AT_A_TIME: u32 = 5;

/// Numbers in the title of a commit that are looked up.
const HINTS_MAX: usize = 3;

/// A merge that the gate has written down.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KnownMerge {
    /// It is still being found out what landed: it is no yes, and may become one.
    pub(super) is_being_compared: bool,
    /// The number of the pull request.
    pub(super) number: u64,
    /// The head that was judged last.
    pub(super) head: CommitSha,
    /// The commit that came of it, where the forge said so.
    pub(super) commit: Option<CommitSha>,
    /// What the gate's status of that head said last; none if it had said nothing.
    pub(super) status: Option<ShownStatus>,
    /// Whether anybody was held back.
    pub(super) mode: GateMode,
    /// Who signed, as far as the verdict names them.
    pub(super) signers: Vec<String>,
    /// How many more signed.
    pub(super) more_signers: u64,
}

/// What the book says of one pull request.
enum Entry {
    /// No merge.
    Nothing,
    /// This merge.
    Merge(KnownMerge),
    /// Something that this program cannot read, and why.
    Unreadable(String),
}

/// What is found in the book about pull requests of one repository.
pub(super) struct KnownMerges<'s> {
    store: &'s dyn PullRequestStore,
    /// The number of the repository, if GitHub has told it: another one may have had its name before.
    repository_id: Option<u64>,
    found: BTreeMap<u64, Entry>,
}

impl<'s> KnownMerges<'s> {
    /// Of the repository with this number.
    pub(super) fn of(store: &'s dyn PullRequestStore, repository_id: Option<u64>) -> Self {
        Self {
            store,
            repository_id,
            found: BTreeMap::new(),
        }
    }

    /// Looks up the pull requests that the title of a commit names. Whoever commits writes titles: a number is only a place to look at, and
    /// what is found there counts for a commit that the book names itself.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn follow_hints(&mut self, commit: &Commit) -> Result<(), PlanRefusal> {
        let Some(repository_id) = self.repository_id else {
            return Ok(());
        };
        for number in hints(&commit.message) {
            self.read(repository_id, number).await?;
        }
        Ok(())
    }

    /// Looks up a pull request that GitHub names; answers whether it is one of this repository.
    ///
    /// # Errors
    /// The store's.
    pub(super) async fn look_up(&mut self, pull: &NamedPull, source: &FullName) -> Result<bool, PlanRefusal> {
        let (id, name) = &pull.base;
        let is_here = match self.repository_id {
            Some(known) => known == *id,
            None => name.eq_ignore_ascii_case(&source.to_string()),
        };
        if is_here {
            self.read(*id, pull.number).await?;
        }
        Ok(is_here)
    }

    /// The merges that were found, by number.
    pub(super) fn found(&self) -> BTreeMap<u64, KnownMerge> {
        let found = self.found.iter().filter_map(|(number, entry)| match entry {
            Entry::Merge(merge) => Some((*number, merge.clone())),
            Entry::Nothing | Entry::Unreadable(_) => None,
        });
        found.collect()
    }

    /// Why what was decided cannot be read, by number.
    pub(super) fn unreadable(&self) -> BTreeMap<u64, String> {
        let found = self.found.iter().filter_map(|(number, entry)| match entry {
            Entry::Unreadable(why) => Some((*number, why.clone())),
            Entry::Nothing | Entry::Merge(_) => None,
        });
        found.collect()
    }

    async fn read(&mut self, repository_id: u64, number: u64) -> Result<(), PlanRefusal> {
        if self.found.contains_key(&number) {
            return Ok(());
        }
        let Ok(id) = PullRequestId::new(repository_id, number) else {
            return Ok(());
        };
        let mut entry = self.entry(id).await?;
        let is_owed = matches!(entry, Entry::Merge(_)) && self.is_comparison_owed(id).await?;
        // What is owed no more may have been found out in between, and stands among the decisions now.
        if !is_owed {
            entry = self.entry(id).await?;
        }
        if let Entry::Merge(merge) = &mut entry
            && is_owed
        {
            merge.is_being_compared = true;
            merge.status = Some(ShownStatus {
                state: "pending".to_owned(),
                description: "what landed is being compared with what the merge gives; ask again in a minute"
                    .to_owned(),
            });
        }
        if let Entry::Unreadable(why) = &entry {
            tracing::warn!(pull_request = %id, why, "what was decided cannot be read: it is no yes");
        }
        self.found.insert(number, entry);
        Ok(())
    }

    /// Whether it is still to be found out whether what landed is what the merge gives.
    async fn is_comparison_owed(&self, id: PullRequestId) -> Result<bool, PlanRefusal> {
        let stored = self.store.pull_request(id).await.map_err(unreadable)?;
        Ok(stored.is_some_and(|stored| owes_comparison(stored.body.as_deref())))
    }

    /// Reads the decisions about a pull request, the newest first, until its merge and the verdict before it are found.
    async fn entry(&self, id: PullRequestId) -> Result<Entry, PlanRefusal> {
        let mut reading = Reading::of(id.number());
        let (mut before, mut left) = (None, DECISIONS_READ_MAX);
        while left > 0 {
            let limit = DECISIONS_AT_A_TIME.min(left);
            let page = self.store.decisions(id, before, limit).await;
            let page = page.map_err(unreadable)?;
            for row in &page {
                if let Err(why) = reading.take(&row.decision.body) {
                    return Ok(Entry::Unreadable(why));
                }
                if reading.is_complete {
                    return Ok(reading.entry());
                }
            }
            before = page.last().map(|row| row.decision.revision);
            if before.is_none() {
                break;
            }
            left -= limit;
        }
        Ok(reading.entry())
    }
}

fn unreadable(error: StoreError) -> PlanRefusal {
    PlanRefusal::Unseen(sentence(&error))
}

/// The numbers behind a `#` in the first line of a message.
fn hints(message: &str) -> Vec<u64> {
    let title = message.lines().next().unwrap_or_default();
    let number = |rest: &str| {
        let digits = rest.bytes().take_while(u8::is_ascii_digit).count();
        rest.get(..digits)?.parse().ok()
    };
    title
        .split('#')
        .skip(1)
        .filter_map(number)
        .take(HINTS_MAX)
        .collect()
}

/// The merge among the decisions about a pull request, which are taken one by one, the newest first.
struct Reading {
    number: u64,
    merge: Option<KnownMerge>,
    /// Why what landed is not known to be what the merge gives, as was found out last; none where that was never said, or is well.
    compared: Option<Option<String>>,
    is_complete: bool,
}

impl Reading {
    fn of(number: u64) -> Self {
        Self {
            number,
            merge: None,
            compared: None,
            is_complete: false,
        }
    }

    /// Takes the next older one. Once the merge is found, what cannot be read costs no more than the names of who signed.
    fn take(&mut self, body: &str) -> Result<(), String> {
        let row = DecisionBody::read(body);
        let found = row.as_ref().ok().and_then(|row| row.landed.as_ref());
        // The newest says how it is.
        if let (Some(found), None) = (found, &self.compared) {
            self.compared = Some(match found.result {
                LandedResult::Same => None,
                LandedResult::Different => Some(format!(
                    "what landed is not what the merge gives: {}",
                    found.because
                )),
                LandedResult::Unknown => Some(format!(
                    "nobody could tell whether what landed is what the merge gives: {}",
                    found.because
                )),
            });
        }
        let Some(known) = &mut self.merge else {
            let DecisionBody { head, merge, .. } = row?;
            let found = head.zip(merge);
            self.merge = found.map(|(head, merge)| of_merge(self.number, head, merge));
            return Ok(());
        };
        match row {
            Err(_) => self.is_complete = true,
            // The verdict that stood when it was merged.
            Ok(row) if row.head.as_ref() == Some(&known.head) => {
                if let Some(said) = row.verdict.as_ref().and_then(Said::of) {
                    (known.signers, known.more_signers) = said.signers();
                    self.is_complete = true;
                }
            }
            Ok(_) => {}
        }
        Ok(())
    }

    fn entry(self) -> Entry {
        let Some(mut merge) = self.merge else {
            return Entry::Nothing;
        };
        if let Some(description) = self.compared.flatten() {
            merge.status = Some(ShownStatus {
                state: "failure".to_owned(),
                description,
            });
        }
        Entry::Merge(merge)
    }
}

fn of_merge(number: u64, head: CommitSha, merge: Merge) -> KnownMerge {
    KnownMerge {
        is_being_compared: false,
        number,
        head,
        commit: merge.found.commit,
        status: merge.status,
        mode: merge.mode,
        signers: Vec::new(),
        more_signers: 0,
    }
}

#[cfg(test)]
mod tests;
