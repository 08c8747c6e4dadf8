//! The set as it is, and what must be so of it whatever it is.

use super::environment::Situation;
use super::{Pair, Reachable, pair_of, plans, reachable_pairs};
use expect_test::expect;
use orchestrator::{Event, OwnApproval, Policy, Repetition};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

static REACHABLE: LazyLock<Reachable> = LazyLock::new(reachable_pairs);

/// One line per phase and node state: the events that are taken there.
fn table(pairs: &BTreeSet<Pair>) -> String {
    let mut rows: BTreeMap<(&str, &str), Vec<&str>> = BTreeMap::new();
    for pair in pairs {
        let row = (pair.phase, pair.node.unwrap_or("the release"));
        rows.entry(row).or_default().push(pair.event);
    }
    rows.iter()
        .map(|((phase, node), events)| format!("{phase} | {node} | {}\n", events.join(" ")))
        .collect()
}

#[test]
fn what_can_be_reached() {
    let summary = format!("{} pairs\n{}", REACHABLE.pairs.len(), table(&REACHABLE.pairs));
    expect![[r#"
        190 pairs
        awaiting_approval | the release | approve cancel fall_back pause supersede
        awaiting_signatures | the release | approve cancel fall_back pause sign stage_done stage_failed supersede
        building | queued | build_failed build_interrupted build_started build_succeeded queue_timeout
        building | requested | build_failed build_interrupted build_queued build_reused build_started build_succeeded
        building | running | build_failed build_interrupted build_succeeded run_timeout
        building | the release | approve cancel fall_back pause supersede
        building | waiting | retry_due
        collecting | the release | approve cancel fall_back pause stage_done stage_failed supersede
        drafted | the release | approve pause sign stage_done stage_failed
        paused(awaiting_approval) | the release | approve cancel fall_back resume supersede
        paused(awaiting_signatures) | the release | approve cancel fall_back resume sign stage_done stage_failed supersede
        paused(building) | queued | build_failed build_interrupted build_started build_succeeded queue_timeout
        paused(building) | requested | build_failed build_interrupted build_queued build_reused build_started build_succeeded
        paused(building) | running | build_failed build_interrupted build_succeeded run_timeout
        paused(building) | the release | approve cancel fall_back resume supersede
        paused(building) | waiting | retry_due
        paused(collecting) | the release | approve cancel fall_back resume sign stage_done stage_failed supersede
        paused(drafted) | the release | approve resume sign stage_done stage_failed
        paused(planned) | the release | approve cancel fall_back resume stage_done stage_failed supersede
        paused(stalled(awaiting_signatures)) | the release | approve cancel fall_back resume sign supersede
        paused(stalled(collecting)) | the release | approve cancel fall_back resume sign supersede
        paused(stalled(drafted)) | the release | approve cancel resume sign supersede
        paused(stalled(planned)) | the release | approve cancel fall_back resume supersede
        paused(stalled(verifying)) | the release | approve cancel fall_back resume sign supersede
        paused(verifying) | the release | approve cancel fall_back resume sign stage_done stage_failed supersede
        planned | the release | approve cancel fall_back pause stage_done stage_failed supersede
        published | the release | withdraw
        stalled(awaiting_signatures) | the release | approve cancel fall_back retry sign supersede withdraw
        stalled(building) | the release | approve cancel fall_back retry supersede
        stalled(collecting) | the release | approve cancel fall_back retry sign supersede withdraw
        stalled(drafted) | the release | approve cancel retry sign supersede withdraw
        stalled(planned) | the release | approve cancel fall_back retry supersede
        stalled(verifying) | the release | approve cancel fall_back retry sign supersede withdraw
        unplanned | the release | start
        verifying | the release | approve cancel fall_back pause sign stage_done stage_failed supersede
    "#]].assert_eq(&summary);
}

/// The phases in which these events are taken.
fn phases_of(events: &[&str]) -> BTreeSet<&'static str> {
    let taken = REACHABLE.pairs.iter().filter(|pair| events.contains(&pair.event));
    taken.map(|pair| pair.phase).collect()
}

/// The states of the node at which this event is taken.
fn nodes_of(event: &str) -> BTreeSet<Option<&'static str>> {
    let taken = REACHABLE.pairs.iter().filter(|pair| pair.event == event);
    taken.map(|pair| pair.node).collect()
}

#[test]
fn out_of_an_ended_phase_leads_nothing_but_a_withdrawal() {
    let ended = ["published", "withdrawn", "cancelled", "superseded", "fell_back"];
    let taken: Vec<_> = REACHABLE
        .pairs
        .iter()
        .filter(|pair| ended.contains(&pair.phase))
        .collect();
    let withdrawal = Pair {
        phase: "published",
        node: None,
        event: "withdraw",
    };
    assert_eq!(taken, [&withdrawal]);
}

#[test]
fn a_release_begins_once() {
    assert_eq!(phases_of(&["start"]), BTreeSet::from(["unplanned"]));
    let first: Vec<_> = REACHABLE
        .pairs
        .iter()
        .filter(|pair| pair.phase == "unplanned")
        .collect();
    assert_eq!(first.len(), 1);
}

#[test]
fn every_event_is_taken_somewhere() {
    let taken: BTreeSet<_> = REACHABLE.pairs.iter().map(|pair| pair.event).collect();
    let events = [
        "approve",
        "build_failed",
        "build_interrupted",
        "build_queued",
        "build_reused",
        "build_started",
        "build_succeeded",
        "cancel",
        "fall_back",
        "pause",
        "queue_timeout",
        "resume",
        "retry",
        "retry_due",
        "run_timeout",
        "sign",
        "stage_done",
        "stage_failed",
        "start",
        "supersede",
        "withdraw",
    ];
    assert_eq!(taken, BTreeSet::from(events));
}

#[test]
fn a_report_is_taken_only_while_it_is_awaited() {
    let rows: [(&str, &[&str]); 9] = [
        ("build_queued", &["requested"]),
        ("build_reused", &["requested"]),
        ("build_started", &["requested", "queued"]),
        ("build_succeeded", &["requested", "queued", "running"]),
        ("build_failed", &["requested", "queued", "running"]),
        ("build_interrupted", &["requested", "queued", "running"]),
        ("queue_timeout", &["queued"]),
        ("run_timeout", &["running"]),
        ("retry_due", &["waiting"]),
    ];
    for (event, states) in rows {
        let expected: BTreeSet<_> = states.iter().copied().map(Some).collect();
        assert_eq!(nodes_of(event), expected, "{event}");
    }
}

#[test]
fn a_person_resumes_what_is_paused_and_retries_what_is_stalled() {
    let is_paused = |phase: &&str| phase.starts_with("paused(");
    let is_stalled = |phase: &&str| phase.starts_with("stalled(");
    assert!(phases_of(&["resume"]).iter().all(is_paused));
    assert!(phases_of(&["retry"]).iter().all(is_stalled));
    assert!(
        !phases_of(&["pause"])
            .iter()
            .any(|phase| is_paused(phase) || is_stalled(phase))
    );
}

#[test]
fn nothing_is_given_up_while_it_may_be_being_published() {
    let given_up = phases_of(&["cancel", "supersede", "fall_back"]);
    assert!(!given_up.contains("drafted") && !given_up.contains("paused(drafted)"));
}

/// Three nodes under limits of their own: larger than anything that is searched.
fn large_plan() -> impl Strategy<Value = orchestrator::ReleaseSpec> {
    let shapes: [&'static [(bool, &'static [usize])]; 4] = [
        &[(false, &[]), (false, &[0]), (false, &[1])],
        &[(false, &[]), (false, &[0]), (true, &[0])],
        &[(false, &[]), (true, &[]), (false, &[0, 1])],
        &[(true, &[]), (true, &[]), (true, &[])],
    ];
    let limits = (1_u32..5, 0_u32..6, 0_u32..2, 0_u32..2);
    (select(shapes.to_vec()), limits).prop_map(|(shape, limits)| {
        let policy = Policy {
            attempts_max: limits.0,
            retry_budget: limits.1,
            approvals_required: limits.2,
            signatures_required: limits.3,
            repetition: Repetition::Once,
            rehearsal: false,
            approval_first: false,
            own_approval: OwnApproval::Counts,
        };
        plans::plan(shape, policy)
    })
}

/// People end most releases early if they may do anything as often as the world does.
fn is_likely(event: &Event, mood: u8) -> bool {
    let ends = ["cancel", "supersede", "fall_back"];
    mood == 0 || !ends.contains(&event.label())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    /// Two nodes are enough: what a larger release takes, a small one takes too.
    #[test]
    fn a_larger_release_takes_nothing_else(spec in large_plan(), choices in vec((any::<Index>(), 0_u8..30), 0..120)) {
        let mut situation = Situation::before(spec);
        for (choice, mood) in choices {
            let mut offers = situation.offers();
            offers.retain(|event| is_likely(event, mood));
            let event = choice.get(&offers);
            if let Some(next) = situation.take(event) {
                let pair = pair_of(situation.state(), event);
                prop_assert!(REACHABLE.pairs.contains(&pair), "{pair:?}");
                situation = next;
            }
        }
    }
}
