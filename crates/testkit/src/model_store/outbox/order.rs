//! The order of the intents of one pull request: those of a lane are carried out one after the other, and a newer one may stand for the older.

use super::{Outbox, Owner, Seq};
use domain_types::{PullRequestId, Timestamp};
use storage::IntentState;

impl Outbox {
    /// Whether one of the same pull request and lane is before it and not settled.
    pub(super) fn has_earlier(&self, seq: Seq) -> bool {
        let stored = &self.stored[seq];
        let is_before = |earlier: Seq| {
            let earlier_one = &self.stored[earlier];
            earlier < seq
                && earlier_one.owner == stored.owner
                && lane(&earlier_one.row.intent.kind) == lane(&stored.row.intent.kind)
        };
        matches!(stored.owner, Owner::PullRequest(_)) && self.open.iter().any(|rank| is_before(rank.seq))
    }

    /// Abandons what was not sent of these kinds, and marks the rest that is open: it is never sent again.
    pub(in super::super) fn supersede(&mut self, id: PullRequestId, kinds: &[String], at: Timestamp) {
        let concerned = |seq: &Seq| {
            let stored = &self.stored[*seq];
            stored.owner == Owner::PullRequest(id) && kinds.contains(&stored.row.intent.kind)
        };
        let open = self.open.iter().map(|rank| rank.seq);
        for seq in open.filter(concerned).collect::<Vec<_>>() {
            self.stored[seq].superseded = true;
            if self.stored[seq].row.state == IntentState::Intent {
                let command = self.stored[seq].row.intent.id.clone();
                self.abandon(&command, at);
            }
        }
    }
}

/// What stands before the first dot of a kind.
fn lane(kind: &str) -> &str {
    kind.split_once('.').map_or(kind, |(lane, _)| lane)
}
