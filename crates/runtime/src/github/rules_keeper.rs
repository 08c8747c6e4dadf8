//! Keeps the rules: the first ones are trusted because of their digest, every later state because a pull request brought it that was green
//! under the rules before it. Anything else keeps the rules as they are, and is said loudly.
//!
//! A book that was lost is made anew in the same way: from the pinned rules along the default branch, vote by vote, where the forge still has
//! what every vote rests upon.

mod vote;

use self::vote::Voted;
use super::rules_repository::{RulesRepository, State, Unread, Way};
use crate::RuntimeError;
use crate::gate::{
    Acceptance, AcceptedRules, GateSettings, PullRequestHost, read_stored, read_texts, written,
};
use crate::ports::Clock;
use domain_types::{CommitSha, Sha256Digest};
use governance_rules::RulesetDigest;
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::{PullRequestStore, RulesetRow, StoreError};
use tokio::sync::{Notify, watch};

/// Seconds between two looks at the repository of the rules, if no webhook rings.
const LOOK_SECONDS: u64 = 300;
/// Seconds until the next try while there are no rules at all.
const RETRY_SECONDS: u64 = 60;
/// Changes of the rules that are gone through in one look: each costs about thirty requests of five thousand in an hour. The next look goes on
/// behind those that were accepted, of which there is at least one: what is refused is gone through again only behind the newest rules that hold.
const VOTES_MAX: u32 = 50;

/// Who keeps the rules of a server.
pub struct RulesKeeper {
    /// Where the rules are kept on the forge.
    pub repository: RulesRepository,
    /// The digest of the rules that are trusted without having been voted for.
    pub genesis: Sha256Digest,
    /// Where the pull requests are that brought rules.
    pub host: Arc<dyn PullRequestHost>,
    /// What holds for them.
    pub settings: GateSettings,
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

/// What a look at the repository of the rules came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RulesLook {
    /// What is there holds.
    Holding,
    /// What is there was not accepted, for this reason; what held before goes on, if anything did.
    Refused(String),
    /// There is more than one look goes through, as this says: the next one goes on.
    Unfinished(String),
    /// The forge could not be asked, for this reason.
    Unasked(String),
}

/// What a look came to.
enum Looked {
    /// The rules are as they were.
    Same,
    /// Others hold now.
    Accepted,
    /// What is there is not accepted, for this reason.
    Refused(String),
    /// There is more than one look goes through, as this says.
    Unfinished(String),
}

/// The rules that a way begins with.
enum Begun {
    /// They hold already.
    Known(RulesetRow),
    /// They are pinned.
    Pinned(RulesetRow),
    /// They are pinned, and cannot be used for this reason.
    Refused(String),
}

impl RulesKeeper {
    /// Keeps them until `shutdown` turns true.
    ///
    /// # Errors
    /// The store's.
    pub async fn keep(self, mut shutdown: watch::Receiver<bool>) -> Result<(), RuntimeError> {
        while !*shutdown.borrow() {
            match self.look_once().await? {
                RulesLook::Holding => {}
                RulesLook::Refused(reason) => {
                    tracing::error!(
                        repository = self.repository.full_name(),
                        reason,
                        "rules were not accepted"
                    );
                }
                RulesLook::Unfinished(reason) => {
                    tracing::warn!(
                        repository = self.repository.full_name(),
                        reason,
                        "rules are behind"
                    );
                }
                RulesLook::Unasked(reason) => {
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

    /// Looks once at the repository of the rules, and puts in place what is accepted.
    ///
    /// # Errors
    /// The store's.
    pub async fn look_once(&self) -> Result<RulesLook, RuntimeError> {
        Ok(match self.look().await? {
            Ok(Looked::Same | Looked::Accepted) => RulesLook::Holding,
            Ok(Looked::Refused(reason)) => {
                if self.rules.now().is_err() {
                    self.rules.replace(Err(reason.clone()));
                }
                RulesLook::Refused(reason)
            }
            Ok(Looked::Unfinished(reason)) => RulesLook::Unfinished(reason),
            Err(reason) => RulesLook::Unasked(reason),
        })
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
            self.put(row);
            return Ok(Ok(Looked::Accepted));
        }
        let head = match self.repository.head().await {
            Ok(head) => head,
            Err(reason) => return Ok(Err(reason)),
        };
        if accepted.as_ref().is_some_and(|row| row.commit == head) {
            return Ok(Ok(Looked::Same));
        }
        // Whoever pins other rules than those that were ever accepted trusts them from now on.
        let pinned = self.store.ruleset(&self.genesis).await?.is_none();
        let is_known = |digest: &Sha256Digest| {
            let holding = accepted.as_ref().map(|row| row.digest);
            holding.as_ref() == Some(digest) || (pinned && *digest == self.genesis)
        };
        match self.repository.way(&head, is_known).await {
            Err(reason) => Ok(Err(reason)),
            Ok(Way::None(commits)) => Ok(Ok(Looked::Refused(self.lost(&head, commits).await))),
            Ok(Way::From(way)) => self.follow(accepted, &way).await,
        }
    }

    /// Goes from rules that are known to those at the head, from vote to vote. What is accepted on the way is written down at its end: nobody
    /// is judged by rules that were left behind long ago.
    async fn follow(
        &self,
        accepted: Option<RulesetRow>,
        way: &[State],
    ) -> Result<Result<Looked, String>, RuntimeError> {
        let mut accepting = Vec::new();
        let mut holding = match self.begin(accepted, way).await? {
            Err(reason) => return Ok(Err(reason)),
            Ok(Begun::Refused(reason)) => return Ok(Ok(Looked::Refused(reason))),
            Ok(Begun::Known(row)) => row,
            Ok(Begun::Pinned(row)) => {
                accepting.push(row.clone());
                row
            }
        };
        let mut refused = None;
        let mut votes = 0;
        for (before, state) in way.iter().zip(way.iter().skip(1)) {
            if state.digest == Some(holding.digest) {
                refused = None;
                continue;
            }
            // What was built upon other rules than those that hold is refused unasked, and costs nothing.
            votes += u32::from(before.digest == Some(holding.digest));
            if votes > VOTES_MAX {
                return Ok(Ok(match self.accept(&accepting).await? {
                    refused @ Looked::Refused(_) => refused,
                    Looked::Same | Looked::Accepted | Looked::Unfinished(_) => {
                        Looked::Unfinished(unfinished(&holding, &state.commit))
                    }
                }));
            }
            match self.vote(&holding, before.digest, state).await? {
                Voted::Accepted(files, acceptance) => {
                    holding = self.row(holding.version + 1, state, &files, &acceptance)?;
                    accepting.push(holding.clone());
                    refused = None;
                }
                Voted::Refused(why) => {
                    tracing::warn!(commit = %state.commit, why, "a state of the rules was passed over");
                    refused = refused.or(Some(why));
                }
                Voted::Unasked(reason) => return Ok(Err(reason)),
            }
        }
        let looked = self.accept(&accepting).await?;
        Ok(Ok(match (refused, way.last()) {
            (Some(why), Some(head)) => Looked::Refused(passed_over(&why, &holding, head)),
            (Some(_) | None, _) => looked,
        }))
    }

    /// The rules that the way begins with.
    async fn begin(
        &self,
        accepted: Option<RulesetRow>,
        way: &[State],
    ) -> Result<Result<Begun, String>, RuntimeError> {
        let Some(first) = way.first() else {
            return Ok(Err("its default branch has no commit".to_owned()));
        };
        let (version, before) = match accepted {
            Some(row) if Some(row.digest) == first.digest => return Ok(Ok(Begun::Known(row))),
            Some(row) => (row.version + 1, Some(row.digest)),
            None => (1, None),
        };
        let files = match self.repository.files(&first.commit).await {
            Ok(files) => files,
            Err(Unread::Forge(reason) | Unread::Content(reason)) => return Ok(Err(reason)),
        };
        if let Err(first_error) = read_texts(&files) {
            return Ok(Ok(Begun::Refused(format!(
                "the rules at {}, which `genesis_digest` pins, cannot be read: {first_error}",
                first.commit
            ))));
        }
        let acceptance = Acceptance {
            because: format!("it is the pinned genesis {}", self.genesis),
            landed_at: before.map(|_| self.clock.now()),
            before,
        };
        self.row(version, first, &files, &acceptance)
            .map(|row| Ok(Begun::Pinned(row)))
    }

    /// What is said where no commit has rules that are known.
    async fn lost(&self, head: &CommitSha, commits: usize) -> String {
        let digest = match self.repository.files(head).await {
            Ok(files) => RulesetDigest::of(&files).to_string(),
            Err(Unread::Forge(reason) | Unread::Content(reason)) => reason,
        };
        format!(
            "the rules at {head} have the digest {digest}, and `genesis_digest` pins {}, which none of the last {commits} commits has: read the rules, and pin their digest if you trust them",
            self.genesis
        )
    }

    fn row(
        &self,
        version: u64,
        state: &State,
        files: &BTreeMap<String, String>,
        acceptance: &Acceptance,
    ) -> Result<RulesetRow, RuntimeError> {
        let encoded = |source| RuntimeError::Encode {
            what: "a set of rules",
            source,
        };
        Ok(RulesetRow {
            version,
            digest: RulesetDigest::of(files).sha256(),
            commit: state.commit.clone(),
            body: written(files).map_err(encoded)?,
            because: serde_json::to_string(acceptance).map_err(encoded)?,
            accepted_at: self.clock.now(),
        })
    }

    /// Writes rules down one after the other, and puts the last in place.
    async fn accept(&self, rows: &[RulesetRow]) -> Result<Looked, RuntimeError> {
        for row in rows {
            let (version, commit) = (row.version, &row.commit);
            match self.store.accept_ruleset(row).await {
                Ok(()) => tracing::info!(version, %commit, because = row.because, "rules were accepted"),
                // Another server was faster, or the branch was forced back to a commit that was accepted before.
                Err(StoreError::RulesetConflict { .. }) => return Ok(Looked::Same),
                Err(StoreError::Constraint { .. }) => {
                    return Ok(Looked::Refused(format!(
                        "{commit} was accepted before and brings nothing back"
                    )));
                }
                Err(error) => return Err(error.into()),
            }
        }
        let Some(row) = rows.last() else {
            return Ok(Looked::Same);
        };
        self.put(row);
        Ok(Looked::Accepted)
    }

    /// From now on these are the rules.
    fn put(&self, row: &RulesetRow) {
        self.rules.replace(read_stored(row));
        self.changed.notify_one();
    }
}

/// What is said where a look ends before the head.
fn unfinished(holding: &RulesetRow, commit: &CommitSha) -> String {
    format!(
        "more than {VOTES_MAX} changes of the rules are to be gone through: those of version {} go on, and the next look goes on at {commit}",
        holding.version
    )
}

/// What is said where rules are not accepted, and what to do about it.
fn passed_over(why: &str, holding: &RulesetRow, head: &State) -> String {
    let (version, commit) = (holding.version, &head.commit);
    let how = match &head.digest {
        Some(digest) => format!("pin them by `genesis_digest = \"{digest}\"`"),
        None => "bring readable ones by a pull request".to_owned(),
    };
    format!(
        "{why}; the rules of version {version} go on. Take the change back and bring it by a pull request, or, if you have read the rules at {commit} \
         and trust them, {how}"
    )
}
