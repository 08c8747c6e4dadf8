//! A pull request that cannot be looked at for long: what was green is not known to be any more, so it is said to be unknown.

use super::book::{Book, Ordered};
use super::decision_body::{self, word};
use super::ending::in_place_of;
use super::found::ShownStatus;
use super::judge::GateSettings;
use super::order::Order;
use super::showing::one_line;
use super::written::{intents, superseded};
use domain_types::{Sha256Digest, Timestamp};
use governance_rules::{Outcome, RulesetDigest};
use storage::{ClaimedPullRequest, Decision, NewDecision};

/// Looks in a row that came to nothing, after which the green of before counts for nothing: with the waits between them about two minutes.
const FAILURES_MAX: u32 = 6;
/// Seconds until the next look then.
const AGAIN_SECONDS: u64 = 60;

/// The decision that takes the green away, if the last thing that was said was green and enough looks came to nothing.
///
/// # Errors
/// Never: what is encoded was decoded before.
pub(super) fn blind(
    claimed: &ClaimedPullRequest,
    settings: &GateSettings,
    (reason, now): (&str, Timestamp),
) -> Result<Option<Decision>, serde_json::Error> {
    let stored = &claimed.stored;
    if stored.failures < FAILURES_MAX {
        return Ok(None);
    }
    // A book that cannot be read says nothing of what was shown.
    let Ok(mut book) = Book::read(stored.body.as_deref()) else {
        return Ok(None);
    };
    let order_for =
        |last: &Ordered| in_place_of(last, (stored.repository.clone(), settings), not_known(reason));
    let green = book.status.as_ref().filter(|last| last.status.is_green());
    let Some(order) = green.and_then(order_for) else {
        return Ok(None);
    };
    if let Some(last) = &mut book.status {
        last.status = order.status.clone();
        last.at = now;
    }
    // Whoever has the same head waits for this one too.
    if let Some((_, _, shown)) = &mut book.outcome {
        shown.clone_from(&order.status);
    }
    let revision = stored.revision + 1;
    let groups = std::mem::take(&mut book.groups);
    let groups = groups.values().filter(|group| group.may_be_green());
    let ends = groups.filter_map(order_for).map(Order::GroupEnd);
    let orders: Vec<Order> = std::iter::once(Order::Status(order)).chain(ends).collect();
    Ok(Some(Decision {
        lease: claimed.lease.clone(),
        at: now,
        open: stored.open,
        due: Some(now.plus_seconds(AGAIN_SECONDS)),
        decided: Some(NewDecision {
            revision,
            ruleset_digest: book.ruleset.unwrap_or_else(|| RulesetDigest::default().sha256()),
            facts_digest: Sha256Digest::of(reason.as_bytes()),
            outcome: word(Outcome::Error).to_owned(),
            body: decision_body::unknown(reason)?,
        }),
        body: book.written()?,
        signatures: Vec::new(),
        withdrawn: Vec::new(),
        intents: intents(stored.id, revision, &orders)?,
        supersedes: superseded(&orders),
    }))
}

/// That it is not known whether a green still holds.
fn not_known(reason: &str) -> ShownStatus {
    ShownStatus {
        state: "error".to_owned(),
        description: one_line(&format!(
            "GitHub could not be asked whether this still holds: {reason}"
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::gate::GateMode;
    use crate::gate::book::SeenHead;
    use crate::gate::standing::{Kept, standing};
    use domain_types::PullRequestId;
    use storage::{DecisionRow, PullRequestLease, StoredPullRequest};

    fn settings(mode: GateMode) -> GateSettings {
        GateSettings {
            forge: "github.com".to_owned(),
            mode,
            dry_run_repositories: Vec::new(),
            public_url: None,
        }
    }

    /// A pull request whose last status was this, and that could not be looked at so often.
    fn claimed(state: &str, failures: u32) -> ClaimedPullRequest {
        let id = PullRequestId::new(7, 1).unwrap();
        let now = Timestamp::from_seconds(1_000);
        let mut book = Book::default();
        book.status = Some(Ordered {
            head: "a".repeat(40).parse().unwrap(),
            context: "governance/main".to_owned(),
            base: "main".to_owned(),
            status: ShownStatus {
                state: state.to_owned(),
                description: "as it was".to_owned(),
            },
            at: now,
            was_green: false,
        });
        ClaimedPullRequest {
            lease: PullRequestLease {
                id,
                owner: "server".to_owned(),
                epoch: 1,
                wanted: 1,
            },
            stored: StoredPullRequest {
                id,
                repository: "atlas/node".to_owned(),
                open: true,
                revision: 4,
                body: Some(book.written().unwrap()),
                wanted: 1,
                seen: 0,
                due: None,
                failures,
                reason: None,
                first_seen_at: now,
                updated_at: now,
                leased: None,
            },
        }
    }

    #[test]
    fn only_a_green_that_nobody_could_look_at_for_long_is_taken_away_and_never_the_enforced_one_in_dry_run() {
        let now = Timestamp::from_seconds(2_000);
        let rows = [
            ("success", FAILURES_MAX, GateMode::Enforce, true),
            ("success", FAILURES_MAX - 1, GateMode::Enforce, false),
            ("pending", FAILURES_MAX, GateMode::Enforce, false),
            ("success", FAILURES_MAX, GateMode::DryRun, false),
        ];
        for (state, failures, mode, is_taken) in rows {
            let asked = (&claimed(state, failures), &settings(mode), ("it is down", now));
            let decision = blind(asked.0, asked.1, asked.2).unwrap();
            assert_eq!(decision.is_some(), is_taken, "{state} {failures} {mode:?}");
            let Some(decision) = decision else { continue };
            let order: Order = serde_json::from_str(&decision.intents[0].body).unwrap();
            let Order::Status(order) = order else {
                panic!("{order:?}")
            };
            assert_eq!(
                (order.status.state.as_str(), order.base.as_str()),
                ("error", "main")
            );
            assert!(order.status.description.ends_with("it is down"));
            // The next failure orders nothing more.
            let mut again = claimed(state, failures + 1);
            again.stored.body = Some(decision.body);
            assert!(blind(&again, asked.1, asked.2).unwrap().is_none());
        }
    }

    #[test]
    fn what_nobody_can_look_at_stands_somewhere_still() {
        let now = Timestamp::from_seconds(2_000);
        let mut claimed = claimed("success", FAILURES_MAX);
        let mut book = Book::read(claimed.stored.body.as_deref()).unwrap();
        book.base = Some("main".to_owned());
        book.heads.push(SeenHead {
            sha: "a".repeat(40).parse().unwrap(),
            at: now,
            fingerprint: None,
            is_same_change: None,
            by: None,
            tree: Some("b".repeat(40).parse().unwrap()),
        });
        claimed.stored.body = Some(book.written().unwrap());
        let settings = settings(GateMode::Enforce);
        let decision = blind(&claimed, &settings, ("it is down", now)).unwrap().unwrap();
        claimed.stored.body = Some(decision.body);
        let newest = DecisionRow {
            at: now,
            decision: decision.decided.unwrap(),
        };
        let kept = Kept {
            stored: &claimed.stored,
            newest: Some(&newest),
            signatures: &[],
            rules: None,
            now,
        };
        let standing = standing(&kept, &settings).unwrap();
        let (_, shown) = standing.shown.unwrap();
        assert!(shown.description.ends_with("it is down"), "{shown:?}");
        let decided = standing.decided.unwrap();
        assert_eq!(decided.outcome, "error");
        assert_eq!(decided.head.to_string(), "a".repeat(40));
    }
}
