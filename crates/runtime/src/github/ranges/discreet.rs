//! What a page that more people see than the repository may tell of its commits: which they are, by which pull request they came in, and the
//! verdict on each. Neither their titles nor who signed them.

use artifact_verify::{ComponentRange, RangeCommit};

/// Stands for a title.
const TITLE: &str = "a commit of a repository that not everybody sees";

/// Takes out of a range what is not everybody's to read. It happens before the plan is frozen: what is not in it is in no evidence either.
pub(super) fn veil(range: &mut ComponentRange) {
    for commit in &mut range.commits {
        veil_commit(commit);
    }
}

fn veil_commit(commit: &mut RangeCommit) {
    commit.title = TITLE.to_owned();
    let signers = u64::try_from(commit.signers.len()).unwrap_or(u64::MAX);
    commit.more_signers = commit.more_signers.saturating_add(signers);
    commit.signers.clear();
    // Behind the word of a status stand whose files and signatures it is about.
    if let Some((word, _)) = commit.said.split_once(':') {
        commit.said = word.to_owned();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use artifact_verify::{Landing, RangeStart, render_changelog};
    use expect_test::expect;

    fn commit(landing: Landing, said: &str) -> RangeCommit {
        RangeCommit {
            commit: "c".repeat(40).parse().unwrap(),
            title: "Close the hole in `secret.rs`".to_owned(),
            pull_request: Some(12),
            landing,
            said: said.to_owned(),
            signers: vec!["ada".to_owned(), "ben".to_owned()],
            more_signers: 1,
            is_dry_run: false,
        }
    }

    #[test]
    fn a_private_component_shows_counts_and_verdicts_alone() {
        let mut range = ComponentRange {
            repository: "node".parse().unwrap(),
            source: "acme/node".to_owned(),
            commit: "a".repeat(40).parse().unwrap(),
            since: Some(RangeStart {
                version: "0.1.0".parse().unwrap(),
                commit: "b".repeat(40).parse().unwrap(),
            }),
            untold: None,
            total: 2,
            lacking: 0,
            commits: vec![
                commit(Landing::Governed, "success: all rules hold"),
                commit(Landing::PastTheGate, "pending: cy has to sign `secret.rs`"),
            ],
        };
        veil(&mut range);
        expect![[r#"
            ## Changes

            ### node

            2 commits since 0.1.0. Without a green verdict: 1.

            - `cccccccccc` `a commit of a repository that not everybody sees` (acme/node#12): all rules hold, signed by 3 people
            - `cccccccccc` `a commit of a repository that not everybody sees` (acme/node#12): **without a green verdict**: `pending`
        "#]]
        .assert_eq(&render_changelog(&[range]));
    }
}
