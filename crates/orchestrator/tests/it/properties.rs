//! Random graphs and random events, legal and illegal, late and repeated. The laws hold at every step, every release that
//! has not ended can still be published, and what is stored leads back to the same state.

use crate::plans::{self, failure, manifest, output_of};
use crate::world::{World, round_trip, through_rows};
use domain_types::{NodeId, Sha256Digest};
use orchestrator::{
    BuildState, Event, Fact, FailureKind, NodeSpec, Phase, Policy, ReleaseSpec, Stage, State, apply,
    check_all,
};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use proptest::test_runner::TestCaseResult;

const NODES_MAX: usize = 8;

const KINDS: [FailureKind; 7] = [
    FailureKind::Network,
    FailureKind::DiskFull,
    FailureKind::Unknown,
    FailureKind::TestFailure,
    FailureKind::MissingArtifact,
    FailureKind::NoRun,
    FailureKind::Verification,
];

const STAGES: [Stage; 5] = [
    Stage::Sources,
    Stage::Collect,
    Stage::Verify,
    Stage::Draft,
    Stage::Publish,
];

/// One draw. What it means depends on the state that it meets, so that shrinking keeps stories sensible.
#[derive(Debug, Clone)]
enum Move {
    /// A report of what may be in flight.
    Report { which: Index, kind: ReportKind },
    /// A report about any node and attempt, likely or not.
    Rumour {
        which: Index,
        kind: ReportKind,
        attempt: u32,
    },
    /// The stage awaited is done, rightly or with another manifest.
    StageDone { right: bool },
    /// Some stage is done or failed, awaited or not.
    StageRumour {
        stage: Stage,
        failed: Option<FailureKind>,
    },
    /// The stage awaited fails.
    StageFailed { kind: FailureKind },
    /// The next timer rings.
    Ring,
    /// Time goes by; nothing rings.
    Wait { seconds: u16 },
    /// The newest event comes once more.
    Again,
    /// The process ends and comes back from the rows.
    Restart,
    /// Somebody wants something.
    Person { wish: Wish },
}

#[derive(Debug, Clone, Copy)]
enum ReportKind {
    Queued,
    Seen,
    Started,
    Succeeded,
    Reused,
    Failed(FailureKind),
    Interrupted,
    QueueTimeout,
    RunTimeout,
    RetryDue,
}

#[derive(Debug, Clone, Copy)]
enum Wish {
    Start,
    Approve { right: bool, who: u8 },
    Sign { right: bool, who: u8 },
    Pause,
    Resume,
    Retry,
    Cancel,
    Supersede,
    FallBack,
    Withdraw,
}

fn report_kinds() -> impl Strategy<Value = ReportKind> {
    prop_oneof![
        2 => Just(ReportKind::Queued),
        1 => Just(ReportKind::Seen),
        3 => Just(ReportKind::Started),
        4 => Just(ReportKind::Succeeded),
        1 => Just(ReportKind::Reused),
        3 => select(&KINDS[..]).prop_map(ReportKind::Failed),
        1 => Just(ReportKind::Interrupted),
        1 => Just(ReportKind::QueueTimeout),
        1 => Just(ReportKind::RunTimeout),
        1 => Just(ReportKind::RetryDue),
    ]
}

fn wishes() -> impl Strategy<Value = Wish> {
    prop_oneof![
        4 => (any::<bool>(), 0..4u8).prop_map(|(right, who)| Wish::Approve { right, who }),
        4 => (any::<bool>(), 0..4u8).prop_map(|(right, who)| Wish::Sign { right, who }),
        6 => Just(Wish::Pause),
        6 => Just(Wish::Resume),
        6 => Just(Wish::Retry),
        1 => select(vec![Wish::Start, Wish::Cancel, Wish::Supersede, Wish::FallBack, Wish::Withdraw]),
    ]
}

fn moves() -> impl Strategy<Value = Move> {
    prop_oneof![
        12 => (any::<Index>(), report_kinds()).prop_map(|(which, kind)| Move::Report { which, kind }),
        2 => (any::<Index>(), report_kinds(), 0..4u32)
            .prop_map(|(which, kind, attempt)| Move::Rumour { which, kind, attempt }),
        6 => prop::bool::weighted(0.8).prop_map(|right| Move::StageDone { right }),
        1 => (select(&STAGES[..]), prop::option::of(select(&KINDS[..])))
            .prop_map(|(stage, failed)| Move::StageRumour { stage, failed }),
        2 => select(&KINDS[..]).prop_map(|kind| Move::StageFailed { kind }),
        3 => Just(Move::Ring),
        1 => any::<u16>().prop_map(|seconds| Move::Wait { seconds }),
        1 => Just(Move::Again),
        1 => Just(Move::Restart),
        5 => wishes().prop_map(|wish| Move::Person { wish }),
    ]
}

prop_compose! {
    fn policies()(attempts_max in 1..4u32, retry_budget in 0..5u32, approvals_required in 0..3u32,
                  signatures_required in 0..3u32) -> Policy {
        Policy { attempts_max, retry_budget, approvals_required, signatures_required, ..Policy::default() }
    }
}

/// An acyclic graph: each node may need those drawn before it. Names are shuffled against that order.
fn releases() -> impl Strategy<Value = ReleaseSpec> {
    let node = (any::<u8>(), prop::bool::weighted(0.2), 0..5u64, any::<bool>());
    let names = Just((0..NODES_MAX).collect::<Vec<_>>()).prop_shuffle();
    (vec(node, 1..=NODES_MAX), names, policies()).prop_map(|(drawn, names, policy)| {
        let mut specs: Vec<NodeSpec> = Vec::new();
        for (position, (needs, optional, remaining_path, windows)) in drawn.into_iter().enumerate() {
            let platform = if windows { "windows-x86_64" } else { "linux-x86_64" };
            let needs = (0..position)
                .filter(|bit| needs & (1 << bit) != 0)
                .map(|bit| specs[bit].id.clone());
            let needs: Vec<NodeId> = needs.collect();
            let name = format!("r{}:{platform}", names[position]);
            specs.push(NodeSpec {
                optional,
                needs,
                remaining_path,
                ..plans::node(&name, &[])
            });
        }
        plans::plan(specs, policy)
    })
}

fn any_node(world: &World, which: Index) -> NodeId {
    let nodes: Vec<NodeId> = world.state.nodes().map(|(spec, _)| spec.id.clone()).collect();
    which.get(&nodes).clone()
}

fn report(kind: ReportKind, node: NodeId, attempt: u32) -> Event {
    match kind {
        ReportKind::Queued => Event::BuildQueued {
            node,
            attempt,
            run: None,
        },
        ReportKind::Seen => Event::BuildQueued {
            node,
            attempt,
            run: Some(plans::seen_run("gpu")),
        },
        ReportKind::Started => Event::BuildStarted { node, attempt },
        ReportKind::Succeeded => Event::BuildSucceeded {
            output: output_of(&node),
            node,
            attempt,
        },
        ReportKind::Reused => Event::BuildReused {
            output: output_of(&node),
            node,
            attempt,
            from: plans::other_release("0.0.1"),
        },
        ReportKind::Failed(kind) => Event::BuildFailed {
            node,
            attempt,
            failure: failure(kind),
        },
        ReportKind::Interrupted => Event::BuildInterrupted { node, attempt },
        ReportKind::QueueTimeout => Event::QueueTimeout { node, attempt },
        ReportKind::RunTimeout => Event::RunTimeout { node, attempt },
        ReportKind::RetryDue => Event::RetryDue { node, attempt },
    }
}

fn wish(wish: Wish, world: &World) -> Event {
    let actor = "operator".to_owned();
    let spec = world.state.spec().unwrap();
    match wish {
        Wish::Start => Event::Start {
            spec: Box::new(spec.clone()),
        },
        Wish::Approve { right, who } => {
            let plan_digest = if right {
                spec.plan_digest
            } else {
                manifest("no plan")
            };
            Event::Approve {
                actor: format!("person {who}"),
                plan_digest,
            }
        }
        Wish::Sign { right, who } => {
            let known = world.state.header().manifest.filter(|_| right);
            Event::Sign {
                actor: format!("person {who}"),
                manifest: known.unwrap_or_else(|| manifest("none")),
            }
        }
        Wish::Pause => Event::Pause { actor },
        Wish::Resume => Event::Resume { actor },
        Wish::Retry => Event::Retry { actor },
        Wish::Cancel => Event::Cancel { actor },
        Wish::Supersede => Event::Supersede {
            by: plans::other_release("0.2.0"),
        },
        Wish::FallBack => Event::FallBack {
            actor,
            at_revision: None,
        },
        Wish::Withdraw => Event::Withdraw { actor },
    }
}

/// The manifest that a performer of this stage names; a new one for each collection.
fn manifest_for(stage: Stage, world: &World) -> Option<Sha256Digest> {
    match stage {
        Stage::Sources => None,
        Stage::Collect => Some(manifest(&world.state.revision().to_string())),
        Stage::Verify | Stage::Draft | Stage::Publish => world.state.header().manifest,
    }
}

fn event_of(drawn: &Move, world: &World) -> Option<Event> {
    let awaited = || world.state.header().awaited.as_ref().map(|(stage, _)| *stage);
    match drawn.clone() {
        Move::Report { which, kind } => {
            let in_flight = world.in_flight();
            let (node, attempt) = if in_flight.is_empty() {
                return None;
            } else {
                which.get(&in_flight).clone()
            };
            Some(report(kind, node, attempt))
        }
        Move::Rumour { which, kind, attempt } => Some(report(kind, any_node(world, which), attempt)),
        Move::StageDone { right } => {
            let stage = awaited()?;
            let manifest = if right {
                manifest_for(stage, world)
            } else {
                Some(manifest("wrong"))
            };
            Some(Event::StageDone { stage, manifest })
        }
        Move::StageRumour { stage, failed: None } => Some(Event::StageDone {
            stage,
            manifest: manifest_for(stage, world),
        }),
        Move::StageRumour {
            stage,
            failed: Some(kind),
        } => Some(Event::StageFailed {
            stage,
            failure: failure(kind),
        }),
        Move::StageFailed { kind } => Some(Event::StageFailed {
            stage: awaited()?,
            failure: failure(kind),
        }),
        Move::Ring => world.next_timer().map(|timer| timer.event.clone()),
        Move::Again => world
            .journal
            .last()
            .map(|revision| revision.recorded.event.clone()),
        Move::Person { wish: drawn } => Some(wish(drawn, world)),
        Move::Wait { .. } | Move::Restart => None,
    }
}

fn make(world: &mut World, drawn: &Move) {
    match drawn {
        Move::Wait { seconds } => world.now = world.now.plus_seconds(u64::from(*seconds)),
        Move::Restart => world.state = through_rows(&world.state),
        Move::Ring => {
            world.now = world
                .next_timer()
                .map_or(world.now, |timer| timer.due.max(world.now))
        }
        Move::Report { .. }
        | Move::Rumour { .. }
        | Move::StageDone { .. }
        | Move::StageRumour { .. }
        | Move::StageFailed { .. }
        | Move::Again
        | Move::Person { .. } => {}
    }
    if let Some(event) = event_of(drawn, world) {
        let was = world.state.clone();
        if world.take(event).is_err() {
            assert_eq!(world.state, was, "a refused event changes nothing");
        }
    }
}

fn started(spec: &ReleaseSpec) -> World {
    let mut world = World::new();
    world.must_take(Event::Start {
        spec: Box::new(spec.clone()),
    });
    world
}

/// What a willing world would do next; none at the end.
fn helpful(world: &World) -> Option<Event> {
    let (header, spec) = (world.state.header(), world.state.spec().unwrap());
    let actor = "operator".to_owned();
    if header.phase.is_paused() {
        return Some(Event::Resume { actor });
    }
    if let Phase::Stalled { .. } = header.phase {
        return Some(Event::Retry { actor });
    }
    if header.phase == Phase::AwaitingApproval {
        let actor = format!("helper {}", header.approvals.len());
        return Some(Event::Approve {
            actor,
            plan_digest: spec.plan_digest,
        });
    }
    if let Some((stage, _)) = header.awaited {
        return Some(Event::StageDone {
            stage,
            manifest: manifest_for(stage, world),
        });
    }
    if header.phase == Phase::AwaitingSignatures {
        return Some(Event::Sign {
            actor: format!("helper {}", header.signatures.len()),
            manifest: header.manifest?,
        });
    }
    if let Some((node, attempt)) = world.in_flight().into_iter().next() {
        return Some(Event::BuildSucceeded {
            output: output_of(&node),
            node,
            attempt,
        });
    }
    world.next_timer().map(|timer| timer.event.clone())
}

/// Runs the rest with nothing but success. The number of steps is bounded by what there is to do.
fn run_to_the_end(world: &mut World) {
    let steps_max = 40 + 4 * world.state.graph().len();
    for _ in 0..steps_max {
        if world.state.phase().is_ended() {
            return;
        }
        let Some(event) = helpful(world) else {
            panic!("nothing leads on from {:?}", world.state)
        };
        world.must_take(event);
    }
    panic!("not ended after {steps_max} steps: {:?}", world.state);
}

fn check_end(world: &World) -> TestCaseResult {
    prop_assert_eq!(&world.replayed(), &world.state);
    prop_assert!(check_all(&world.state).is_ok());
    for revision in &world.journal {
        for fact in &revision.facts {
            round_trip(fact);
        }
    }
    Ok(())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn whatever_happens_the_laws_hold_and_a_way_leads_on(
        spec in releases(),
        drawn in vec(moves(), 0..120),
    ) {
        let mut world = started(&spec);
        for one in &drawn {
            make(&mut world, one);
        }
        check_end(&world)?;
        let given_up = world.state.phase().is_given_up() || *world.state.phase() == Phase::Withdrawn;
        run_to_the_end(&mut world);
        check_end(&world)?;
        prop_assert!(given_up || *world.state.phase() == Phase::Published, "{:?}", world.state.phase());
    }

    #[test]
    fn pauses_and_restarts_change_nothing_of_the_outcome(
        spec in releases(),
        pauses in vec(0..4u8, 0..60),
    ) {
        let mut plain = started(&spec);
        run_to_the_end(&mut plain);
        let mut disturbed = started(&spec);
        for drawn in pauses {
            let disturbance = match drawn {
                0 => Some(Move::Person { wish: Wish::Pause }),
                1 => Some(Move::Person { wish: Wish::Resume }),
                2 => Some(Move::Restart),
                _ => None,
            };
            if let Some(disturbance) = disturbance {
                make(&mut disturbed, &disturbance);
            } else if let Some(event) = unpaused(&disturbed) {
                disturbed.must_take(event);
            }
        }
        run_to_the_end(&mut disturbed);
        prop_assert_eq!(disturbed.state.phase(), plain.state.phase());
        for ((_, left), (_, right)) in disturbed.state.nodes().zip(plain.state.nodes()) {
            prop_assert_eq!((left.state, &left.output, left.attempts.len()), (right.state, &right.output, 1));
        }
    }

    #[test]
    fn a_journal_with_a_fact_lost_or_repeated_is_corrupt_or_harmless(
        spec in releases(),
        drawn in vec(moves(), 0..60),
        at in any::<Index>(),
        repeat in any::<bool>(),
    ) {
        let mut world = started(&spec);
        for one in &drawn {
            make(&mut world, one);
        }
        let facts: Vec<Fact> = world.journal.iter().flat_map(|revision| revision.facts.clone()).collect();
        let at = at.index(facts.len());
        let mut tampered = facts.clone();
        if repeat {
            tampered.insert(at, facts[at].clone());
        } else {
            tampered.remove(at);
        }
        let mut state = State::unplanned();
        let folded = tampered.iter().try_for_each(|fact| apply(&mut state, fact));
        if repeat && facts[at].node().is_some() {
            prop_assert!(folded.is_err(), "repeated: {:?}", facts[at]);
        }
        if folded.is_ok() && state.spec().is_some() {
            prop_assert!(state.nodes().all(|(_, node)| node.state != BuildState::Running || node.attempt().is_some()));
        }
    }
}

/// What happens next of itself, also while paused.
fn unpaused(world: &World) -> Option<Event> {
    if !world.state.phase().is_paused() {
        return if world.state.phase().is_ended() {
            None
        } else {
            helpful(world)
        };
    }
    if let Some((stage, _)) = world.state.header().awaited {
        return Some(Event::StageDone {
            stage,
            manifest: manifest_for(stage, world),
        });
    }
    let (node, attempt) = world.in_flight().into_iter().next()?;
    Some(Event::BuildSucceeded {
        output: output_of(&node),
        node,
        attempt,
    })
}
