//! What must hold of every step, whatever the event. The numbers are those of ARCHITECTURE.md.

use crate::world::{World, through_rows};
use domain_types::CommandId;
use orchestrator::{BuildState, Command, Decision, Event, Fact, Phase, Refused, Stage, State, check_all};
use std::collections::BTreeSet;

/// The declared table of phases (E1): which may follow which. Pauses and stalls are declared below.
const FOLLOWS: [(&str, &str); 12] = [
    ("planned", "awaiting_approval"),
    ("awaiting_approval", "building"),
    ("building", "collecting"),
    ("collecting", "verifying"),
    ("verifying", "awaiting_signatures"),
    ("awaiting_signatures", "drafted"),
    ("drafted", "published"),
    ("published", "withdrawn"),
    ("*", "cancelled"),
    ("*", "superseded"),
    ("*", "fell_back"),
    ("paused", "published"),
];

/// Phases that can stall: those that have a command out.
const STALLS: [&str; 7] = [
    "planned",
    "awaiting_approval",
    "building",
    "collecting",
    "verifying",
    "awaiting_signatures",
    "drafted",
];

pub(crate) fn check_refusal(event: &Event, refused: &Refused) {
    let of_a_plan = matches!(event, Event::Start { .. });
    assert!(
        of_a_plan || !matches!(refused, Refused::BadPlan { .. }),
        "{event:?}: {refused}"
    );
}

pub(crate) fn check_step(before: &State, world: &World, decision: &Decision) {
    let after = &world.state;
    check_all(after).unwrap_or_else(|violation| panic!("{violation}"));
    assert!(!decision.facts.is_empty(), "an accepted event changes something");
    assert!(after.revision() == before.revision() + 1);
    check_phases(before, decision);
    check_commands(before, world, decision);
    check_manifest(before, decision);
    check_waiting(after);
    check_runners(world);
    check_timers(world);
    check_budget(world);
    check_published(after);
    assert_eq!(through_rows(after), *after, "rows lead to the same state");
}

fn check_phases(before: &State, decision: &Decision) {
    let mut from = before.phase().clone();
    for fact in &decision.facts {
        if let Fact::Planned { .. } = fact {
            assert_eq!(from, Phase::Unplanned);
            from = Phase::Planned;
        }
        if let Fact::PhaseChanged { to, .. } = fact {
            let withdrawn_unseen = *to == Phase::Withdrawn && matches!(from, Phase::Stalled { .. });
            assert!(
                may_follow(&from, to) || (withdrawn_unseen && before.header().may_be_public),
                "E1: {from:?} -> {to:?}"
            );
            if *to == Phase::Collecting && retried(&from) == Some(to) {
                let anew = Command::RunStage {
                    stage: Stage::Collect,
                };
                assert!(
                    decision.commands.contains(&anew),
                    "a retried collection is made anew"
                );
            }
            from = to.clone();
        }
    }
}

fn may_follow(from: &Phase, to: &Phase) -> bool {
    if let Phase::Paused { from: behind } = to {
        let settled_in_pause = matches!((from, &**behind), (Phase::Paused { .. }, Phase::Stalled { .. }));
        return **behind == *from || settled_in_pause;
    }
    if let Phase::Stalled { from: behind, .. } = to {
        return resumed(from) == Some(to)
            || (STALLS.contains(&from.label()) && STALLS.contains(&behind.label()));
    }
    let given_up = to.is_given_up() && !from.is_ended();
    let gone_on = FOLLOWS.contains(&(from.label(), to.label()));
    given_up || gone_on || resumed(from) == Some(to) || retried(from) == Some(to)
}

fn resumed(phase: &Phase) -> Option<&Phase> {
    if let Phase::Paused { from } = phase {
        Some(from)
    } else {
        None
    }
}

fn retried(phase: &Phase) -> Option<&Phase> {
    if let Phase::Stalled { from, .. } = phase {
        Some(from)
    } else {
        None
    }
}

fn check_commands(before: &State, world: &World, decision: &Decision) {
    let after = &world.state;
    let mut priorities = Vec::new();
    for (index, command) in decision.commands.iter().enumerate() {
        match command {
            Command::StartBuild { build, priority } => {
                assert_eq!(
                    *after.phase(),
                    Phase::Building,
                    "E5: nothing is begun in another phase"
                );
                let node = after.node(&build.node).unwrap();
                assert_eq!(
                    (node.state, node.attempt_number()),
                    (BuildState::Requested, build.attempt)
                );
                assert_eq!(node.attempt().unwrap().command, world.command_id(index));
                assert_eq!(node.waiting_for(), 0, "E2");
                priorities.push(std::cmp::Reverse(*priority));
            }
            Command::RunStage { stage } => check_stage(after, *stage, &world.command_id(index)),
            Command::StopBuild { build } => {
                assert!(before.node(&build.node).unwrap().state.is_in_flight());
                assert!(!after.node(&build.node).unwrap().state.is_in_flight());
            }
            Command::DiscardDraft => {
                let stalled = matches!(before.phase(), Phase::Stalled { .. });
                let is_unseen = *after.phase() == Phase::Withdrawn && stalled;
                assert!(after.phase().is_given_up() || is_unseen, "E6");
            }
            Command::BeginFormerStep { step, name } => {
                assert_eq!(after.spec().unwrap().former_way[*step as usize], *name);
                assert_eq!(after.former_step(), Some(*step), "E6");
            }
            Command::FollowUp { name } => {
                assert!(after.spec().unwrap().follow_ups.contains(name));
                assert_eq!(*after.phase(), Phase::Published, "E6");
            }
        }
    }
    assert!(priorities.is_sorted(), "the longest remaining path goes first");
}

fn check_stage(after: &State, stage: Stage, command: &CommandId) {
    let header = after.header();
    assert_eq!(header.awaited, Some((stage, command.clone())));
    assert!(!after.phase().is_paused() && !after.phase().is_ended(), "E5");
    assert!(!matches!(after.phase(), Phase::Stalled { .. }), "E5");
    let collected_anew = header.manifest.is_none() && !header.verified && header.signatures.is_empty();
    assert!(
        stage != Stage::Collect || collected_anew,
        "E4: a collection begins with nothing verified or signed"
    );
}

/// What a stage reports on is the manifest that the release has.
fn check_manifest(before: &State, decision: &Decision) {
    for fact in &decision.facts {
        if let Fact::StageDone {
            stage: Stage::Verify | Stage::Draft | Stage::Publish,
            manifest,
        } = fact
        {
            assert!(manifest.is_some() && *manifest == before.header().manifest, "E4");
        }
    }
}

/// What a node waits for is whoever it needs that has not succeeded.
fn check_waiting(state: &State) {
    for (spec, node) in state.nodes() {
        let needs: BTreeSet<_> = spec.needs.iter().collect();
        let open = needs
            .iter()
            .filter(|need| !state.node(need).unwrap().state.satisfies());
        assert_eq!(node.waiting_for(), open.count(), "{}", spec.id);
    }
}

fn check_runners(world: &World) {
    let held: BTreeSet<CommandId> = world.slots.keys().cloned().collect();
    let open = world.state.nodes().filter(|(_, node)| node.state.is_in_flight());
    let expected: BTreeSet<CommandId> = open
        .map(|(_, node)| node.attempt().unwrap().command.clone())
        .collect();
    assert_eq!(held, expected, "runners held are those of open attempts");
}

fn check_timers(world: &World) {
    let state = &world.state;
    let mut expected = BTreeSet::new();
    for (spec, node) in state.nodes() {
        let end = format!("{}/{}", spec.id, node.attempt_number());
        if node.state == BuildState::Queued {
            expected.insert(format!("queued/{end}"));
        }
        if node.state == BuildState::Running {
            expected.insert(format!("running/{end}"));
        }
        if node.retry.is_some() {
            expected.insert(format!("retry/{end}"));
        }
    }
    let set: BTreeSet<String> = world.timers.keys().cloned().collect();
    assert_eq!(set, expected, "timers mirror the nodes");
}

fn check_budget(world: &World) {
    let budget = world.state.spec().unwrap().policy.retry_budget;
    assert!(world.retries <= budget, "the budget is exceeded");
    assert_eq!(world.state.header().budget_left, budget - world.retries);
}

fn check_published(state: &State) {
    let (header, policy) = (state.header(), state.spec().unwrap().policy);
    assert_eq!(header.ended.is_some(), state.phase().is_ended());
    assert!(
        header.awaited.is_none() || !state.phase().is_ended(),
        "nothing is awaited at the end"
    );
    if header.phase == Phase::Published {
        assert!(
            header.manifest.is_some() && header.verified && header.drafted,
            "E4"
        );
        assert!(header.approvals.len() >= policy.approvals_required as usize, "E4");
        assert!(
            header.signatures.len() >= policy.signatures_required as usize,
            "E4"
        );
        assert_eq!((header.unsettled, header.blocking), (0, 0), "E4");
    }
}
