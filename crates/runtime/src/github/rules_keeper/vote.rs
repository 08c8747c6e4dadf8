//! Whether the pull request that brought rules was green under those before it.

use super::RulesKeeper;
use crate::RuntimeError;
use crate::gate::{Acceptance, DecisionBody, green_when_merged, outcome, read_stored, read_texts};
use crate::github::rules_repository::{MergedPull, State, Unread};
use domain_types::Sha256Digest;
use governance_rules::{Outcome, RulesetDigest};
use std::collections::BTreeMap;
use storage::{DecisionRow, NewDecision, RulesetRow};

/// Decisions of one pull request that are read, the newest first: behind a merge come only what was found out of what landed.
const DECISIONS_READ: u32 = 50;

/// What became of a vote.
pub(super) enum Voted {
    /// These texts were accepted, for this reason.
    Accepted(BTreeMap<String, String>, Acceptance),
    /// They were not, for this one.
    Refused(String),
    /// The forge did not say.
    Unasked(String),
}

impl From<Unread> for Voted {
    fn from(unread: Unread) -> Self {
        match unread {
            Unread::Forge(reason) => Self::Unasked(reason),
            Unread::Content(reason) => Self::Refused(reason),
        }
    }
}

/// Whether a pull request was green.
enum Green {
    Yes(String),
    No(String),
    Unasked(String),
}

/// What the book says of the merge of a pull request: its decision, and whether something else landed.
struct Recorded {
    decision: NewDecision,
    judged: DecisionBody,
    is_different: bool,
}

impl Recorded {
    /// Of these decisions, the newest first. Until the merge is written down it is the newest, which was there before it; that a comparison
    /// went well afterwards is no verdict.
    fn of(decisions: Vec<DecisionRow>) -> Option<Self> {
        let mut is_different = false;
        let mut newest = None;
        for row in decisions {
            let read = DecisionBody::read(&row.decision.body);
            // What cannot be read may say so.
            is_different |= read.as_ref().map_or(true, DecisionBody::is_of_something_else);
            let judged = read.unwrap_or_default();
            let is_merge = judged.merge.is_some();
            if is_merge || (newest.is_none() && judged.landed.is_none()) {
                newest = Some((row.decision, judged));
            }
            if is_merge {
                break;
            }
        }
        newest.map(|(decision, judged)| Self {
            decision,
            judged,
            is_different,
        })
    }

    fn is_of_merge(&self) -> bool {
        self.judged.merge.is_some()
    }
}

impl RulesKeeper {
    /// Whether a pull request brought these rules that was green under those that hold.
    pub(super) async fn vote(
        &self,
        holding: &RulesetRow,
        before: Option<Sha256Digest>,
        state: &State,
    ) -> Result<Voted, RuntimeError> {
        let commit = &state.commit;
        // What lay between was never accepted: a pull request that is built upon it does not bring it in.
        if before != Some(holding.digest) {
            let why = format!("what {commit} was built upon are not the rules that hold");
            return Ok(Voted::Refused(why));
        }
        let files = match self.repository.files(commit).await {
            Ok(files) => files,
            Err(unread) => return Ok(unread.into()),
        };
        // Broken rules are never accepted: those before them go on.
        if let Err(first) = read_texts(&files) {
            return Ok(Voted::Refused(format!(
                "the rules at {commit} cannot be read: {first}"
            )));
        }
        let landed = match self.repository.merged_as(commit).await {
            Ok(landed) => landed,
            Err(reason) => return Ok(Voted::Unasked(reason)),
        };
        let mut why = format!("{commit} was pushed past every pull request");
        for pull in landed {
            let signed = match self.repository.files(&pull.head).await {
                Ok(files) => RulesetDigest::of(&files).sha256(),
                // Anybody can open another one with this merge, and anything in it.
                Err(Unread::Content(reason)) => {
                    why = reason;
                    continue;
                }
                Err(unread @ Unread::Forge(_)) => return Ok(unread.into()),
            };
            if Some(signed) != state.digest {
                why = not_as_signed(&pull);
                continue;
            }
            let below = match self.repository.digest_below((commit, &pull.head)).await {
                Ok(below) => below,
                Err(reason) => return Ok(Voted::Unasked(reason)),
            };
            // What was signed shows only what changed since then.
            if below != before {
                why = begun_before(pull.number);
                continue;
            }
            match self.green(&pull, holding).await? {
                Green::Yes(because) => {
                    let acceptance = Acceptance {
                        because,
                        before,
                        landed_at: Some(pull.merged_at),
                    };
                    return Ok(Voted::Accepted(files, acceptance));
                }
                Green::No(reason) => why = reason,
                Green::Unasked(reason) => return Ok(Voted::Unasked(reason)),
            }
        }
        Ok(Voted::Refused(why))
    }

    /// Whether a pull request was green when it was merged, under the rules that hold: by the book, or, where the book is younger than the
    /// merge and has nothing of it, by what the forge has of it.
    async fn green(&self, pull: &MergedPull, holding: &RulesetRow) -> Result<Green, RuntimeError> {
        let decisions = self.store.decisions(pull.id, None, DECISIONS_READ).await?;
        let recorded = Recorded::of(decisions);
        let pinned = self.store.ruleset(&self.genesis).await?;
        let was_there = pinned.is_some_and(|row| row.accepted_at <= pull.merged_at);
        if was_there || recorded.as_ref().is_some_and(Recorded::is_of_merge) {
            return Ok(green_by_the_book(pull, holding, recorded.as_ref()));
        }
        Ok(self.green_by_the_forge(pull, holding).await)
    }

    /// The verdict was lost, or there was nobody to give one: the signatures lie on the forge, and it is judged again as of its merge.
    async fn green_by_the_forge(&self, pull: &MergedPull, holding: &RulesetRow) -> Green {
        let rules = match read_stored(holding) {
            Ok(rules) => rules,
            Err(reason) => return Green::No(reason),
        };
        let repository = self.repository.full_name();
        let parts = (&*self.host, &self.settings);
        let (number, at) = (pull.number, pull.merged_at);
        match green_when_merged(parts, &rules, (pull.id, &repository), &pull.head).await {
            Ok(Ok(())) => Green::Yes(format!(
                "#{number} was green at {} when it was merged at {at}: judged again from what GitHub has of it, for no verdict is in the book",
                pull.head
            )),
            Ok(Err(reason)) => Green::No(format!(
                "#{number} was not green when it was merged at {at}, by what GitHub has of it now: {reason}"
            )),
            Err(reason) => Green::Unasked(reason),
        }
    }
}

fn not_as_signed(pull: &MergedPull) -> String {
    format!(
        "what #{} brought is not what was signed at {}",
        pull.number, pull.head
    )
}

fn begun_before(number: u64) -> String {
    format!("#{number} was begun before the rules that hold: update its branch, and have that signed")
}

fn green_by_the_book(pull: &MergedPull, holding: &RulesetRow, recorded: Option<&Recorded>) -> Green {
    let number = pull.number;
    let Some(Recorded {
        decision,
        judged,
        is_different,
    }) = recorded
    else {
        return Green::No(format!("#{number} was never judged"));
    };
    match () {
        () if *is_different => Green::No(format!("what landed of #{number} is not what the merge gives")),
        () if !matches!(outcome(decision), Ok(Outcome::Success)) => {
            Green::No(format!("#{number} was not green when it was merged"))
        }
        () if decision.ruleset_digest != holding.digest => Green::No(format!(
            "#{number} was judged by other rules than those that hold"
        )),
        () if judged.base.as_ref() != Some(&pull.base) => {
            Green::No(format!("#{number} was green for another branch"))
        }
        () if judged.head.as_ref() != Some(&pull.head) => {
            Green::No(format!("#{number} was green at another head"))
        }
        () => Green::Yes(format!("#{number} was green at {}", pull.head)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use domain_types::Timestamp;

    fn row(outcome: &str, body: &str) -> DecisionRow {
        DecisionRow {
            at: Timestamp::from_seconds(1_764_000_000),
            decision: NewDecision {
                revision: 1,
                ruleset_digest: Sha256Digest::of(b"rules"),
                facts_digest: Sha256Digest::of(b"facts"),
                outcome: outcome.to_owned(),
                body: body.to_owned(),
            },
        }
    }

    #[test]
    fn the_merge_counts_and_nothing_that_was_found_of_it_later_makes_it_green() {
        let verdict = || row("success", "{\"version\": 1}");
        let merge = |outcome| {
            let merge = "{\"at\": \"2026-03-01T00:00:00.000Z\", \"mode\": \"enforce\"}";
            row(outcome, &format!("{{\"version\": 1, \"merge\": {merge}}}"))
        };
        let landed = |outcome, result| {
            let found = format!("{{\"result\": \"{result}\", \"because\": \"why\", \"mode\": \"enforce\"}}");
            row(outcome, &format!("{{\"version\": 1, \"landed\": {found}}}"))
        };
        for (decisions, expected) in [
            (vec![], None),
            (vec![verdict()], Some(("success", false))),
            (vec![merge("failure"), verdict()], Some(("failure", false))),
            // It could be told late that it is what the merge gives: nobody signed it all the same.
            (
                vec![landed("success", "same"), merge("failure"), verdict()],
                Some(("failure", false)),
            ),
            (
                vec![landed("error", "unknown"), merge("success"), verdict()],
                Some(("success", false)),
            ),
            (
                vec![landed("failure", "different"), merge("success"), verdict()],
                Some(("success", true)),
            ),
        ] {
            let found = Recorded::of(decisions);
            let found = found.map(|found| (found.decision.outcome, found.is_different));
            let found = found.as_ref().map(|(outcome, is)| (outcome.as_str(), *is));
            assert_eq!(found, expected);
        }
    }
}
