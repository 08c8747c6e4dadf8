//! The story language: `given` lines make the plan, `when` lines happen, `then` lines must hold.
//!
//! ```text
//! given the family
//! given NODE [needs NODE...] [optional] [alone WORD] [path N] [queued SECONDS] [running SECONDS]
//! given WHO asks                 and so may not approve
//! given policy [attempts N] [budget N] [approvals N] [signatures N]
//! given rehearsal
//! given approval first
//! given follow-up NAME
//! given former way NAME...
//! when start | pause | resume | retry | cancel | withdraw | fall back | superseded by VERSION
//! when falls back by itself [late]   as of this revision, or of the one before
//! when former step N succeeds | fails
//! when WHO approves PLAN | WHO signs MANIFEST
//! when STAGE done [MANIFEST] | STAGE fails KIND
//! when NODE#ATTEMPT queued | starts | succeeds | reused | interrupted | queue-timeout | run-timeout | retry-due
//! when NODE#ATTEMPT fails KIND
//! when NODE#ATTEMPT waits for LABELS
//! when NODE#ATTEMPT found weakly
//! when N seconds pass            every timer due by then rings
//! when the rest builds           everything in flight succeeds, and what follows it
//! then PHASE | NODE STATE | budget N | nothing runs
//! ```

use crate::plans::{self, failure, manifest, node_id, output_of};
use crate::transcript;
use crate::world::World;
use domain_types::Sha256Digest;
use orchestrator::{
    Correlation, Event, FailureKind, NodeSpec, OwnApproval, Policy, ReleaseSpec, SeenRun, Stage,
};
use std::fmt::Write;

/// The family of the example organisation, with the longest remaining path of each.
const FAMILY: [&str; 6] = [
    "consensus path 4",
    "sdk path 2",
    "protocol path 3 needs consensus",
    "governance-app path 1 needs sdk",
    "node path 2 needs protocol consensus",
    "bllvm path 1 needs node",
];

/// Between the script of a story's file and its transcript.
const LINE: &str = "---\n";

/// Plays the story of a file and compares what was said with what the file says below the line.
pub(crate) fn check(path: &str) {
    let text = std::fs::read_to_string(path).unwrap();
    let (script, _) = text.split_once(LINE).unwrap();
    let (_, transcript) = play(script);
    expect_test::expect_file![path].assert_eq(&format!("{script}{LINE}{transcript}"));
}

/// Plays a story: the world at its end, and what was said on the way.
pub(crate) fn play(story: &str) -> (World, String) {
    let mut world = World::new();
    let mut transcript = String::new();
    let mut plan = plans::plan(Vec::new(), Policy::default());
    for line in story
        .lines()
        .map(str::trim)
        .filter(|line| !line.is_empty() && !line.starts_with('#'))
    {
        let words: Vec<&str> = line.split_whitespace().collect();
        match words[0] {
            "given" => given(&mut plan, &words[1..]),
            "when" => when(&mut world, &plan, &mut transcript, &line["when ".len()..]),
            "then" => assert!(
                holds(&world, &words[1..]),
                "not so: {line}\n{transcript}\n{:?}",
                world.state
            ),
            other => panic!("{other:?} begins no line of a story"),
        }
    }
    assert_eq!(
        world.replayed(),
        world.state,
        "the journal leads to the same state"
    );
    (world, transcript)
}

fn given(plan: &mut ReleaseSpec, words: &[&str]) {
    if words == ["the", "family"] {
        plan.nodes
            .extend(FAMILY.map(|line| given_node(&line.split(' ').collect::<Vec<_>>())));
        return;
    }
    if words == ["approval", "first"] {
        plan.policy.approval_first = true;
        return;
    }
    if words[0] == "rehearsal" {
        plan.policy.rehearsal = true;
        return;
    }
    if words[..words.len().min(2)] == ["former", "way"] {
        plan.former_way = words[2..].iter().map(|name| (*name).to_owned()).collect();
        return;
    }
    if words[0] == "follow-up" {
        plan.follow_ups.push(words[1].to_owned());
        return;
    }
    if words[0] == "policy" {
        for pair in words[1..].chunks(2) {
            let number = pair[1].parse().unwrap();
            match pair[0] {
                "attempts" => plan.policy.attempts_max = number,
                "budget" => plan.policy.retry_budget = number,
                "approvals" => plan.policy.approvals_required = number,
                "signatures" => plan.policy.signatures_required = number,
                other => panic!("no such policy: {other}"),
            }
        }
        return;
    }
    if let [who, "asks"] = words {
        plan.policy.own_approval = OwnApproval::Refused;
        plan.asked_by = Some((*who).to_owned()).filter(|who| who != "nobody");
        return;
    }
    plan.nodes.push(given_node(words));
}

fn given_node(words: &[&str]) -> NodeSpec {
    let mut spec = plans::node(words[0], &[]);
    let mut rest = words[1..].iter();
    let mut into_needs = false;
    while let Some(word) = rest.next() {
        let mut number = || rest.next().unwrap().parse().unwrap();
        match *word {
            "needs" => into_needs = true,
            "optional" => spec.optional = true,
            "alone" => spec.alone = rest.next().map(|word| (*word).to_owned()),
            "path" => spec.remaining_path = number(),
            "queued" => spec.queued_seconds_max = number(),
            "running" => spec.running_seconds_max = number(),
            name if into_needs => spec.needs.push(node_id(name)),
            other => panic!("not understood: {other}"),
        }
    }
    spec
}

fn when(world: &mut World, plan: &ReleaseSpec, transcript: &mut String, text: &str) {
    let words: Vec<&str> = text.split_whitespace().collect();
    match words[..] {
        ["falls", "back", "by", "itself", ref late @ ..] => {
            let seen = world.state.revision() - u64::from(*late == ["late"]);
            let event = Event::FallBack {
                actor: "configuration".to_owned(),
                at_revision: Some(seen),
            };
            happens(world, transcript, text, event);
        }
        [number, "seconds", "pass"] => pass(world, transcript, number.parse().unwrap()),
        ["the", "rest", "builds"] => {
            while let Some((node, attempt)) = world.in_flight().into_iter().next() {
                let output = output_of(&node);
                let text = format!("{}#{attempt} succeeds", plans::short(&node));
                happens(
                    world,
                    transcript,
                    &text,
                    Event::BuildSucceeded {
                        node,
                        attempt,
                        output,
                    },
                );
            }
        }
        _ => happens(world, transcript, text, event(plan, &words)),
    }
}

fn pass(world: &mut World, transcript: &mut String, seconds: u64) {
    let until = world.now.plus_seconds(seconds);
    while let Some(timer) = world.next_timer().filter(|timer| timer.due <= until).cloned() {
        world.now = timer.due;
        happens(
            world,
            transcript,
            &format!("timer {} rings", timer.key),
            timer.event,
        );
    }
    world.now = until;
}

fn happens(world: &mut World, transcript: &mut String, text: &str, event: Event) {
    writeln!(transcript, "{text}").unwrap();
    match world.take(event) {
        Ok(decision) => transcript.push_str(&transcript::of(world, &decision)),
        Err(refused) => writeln!(transcript, "    refused: {refused}").unwrap(),
    }
}

fn event(plan: &ReleaseSpec, words: &[&str]) -> Event {
    let actor = "operator".to_owned();
    match *words {
        ["start"] => Event::Start {
            spec: Box::new(plan.clone()),
        },
        ["pause"] => Event::Pause { actor },
        ["resume"] => Event::Resume { actor },
        ["retry"] => Event::Retry { actor },
        ["cancel"] => Event::Cancel { actor },
        ["withdraw"] => Event::Withdraw { actor },
        ["fall", "back"] => Event::FallBack {
            actor,
            at_revision: None,
        },
        ["former", "step", step, ended] => Event::FormerStepEnded {
            step: step.parse().unwrap(),
            succeeded: *ended == *"succeeds",
            detail: "run 7".to_owned(),
        },
        ["superseded", "by", version] => Event::Supersede {
            by: plans::other_release(version),
        },
        ["superseded", "by", "the", "same"] => Event::Supersede { by: plan.id.clone() },
        [who, "approves", word] => Event::Approve {
            actor: who.to_owned(),
            plan_digest: Sha256Digest::of(word.as_bytes()),
        },
        [who, "signs", word] => Event::Sign {
            actor: who.to_owned(),
            manifest: manifest(word),
        },
        [stage, "done"] => Event::StageDone {
            stage: from_word(stage),
            manifest: None,
        },
        [stage, "done", word] => Event::StageDone {
            stage: from_word(stage),
            manifest: Some(manifest(word)),
        },
        [name, "fails", kind] if !name.contains('#') => Event::StageFailed {
            stage: from_word(name),
            failure: failure(from_word(kind)),
        },
        [name, ref report @ ..] => build_event(name, report),
        [] => panic!("nothing happens"),
    }
}

fn build_event(name: &str, report: &[&str]) -> Event {
    let (name, attempt) = name
        .split_once('#')
        .unwrap_or_else(|| panic!("not understood: {name} {report:?}"));
    let (node, attempt) = (node_id(name), attempt.parse().unwrap());
    match report {
        ["queued"] => Event::BuildQueued {
            node,
            attempt,
            run: None,
        },
        ["found", "weakly"] => Event::BuildQueued {
            node,
            attempt,
            run: Some(SeenRun {
                correlation: Correlation::Weak,
                waits_for: Vec::new(),
                ..plans::seen_run("")
            }),
        },
        ["waits", "for", labels @ ..] => Event::BuildQueued {
            node,
            attempt,
            run: Some(plans::seen_run(&labels.join(" "))),
        },
        ["starts"] => Event::BuildStarted { node, attempt },
        ["succeeds"] => Event::BuildSucceeded {
            output: output_of(&node),
            node,
            attempt,
        },
        ["reused"] => Event::BuildReused {
            output: output_of(&node),
            node,
            attempt,
            from: plans::other_release("0.0.9"),
        },
        ["fails", kind] => Event::BuildFailed {
            node,
            attempt,
            failure: failure(from_word(kind)),
        },
        ["interrupted"] => Event::BuildInterrupted { node, attempt },
        ["queue-timeout"] => Event::QueueTimeout { node, attempt },
        ["run-timeout"] => Event::RunTimeout { node, attempt },
        ["retry-due"] => Event::RetryDue { node, attempt },
        other => panic!("not understood: {other:?}"),
    }
}

/// A stage or a kind of failure by its word in JSON.
fn from_word<T: serde::de::DeserializeOwned>(word: &str) -> T {
    serde_json::from_value(serde_json::Value::from(word)).unwrap_or_else(|error| panic!("{word}: {error}"))
}

fn holds(world: &World, words: &[&str]) -> bool {
    match *words {
        ["nothing", "runs"] => world.in_flight().is_empty(),
        ["budget", number] => world.state.header().budget_left.to_string() == number,
        [name, state] => world
            .state
            .node(&node_id(name))
            .is_some_and(|node| node.state.label() == state),
        [phase] => world.state.phase().label() == phase,
        _ => panic!("not understood: {words:?}"),
    }
}

/// Every stage and every kind has its word.
#[test]
fn the_language_knows_the_words_of_the_journal() {
    assert_eq!(from_word::<Stage>("collect"), Stage::Collect);
    assert_eq!(from_word::<FailureKind>("disk_full"), FailureKind::DiskFull);
}
