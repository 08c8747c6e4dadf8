//! Stories of releases: a file each in `stories/`, the script above the line, what was said below it. Every step is also
//! held against the laws.

use crate::plans;
use crate::story::{check, play};
use crate::world::World;
use orchestrator::{BuildState, Event, FailureKind, Policy, Refused};
use std::collections::BTreeSet;

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/it/stories");

macro_rules! stories {
    ($($name:ident)*) => {
        const NAMES: &[&str] = &[$(stringify!($name)),*];
        $(
            #[test]
            fn $name() {
                check(&format!("{FOLDER}/{}.txt", stringify!($name)));
            }
        )*
    };
}

stories! {
    a_smooth_release_builds_each_as_soon_as_its_own_dependencies_are_there
    a_transient_failure_is_retried_after_a_delay_and_costs_budget
    a_transient_failure_is_given_up_after_the_attempts_of_the_policy
    an_exhausted_budget_ends_retries_for_every_node
    an_unknown_failure_is_tried_once_more_and_then_permanent
    an_operators_retry_forgets_earlier_failures
    a_permanent_failure_skips_what_needs_it_and_a_retry_begins_it_again_with_a_fresh_budget
    an_optional_component_fails_and_does_not_block
    what_needs_a_failed_optional_component_blocks_unless_it_is_optional_too
    a_pause_begins_nothing_new_and_records_what_ends_in_it
    a_build_that_fails_in_a_pause_stalls_on_resume
    a_pause_holds_in_every_phase_and_goes_on_at_the_same_point
    a_stage_that_fails_in_a_pause_stalls_on_resume
    a_cancel_stops_what_runs_and_is_final
    a_cancel_before_anything_is_built
    a_cancel_while_approvals_are_awaited
    a_cancel_while_collecting
    a_cancel_while_paused_and_verifying
    a_cancel_of_a_stalled_release
    a_cancel_comes_too_late_once_publishing_may_be_under_way
    a_release_gives_way_to_another_but_not_to_itself
    a_release_falls_back_to_the_former_way
    a_former_way_is_begun_once_and_step_by_step
    a_former_way_ends_with_the_step_that_fails
    a_former_way_needs_the_approvals_of_the_release
    a_former_way_begins_by_itself_only_at_the_stall_that_was_seen
    a_former_way_is_not_begun_by_itself_where_a_check_said_no
    what_may_be_public_has_no_other_way_and_can_be_withdrawn
    what_was_published_and_collected_anew_has_no_other_way
    a_published_release_can_only_be_withdrawn
    a_rehearsal_ends_with_its_draft_and_nothing_is_published
    a_rehearsal_that_is_paused_over_its_draft_ends_on_resume
    what_follows_is_asked_for_when_the_release_is_public_and_not_again
    a_plan_names_each_follow_up_once
    a_build_queued_too_long_is_stopped_and_fails
    a_build_that_runs_too_long_is_stopped_and_fails
    a_build_that_no_runner_takes_is_told_with_the_labels_that_it_waits_for
    a_timer_that_rang_before_it_was_cleared_changes_nothing
    an_interruption_costs_no_budget_and_begins_the_build_again_at_once
    approvals_are_of_persons_and_for_this_plan
    what_cannot_be_taken_back_waits_for_the_approvals
    whoever_asked_for_a_release_does_not_approve_it
    a_plan_whose_asker_may_not_approve_says_who_asked
    signatures_are_of_persons_and_for_this_manifest
    what_fails_verification_is_collected_verified_and_signed_anew
    a_stage_that_fails_for_another_reason_is_retried_where_it_stood
    every_platform_is_a_node_of_its_own
    the_longest_remaining_path_goes_first_then_the_name
    nothing_is_known_before_the_start_and_strangers_are_refused
    a_plan_must_make_sense
    a_plan_without_any_attempt_is_refused
    a_plan_with_a_cycle_is_refused
}

#[test]
fn every_story_of_the_folder_is_played() {
    let files = std::fs::read_dir(FOLDER)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap());
    let listed = NAMES.iter().map(|name| format!("{name}.txt"));
    assert_eq!(files.collect::<BTreeSet<_>>(), listed.collect::<BTreeSet<_>>());
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

#[test]
fn queued_too_long_says_which_labels_no_runner_serves_and_what_to_do() {
    let (mut world, _) = play("given x queued 60\n when start\n when sources done\n when x#1 queued");
    let node = || plans::node_id("x");
    let mut run = plans::seen_run("self-hosted, gpu");
    run.waits_for.push("macos-15".to_owned());
    world.must_take(Event::BuildQueued {
        node: node(),
        attempt: 1,
        run: Some(run),
    });
    world.must_take(Event::QueueTimeout {
        node: node(),
        attempt: 1,
    });
    let failure = world.state.node(&node()).unwrap().failure().unwrap().clone();
    assert_eq!(
        (failure.kind, failure.reason.as_str()),
        (
            FailureKind::QueueTimeout,
            "no runner took it within 60 s: its jobs wait for runners with the labels `self-hosted, gpu` and `macos-15`; start a \
             runner that has them, or change `runs-on` in the workflow; see https://github.com/o/r/actions/runs/7"
        )
    );
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

/// A command that nobody has sent yet would else begin a build of a release that has ended.
#[test]
fn whoever_gives_a_release_up_abandons_every_command_that_is_awaited() {
    let actor = || "operator".to_owned();
    let ends = [
        Event::Cancel { actor: actor() },
        Event::FallBack {
            actor: actor(),
            at_revision: None,
        },
        Event::Supersede {
            by: plans::other_release("0.2.0"),
        },
    ];
    for end in ends {
        let (mut world, _) = play("given consensus\n when start");
        let awaited = world.state.header().awaited.clone().unwrap().1;
        assert_eq!(world.take(end.clone()).unwrap().abandoned, [awaited], "{end:?}");

        let (mut world, _) = play("given consensus\n when start\n when sources done");
        let node = world.state.node(&plans::node_id("consensus")).unwrap();
        let command = node.attempt().unwrap().command.clone();
        let decision = world.take(end.clone()).unwrap();
        assert_eq!(decision.abandoned, std::slice::from_ref(&command), "{end:?}");
        assert_eq!(decision.slots_freed, [command], "{end:?}");
    }
}
