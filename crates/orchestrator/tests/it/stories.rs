//! Stories of releases. Every step is also held against the laws.

use crate::story::check;
use expect_test::expect;

/// The family of the example organisation, with the longest remaining path of each.
const FAMILY: &str = "
    given consensus path 4
    given sdk path 2
    given protocol path 3 needs consensus
    given governance-app path 1 needs sdk
    given node path 2 needs protocol consensus
    given bllvm path 1 needs node
";

fn family(story: &str) -> String {
    format!("{FAMILY}{story}")
}

#[test]
fn a_smooth_release_builds_each_as_soon_as_its_own_dependencies_are_there() {
    check(
        &family(
            "when start
             when sources done
             when consensus#1 queued
             when sdk#1 starts
             when consensus#1 starts
             when consensus#1 succeeds
             then protocol requested
             then governance-app waiting
             when sdk#1 succeeds
             when the rest builds
             when collect done A
             when verify done A
             when draft done A
             when publish done A
             then published",
        ),
        &expect![[r#"
            start
                planned 6 nodes
                stage_requested Sources
                ! lay_out_sources
            sources done
                stage_done Sources
                phase awaiting_approval
                phase building
                attempt_requested consensus#1
                attempt_requested sdk#1
                ! start consensus#1 priority 4
                ! start sdk#1 priority 2
            consensus#1 queued
                attempt_queued consensus
                timer queued/consensus:linux-x86_64/1 in 60 s
            sdk#1 starts
                attempt_started sdk
                timer running/sdk:linux-x86_64/1 in 3600 s
            consensus#1 starts
                attempt_started consensus
                timer running/consensus:linux-x86_64/1 in 3600 s
            consensus#1 succeeds
                built consensus
                attempt_requested protocol#1
                ! start protocol#1 priority 3
            sdk#1 succeeds
                built sdk
                attempt_requested governance-app#1
                ! start governance-app#1 priority 1
            governance-app#1 succeeds
                built governance-app
            protocol#1 succeeds
                built protocol
                attempt_requested node#1
                ! start node#1 priority 2
            node#1 succeeds
                built node
                attempt_requested bllvm#1
                ! start bllvm#1 priority 1
            bllvm#1 succeeds
                built bllvm
                phase collecting
                stage_requested Collect
                ! collect
            collect done A
                stage_done Collect
                phase verifying
                stage_requested Verify
                ! verify
            verify done A
                stage_done Verify
                phase awaiting_signatures
                stage_requested Draft
                ! draft
            draft done A
                stage_done Draft
                phase drafted
                stage_requested Publish
                ! publish
            publish done A
                stage_done Publish
                phase published
        "#]],
    );
}
