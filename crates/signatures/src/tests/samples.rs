//! Statements of every type, and pull requests that differ in one field.

use crate::{
    BaseRef, EmergencyAction, EmergencyStatement, KeyRegistration, PullRequestApproval, Statement,
    TierLowering, Withdrawal,
};
use domain_types::{Sha256Digest, Timestamp};
use std::num::NonZeroU32;

/// When everything happens.
pub(super) const AT: i64 = 1_795_000_000;

pub(super) fn at() -> Timestamp {
    Timestamp::from_seconds(AT)
}

pub(super) fn approval() -> PullRequestApproval {
    PullRequestApproval {
        forge: "github.com".parse().unwrap(),
        repository_id: 1_296_269,
        repository: "atlas/engine".parse().unwrap(),
        pull_request: 42,
        base_ref: BaseRef::of_branch("main").unwrap(),
        head_sha: "6dcb09b5b57875f334f61aebed695e2e4193db5e".parse().unwrap(),
        head_tree: "9f1c0f0e7c1e8f5e3c4cbbf6b7a1f3f2a4b0c9d8".parse().unwrap(),
        tier: "tier_1_routine+tier_2_features".parse().unwrap(),
        required: "5-of-7+2-of-3".parse().unwrap(),
        review_days: 90,
    }
}

/// One of every type, and both actions of an emergency.
pub(super) fn all() -> Vec<Statement> {
    let emergency = |action| {
        Statement::Emergency(EmergencyStatement {
            forge: "github.com".parse().unwrap(),
            repository_id: 1_296_269,
            repository: "atlas/engine".parse().unwrap(),
            tier: "tier_1_critical".parse().unwrap(),
            pull_requests: "atlas/engine#42+atlas/wheel#7".parse().unwrap(),
            duration_days: 7,
            evidence: Sha256Digest::of(b"evidence"),
            action,
        })
    };
    vec![
        Statement::Approval(approval()),
        Statement::TierLowering(TierLowering {
            holding: approval(),
            asked: "tier_1_routine".parse().unwrap(),
        }),
        Statement::Withdrawal(Withdrawal {
            statement: Statement::Approval(approval()).digest(),
            counter: 1,
        }),
        emergency(EmergencyAction::Activate),
        emergency(EmergencyAction::Extend {
            number: NonZeroU32::MIN,
        }),
        Statement::KeyRegistration(KeyRegistration {
            forge: "github.com".parse().unwrap(),
            organisation: "atlas".parse().unwrap(),
            login: "Ada".parse().unwrap(),
            scheme: crate::Scheme::Ssh,
            key: format!("ed25519:{}", "0f".repeat(32)).parse().unwrap(),
        }),
    ]
}

/// A change of one field.
pub(super) type Change = fn(&mut PullRequestApproval);

/// Every field of an approval, changed.
pub(super) const CHANGES: [(&str, Change); 10] = [
    ("forge", |approval| {
        approval.forge = "ghe.atlas.example".parse().unwrap()
    }),
    ("repository-id", |approval| approval.repository_id += 1),
    ("repository", |approval| {
        approval.repository = "atlas/wheel".parse().unwrap()
    }),
    ("pull-request", |approval| approval.pull_request = 43),
    ("base-ref", |approval| {
        approval.base_ref = BaseRef::of_branch("release").unwrap()
    }),
    ("head-sha", |approval| {
        approval.head_sha = "7dcb09b5b57875f334f61aebed695e2e4193db5e".parse().unwrap();
    }),
    ("head-tree", |approval| {
        approval.head_tree = "8f1c0f0e7c1e8f5e3c4cbbf6b7a1f3f2a4b0c9d8".parse().unwrap();
    }),
    ("tier", |approval| {
        approval.tier = "tier_1_routine".parse().unwrap()
    }),
    ("required", |approval| {
        approval.required = "5-of-7".parse().unwrap()
    }),
    ("review-days", |approval| approval.review_days = 9),
];

/// The approval with the fields changed whose bits are set.
pub(super) fn changed(bits: usize) -> PullRequestApproval {
    let mut approval = approval();
    for (index, (_, change)) in CHANGES.iter().enumerate() {
        if bits & (1 << index) != 0 {
            change(&mut approval);
        }
    }
    approval
}
