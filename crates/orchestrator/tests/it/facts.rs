//! Which facts can follow where, whoever wrote them: a journal is not believed. The tables are the snapshots beside this file.

use crate::plans::{self, failure, manifest, node_id, output_of};
use crate::story::play;
use crate::tables::{BUILD_STATES, PHASES, STAGES, at_phase};
use crate::world::World;
use domain_types::{CommandId, Timestamp};
use expect_test::expect_file;
use orchestrator::{AttemptOutcome, Fact, FailureKind, Phase, Stage, State, apply};
use std::fmt::Write as _;

const AT: Timestamp = Timestamp::EPOCH;

fn command() -> CommandId {
    CommandId::new(&plans::other_release("0.0.1"), 1, 0)
}

fn ended(outcome: AttemptOutcome) -> Fact {
    let node = node_id("x");
    Fact::AttemptEnded {
        node,
        outcome,
        at: AT,
    }
}

fn ended_badly(kind: FailureKind) -> Fact {
    let failure = failure(kind);
    ended(AttemptOutcome::Failed { failure })
}

fn queued(run: Option<orchestrator::SeenRun>) -> Fact {
    Fact::AttemptQueued {
        node: node_id("x"),
        run,
    }
}

fn node_facts() -> Vec<(String, Fact)> {
    let node = || node_id("x");
    let from = || plans::other_release("0.0.9");
    let mut facts: Vec<(String, Fact)> = (0..4)
        .map(|attempt| {
            let fact = Fact::AttemptRequested {
                node: node(),
                attempt,
                command: command(),
                at: AT,
            };
            (format!("attempt_requested {attempt}"), fact)
        })
        .collect();
    let others = [
        ("", queued(None)),
        (" seen", queued(Some(plans::seen_run("gpu")))),
        ("", Fact::AttemptStarted { node: node(), at: AT }),
        (
            "",
            Fact::Built {
                node: node(),
                output: output_of(&node()),
                at: AT,
            },
        ),
        (
            "",
            Fact::Reused {
                node: node(),
                output: output_of(&node()),
                from: from(),
                at: AT,
            },
        ),
        (" network", ended_badly(FailureKind::Network)),
        (" unknown", ended_badly(FailureKind::Unknown)),
        (" interrupted", ended(AttemptOutcome::Interrupted)),
        (" cancelled", ended(AttemptOutcome::Cancelled)),
        (" succeeded", ended(AttemptOutcome::Succeeded)),
        (" reused", ended(AttemptOutcome::Reused { from: from() })),
        (
            "",
            Fact::RetryScheduled {
                node: node(),
                due: AT,
            },
        ),
        ("", Fact::RetryReleased { node: node() }),
        ("", Fact::NodeFailed { node: node() }),
        (
            "",
            Fact::NodeSkipped {
                node: node(),
                because: node_id("a"),
            },
        ),
        ("", Fact::NodeReset { node: node() }),
    ];
    facts.extend(others.map(|(more, fact)| (format!("{}{more}", fact.label()), fact)));
    facts
}

fn header_facts() -> Vec<(String, Fact)> {
    let mut facts: Vec<(String, Fact)> = [Phase::Building, Phase::Withdrawn, Phase::Cancelled]
        .map(|to| (format!("phase_changed {to}"), Fact::PhaseChanged { to, at: AT }))
        .into();
    for stage in STAGES {
        let [requested, done, failed] = [
            Fact::StageRequested {
                stage,
                command: command(),
            },
            Fact::StageDone {
                stage,
                manifest: Some(manifest("A")),
            },
            Fact::StageFailed { stage },
        ];
        facts.extend([requested, done, failed].map(|fact| (format!("{} {stage:?}", fact.label()), fact)));
    }
    for actor in ["alice", "carol"] {
        let actor = || actor.to_owned();
        let counted = [Fact::Approved { actor: actor() }, Fact::Signed { actor: actor() }];
        facts.extend(counted.map(|fact| (format!("{} {}", fact.label(), actor()), fact)));
    }
    facts.extend([
        (
            "former_step_ended".to_owned(),
            Fact::FormerStepEnded {
                step: 0,
                succeeded: true,
                detail: "run 7".to_owned(),
            },
        ),
        ("budget_renewed".to_owned(), Fact::BudgetRenewed),
        ("collection_discarded".to_owned(), Fact::CollectionDiscarded),
    ]);
    facts
}

/// What of a node and of the counts is seen when a fact was applied.
fn node_cell(state: &State, fact: &Fact) -> String {
    let mut state = state.clone();
    if apply(&mut state, fact).is_err() {
        return "corrupt".to_owned();
    }
    let (node, header) = (state.node(&node_id("x")).unwrap(), state.header());
    let ends = node.attempts.iter().map(|attempt| {
        let end = attempt.outcome.as_ref().map_or("open", AttemptOutcome::label);
        format!("{}={end}", attempt.number)
    });
    format!(
        "-> {}, attempts [{}], failures {} ({} unknown), retry {}, output {}; unsettled {}, blocking {}, budget {}",
        node.state,
        ends.collect::<Vec<_>>().join(" "),
        node.failures,
        node.unknown_failures,
        node.retry.is_some(),
        node.output.is_some(),
        header.unsettled,
        header.blocking,
        header.budget_left
    )
}

fn header_cell(state: &State, fact: &Fact) -> String {
    let mut state = state.clone();
    if apply(&mut state, fact).is_err() {
        return "corrupt".to_owned();
    }
    let header = state.header();
    let awaited = header.awaited.as_ref().map(|(stage, _)| stage);
    format!(
        "-> {}, awaited {awaited:?}, sources {}, manifest {}, verified {}, drafted {}, approvals {}, signatures {}, \
         budget {}, ended {}",
        header.phase,
        header.sources_ready,
        header.manifest.is_some(),
        header.verified,
        header.drafted,
        header.approvals.len(),
        header.signatures.len(),
        header.budget_left,
        header.ended.is_some()
    )
}

/// The states of a build in which a release rests, and two that it passes within a decision.
fn node_states() -> Vec<(&'static str, State)> {
    let mut states: Vec<(&str, State)> = BUILD_STATES
        .iter()
        .map(|(name, _, story)| (*name, play(story).0.state))
        .collect();
    let mut failed = play("given x\n when start\n when sources done").0.state;
    apply(&mut failed, &ended_badly(FailureKind::Unknown)).unwrap();
    states.push(("waiting, just failed", failed.clone()));
    let node = node_id("x");
    apply(
        &mut failed,
        &Fact::RetryScheduled {
            node: node.clone(),
            due: AT,
        },
    )
    .unwrap();
    apply(&mut failed, &Fact::RetryReleased { node }).unwrap();
    states.push(("waiting, its retry released", failed));
    states
}

#[test]
fn every_state_of_a_build_takes_the_facts_that_can_follow() {
    let mut table = String::new();
    for (name, state) in node_states() {
        writeln!(table, "{name}").unwrap();
        for (label, fact) in node_facts() {
            writeln!(table, "    {label:27} {}", node_cell(&state, &fact)).unwrap();
        }
    }
    expect_file!["snapshots/node_facts.txt"].assert_eq(&table);
}

#[test]
fn every_phase_takes_the_facts_that_can_follow() {
    let mut table = String::new();
    for (label, story) in PHASES {
        let world = if label == "unplanned" {
            World::new()
        } else {
            at_phase(story)
        };
        writeln!(table, "{}", crate::transcript::phase(world.state.phase())).unwrap();
        for (label, fact) in header_facts() {
            writeln!(table, "    {label:23} {}", header_cell(&world.state, &fact)).unwrap();
        }
    }
    expect_file!["snapshots/header_facts.txt"].assert_eq(&table);
}

#[test]
fn what_cannot_follow_changes_nothing_and_says_why() {
    let (world, _) = play("given x\n when start");
    let mut state = world.state.clone();
    let stranger = Fact::AttemptQueued {
        node: node_id("stranger"),
        run: None,
    };
    let corrupt = apply(&mut state, &stranger).unwrap_err().to_string();
    assert!(
        corrupt.contains("stranger:linux-x86_64 is not in the plan"),
        "{corrupt}"
    );
    let again = Fact::Planned {
        spec: Box::new(state.spec().unwrap().clone()),
        at: AT,
    };
    let corrupt = apply(&mut state, &again).unwrap_err().to_string();
    assert!(corrupt.contains("planned twice"), "{corrupt}");
    let rumour = Fact::StageFailed { stage: Stage::Draft };
    let corrupt = apply(&mut state, &rumour).unwrap_err().to_string();
    assert!(
        corrupt.contains("stage_failed cannot follow while the release is planned"),
        "{corrupt}"
    );
    let early = Fact::NodeFailed { node: node_id("x") };
    let corrupt = apply(&mut state, &early).unwrap_err().to_string();
    assert!(
        corrupt.contains("node_failed cannot follow while x:linux-x86_64 is waiting"),
        "{corrupt}"
    );
    assert_eq!(state, world.state);
}
