//! Stories of releases. Every step is also held against the laws.

use crate::plans;
use crate::story::{check, play};
use crate::world::World;
use expect_test::expect;
use orchestrator::{BuildState, Event, FailureKind, Policy, Refused};

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

#[test]
fn a_transient_failure_is_retried_after_a_delay_and_costs_budget() {
    check(
        &family(
            "when start
             when sources done
             when consensus#1 starts
             when consensus#1 fails network
             then consensus waiting
             then budget 9
             when sdk#1 fails disk_full
             when 1 seconds pass
             then consensus requested
             then sdk requested
             when consensus#2 fails network
             when 1 seconds pass
             then consensus waiting
             when 1 seconds pass
             then consensus requested
             then budget 7",
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
            consensus#1 starts
                attempt_started consensus
                timer running/consensus:linux-x86_64/1 in 3600 s
            consensus#1 fails network
                attempt_ended consensus failed (network)
                retry_scheduled consensus
                timer retry/consensus:linux-x86_64/1 in 1 s
            sdk#1 fails disk_full
                attempt_ended sdk failed (disk full)
                retry_scheduled sdk
                timer retry/sdk:linux-x86_64/1 in 1 s
            timer retry/consensus:linux-x86_64/1 rings
                retry_released consensus
                attempt_requested consensus#2
                ! start consensus#2 priority 4
            timer retry/sdk:linux-x86_64/1 rings
                retry_released sdk
                attempt_requested sdk#2
                ! start sdk#2 priority 2
            consensus#2 fails network
                attempt_ended consensus failed (network)
                retry_scheduled consensus
                timer retry/consensus:linux-x86_64/2 in 2 s
            timer retry/consensus:linux-x86_64/2 rings
                retry_released consensus
                attempt_requested consensus#3
                ! start consensus#3 priority 4
        "#]],
    );
}

#[test]
fn a_transient_failure_is_given_up_after_the_attempts_of_the_policy() {
    check(
        &family(
            "given policy attempts 2
             when start
             when sources done
             when consensus#1 fails network
             when 1 seconds pass
             when consensus#2 fails network
             then consensus failed
             then bllvm skipped",
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
            consensus#1 fails network
                attempt_ended consensus failed (network)
                retry_scheduled consensus
                timer retry/consensus:linux-x86_64/1 in 1 s
            timer retry/consensus:linux-x86_64/1 rings
                retry_released consensus
                attempt_requested consensus#2
                ! start consensus#2 priority 4
            consensus#2 fails network
                attempt_ended consensus failed (network)
                node_failed consensus
                node_skipped protocol because consensus
                node_skipped node because consensus
                node_skipped bllvm because consensus
        "#]],
    );
}

#[test]
fn an_exhausted_budget_ends_retries_for_every_node() {
    check(
        &family(
            "given policy budget 1
             when start
             when sources done
             when consensus#1 fails lock
             when sdk#1 fails lock
             then sdk failed
             then budget 0
             when 1 seconds pass
             when consensus#2 fails lock
             then consensus failed
             then stalled",
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
            consensus#1 fails lock
                attempt_ended consensus failed (lock held)
                retry_scheduled consensus
                timer retry/consensus:linux-x86_64/1 in 1 s
            sdk#1 fails lock
                attempt_ended sdk failed (lock held)
                node_failed sdk
                node_skipped governance-app because sdk
            timer retry/consensus:linux-x86_64/1 rings
                retry_released consensus
                attempt_requested consensus#2
                ! start consensus#2 priority 4
            consensus#2 fails lock
                attempt_ended consensus failed (lock held)
                node_failed consensus
                node_skipped protocol because consensus
                node_skipped node because consensus
                node_skipped bllvm because consensus
                phase stalled(building: 6 blocking, first consensus)
        "#]],
    );
}

#[test]
fn an_unknown_failure_is_tried_once_more_and_then_permanent() {
    check(
        &family(
            "when start
             when sources done
             when sdk#1 fails unknown
             then sdk waiting
             when 1 seconds pass
             when sdk#2 fails unknown
             then sdk failed
             then governance-app skipped
             then building",
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
            sdk#1 fails unknown
                attempt_ended sdk failed (unknown)
                retry_scheduled sdk
                timer retry/sdk:linux-x86_64/1 in 1 s
            timer retry/sdk:linux-x86_64/1 rings
                retry_released sdk
                attempt_requested sdk#2
                ! start sdk#2 priority 2
            sdk#2 fails unknown
                attempt_ended sdk failed (unknown)
                node_failed sdk
                node_skipped governance-app because sdk
        "#]],
    );
}

#[test]
fn a_permanent_failure_skips_what_needs_it_and_a_retry_begins_it_again_with_a_fresh_budget() {
    check(
        &family(
            "given policy budget 1
             when start
             when sources done
             when sdk#1 fails network
             when consensus#1 fails test_failure
             then protocol skipped
             then bllvm skipped
             then building
             when operator#1 starts
             when retry
             when 1 seconds pass
             when sdk#2 succeeds
             when governance-app#1 succeeds
             then stalled
             then nothing runs
             when resume
             when retry
             then budget 1
             then protocol waiting
             when consensus#1 succeeds
             when consensus#2 fails network
             when 1 seconds pass
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
            sdk#1 fails network
                attempt_ended sdk failed (network)
                retry_scheduled sdk
                timer retry/sdk:linux-x86_64/1 in 1 s
            consensus#1 fails test_failure
                attempt_ended consensus failed (test failure)
                node_failed consensus
                node_skipped protocol because consensus
                node_skipped node because consensus
                node_skipped bllvm because consensus
            operator#1 starts
                refused: operator:linux-x86_64 is not part of the release
            retry
                refused: retry is not possible while the release is building
            timer retry/sdk:linux-x86_64/1 rings
                retry_released sdk
                attempt_requested sdk#2
                ! start sdk#2 priority 2
            sdk#2 succeeds
                built sdk
                attempt_requested governance-app#1
                ! start governance-app#1 priority 1
            governance-app#1 succeeds
                built governance-app
                phase stalled(building: 4 blocking, first consensus)
            resume
                refused: resume is not possible while the release is stalled
            retry
                budget_renewed
                node_reset bllvm
                node_reset consensus
                node_reset node
                node_reset protocol
                phase building
                attempt_requested consensus#2
                ! start consensus#2 priority 4
            consensus#1 succeeds
                refused: attempt 1 of consensus:linux-x86_64 is not the current one (2)
            consensus#2 fails network
                attempt_ended consensus failed (network)
                retry_scheduled consensus
                timer retry/consensus:linux-x86_64/2 in 1 s
            timer retry/consensus:linux-x86_64/2 rings
                retry_released consensus
                attempt_requested consensus#3
                ! start consensus#3 priority 4
            consensus#3 succeeds
                built consensus
                attempt_requested protocol#1
                ! start protocol#1 priority 3
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

#[test]
fn an_optional_component_fails_and_does_not_block() {
    check(
        "given consensus
             given gui optional needs consensus
             given theme optional needs gui
             given node needs consensus
             when start
             when sources done
             when consensus#1 succeeds
             when gui#1 fails compile_error
             then theme skipped
             when node#1 succeeds
             then collecting
             then gui failed",
        &expect![[r#"
            start
                planned 4 nodes
                stage_requested Sources
                ! lay_out_sources
            sources done
                stage_done Sources
                phase awaiting_approval
                phase building
                attempt_requested consensus#1
                ! start consensus#1 priority 1
            consensus#1 succeeds
                built consensus
                attempt_requested gui#1
                attempt_requested node#1
                ! start gui#1 priority 1
                ! start node#1 priority 1
            gui#1 fails compile_error
                attempt_ended gui failed (compile error)
                node_failed gui
                node_skipped theme because gui
            node#1 succeeds
                built node
                phase collecting
                stage_requested Collect
                ! collect
        "#]],
    );
}

#[test]
fn what_needs_a_failed_optional_component_blocks_unless_it_is_optional_too() {
    check(
        "given gui optional
             given node needs gui
             when start
             when sources done
             when gui#1 fails compile_error
             then stalled
             when retry
             when the rest builds
             then collecting",
        &expect![[r#"
            start
                planned 2 nodes
                stage_requested Sources
                ! lay_out_sources
            sources done
                stage_done Sources
                phase awaiting_approval
                phase building
                attempt_requested gui#1
                ! start gui#1 priority 1
            gui#1 fails compile_error
                attempt_ended gui failed (compile error)
                node_failed gui
                node_skipped node because gui
                phase stalled(building: 1 blocking, first gui)
            retry
                budget_renewed
                node_reset gui
                node_reset node
                phase building
                attempt_requested gui#2
                ! start gui#2 priority 1
            gui#2 succeeds
                built gui
                attempt_requested node#1
                ! start node#1 priority 1
            node#1 succeeds
                built node
                phase collecting
                stage_requested Collect
                ! collect
        "#]],
    );
}

#[test]
fn a_pause_begins_nothing_new_and_records_what_ends_in_it() {
    check(
        &family(
            "when start
             when sources done
             when consensus#1 starts
             when sdk#1 fails network
             when pause
             when pause
             when consensus#1 succeeds
             then consensus succeeded
             then protocol waiting
             when 5 seconds pass
             then sdk waiting
             then nothing runs
             when retry
             when resume
             then protocol requested
             then sdk requested",
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
            consensus#1 starts
                attempt_started consensus
                timer running/consensus:linux-x86_64/1 in 3600 s
            sdk#1 fails network
                attempt_ended sdk failed (network)
                retry_scheduled sdk
                timer retry/sdk:linux-x86_64/1 in 1 s
            pause
                phase paused(building)
            pause
                refused: pause is not possible while the release is paused
            consensus#1 succeeds
                built consensus
            timer retry/sdk:linux-x86_64/1 rings
                retry_released sdk
            retry
                refused: retry is not possible while the release is paused
            resume
                phase building
                attempt_requested protocol#1
                attempt_requested sdk#2
                ! start protocol#1 priority 3
                ! start sdk#2 priority 2
        "#]],
    );
}

#[test]
fn a_build_that_fails_in_a_pause_stalls_on_resume() {
    check(
        "given consensus
             given node needs consensus
             when start
             when sources done
             when pause
             when consensus#1 fails test_failure
             then paused
             then node skipped
             when resume
             then stalled
             when pause
             when retry
             then building",
        &expect![[r#"
            start
                planned 2 nodes
                stage_requested Sources
                ! lay_out_sources
            sources done
                stage_done Sources
                phase awaiting_approval
                phase building
                attempt_requested consensus#1
                ! start consensus#1 priority 1
            pause
                phase paused(building)
            consensus#1 fails test_failure
                attempt_ended consensus failed (test failure)
                node_failed consensus
                node_skipped node because consensus
            resume
                phase building
                phase stalled(building: 2 blocking, first consensus)
            pause
                refused: pause is not possible while the release is stalled
            retry
                budget_renewed
                node_reset consensus
                node_reset node
                phase building
                attempt_requested consensus#2
                ! start consensus#2 priority 1
        "#]],
    );
}

#[test]
fn a_pause_holds_in_every_phase_and_goes_on_at_the_same_point() {
    check(
        "given consensus
             given policy approvals 1 signatures 1
             when start
             when pause
             when sources done
             when alice approves plan
             when resume
             then building
             when pause
             when consensus#1 succeeds
             when resume
             then collecting
             when pause
             when collect done A
             when resume
             then verifying
             when pause
             when verify done A
             when alice signs A
             when resume
             then awaiting_signatures
             when pause
             when draft done A
             when resume
             then drafted
             when pause
             when publish done A
             then published",
        &expect![[r#"
            start
                planned 1 nodes
                stage_requested Sources
                ! lay_out_sources
            pause
                phase paused(planned)
            sources done
                stage_done Sources
            alice approves plan
                approved alice
            resume
                phase planned
                phase awaiting_approval
                phase building
                attempt_requested consensus#1
                ! start consensus#1 priority 1
            pause
                phase paused(building)
            consensus#1 succeeds
                built consensus
            resume
                phase building
                phase collecting
                stage_requested Collect
                ! collect
            pause
                phase paused(collecting)
            collect done A
                stage_done Collect
            resume
                phase collecting
                phase verifying
                stage_requested Verify
                ! verify
            pause
                phase paused(verifying)
            verify done A
                stage_done Verify
            alice signs A
                signed alice
            resume
                phase verifying
                phase awaiting_signatures
                stage_requested Draft
                ! draft
            pause
                phase paused(awaiting_signatures)
            draft done A
                stage_done Draft
            resume
                phase awaiting_signatures
                phase drafted
                stage_requested Publish
                ! publish
            pause
                phase paused(drafted)
            publish done A
                stage_done Publish
                phase published
        "#]],
    );
}

#[test]
fn a_stage_that_fails_in_a_pause_stalls_on_resume() {
    check(
        "given consensus
             when start
             when sources done
             when consensus#1 succeeds
             when pause
             when collect fails disk_full
             then paused
             when retry
             when resume
             then stalled
             when retry
             then collecting",
        &expect![[r#"
            start
                planned 1 nodes
                stage_requested Sources
                ! lay_out_sources
            sources done
                stage_done Sources
                phase awaiting_approval
                phase building
                attempt_requested consensus#1
                ! start consensus#1 priority 1
            consensus#1 succeeds
                built consensus
                phase collecting
                stage_requested Collect
                ! collect
            pause
                phase paused(collecting)
            collect fails disk_full
                stage_failed Collect
                phase paused(stalled(collecting: disk full))
            retry
                refused: retry is not possible while the release is paused
            resume
                phase stalled(collecting: disk full)
            retry
                budget_renewed
                phase collecting
                stage_requested Collect
                ! collect
        "#]],
    );
}

#[test]
fn a_cancel_stops_what_runs_and_is_final() {
    check(
        &family(
            "when start
             when sources done
             when consensus#1 starts
             when sdk#1 queued
             when consensus#1 fails network
             when cancel
             then cancelled
             then nothing runs
             when 4000 seconds pass
             when sdk#1 succeeds
             when cancel
             when resume
             when retry
             when start
             when withdraw",
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
            consensus#1 starts
                attempt_started consensus
                timer running/consensus:linux-x86_64/1 in 3600 s
            sdk#1 queued
                attempt_queued sdk
                timer queued/sdk:linux-x86_64/1 in 60 s
            consensus#1 fails network
                attempt_ended consensus failed (network)
                retry_scheduled consensus
                timer retry/consensus:linux-x86_64/1 in 1 s
            cancel
                retry_released consensus
                attempt_ended sdk cancelled
                phase cancelled
                ! stop sdk#1
                ! discard_draft
            sdk#1 succeeds
                refused: the release has ended (cancelled)
            cancel
                refused: the release has ended (cancelled)
            resume
                refused: the release has ended (cancelled)
            retry
                refused: the release has ended (cancelled)
            start
                refused: the release has been started already
            withdraw
                refused: withdraw is not possible while the release is cancelled
        "#]],
    );
}

#[test]
fn a_cancel_before_anything_is_built() {
    check(
        "given consensus
             given policy approvals 1
             when cancel
             when start
             when cancel
             when sources done
             then cancelled",
        &expect![[r#"
            cancel
                refused: the release has not been started
            start
                planned 1 nodes
                stage_requested Sources
                ! lay_out_sources
            cancel
                phase cancelled
                ! discard_draft
            sources done
                refused: the release has ended (cancelled)
        "#]],
    );
}

#[test]
fn a_cancel_while_approvals_are_awaited() {
    check(
        "given consensus
             given policy approvals 1
             when start
             when sources done
             when cancel
             when alice approves plan
             then cancelled",
        &expect![[r#"
            start
                planned 1 nodes
                stage_requested Sources
                ! lay_out_sources
            sources done
                stage_done Sources
                phase awaiting_approval
            cancel
                phase cancelled
                ! discard_draft
            alice approves plan
                refused: the release has ended (cancelled)
        "#]],
    );
}

#[test]
fn a_cancel_while_collecting() {
    check(
        "given consensus
             when start
             when sources done
             when consensus#1 succeeds
             when cancel
             when collect done A
             then cancelled",
        &expect![[r#"
            start
                planned 1 nodes
                stage_requested Sources
                ! lay_out_sources
            sources done
                stage_done Sources
                phase awaiting_approval
                phase building
                attempt_requested consensus#1
                ! start consensus#1 priority 1
            consensus#1 succeeds
                built consensus
                phase collecting
                stage_requested Collect
                ! collect
            cancel
                phase cancelled
                ! discard_draft
            collect done A
                refused: the release has ended (cancelled)
        "#]],
    );
}

#[test]
fn a_cancel_while_paused_and_verifying() {
    check(
        "given consensus
             when start
             when sources done
             when consensus#1 succeeds
             when collect done A
             when pause
             when cancel
             then cancelled",
        &expect![[r#"
            start
                planned 1 nodes
                stage_requested Sources
                ! lay_out_sources
            sources done
                stage_done Sources
                phase awaiting_approval
                phase building
                attempt_requested consensus#1
                ! start consensus#1 priority 1
            consensus#1 succeeds
                built consensus
                phase collecting
                stage_requested Collect
                ! collect
            collect done A
                stage_done Collect
                phase verifying
                stage_requested Verify
                ! verify
            pause
                phase paused(verifying)
            cancel
                phase cancelled
                ! discard_draft
        "#]],
    );
}

#[test]
fn a_cancel_of_a_stalled_release() {
    check(
        "given consensus
             when start
             when sources done
             when consensus#1 fails compile_error
             when cancel
             then cancelled",
        &expect![[r#"
            start
                planned 1 nodes
                stage_requested Sources
                ! lay_out_sources
            sources done
                stage_done Sources
                phase awaiting_approval
                phase building
                attempt_requested consensus#1
                ! start consensus#1 priority 1
            consensus#1 fails compile_error
                attempt_ended consensus failed (compile error)
                node_failed consensus
                phase stalled(building: 1 blocking, first consensus)
            cancel
                phase cancelled
                ! discard_draft
        "#]],
    );
}

#[test]
fn a_cancel_comes_too_late_once_publishing_may_be_under_way() {
    check(
        "given consensus
             when start
             when sources done
             when consensus#1 succeeds
             when collect done A
             when verify done A
             when draft done A
             when cancel
             when superseded by 0.2.0
             when fall back
             when pause
             when cancel
             when publish fails network
             then paused
             when cancel
             then cancelled",
        &expect![[r#"
            start
                planned 1 nodes
                stage_requested Sources
                ! lay_out_sources
            sources done
                stage_done Sources
                phase awaiting_approval
                phase building
                attempt_requested consensus#1
                ! start consensus#1 priority 1
            consensus#1 succeeds
                built consensus
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
            cancel
                refused: the release is being published and can no longer be cancelled
            superseded by 0.2.0
                refused: the release is being published and can no longer be cancelled
            fall back
                refused: the release is being published and can no longer be cancelled
            pause
                phase paused(drafted)
            cancel
                refused: the release is being published and can no longer be cancelled
            publish fails network
                stage_failed Publish
                phase paused(stalled(drafted: network))
            cancel
                phase cancelled
                ! discard_draft
        "#]],
    );
}

#[test]
fn a_release_gives_way_to_another_but_not_to_itself() {
    check(
        &family(
            "when start
             when sources done
             when superseded by the same
             when superseded by 0.2.0
             then superseded
             when superseded by 0.3.0",
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
            superseded by the same
                refused: commons@0.1.0/64879f7d6b960a01 cannot supersede itself
            superseded by 0.2.0
                attempt_ended consensus cancelled
                attempt_ended sdk cancelled
                phase superseded by commons@0.2.0/ec195ef527ddf9a0
                ! stop consensus#1
                ! stop sdk#1
                ! discard_draft
            superseded by 0.3.0
                refused: the release has ended (superseded)
        "#]],
    );
}

#[test]
fn a_release_falls_back_to_the_former_way() {
    check(
        "given consensus
             when start
             when fall back
             then fell_back",
        &expect![[r#"
            start
                planned 1 nodes
                stage_requested Sources
                ! lay_out_sources
            fall back
                phase fell_back
                ! discard_draft
        "#]],
    );
}

#[test]
fn a_published_release_can_only_be_withdrawn() {
    check(
        "given consensus
             when start
             when withdraw
             when sources done
             when consensus#1 reused
             when collect done A
             when verify done A
             when draft done A
             when publish done A
             when cancel
             when retry
             when withdraw
             then withdrawn
             when withdraw",
        &expect![[r#"
            start
                planned 1 nodes
                stage_requested Sources
                ! lay_out_sources
            withdraw
                refused: withdraw is not possible while the release is planned
            sources done
                stage_done Sources
                phase awaiting_approval
                phase building
                attempt_requested consensus#1
                ! start consensus#1 priority 1
            consensus#1 reused
                reused consensus
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
            cancel
                refused: the release has ended (published)
            retry
                refused: the release has ended (published)
            withdraw
                phase withdrawn
            withdraw
                refused: withdraw is not possible while the release is withdrawn
        "#]],
    );
}

#[test]
fn a_build_queued_too_long_is_stopped_and_fails() {
    check(
        "given consensus queued 60
             when start
             when sources done
             when consensus#1 queued
             when 60 seconds pass
             then consensus failed
             when consensus#1 starts
             when consensus#1 succeeds
             then stalled",
        &expect![[r#"
            start
                planned 1 nodes
                stage_requested Sources
                ! lay_out_sources
            sources done
                stage_done Sources
                phase awaiting_approval
                phase building
                attempt_requested consensus#1
                ! start consensus#1 priority 1
            consensus#1 queued
                attempt_queued consensus
                timer queued/consensus:linux-x86_64/1 in 60 s
            timer queued/consensus:linux-x86_64/1 rings
                attempt_ended consensus failed (queued too long)
                node_failed consensus
                phase stalled(building: 1 blocking, first consensus)
                ! stop consensus#1
            consensus#1 starts
                refused: build_started is not possible while consensus:linux-x86_64 is failed
            consensus#1 succeeds
                refused: build_succeeded is not possible while consensus:linux-x86_64 is failed
        "#]],
    );
}

#[test]
fn a_build_that_runs_too_long_is_stopped_and_fails() {
    check(
        "given consensus queued 60 running 100
             given node needs consensus
             when start
             when sources done
             when consensus#1 queued
             when 59 seconds pass
             when consensus#1 starts
             when 99 seconds pass
             then consensus running
             when 1 seconds pass
             then consensus failed
             when consensus#1 run-timeout
             when consensus#1 succeeds
             when retry
             when consensus#1 interrupted
             when the rest builds
             then collecting",
        &expect![[r#"
            start
                planned 2 nodes
                stage_requested Sources
                ! lay_out_sources
            sources done
                stage_done Sources
                phase awaiting_approval
                phase building
                attempt_requested consensus#1
                ! start consensus#1 priority 1
            consensus#1 queued
                attempt_queued consensus
                timer queued/consensus:linux-x86_64/1 in 60 s
            consensus#1 starts
                attempt_started consensus
                timer running/consensus:linux-x86_64/1 in 100 s
            timer running/consensus:linux-x86_64/1 rings
                attempt_ended consensus failed (ran too long)
                node_failed consensus
                node_skipped node because consensus
                phase stalled(building: 2 blocking, first consensus)
                ! stop consensus#1
            consensus#1 run-timeout
                refused: run_timeout is not possible while consensus:linux-x86_64 is failed
            consensus#1 succeeds
                refused: build_succeeded is not possible while consensus:linux-x86_64 is failed
            retry
                budget_renewed
                node_reset consensus
                node_reset node
                phase building
                attempt_requested consensus#2
                ! start consensus#2 priority 1
            consensus#1 interrupted
                refused: attempt 1 of consensus:linux-x86_64 is not the current one (2)
            consensus#2 succeeds
                built consensus
                attempt_requested node#1
                ! start node#1 priority 1
            node#1 succeeds
                built node
                phase collecting
                stage_requested Collect
                ! collect
        "#]],
    );
}

#[test]
fn a_timer_that_rang_before_it_was_cleared_changes_nothing() {
    check(
        "given consensus
             when start
             when sources done
             when consensus#1 queued
             when consensus#1 starts
             when consensus#1 queue-timeout
             then consensus running
             when consensus#1 queued
             when consensus#1 starts
             when consensus#1 reused
             when consensus#1 retry-due",
        &expect![[r#"
            start
                planned 1 nodes
                stage_requested Sources
                ! lay_out_sources
            sources done
                stage_done Sources
                phase awaiting_approval
                phase building
                attempt_requested consensus#1
                ! start consensus#1 priority 1
            consensus#1 queued
                attempt_queued consensus
                timer queued/consensus:linux-x86_64/1 in 60 s
            consensus#1 starts
                attempt_started consensus
                timer running/consensus:linux-x86_64/1 in 3600 s
            consensus#1 queue-timeout
                refused: queue_timeout is not possible while consensus:linux-x86_64 is running
            consensus#1 queued
                refused: build_queued is not possible while consensus:linux-x86_64 is running
            consensus#1 starts
                refused: build_started is not possible while consensus:linux-x86_64 is running
            consensus#1 reused
                refused: build_reused is not possible while consensus:linux-x86_64 is running
            consensus#1 retry-due
                refused: retry_due is not possible while consensus:linux-x86_64 is running
        "#]],
    );
}

#[test]
fn an_interruption_costs_no_budget_and_begins_the_build_again_at_once() {
    check(
        "given consensus
             given policy attempts 1 budget 0
             when start
             when sources done
             when consensus#1 starts
             when consensus#1 interrupted
             then budget 0
             then consensus requested
             when consensus#1 succeeds
             when consensus#2 interrupted
             when pause
             when consensus#3 interrupted
             then consensus waiting
             when resume
             when consensus#4 succeeds
             then collecting",
        &expect![[r#"
            start
                planned 1 nodes
                stage_requested Sources
                ! lay_out_sources
            sources done
                stage_done Sources
                phase awaiting_approval
                phase building
                attempt_requested consensus#1
                ! start consensus#1 priority 1
            consensus#1 starts
                attempt_started consensus
                timer running/consensus:linux-x86_64/1 in 3600 s
            consensus#1 interrupted
                attempt_ended consensus interrupted
                attempt_requested consensus#2
                ! start consensus#2 priority 1
            consensus#1 succeeds
                refused: attempt 1 of consensus:linux-x86_64 is not the current one (2)
            consensus#2 interrupted
                attempt_ended consensus interrupted
                attempt_requested consensus#3
                ! start consensus#3 priority 1
            pause
                phase paused(building)
            consensus#3 interrupted
                attempt_ended consensus interrupted
            resume
                phase building
                attempt_requested consensus#4
                ! start consensus#4 priority 1
            consensus#4 succeeds
                built consensus
                phase collecting
                stage_requested Collect
                ! collect
        "#]],
    );
}

#[test]
fn approvals_are_of_persons_and_for_this_plan() {
    check(
        "given consensus
             given policy approvals 2
             when start
             when alice approves plan
             when sources done
             when alice approves plan
             when bob approves another
             then awaiting_approval
             when bob approves plan
             then building
             when carol approves plan",
        &expect![[r#"
            start
                planned 1 nodes
                stage_requested Sources
                ! lay_out_sources
            alice approves plan
                approved alice
            sources done
                stage_done Sources
                phase awaiting_approval
            alice approves plan
                refused: alice has been counted already
            bob approves another
                refused: it is for sha256:ae448ac86c4e8e4dec645729708ef41873ae79c6dff84eff73360989487f08e5, the release has sha256:64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525
            bob approves plan
                approved bob
                phase building
                attempt_requested consensus#1
                ! start consensus#1 priority 1
            carol approves plan
                approved carol
        "#]],
    );
}

#[test]
fn signatures_are_of_persons_and_for_this_manifest() {
    check(
        "given consensus
             given policy signatures 2
             when start
             when alice signs A
             when sources done
             when consensus#1 succeeds
             when collect done A
             when alice signs A
             when verify done A
             when alice signs A
             when bob signs B
             then awaiting_signatures
             when bob signs A
             when draft done A
             then drafted",
        &expect![[r#"
            start
                planned 1 nodes
                stage_requested Sources
                ! lay_out_sources
            alice signs A
                refused: sign is not possible while the release is planned
            sources done
                stage_done Sources
                phase awaiting_approval
                phase building
                attempt_requested consensus#1
                ! start consensus#1 priority 1
            consensus#1 succeeds
                built consensus
                phase collecting
                stage_requested Collect
                ! collect
            collect done A
                stage_done Collect
                phase verifying
                stage_requested Verify
                ! verify
            alice signs A
                signed alice
            verify done A
                stage_done Verify
                phase awaiting_signatures
            alice signs A
                refused: alice has been counted already
            bob signs B
                refused: it is for sha256:67e2444a0e0716159a399744babd17ab72492794a84bbc65018233bde0e6181d, the release has sha256:2ba78aa465cb332fc300e245dcb54022f5db71ab5cc1951c3a150f40abe76e84
            bob signs A
                signed bob
                stage_requested Draft
                ! draft
            draft done A
                stage_done Draft
                phase drafted
                stage_requested Publish
                ! publish
        "#]],
    );
}

#[test]
fn what_fails_verification_is_collected_verified_and_signed_anew() {
    check(
        "given consensus
             given policy signatures 1
             when start
             when sources done
             when consensus#1 succeeds
             when collect done A
             when alice signs A
             when verify fails verification
             then stalled
             when retry
             then collecting
             when alice signs A
             when collect done B
             when verify done A
             when verify done B
             then awaiting_signatures
             when alice signs A
             when alice signs B
             when draft done A
             when draft done B
             when publish fails verification
             then stalled
             when retry
             when collect done C
             when verify done C
             when alice signs C
             when draft done C
             when publish done B
             when publish done C
             then published",
        &expect![[r#"
            start
                planned 1 nodes
                stage_requested Sources
                ! lay_out_sources
            sources done
                stage_done Sources
                phase awaiting_approval
                phase building
                attempt_requested consensus#1
                ! start consensus#1 priority 1
            consensus#1 succeeds
                built consensus
                phase collecting
                stage_requested Collect
                ! collect
            collect done A
                stage_done Collect
                phase verifying
                stage_requested Verify
                ! verify
            alice signs A
                signed alice
            verify fails verification
                stage_failed Verify
                phase stalled(collecting: verification)
            retry
                budget_renewed
                collection_discarded
                phase collecting
                stage_requested Collect
                ! collect
            alice signs A
                refused: sign is not possible while the release is collecting
            collect done B
                stage_done Collect
                phase verifying
                stage_requested Verify
                ! verify
            verify done A
                refused: the report of verifying the artifacts does not name the manifest of this release
            verify done B
                stage_done Verify
                phase awaiting_signatures
            alice signs A
                refused: it is for sha256:2ba78aa465cb332fc300e245dcb54022f5db71ab5cc1951c3a150f40abe76e84, the release has sha256:67e2444a0e0716159a399744babd17ab72492794a84bbc65018233bde0e6181d
            alice signs B
                signed alice
                stage_requested Draft
                ! draft
            draft done A
                refused: the report of drafting the release does not name the manifest of this release
            draft done B
                stage_done Draft
                phase drafted
                stage_requested Publish
                ! publish
            publish fails verification
                stage_failed Publish
                phase stalled(collecting: verification)
            retry
                budget_renewed
                collection_discarded
                phase collecting
                stage_requested Collect
                ! collect
            collect done C
                stage_done Collect
                phase verifying
                stage_requested Verify
                ! verify
            verify done C
                stage_done Verify
                phase awaiting_signatures
            alice signs C
                signed alice
                stage_requested Draft
                ! draft
            draft done C
                stage_done Draft
                phase drafted
                stage_requested Publish
                ! publish
            publish done B
                refused: the report of publishing the release does not name the manifest of this release
            publish done C
                stage_done Publish
                phase published
        "#]],
    );
}

#[test]
fn a_stage_that_fails_for_another_reason_is_retried_where_it_stood() {
    check(
        "given consensus
             when start
             when sources fails network
             then stalled
             when retry
             when sources done
             when sources done
             when consensus#1 succeeds
             when collect done
             when collect done A
             when verify fails disk_full
             when retry
             then verifying
             when verify done A
             when draft fails disk_full
             when retry
             when draft done A
             when publish fails network
             when retry
             when publish done A
             then published",
        &expect![[r#"
            start
                planned 1 nodes
                stage_requested Sources
                ! lay_out_sources
            sources fails network
                stage_failed Sources
                phase stalled(planned: network)
            retry
                budget_renewed
                phase planned
                stage_requested Sources
                ! lay_out_sources
            sources done
                stage_done Sources
                phase awaiting_approval
                phase building
                attempt_requested consensus#1
                ! start consensus#1 priority 1
            sources done
                refused: the release is not laying out the sources
            consensus#1 succeeds
                built consensus
                phase collecting
                stage_requested Collect
                ! collect
            collect done
                refused: the report of collecting the artifacts does not name the manifest of this release
            collect done A
                stage_done Collect
                phase verifying
                stage_requested Verify
                ! verify
            verify fails disk_full
                stage_failed Verify
                phase stalled(verifying: disk full)
            retry
                budget_renewed
                phase verifying
                stage_requested Verify
                ! verify
            verify done A
                stage_done Verify
                phase awaiting_signatures
                stage_requested Draft
                ! draft
            draft fails disk_full
                stage_failed Draft
                phase stalled(awaiting_signatures: disk full)
            retry
                budget_renewed
                phase awaiting_signatures
                stage_requested Draft
                ! draft
            draft done A
                stage_done Draft
                phase drafted
                stage_requested Publish
                ! publish
            publish fails network
                stage_failed Publish
                phase stalled(drafted: network)
            retry
                budget_renewed
                phase drafted
                stage_requested Publish
                ! publish
            publish done A
                stage_done Publish
                phase published
        "#]],
    );
}

#[test]
fn every_platform_is_a_node_of_its_own() {
    check(
        "given consensus
             given consensus:windows-x86_64
             given node needs consensus
             given node:windows-x86_64 optional needs consensus:windows-x86_64
             when start
             when sources done
             when consensus:windows-x86_64#1 fails compile_error
             then node:windows-x86_64 skipped
             when consensus#1 succeeds
             when node#1 succeeds
             then stalled",
        &expect![[r#"
            start
                planned 4 nodes
                stage_requested Sources
                ! lay_out_sources
            sources done
                stage_done Sources
                phase awaiting_approval
                phase building
                attempt_requested consensus#1
                attempt_requested consensus:windows-x86_64#1
                ! start consensus#1 priority 1
                ! start consensus:windows-x86_64#1 priority 1
            consensus:windows-x86_64#1 fails compile_error
                attempt_ended consensus:windows-x86_64 failed (compile error)
                node_failed consensus:windows-x86_64
                node_skipped node:windows-x86_64 because consensus:windows-x86_64
            consensus#1 succeeds
                built consensus
                attempt_requested node#1
                ! start node#1 priority 1
            node#1 succeeds
                built node
                phase stalled(building: 1 blocking, first consensus:windows-x86_64)
        "#]],
    );
}

#[test]
fn the_longest_remaining_path_goes_first_then_the_name() {
    check(
        "given a path 1
             given b path 9
             given c path 5
             given d path 5
             when start
             when sources done
             when b#1 fails network
             when c#1 fails network
             when pause
             when 1 seconds pass
             when resume",
        &expect![[r#"
            start
                planned 4 nodes
                stage_requested Sources
                ! lay_out_sources
            sources done
                stage_done Sources
                phase awaiting_approval
                phase building
                attempt_requested b#1
                attempt_requested c#1
                attempt_requested d#1
                attempt_requested a#1
                ! start b#1 priority 9
                ! start c#1 priority 5
                ! start d#1 priority 5
                ! start a#1 priority 1
            b#1 fails network
                attempt_ended b failed (network)
                retry_scheduled b
                timer retry/b:linux-x86_64/1 in 1 s
            c#1 fails network
                attempt_ended c failed (network)
                retry_scheduled c
                timer retry/c:linux-x86_64/1 in 1 s
            pause
                phase paused(building)
            timer retry/b:linux-x86_64/1 rings
                retry_released b
            timer retry/c:linux-x86_64/1 rings
                retry_released c
            resume
                phase building
                attempt_requested b#2
                attempt_requested c#2
                ! start b#2 priority 9
                ! start c#2 priority 5
        "#]],
    );
}

#[test]
fn nothing_is_known_before_the_start_and_strangers_are_refused() {
    check(
        "given consensus
             when pause
             when start
             when start
             when sources done
             when stranger#1 starts
             when consensus#0 starts
             when consensus#2 starts
             then consensus requested",
        &expect![[r#"
            pause
                refused: the release has not been started
            start
                planned 1 nodes
                stage_requested Sources
                ! lay_out_sources
            start
                refused: the release has been started already
            sources done
                stage_done Sources
                phase awaiting_approval
                phase building
                attempt_requested consensus#1
                ! start consensus#1 priority 1
            stranger#1 starts
                refused: stranger:linux-x86_64 is not part of the release
            consensus#0 starts
                refused: attempt 0 of consensus:linux-x86_64 is not the current one (1)
            consensus#2 starts
                refused: attempt 2 of consensus:linux-x86_64 is not the current one (1)
        "#]],
    );
}

#[test]
fn a_plan_must_make_sense() {
    check(
        "when start",
        &expect![[r#"
            start
                refused: the plan is not usable: 0 nodes, expected 1 to 100000
        "#]],
    );
}

#[test]
fn a_plan_without_any_attempt_is_refused() {
    check(
        "given consensus
             given policy attempts 0
             when start",
        &expect![[r#"
            start
                refused: the plan is not usable: attempts_max = 0, expected at least 1
        "#]],
    );
}

#[test]
fn a_plan_with_a_cycle_is_refused() {
    check(
        "given a needs b
             given b needs a
             when start",
        &expect![[r#"
            start
                refused: the plan is not usable: the dependencies form a cycle
        "#]],
    );
}

#[test]
fn a_plan_whose_id_is_not_its_own_is_refused() {
    let mut spec = plans::plan(vec![plans::node("consensus", &[])], Policy::default());
    spec.id = plans::other_release("0.2.0");
    let refused = World::new()
        .take(Event::Start { spec: Box::new(spec) })
        .unwrap_err();
    let because =
        "its id is commons@0.2.0/ec195ef527ddf9a0, expected commons@0.1.0/64879f7d6b960a01".to_owned();
    assert_eq!(refused, Refused::BadPlan { because });
}

/// The limit is a thousand in a row; whoever retries then has a thousand more.
#[test]
fn interruptions_are_limited_and_a_retry_renews_the_limit() {
    let (mut world, _) = play("given consensus\n when start\n when sources done");
    let node = plans::node_id("consensus");
    for attempt in 1..=1001 {
        assert_eq!(world.state.node(&node).unwrap().state, BuildState::Requested);
        world.must_take(Event::BuildInterrupted {
            node: node.clone(),
            attempt,
        });
    }
    let failure = world.state.node(&node).unwrap().failure().unwrap().clone();
    assert_eq!(
        (failure.kind, failure.reason.as_str()),
        (FailureKind::InterruptedTooOften, "interrupted 1000 times")
    );
    world.must_take(Event::Retry {
        actor: "operator".to_owned(),
    });
    world.must_take(Event::BuildInterrupted {
        node: node.clone(),
        attempt: 1002,
    });
    assert_eq!(world.state.node(&node).unwrap().state, BuildState::Requested);
}
