//! Promises about the book of rules.

use super::sample::at;
use crate::{BODY_BYTES_MAX, PullRequestStore, RulesetRow, StoreError};
use domain_types::Sha256Digest;

fn ruleset(version: u64, commit: char, text: &str) -> RulesetRow {
    RulesetRow {
        version,
        digest: Sha256Digest::of(text.as_bytes()),
        commit: commit
            .to_string()
            .repeat(40)
            .parse()
            .unwrap_or_else(|invalid| panic!("{invalid}")),
        body: format!("{{\"v\":1,\"text\":{text:?}}}"),
        because: "{\"pull_request\":\"1296269#42\"}".to_owned(),
        accepted_at: at(i64::try_from(version).unwrap_or(i64::MAX)),
    }
}

pub(super) async fn versions_only_go_up_by_one(store: &dyn PullRequestStore) -> Result<(), StoreError> {
    assert_eq!(store.newest_ruleset().await?, None);
    let mut newest = 0;
    for (offered, is_accepted) in [
        (0, false),
        (2, false),
        (1, true),
        (1, false),
        (3, false),
        (2, true),
    ] {
        let offer = ruleset(
            offered,
            char::from(b'a' + u8::try_from(newest).unwrap_or(0)),
            "rules",
        );
        let answer = store.accept_ruleset(&offer).await;
        if is_accepted {
            answer?;
            newest = offered;
            assert_eq!(store.newest_ruleset().await?, Some(offer));
        } else {
            assert!(
                matches!(answer, Err(StoreError::RulesetConflict { version, newest: found }) if version == offered && found == newest),
                "{answer:?}"
            );
        }
    }
    let large = RulesetRow {
        body: "x".repeat(BODY_BYTES_MAX + 1),
        ..ruleset(3, 'f', "rules")
    };
    let refused = store.accept_ruleset(&large).await;
    assert!(matches!(refused, Err(StoreError::TooLarge { .. })), "{refused:?}");
    Ok(())
}

pub(super) async fn old_rules_come_back_as_a_new_version_and_no_commit_twice(
    store: &dyn PullRequestStore,
) -> Result<(), StoreError> {
    store.accept_ruleset(&ruleset(1, 'a', "mild")).await?;
    store.accept_ruleset(&ruleset(2, 'b', "strict")).await?;
    let forced_back = store.accept_ruleset(&ruleset(3, 'a', "mild")).await;
    assert!(
        matches!(forced_back, Err(StoreError::Constraint { .. })),
        "{forced_back:?}"
    );
    let reverted = ruleset(3, 'c', "mild");
    store.accept_ruleset(&reverted).await?;
    let digest = |text: &str| Sha256Digest::of(text.as_bytes());
    assert_eq!(store.ruleset(&digest("mild")).await?, Some(reverted));
    let strict = store.ruleset(&digest("strict")).await?;
    assert_eq!(strict, Some(ruleset(2, 'b', "strict")));
    assert_eq!(store.ruleset(&digest("none")).await?, None);
    Ok(())
}
