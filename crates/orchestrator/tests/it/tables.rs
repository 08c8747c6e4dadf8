//! E1: every state of a build with every report, every phase with every event: accepted, or refused by name. The tables
//! are the snapshots beside this file; a new state or event that no row shows fails here.

use crate::plans::{self, failure, manifest, node_id, output_of};
use crate::story::play;
use crate::transcript;
use crate::world::World;
use domain_types::Sha256Digest;
use expect_test::expect_file;
use orchestrator::{BuildState, Decision, Event, FailureKind, Refused, Stage};
use std::collections::BTreeSet;
use std::fmt::Write;

pub(crate) const STAGES: [Stage; 5] = [
    Stage::Sources,
    Stage::Collect,
    Stage::Verify,
    Stage::Draft,
    Stage::Publish,
];

const BUILT: &str = "given x\n when start\n when sources done\n when x#1 succeeds";

/// Where the build `x` stands, and the story that brings it there.
pub(crate) const BUILD_STATES: [(&str, BuildState, &str); 10] = [
    (
        "waiting, never begun",
        BuildState::Waiting,
        "given a\n given x needs a\n when start\n when sources done",
    ),
    (
        "waiting for a retry",
        BuildState::Waiting,
        "given x\n when start\n when sources done\n when x#1 fails network",
    ),
    (
        "waiting in a pause",
        BuildState::Waiting,
        "given x\n when start\n when sources done\n when pause\n when x#1 interrupted",
    ),
    (
        "requested",
        BuildState::Requested,
        "given x\n when start\n when sources done",
    ),
    (
        "queued",
        BuildState::Queued,
        "given x\n when start\n when sources done\n when x#1 queued",
    ),
    (
        "running",
        BuildState::Running,
        "given x\n when start\n when sources done\n when x#1 starts",
    ),
    ("succeeded", BuildState::Succeeded, BUILT),
    (
        "failed",
        BuildState::Failed,
        "given x\n when start\n when sources done\n when x#1 fails compile_error",
    ),
    (
        "skipped",
        BuildState::Skipped,
        "given a\n given b\n given x needs a\n when start\n when sources done\n when a#1 fails compile_error",
    ),
    (
        "reused",
        BuildState::Reused,
        "given x\n when start\n when sources done\n when x#1 reused",
    ),
];

/// Where the release stands, and the story that brings it there. Alice has approved or signed where that is possible.
pub(crate) const PHASES: [(&str, &str); 23] = [
    ("unplanned", "given x"),
    ("planned", "when start\n when alice approves plan"),
    (
        "awaiting_approval",
        "when start\n when sources done\n when alice approves plan",
    ),
    ("building", "building"),
    ("collecting", "building\n when x#1 succeeds"),
    ("verifying", "verifying"),
    ("awaiting_signatures", "verifying\n when verify done A"),
    ("awaiting_signatures", "drafting"),
    ("drafted", "drafting\n when draft done A"),
    ("published", "drafting\n when draft done A\n when publish done A"),
    (
        "withdrawn",
        "drafting\n when draft done A\n when publish done A\n when withdraw",
    ),
    ("paused", "when start\n when alice approves plan\n when pause"),
    ("paused", "building\n when pause"),
    ("paused", "verifying\n when pause"),
    ("paused", "drafting\n when draft done A\n when pause"),
    (
        "paused",
        "verifying\n when pause\n when verify fails verification",
    ),
    (
        "stalled",
        "when start\n when alice approves plan\n when sources fails network",
    ),
    ("stalled", "building\n when x#1 fails compile_error"),
    ("stalled", "verifying\n when verify fails verification"),
    (
        "stalled",
        "drafting\n when draft done A\n when publish fails network",
    ),
    ("cancelled", "building\n when cancel"),
    ("superseded", "building\n when superseded by 0.2.0"),
    ("fell_back", "building\n when fall back"),
];

const BUILDING: &str = "when start\n when sources done\n when alice approves plan\n when bob approves plan";

/// A story may begin where another ended.
pub(crate) fn at_phase(story: &str) -> World {
    let verifying = format!("{BUILDING}\n when x#1 succeeds\n when collect done A\n when alice signs A");
    let drafting = format!("{verifying}\n when verify done A\n when bob signs A");
    let story = story
        .replace("drafting", &drafting)
        .replace("verifying", &verifying)
        .replace("building", BUILDING);
    play(
        &format!("given x\n given y optional needs x\n given policy approvals 2 signatures 2\n {story}")
            .replace(
                "when x#1 succeeds",
                "when x#1 succeeds\n when y#1 fails compile_error",
            ),
    )
    .0
}

fn reports(attempt: u32) -> Vec<(&'static str, Event)> {
    let node = node_id("x");
    let failed = |kind| Event::BuildFailed {
        node: node_id("x"),
        attempt,
        failure: failure(kind),
    };
    let queued = |run| Event::BuildQueued {
        node: node_id("x"),
        attempt,
        run,
    };
    let from = plans::other_release("0.0.9");
    vec![
        ("queued", queued(None)),
        ("its run is seen", queued(Some(plans::seen_run("gpu")))),
        (
            "started",
            Event::BuildStarted {
                node: node.clone(),
                attempt,
            },
        ),
        (
            "succeeded",
            Event::BuildSucceeded {
                node: node.clone(),
                attempt,
                output: output_of(&node),
            },
        ),
        (
            "reused",
            Event::BuildReused {
                node: node.clone(),
                attempt,
                output: output_of(&node),
                from,
            },
        ),
        ("failed transiently", failed(FailureKind::Network)),
        ("failed permanently", failed(FailureKind::TestFailure)),
        ("failed unknown", failed(FailureKind::Unknown)),
        (
            "interrupted",
            Event::BuildInterrupted {
                node: node.clone(),
                attempt,
            },
        ),
        (
            "queue timeout",
            Event::QueueTimeout {
                node: node.clone(),
                attempt,
            },
        ),
        (
            "run timeout",
            Event::RunTimeout {
                node: node.clone(),
                attempt,
            },
        ),
        ("retry due", Event::RetryDue { node, attempt }),
    ]
}

fn stage_reports() -> Vec<(String, Event)> {
    let mut events = Vec::new();
    for stage in STAGES {
        for (word, manifest) in [
            ("A", Some(manifest("A"))),
            ("B", Some(manifest("B"))),
            ("nothing", None),
        ] {
            events.push((
                format!("{stage:?} done with {word}"),
                Event::StageDone { stage, manifest },
            ));
        }
        for kind in [FailureKind::Network, FailureKind::Verification] {
            let event = Event::StageFailed {
                stage,
                failure: failure(kind),
            };
            events.push((format!("{stage:?} failed ({kind})"), event));
        }
    }
    events
}

fn wishes() -> Vec<(String, Event)> {
    let actor = || "operator".to_owned();
    let spec = plans::plan(vec![plans::node("x", &[])], orchestrator::Policy::default());
    let same = spec.id.clone();
    let right = spec.plan_digest;
    let approve = |who: &str, plan_digest| Event::Approve {
        actor: who.to_owned(),
        plan_digest,
    };
    let sign = |who: &str, word| Event::Sign {
        actor: who.to_owned(),
        manifest: manifest(word),
    };
    let rows = vec![
        ("start", Event::Start { spec: Box::new(spec) }),
        ("approved by alice again", approve("alice", right)),
        ("approved by carol", approve("carol", right)),
        (
            "approved by carol, another plan",
            approve("carol", Sha256Digest::of(b"another")),
        ),
        ("signed by alice again", sign("alice", "A")),
        ("signed by carol", sign("carol", "A")),
        ("signed by carol, another manifest", sign("carol", "B")),
        ("pause", Event::Pause { actor: actor() }),
        ("resume", Event::Resume { actor: actor() }),
        ("retry", Event::Retry { actor: actor() }),
        ("cancel", Event::Cancel { actor: actor() }),
        (
            "supersede",
            Event::Supersede {
                by: plans::other_release("0.2.0"),
            },
        ),
        ("supersede by itself", Event::Supersede { by: same }),
        ("withdraw", Event::Withdraw { actor: actor() }),
        (
            "fall back",
            Event::FallBack {
                actor: actor(),
                at_revision: None,
            },
        ),
        (
            "former step ends",
            Event::FormerStepEnded {
                step: 0,
                succeeded: true,
                detail: "run 7".to_owned(),
            },
        ),
    ];
    rows.into_iter()
        .map(|(name, event)| (name.to_owned(), event))
        .collect()
}

fn every_event() -> Vec<(String, Event)> {
    let mut events: Vec<(String, Event)> = reports(1)
        .into_iter()
        .map(|(name, event)| (format!("x {name}"), event))
        .collect();
    events.push((
        "stranger".to_owned(),
        Event::BuildQueued {
            node: node_id("stranger"),
            attempt: 1,
            run: None,
        },
    ));
    events.extend(stage_reports());
    events.extend(wishes());
    events
}

fn name_of(refused: &Refused) -> String {
    let text = format!("{refused:?}");
    text.split(|letter: char| !letter.is_alphanumeric())
        .next()
        .unwrap()
        .to_owned()
}

fn commands_of(decision: &Decision) -> String {
    decision
        .commands
        .iter()
        .map(|command| format!(", {}", command.label()))
        .collect()
}

fn build_cell(world: &World, event: Event) -> String {
    let mut world = world.clone();
    match world.take(event) {
        Ok(decision) => {
            let state = world.state.node(&node_id("x")).unwrap().state;
            format!("-> {state}{}", commands_of(&decision))
        }
        Err(refused) => name_of(&refused),
    }
}

fn phase_cell(world: &World, event: Event) -> String {
    let mut world = world.clone();
    match world.take(event) {
        Ok(decision) => format!(
            "-> {}{}",
            transcript::phase(world.state.phase()),
            commands_of(&decision)
        ),
        Err(refused) => name_of(&refused),
    }
}

#[test]
fn every_state_of_a_build_answers_every_report() {
    let mut table = String::new();
    for (name, state, story) in BUILD_STATES {
        let (world, _) = play(story);
        assert_eq!(world.state.node(&node_id("x")).unwrap().state, state);
        writeln!(table, "{name}").unwrap();
        for (report, event) in reports(1) {
            writeln!(table, "    {report:20} {}", build_cell(&world, event)).unwrap();
        }
    }
    let shown: BTreeSet<BuildState> = BUILD_STATES.iter().map(|(_, state, _)| *state).collect();
    assert_eq!(shown.len(), 8, "every state has a row");
    expect_file!["snapshots/builds.txt"].assert_eq(&table);
}

#[test]
fn a_report_of_another_attempt_is_refused_in_every_state() {
    for (name, _, story) in BUILD_STATES {
        for attempt in [0, 2, u32::MAX] {
            for (report, event) in reports(attempt) {
                let (world, _) = play(story);
                assert_eq!(
                    build_cell(&world, event),
                    "StaleAttempt",
                    "{name}: {report} of {attempt}"
                );
            }
        }
    }
}

#[test]
fn a_report_of_an_earlier_attempt_is_refused() {
    let (world, _) =
        play("given x\n when start\n when sources done\n when x#1 interrupted\n when x#2 starts");
    for (report, event) in reports(1) {
        assert_eq!(build_cell(&world, event), "StaleAttempt", "{report}");
    }
}

#[test]
fn every_phase_answers_every_event() {
    let mut table = String::new();
    let mut shown = BTreeSet::new();
    for (label, story) in PHASES {
        let world = if label == "unplanned" {
            World::new()
        } else {
            at_phase(story)
        };
        assert_eq!(world.state.phase().label(), label, "{story}");
        shown.insert(label);
        let awaited = world
            .state
            .header()
            .awaited
            .as_ref()
            .map(|(stage, _)| format!(", {stage:?} awaited"));
        writeln!(
            table,
            "{}{}",
            transcript::phase(world.state.phase()),
            awaited.unwrap_or_default()
        )
        .unwrap();
        for (name, event) in every_event() {
            writeln!(table, "    {name:34} {}", phase_cell(&world, event)).unwrap();
        }
    }
    assert_eq!(shown.len(), 15, "every phase has a row");
    expect_file!["snapshots/phases.txt"].assert_eq(&table);
}

#[test]
fn every_event_has_a_row() {
    let shown: BTreeSet<&str> = every_event().iter().map(|(_, event)| event.label()).collect();
    let kinds: BTreeSet<usize> = every_event().iter().map(|(_, event)| kind_of(event)).collect();
    assert_eq!((shown.len(), kinds.len()), (22, 22));
}

/// Beside the label: a new event stops the compiler here, and then wants a row.
fn kind_of(event: &Event) -> usize {
    match event {
        Event::Start { .. } => 0,
        Event::BuildQueued { .. } => 1,
        Event::BuildStarted { .. } => 2,
        Event::BuildSucceeded { .. } => 3,
        Event::BuildReused { .. } => 4,
        Event::BuildFailed { .. } => 5,
        Event::BuildInterrupted { .. } => 6,
        Event::QueueTimeout { .. } => 7,
        Event::RunTimeout { .. } => 8,
        Event::RetryDue { .. } => 9,
        Event::StageDone { .. } => 10,
        Event::StageFailed { .. } => 11,
        Event::Approve { .. } => 12,
        Event::Sign { .. } => 13,
        Event::Pause { .. } => 14,
        Event::Resume { .. } => 15,
        Event::Retry { .. } => 16,
        Event::Cancel { .. } => 17,
        Event::Supersede { .. } => 18,
        Event::Withdraw { .. } => 19,
        Event::FallBack { .. } => 20,
        Event::FormerStepEnded { .. } => 21,
    }
}
