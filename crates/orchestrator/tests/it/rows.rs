//! Rows that contradict each other, the plan or the header make no state: each is refused by name.

use crate::plans::{self, failure, node_id, output_of};
use crate::story::play;
use domain_types::{CommandId, NodeId, Timestamp};
use orchestrator::{
    Attempt, AttemptOutcome, BuildState, FailureKind, Graph, Header, Node, Phase, Policy, ReleaseSpec, State,
};

/// What is stored of a release.
#[derive(Clone)]
struct Rows {
    spec: ReleaseSpec,
    header: Header,
    nodes: Vec<(NodeId, Node)>,
}

impl Rows {
    fn of(story: &str) -> Rows {
        let (world, _) = play(story);
        let state = &world.state;
        Rows {
            spec: state.spec().unwrap().clone(),
            header: state.header().clone(),
            nodes: state
                .nodes()
                .map(|(spec, node)| (spec.id.clone(), node.clone()))
                .collect(),
        }
    }

    fn node(&mut self, name: &str) -> &mut Node {
        let found = self.nodes.iter_mut().find(|(id, _)| *id == node_id(name));
        &mut found.unwrap().1
    }

    /// Why they make no state; nothing if they do.
    fn refused(&self) -> Option<String> {
        let Rows { spec, header, nodes } = self.clone();
        let state = State::from_rows(spec, header, nodes, 7);
        state.err().map(|corrupt| corrupt.to_string())
    }
}

/// One change of what a story leaves, and what is said of it.
type Row = (&'static str, fn(&mut Rows), Option<&'static str>);

fn check(story: &str, rows: &[Row]) {
    assert_eq!(Rows::of(story).refused(), None, "{story}");
    for (what, change, because) in rows {
        let mut rows = Rows::of(story);
        change(&mut rows);
        let refused = rows.refused();
        match because {
            Some(because) => {
                let refused = refused.unwrap_or_else(|| panic!("{what}: accepted"));
                assert!(refused.contains(because), "{what}: {refused}");
            }
            None => assert_eq!(refused, None, "{what}"),
        }
    }
}

fn attempt(number: u32, outcome: Option<AttemptOutcome>) -> Attempt {
    let release = plans::other_release("0.0.1");
    Attempt {
        number,
        command: CommandId::new(&release, 1, 0),
        requested: Timestamp::EPOCH,
        started: None,
        ended: outcome.as_ref().map(|_| Timestamp::EPOCH),
        outcome,
        run: None,
    }
}

fn failed() -> Option<AttemptOutcome> {
    Some(AttemptOutcome::Failed {
        failure: failure(FailureKind::Network),
    })
}

/// `x` waits for `a`, which is requested.
const WAITING: &str = "given a\n given x needs a\n when start\n when sources done";

const TOO_EARLY: Option<&str> = Some("E2 of x:linux-x86_64: it began before everything it needs was there");
const DISAGREE: Option<&str> = Some("E3 of x:linux-x86_64: open attempt and state disagree");
const OUTPUT: Option<&str> = Some("E4 of x:linux-x86_64: output and state disagree");
const TOO_OFTEN: Option<&str> = Some("E3 of x:linux-x86_64: more failures than attempts are allowed");

#[test]
fn a_node_begins_only_after_all_that_it_needs() {
    check(
        WAITING,
        &[
            (
                "in flight",
                |rows| {
                    let x = rows.node("x");
                    x.state = BuildState::Requested;
                    x.attempts.push(attempt(1, None));
                },
                TOO_EARLY,
            ),
            (
                "succeeded",
                |rows| {
                    let x = rows.node("x");
                    x.state = BuildState::Succeeded;
                    x.attempts.push(attempt(1, Some(AttemptOutcome::Succeeded)));
                    x.output = Some(output_of(&node_id("x")));
                    rows.header.unsettled -= 1;
                },
                TOO_EARLY,
            ),
            (
                "failed",
                |rows| {
                    let x = rows.node("x");
                    x.state = BuildState::Failed;
                    x.failures = 1;
                    x.attempts.push(attempt(1, failed()));
                    rows.header.unsettled -= 1;
                    rows.header.blocking += 1;
                },
                TOO_EARLY,
            ),
            (
                "skipped",
                |rows| {
                    rows.node("x").state = BuildState::Skipped;
                    rows.header.unsettled -= 1;
                    rows.header.blocking += 1;
                },
                None,
            ),
        ],
    );
}

#[test]
fn attempts_are_numbered_and_only_the_newest_is_open() {
    let numbers = Some("E3 of x:linux-x86_64: its attempts are not numbered from 1");
    let earlier = Some("E3 of x:linux-x86_64: an attempt other than the newest is open");
    check(
        "given x\n when start\n when sources done",
        &[
            ("from 2", |rows| rows.node("x").attempts[0].number = 2, numbers),
            ("from 0", |rows| rows.node("x").attempts[0].number = 0, numbers),
            (
                "1, 1",
                |rows| {
                    let ended = attempt(1, Some(AttemptOutcome::Interrupted));
                    rows.node("x").attempts.insert(0, ended);
                },
                numbers,
            ),
            (
                "two open",
                |rows| rows.node("x").attempts.push(attempt(2, None)),
                earlier,
            ),
            (
                "the first ended",
                |rows| {
                    rows.node("x").attempts[0].outcome = Some(AttemptOutcome::Interrupted);
                    rows.node("x").attempts.push(attempt(2, None));
                },
                None,
            ),
        ],
    );
}

#[test]
fn a_node_is_in_flight_exactly_while_its_newest_attempt_is_open() {
    let end = |rows: &mut Rows| rows.node("x").attempts[0].outcome = Some(AttemptOutcome::Interrupted);
    check(
        "given x\n when start\n when sources done\n when x#1 starts",
        &[
            ("ended and running", end, DISAGREE),
            (
                "none and running",
                |rows| rows.node("x").attempts.clear(),
                DISAGREE,
            ),
            (
                "open and waiting",
                |rows| rows.node("x").state = BuildState::Waiting,
                DISAGREE,
            ),
            (
                "open and requested",
                |rows| rows.node("x").state = BuildState::Requested,
                None,
            ),
            (
                "open and queued",
                |rows| rows.node("x").state = BuildState::Queued,
                None,
            ),
        ],
    );
}

#[test]
fn whoever_succeeded_has_an_output_and_nobody_else() {
    check(
        "given x\n given y\n when start\n when sources done\n when x#1 succeeds",
        &[
            ("no output", |rows| rows.node("x").output = None, OUTPUT),
            ("reused", |rows| rows.node("x").state = BuildState::Reused, None),
            (
                "failed with an output",
                |rows| {
                    rows.node("x").state = BuildState::Failed;
                    rows.header.blocking += 1;
                },
                OUTPUT,
            ),
            (
                "waiting with an output",
                |rows| {
                    rows.node("x").state = BuildState::Waiting;
                    rows.header.unsettled += 1;
                },
                OUTPUT,
            ),
        ],
    );
}

#[test]
fn failures_are_attempts_that_failed_and_no_more_than_allowed() {
    check(
        "given x\n when start\n when sources done\n when x#1 fails compile_error",
        &[
            ("as many as failed", |rows| rows.node("x").failures = 0, None),
            ("more than failed", |rows| rows.node("x").failures = 2, TOO_OFTEN),
            (
                "as many as allowed",
                |rows| {
                    let x = rows.node("x");
                    x.attempts.extend([2, 3].map(|number| attempt(number, failed())));
                    x.failures = 3;
                },
                None,
            ),
            (
                "more than allowed",
                |rows| {
                    let x = rows.node("x");
                    x.attempts
                        .extend([2, 3, 4].map(|number| attempt(number, failed())));
                    x.failures = 4;
                },
                TOO_OFTEN,
            ),
            (
                "an interruption counted",
                |rows| {
                    let x = rows.node("x");
                    x.attempts
                        .insert(0, attempt(1, Some(AttemptOutcome::Interrupted)));
                    x.attempts[1].number = 2;
                    x.failures = 2;
                },
                TOO_OFTEN,
            ),
        ],
    );
}

#[test]
fn the_counts_of_the_header_are_those_of_the_nodes() {
    let unsettled = Some("H2 of the release: the count of unsettled nodes is wrong");
    let blocking = Some("H2 of the release: the count of blocking nodes is wrong");
    check(
        "given x\n given y\n given z optional\n when start\n when sources done\n when x#1 fails compile_error
         when z#1 fails compile_error",
        &[
            ("one more open", |rows| rows.header.unsettled += 1, unsettled),
            ("one less open", |rows| rows.header.unsettled -= 1, unsettled),
            ("one more blocks", |rows| rows.header.blocking += 1, blocking),
            ("one less blocks", |rows| rows.header.blocking -= 1, blocking),
            (
                "the optional one is required",
                |rows| {
                    let specs = &mut rows.spec.nodes;
                    specs.iter_mut().for_each(|spec| spec.optional = false);
                },
                blocking,
            ),
        ],
    );
}

#[test]
fn nothing_goes_past_building_with_a_node_open_or_blocking() {
    let past = "E4 of the release: it went past building with nodes open or blocking";
    let late = [
        Phase::Collecting,
        Phase::Verifying,
        Phase::AwaitingSignatures,
        Phase::Drafted,
        Phase::Published,
    ];
    let open = Rows::of("given x\n given y\n when start\n when sources done\n when x#1 succeeds");
    let blocking = Rows::of(
        "given x\n given y\n when start\n when sources done\n when x#1 succeeds\n when y#1 fails lock",
    );
    let mut blocking = blocking;
    blocking.node("y").state = BuildState::Failed;
    blocking.node("y").retry = None;
    blocking.header.unsettled = 0;
    blocking.header.blocking = 1;
    assert_eq!(blocking.refused(), None);
    for mut rows in [open, blocking] {
        rows.header.verified = true;
        rows.header.drafted = true;
        for phase in &late {
            rows.header.phase = phase.clone();
            assert!(rows.refused().unwrap().contains(past), "{phase}");
            rows.header.phase = Phase::Paused {
                from: Box::new(phase.clone()),
            };
            let behind_a_pause = *phase != Phase::Published;
            assert_eq!(rows.refused().is_some(), behind_a_pause, "{phase}, paused");
        }
        rows.header.phase = Phase::Cancelled;
        assert_eq!(rows.refused(), None);
    }
}

#[test]
fn what_is_published_was_verified_and_drafted() {
    let unverified = Some("E4 of the release: it is published unverified");
    check(
        "given x\n when start\n when sources done\n when x#1 succeeds\n when collect done A\n when verify done A
         when draft done A\n when publish done A",
        &[
            ("unverified", |rows| rows.header.verified = false, unverified),
            ("without a draft", |rows| rows.header.drafted = false, unverified),
            (
                "drafted, unverified",
                |rows| {
                    rows.header.phase = Phase::Drafted;
                    rows.header.verified = false;
                },
                None,
            ),
        ],
    );
}

#[test]
fn every_node_of_the_plan_has_one_row() {
    check(
        WAITING,
        &[
            (
                "missing",
                |rows| drop(rows.nodes.pop()),
                Some("no row for x:linux-x86_64"),
            ),
            (
                "twice",
                |rows| rows.nodes.push(rows.nodes[0].clone()),
                Some("two rows for a:linux-x86_64"),
            ),
            (
                "foreign",
                |rows| rows.nodes[0].0 = node_id("stranger"),
                Some("a row for stranger:linux-x86_64, not in the plan"),
            ),
        ],
    );
}

#[test]
fn a_plan_has_as_many_nodes_as_allowed_and_before_it_there_is_none() {
    let one = plans::node("r", &[]);
    let named = (0..=Graph::NODES_MAX).map(|place| {
        let mut node = one.clone();
        node.id.repository = format!("r{place}").parse().unwrap();
        node
    });
    let mut spec = plans::plan(named.collect(), Policy::default());
    let refused = |spec: &ReleaseSpec| Graph::of(spec).unwrap_err().to_string();
    assert!(refused(&spec).contains("100001 nodes, expected 1 to 100000"));
    spec.nodes.pop();
    let most = Graph::of(&spec).unwrap();
    assert_eq!((most.len(), most.is_empty()), (Graph::NODES_MAX, false));
    spec.nodes.clear();
    assert!(refused(&spec).contains("0 nodes, expected 1 to 100000"));
    assert!(State::unplanned().graph().is_empty());
}

/// Headers of before did not say whether publishing was ever begun; what does say it then is the rest of the header.
#[test]
fn what_a_header_of_before_does_not_say_of_publishing_follows_from_the_rest() {
    let drafted = "given consensus\n when start\n when sources done\n when consensus#1 succeeds\n when collect done A\n when verify done A\n";
    let ends = [
        (" when draft fails network", false),
        (" when draft done A", true),
        (" when draft done A\n when publish fails network", true),
        (" when draft done A\n when publish fails verification", true),
        (
            " when draft done A\n when pause\n when publish fails network",
            true,
        ),
        (" when draft done A\n when publish done A", true),
        (" when draft done A\n when publish done A\n when withdraw", true),
    ];
    for (end, expected) in ends {
        let Rows { spec, header, nodes } = Rows::of(&format!("{drafted}{end}"));
        assert_eq!(header.may_be_public, expected, "{end}: as it is decided now");
        let before = Header {
            may_be_public: false,
            ..header
        };
        let state = State::from_rows(spec, before, nodes, 7).unwrap();
        assert_eq!(state.header().may_be_public, expected, "{end}: as it was stored");
    }
    let rehearsed = Rows::of(&format!("given rehearsal\n{drafted} when draft done A"));
    assert!(!rehearsed.header.may_be_public);
}
