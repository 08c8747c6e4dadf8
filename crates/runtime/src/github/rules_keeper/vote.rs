//! Whether the pull request that brought rules was green under those before it.

use super::RulesKeeper;
use crate::RuntimeError;
use crate::gate::{Acceptance, green_when_merged, read_stored, read_texts};
use crate::github::rules_repository::{Landed, State, Unread};
use domain_types::{CommitSha, Sha256Digest};
use governance_rules::RulesetDigest;
use serde::Deserialize;
use std::collections::BTreeMap;
use storage::RulesetRow;

/// Decisions of one pull request that are read: the newest is looked at.
const DECISIONS_READ: u32 = 1;

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

/// The part of a stored decision that is looked at here.
#[derive(Deserialize, Default)]
struct Judged {
    head: Option<CommitSha>,
    base: Option<String>,
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
        let landed = match self.repository.landed_by(commit).await {
            Ok(landed) => landed,
            Err(reason) => return Ok(Voted::Unasked(reason)),
        };
        let mut why = format!("{commit} was pushed past every pull request");
        for pull in landed {
            let signed = match self.repository.files(&pull.head).await {
                Ok(files) => RulesetDigest::of(&files).sha256(),
                Err(unread) => return Ok(unread.into()),
            };
            if Some(signed) != state.digest {
                why = format!(
                    "what #{} brought is not what was signed at {}",
                    pull.number, pull.head
                );
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
    /// merge, by what the forge has of it.
    async fn green(&self, pull: &Landed, holding: &RulesetRow) -> Result<Green, RuntimeError> {
        let pinned = self.store.ruleset(&self.genesis).await?;
        match pinned.filter(|row| row.accepted_at <= pull.merged_at) {
            Some(_) => self.green_by_the_book(pull, holding).await,
            None => Ok(self.green_by_the_forge(pull, holding).await),
        }
    }

    async fn green_by_the_book(&self, pull: &Landed, holding: &RulesetRow) -> Result<Green, RuntimeError> {
        let decisions = self.store.decisions(pull.id, None, DECISIONS_READ).await?;
        let number = pull.number;
        let Some(last) = decisions.first() else {
            return Ok(Green::No(format!("#{number} was never judged")));
        };
        let judged = serde_json::from_str::<Judged>(&last.decision.body).unwrap_or_default();
        Ok(match () {
            () if last.decision.outcome != "success" => {
                Green::No(format!("#{number} was not green when it was merged"))
            }
            () if last.decision.ruleset_digest != holding.digest => Green::No(format!(
                "#{number} was judged by other rules than those that hold"
            )),
            () if judged.base.as_ref() != Some(&pull.base) => {
                Green::No(format!("#{number} was green for another branch"))
            }
            () if judged.head.as_ref() != Some(&pull.head) => {
                Green::No(format!("#{number} was green at another head"))
            }
            () => Green::Yes(format!("#{number} was green at {}", pull.head)),
        })
    }

    /// The verdict was lost, or there was nobody to give one: the signatures lie on the forge, and it is judged again as of its merge.
    async fn green_by_the_forge(&self, pull: &Landed, holding: &RulesetRow) -> Green {
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
