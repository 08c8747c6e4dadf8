//! What is remembered of a pull request between two looks: first sights, statements that were shown, commands that were heard.

use super::attesting::Attested;
use super::emergency::AskedFor;
use super::found::{Found, Known, ShownStatus, fingerprint_of};
use super::landed::Owed;
use super::tiers::AskedLower;
use domain_types::{CommitSha, Sha256Digest, Timestamp, TreeSha};
use governance_rules::{Hold, Login, Push, PushEffect, TierId};
use serde::{Deserialize, Serialize};
use std::collections::{BTreeMap, BTreeSet};

/// The version of the body. A newer one is never taken for an older.
const VERSION: u32 = 2;
/// Heads that are remembered: more pushes than a review has.
const HEADS_MAX: usize = 500;
/// Statements of one head that are remembered: each time the rules changed what is needed.
const STATEMENTS_MAX: usize = 20;
/// Comments that are remembered as answered.
const COMMENTS_MAX: usize = 5_000;
/// Seconds by which comments are asked for again: GitHub's lists lag.
const OVERLAP_SECONDS: i64 = 600;

/// The book of one pull request.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Book {
    version: u32,
    /// Heads in the order in which they were seen.
    pub(crate) heads: Vec<SeenHead>,
    /// The last push that is not in the list any more and made the change another one.
    #[serde(default)]
    pub(crate) restarted_at: Option<Timestamp>,
    /// When the last look began.
    #[serde(default)]
    pub(crate) looked_at: Option<Timestamp>,
    /// The base as it was seen last.
    pub(crate) base: Option<String>,
    /// When another base was first seen.
    pub(crate) retargeted_at: Option<Timestamp>,
    /// Who pushed heads that were not seen here, as far as the forge tells.
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty")]
    pub(crate) unseen_pushers: BTreeSet<String>,
    /// Statements that were shown for the newest head.
    pub(crate) statements: Vec<String>,
    /// Comments that were read, each with when it was changed last.
    pub(crate) comments: BTreeMap<u64, Timestamp>,
    /// Until when comments were read.
    pub(crate) read_until: Option<Timestamp>,
    /// Tiers that maintainers raised it to.
    pub(crate) raised: Vec<Raised>,
    /// Who asked to wait.
    pub(crate) holds: Vec<Held>,
    /// The status that was ordered last, and for which head and context.
    pub(crate) status: Option<Ordered>,
    /// The report that was ordered last: its head and the digest of what it says.
    pub(crate) report: Option<(CommitSha, Sha256Digest)>,
    /// The rules that it was judged by last.
    #[serde(default)]
    pub(crate) ruleset: Option<Sha256Digest>,
    /// The outcome of this pull request alone, whatever its twins say.
    pub(crate) outcome: Option<(CommitSha, String, ShownStatus)>,
    /// How many statuses were ordered for the newest head.
    #[serde(default)]
    pub(crate) statuses: u32,
    /// Its merge was written down.
    #[serde(default)]
    pub(crate) is_merge_told: bool,
    /// What landed is still to be compared with what the merge gives.
    #[serde(default)]
    pub(crate) landing: Option<Owed>,
    /// The emergency that was asked for last.
    #[serde(default)]
    pub(crate) emergency: Option<AskedFor>,
    /// What people attest of the newest head.
    #[serde(default)]
    pub(crate) attested: Vec<Attested>,
    /// The groups of the merge queue that it is the last of, by their commits, and what was ordered for each.
    #[serde(default)]
    pub(crate) groups: BTreeMap<CommitSha, Ordered>,
    /// Reminders that were given, by their marks.
    #[serde(default)]
    pub(crate) reminded: BTreeSet<String>,
    /// What those that it names were woken for last.
    #[serde(default)]
    pub(crate) told_companions: Option<Sha256Digest>,
    /// A lower tier that was asked for.
    #[serde(default)]
    pub(crate) lowering: Option<AskedLower>,
    /// The facts that were kept last: the revision of the decision that has them, and their digest, whatever their time.
    #[serde(default)]
    pub(crate) facts: Option<(u64, Sha256Digest)>,
}

/// A head that was seen.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct SeenHead {
    pub(crate) sha: CommitSha,
    /// When it was first seen here, or when the forge says that it took it, whichever is told.
    pub(crate) at: Timestamp,
    /// What the change amounts to: every file with its content.
    pub(crate) fingerprint: Option<Sha256Digest>,
    pub(crate) is_same_change: Option<bool>,
    /// Who pushed it, where the forge says so.
    #[serde(default)]
    pub(crate) by: Option<String>,
    /// Its tree.
    #[serde(default)]
    pub(crate) tree: Option<TreeSha>,
}

/// A tier that somebody asked for.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Raised {
    pub(crate) tier: String,
    pub(crate) by: String,
    pub(crate) at: Timestamp,
    pub(crate) reason: String,
}

/// A hold.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Held {
    pub(crate) by: String,
    pub(crate) since: Timestamp,
    pub(crate) reason: String,
}

/// A status that was ordered.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Ordered {
    pub(crate) head: CommitSha,
    pub(crate) context: String,
    /// The base that the context is of; empty where an older program wrote it.
    #[serde(default)]
    pub(crate) base: String,
    pub(crate) status: ShownStatus,
    pub(crate) at: Timestamp,
    /// A green was ordered for this head and context, and no end of it: it may still be on its way, whatever was ordered since.
    #[serde(default)]
    pub(crate) was_green: bool,
}

impl Ordered {
    /// Whether this is what was ordered.
    pub(crate) fn is(&self, head: &CommitSha, context: &str, status: &ShownStatus) -> bool {
        self.is_of(head, context) && self.status == *status
    }

    /// Whether a green of it may show.
    pub(crate) fn may_be_green(&self) -> bool {
        self.was_green || self.status.is_green()
    }

    /// Whether it is about this head and base.
    pub(crate) fn is_of(&self, head: &CommitSha, context: &str) -> bool {
        self.head == *head && self.context == context
    }
}

impl Default for Book {
    fn default() -> Self {
        Self {
            version: VERSION,
            heads: Vec::new(),
            restarted_at: None,
            looked_at: None,
            base: None,
            retargeted_at: None,
            unseen_pushers: BTreeSet::new(),
            statements: Vec::new(),
            comments: BTreeMap::new(),
            read_until: None,
            raised: Vec::new(),
            holds: Vec::new(),
            status: None,
            report: None,
            ruleset: None,
            outcome: None,
            statuses: 0,
            is_merge_told: false,
            landing: None,
            emergency: None,
            attested: Vec::new(),
            groups: BTreeMap::new(),
            reminded: BTreeSet::new(),
            told_companions: None,
            lowering: None,
            facts: None,
        }
    }
}

impl Book {
    /// As it was stored; a new one for a pull request that was never looked at.
    ///
    /// # Errors
    /// If it cannot be read, or a newer program wrote it.
    pub(crate) fn read(body: Option<&str>) -> Result<Self, String> {
        let Some(body) = body else {
            return Ok(Self::default());
        };
        let mut book: Self = serde_json::from_str(body).map_err(|error| error.to_string())?;
        if book.version > VERSION {
            return Err(format!(
                "its book has version {}, and this program knows {VERSION}",
                book.version
            ));
        }
        // What an older program wrote is written anew with what this one knows.
        book.version = VERSION;
        Ok(book)
    }

    /// As it is stored.
    ///
    /// # Errors
    /// Never for a book that was read or made here.
    pub(crate) fn written(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self)
    }

    /// Since when comments have to be asked for.
    pub(crate) fn comments_since(&self) -> Option<Timestamp> {
        self.read_until
            .map(|until| Timestamp::from_milliseconds(until.milliseconds() - OVERLAP_SECONDS * 1000))
    }

    /// The commits of its groups, if it may be in a merge queue, or was.
    pub(crate) fn known_groups(&self) -> Option<Vec<CommitSha>> {
        let own = self.outcome.as_ref();
        let may_be = !self.groups.is_empty() || own.is_some_and(|(_, _, own)| own.is_green());
        may_be.then(|| self.groups.keys().cloned().collect())
    }

    /// What the last look found, for the next one.
    pub(crate) fn known(&self) -> Option<Known> {
        let (head, base) = (self.heads.last()?, self.base.clone()?);
        Some(Known {
            head: head.sha.clone(),
            head_tree: head.tree.clone(),
            base,
            fingerprint: head.fingerprint,
            is_pusher_known: head.by.is_some(),
        })
    }

    /// Notes head and base. A head that was never seen is a push; what it did to the change is told by the files alone.
    pub(crate) fn see(&mut self, found: &Found) {
        if self.base.as_ref().is_some_and(|known| *known != found.base) {
            self.retargeted_at = Some(found.observed_at);
            self.statements.clear();
        }
        self.base = Some(found.base.clone());
        self.note_pushers(found);
        let before = self.looked_at.replace(found.observed_at);
        let fingerprint = fingerprint(found);
        if let Some(head) = self.heads.last_mut()
            && head.sha == found.head
        {
            // What was told of this head was told of another one: then nobody can tell what the push did.
            if head.fingerprint != fingerprint {
                head.fingerprint = fingerprint;
                head.is_same_change = None;
            }
            // The list of pushes lags: what it says later is as good.
            if head.by.is_none() {
                head.by.clone_from(&found.pushed_by);
            }
            head.tree = Some(found.head_tree.clone());
            return;
        }
        let known = self.heads.last().map(|head| head.fingerprint);
        let is_same_change = match (known, fingerprint) {
            (Some(Some(before)), Some(now)) => Some(before == now),
            // Nothing to compare it with: it is the first, or nobody can tell.
            (Some(None), _) | (Some(Some(_)), None) | (None, _) => None,
        };
        let told = found.pushed_at.unwrap_or(found.observed_at);
        self.heads.push(SeenHead {
            sha: found.head.clone(),
            // The last look saw another head, so this one was pushed after it, whatever an older row says.
            at: before.map_or(told, |before| told.max(before)),
            fingerprint,
            is_same_change,
            by: found.pushed_by.clone(),
            tree: Some(found.head_tree.clone()),
        });
        self.forget_old_heads();
        self.statements.clear();
        self.statuses = 0;
    }

    /// Notes who pushed before the head was: what was never seen here may have brought something into the change.
    fn note_pushers(&mut self, found: &Found) {
        for push in &found.pushed_before {
            match self.heads.iter_mut().find(|head| head.sha == push.head) {
                Some(head) if head.by.is_none() => head.by.clone_from(&push.by),
                Some(head) if head.by == push.by => {}
                Some(_) | None => self.unseen_pushers.extend(push.by.clone()),
            }
        }
    }

    /// Forgets the oldest heads, but not when one of them made the change another one.
    fn forget_old_heads(&mut self) {
        let too_many = self.heads.len().saturating_sub(HEADS_MAX);
        let restarts = |head: &SeenHead| (head.is_same_change != Some(true)).then_some(head.at);
        let last = self
            .heads
            .drain(..too_many)
            .filter_map(|head| restarts(&head))
            .max();
        self.restarted_at = self.restarted_at.max(last);
    }

    /// The pushes, for the clock.
    pub(crate) fn pushes(&self) -> Vec<Push> {
        let push = |head: &SeenHead| Push {
            at: head.at,
            head: head.sha.clone(),
            effect: match head.is_same_change {
                Some(true) => PushEffect::SameChange,
                Some(false) => PushEffect::OtherChange,
                None => PushEffect::Undecidable,
            },
        };
        let forgotten = self.heads.first().zip(self.restarted_at).map(|(head, at)| Push {
            at,
            head: head.sha.clone(),
            effect: PushEffect::Undecidable,
        });
        forgotten.into_iter().chain(self.heads.iter().map(push)).collect()
    }

    /// Who pushed something into the change, not only what its base has already.
    pub(crate) fn pushers(&self) -> BTreeSet<Login> {
        let pushed = self.heads.iter().filter(|head| head.is_same_change != Some(true));
        let seen = pushed.filter_map(|head| head.by.as_ref());
        let names = seen.chain(&self.unseen_pushers);
        names.filter_map(|name| name.parse().ok()).collect()
    }

    /// The holds, for the verdict. Names that are none of GitHub's hold nothing.
    pub(crate) fn holds(&self) -> Vec<Hold> {
        let hold = |held: &Held| {
            Some(Hold {
                by: held.by.parse().ok()?,
                since: held.since,
                reason: held.reason.clone(),
            })
        };
        self.holds.iter().filter_map(hold).collect()
    }

    /// The tiers that it was raised to.
    pub(crate) fn raised(&self) -> Vec<TierId> {
        let tiers = self.raised.iter().filter_map(|raised| raised.tier.parse().ok());
        tiers.collect()
    }

    /// Notes a statement that is shown, so that a signature of it counts also after the rules asked for something else.
    /// The one that is shown now is the last.
    pub(crate) fn show(&mut self, statement: &str) {
        self.statements.retain(|known| known != statement);
        self.statements.push(statement.to_owned());
        let too_many = self.statements.len().saturating_sub(STATEMENTS_MAX);
        self.statements.drain(..too_many);
    }

    /// Forgets comments that cannot come again.
    pub(crate) fn read_comments(&mut self, until: Timestamp) {
        self.read_until = Some(until);
        while self.comments.len() > COMMENTS_MAX {
            self.comments.pop_first();
        }
    }
}

/// What a change amounts to. None where not every file is known.
fn fingerprint(found: &Found) -> Option<Sha256Digest> {
    (!found.more_files).then(|| fingerprint_of(&found.base, &found.files))
}
