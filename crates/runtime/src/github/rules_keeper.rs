//! Keeps the rules: the first ones are trusted because of their digest, every later state because a pull request brought it that was green
//! under the rules before it. Anything else keeps the rules as they are, and is said loudly.

use super::rules_repository::{Landed, RulesRepository};
use crate::RuntimeError;
use crate::gate::AcceptedRules;
use crate::ports::Clock;
use domain_types::{CommitSha, Sha256Digest};
use governance_rules::{RulesetDigest, read_ruleset};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::{PullRequestStore, RulesetRow, StoreError};
use tokio::sync::{Notify, watch};

/// Seconds between two looks at the repository of the rules, if no webhook rings.
const LOOK_SECONDS: u64 = 300;
/// Seconds until the next try while there are no rules at all.
const RETRY_SECONDS: u64 = 60;
/// Decisions of one pull request that are looked through for the green one.
const DECISIONS_MAX: u32 = 50;

/// Who keeps the rules of a server.
pub struct RulesKeeper {
    /// Where the rules are kept on the forge.
    pub repository: RulesRepository,
    /// The digest of the rules that are trusted without having been voted for.
    pub genesis: Sha256Digest,
    /// Where accepted rules are written down.
    pub store: Arc<dyn PullRequestStore>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// Where every look finds the rules.
    pub rules: Arc<AcceptedRules>,
    /// Rung when the repository was pushed to.
    pub bell: Arc<Notify>,
    /// Rung when other rules hold.
    pub changed: Arc<Notify>,
}

/// Rules as they are stored: the texts by path.
#[derive(Serialize, Deserialize)]
struct StoredRules {
    version: u32,
    files: BTreeMap<String, String>,
}

/// The version of what is stored.
const STORED_VERSION: u32 = 1;

/// What a look came to.
enum Looked {
    /// The rules are as they were.
    Same,
    /// Others hold now.
    Accepted,
    /// What is there is not accepted, for this reason.
    Refused(String),
}

impl RulesKeeper {
    /// Keeps them until `shutdown` turns true.
    ///
    /// # Errors
    /// The store's.
    pub async fn keep(self, mut shutdown: watch::Receiver<bool>) -> Result<(), RuntimeError> {
        while !*shutdown.borrow() {
            match self.look().await? {
                Ok(Looked::Same) => {}
                Ok(Looked::Accepted) => self.changed.notify_one(),
                Ok(Looked::Refused(reason)) => {
                    tracing::error!(
                        repository = self.repository.full_name(),
                        reason,
                        "rules were not accepted"
                    );
                    if self.rules.now().is_err() {
                        self.rules.replace(Err(reason));
                    }
                }
                Err(reason) => {
                    tracing::warn!(
                        repository = self.repository.full_name(),
                        reason,
                        "rules could not be read"
                    );
                }
            }
            let wait = match self.rules.now().is_ok() {
                true => LOOK_SECONDS,
                false => RETRY_SECONDS,
            };
            let due = self.clock.now().plus_seconds(wait);
            tokio::select! {
                biased;
                () = self.bell.notified() => {}
                () = self.clock.wait_until(due) => {}
                _ = shutdown.changed() => {}
            }
        }
        Ok(())
    }

    /// Puts the rules in place that were accepted last.
    ///
    /// # Errors
    /// The store's.
    pub async fn restore(&self) -> Result<(), RuntimeError> {
        if let Some(row) = self.store.newest_ruleset().await? {
            self.rules.replace(read_stored(&row));
        }
        Ok(())
    }

    /// Whether these are the rules that every look here uses.
    fn holds(&self, row: &RulesetRow) -> bool {
        let now = self.rules.now();
        now.as_ref()
            .as_ref()
            .is_ok_and(|rules| rules.digest().sha256() == row.digest)
    }

    /// Looks at the default branch. The inner error says that the forge could not be asked.
    async fn look(&self) -> Result<Result<Looked, String>, RuntimeError> {
        let accepted = self.store.newest_ruleset().await?;
        if let Some(row) = accepted.as_ref().filter(|row| !self.holds(row)) {
            // Another server accepted them.
            self.rules.replace(read_stored(row));
            return Ok(Ok(Looked::Accepted));
        }
        let head = match self.repository.head().await {
            Ok(head) => head,
            Err(reason) => return Ok(Err(reason)),
        };
        if accepted.as_ref().is_some_and(|row| row.commit == head) {
            return Ok(Ok(Looked::Same));
        }
        let files = match self.repository.files(&head).await {
            Ok(files) => files,
            Err(reason) => return Ok(Err(reason)),
        };
        let digest = RulesetDigest::of(&files).sha256();
        match accepted {
            None if digest == self.genesis => {
                let because = format!("it is the pinned genesis {digest}");
                self.accept(1, (head, digest), &files, because).await.map(Ok)
            }
            None => Ok(Ok(Looked::Refused(format!(
                "the rules at {head} have the digest {digest}, and `genesis_digest` pins {}",
                self.genesis
            )))),
            Some(row) if row.digest == digest => Ok(Ok(Looked::Same)),
            Some(row) => self.by_vote(row, (head, digest), files).await,
        }
    }

    /// Whether a pull request brought these rules that was green under those before it.
    async fn by_vote(
        &self,
        accepted: RulesetRow,
        (head, digest): (CommitSha, Sha256Digest),
        files: BTreeMap<String, String>,
    ) -> Result<Result<Looked, String>, RuntimeError> {
        let landed = match self.repository.landed_by(&head).await {
            Ok(landed) => landed,
            Err(reason) => return Ok(Err(reason)),
        };
        // What lay between was never accepted: a pull request that is built upon it does not bring it in.
        let before = match self.before(&head).await {
            Ok(before) => before,
            Err(reason) => return Ok(Err(reason)),
        };
        if before != Some(accepted.digest) {
            let why = format!("what {head} was built upon are not the rules that hold");
            return Ok(Ok(Looked::Refused(format!(
                "{why}; the rules of version {} go on",
                accepted.version
            ))));
        }
        let mut why = format!("{head} was pushed past every pull request");
        for pull in landed {
            let signed = match self.repository.files(&pull.head).await {
                Ok(files) => RulesetDigest::of(&files).sha256(),
                Err(reason) => return Ok(Err(reason)),
            };
            match self.green(&pull, &accepted).await? {
                Err(reason) => why = reason,
                Ok(()) if signed != digest => {
                    why = format!(
                        "what #{} brought is not what was signed at {}",
                        pull.number, pull.head
                    );
                }
                Ok(()) => {
                    let because = format!("#{} was green at {}", pull.number, pull.head);
                    let version = accepted.version + 1;
                    return self
                        .accept(version, (head, digest), &files, because)
                        .await
                        .map(Ok);
                }
            }
        }
        Ok(Ok(Looked::Refused(format!(
            "{why}; the rules of version {} go on",
            accepted.version
        ))))
    }

    /// The digest of the rules before a commit came to the default branch.
    async fn before(&self, commit: &CommitSha) -> Result<Option<Sha256Digest>, String> {
        let Some(parent) = self.repository.before(commit).await? else {
            return Ok(None);
        };
        let files = self.repository.files(&parent).await?;
        Ok(Some(RulesetDigest::of(&files).sha256()))
    }

    /// Whether a pull request was green at its head, by the rules that hold.
    async fn green(&self, pull: &Landed, accepted: &RulesetRow) -> Result<Result<(), String>, RuntimeError> {
        let decisions = self.store.decisions(pull.id, None, DECISIONS_MAX).await?;
        let Some(last) = decisions.first() else {
            return Ok(Err(format!("#{} was never judged", pull.number)));
        };
        let judged = serde_json::from_str::<Judged>(&last.decision.body).unwrap_or_default();
        Ok(match () {
            () if last.decision.outcome != "success" => {
                Err(format!("#{} was not green when it was merged", pull.number))
            }
            () if last.decision.ruleset_digest != accepted.digest => Err(format!(
                "#{} was judged by other rules than those that hold",
                pull.number
            )),
            () if judged.base.as_ref() != Some(&pull.base) => {
                Err(format!("#{} was green for another branch", pull.number))
            }
            () if judged.head.as_ref() != Some(&pull.head) => {
                Err(format!("#{} was green at another head", pull.number))
            }
            () => Ok(()),
        })
    }

    async fn accept(
        &self,
        version: u64,
        (commit, digest): (CommitSha, Sha256Digest),
        files: &BTreeMap<String, String>,
        because: String,
    ) -> Result<Looked, RuntimeError> {
        // Broken rules are never accepted: those before them go on.
        if let Err(errors) = read_ruleset(files) {
            let first = errors.first().map_or_else(String::new, ToString::to_string);
            return Ok(Looked::Refused(format!(
                "the rules at {commit} cannot be read: {first}"
            )));
        }
        let stored = StoredRules {
            version: STORED_VERSION,
            files: files.clone(),
        };
        let encoded = |source| RuntimeError::Encode {
            what: "a set of rules",
            source,
        };
        let row = RulesetRow {
            version,
            digest,
            commit: commit.clone(),
            body: serde_json::to_string(&stored).map_err(encoded)?,
            because: serde_json::json!({ "because": because }).to_string(),
            accepted_at: self.clock.now(),
        };
        match self.store.accept_ruleset(&row).await {
            Ok(()) => {}
            // Another server was faster, or the branch was forced back to a commit that was accepted before.
            Err(StoreError::RulesetConflict { .. }) => return Ok(Looked::Same),
            Err(StoreError::Constraint { .. }) => {
                return Ok(Looked::Refused(format!(
                    "{commit} was accepted before and brings nothing back"
                )));
            }
            Err(error) => return Err(error.into()),
        }
        tracing::info!(version, commit = %commit, because, "rules were accepted");
        self.rules.replace(read_stored(&row));
        Ok(Looked::Accepted)
    }
}

/// The part of a stored decision that is looked at here.
#[derive(Deserialize, Default)]
struct Judged {
    head: Option<CommitSha>,
    base: Option<String>,
}

fn read_stored(row: &RulesetRow) -> Result<governance_rules::Ruleset, String> {
    let stored: StoredRules = serde_json::from_str(&row.body).map_err(|error| error.to_string())?;
    if stored.version > STORED_VERSION {
        return Err(format!(
            "the rules of version {} were stored by a newer program",
            row.version
        ));
    }
    read_ruleset(&stored.files).map_err(|errors| errors.first().map_or_else(String::new, ToString::to_string))
}
