//! What a verdict costs alone: facts in, a tree of findings out.

use crate::Bench;
use crate::clock::timed;
use crate::figure::{Figure, Found, Target};
use crate::samples::{Samples, microseconds};
use anyhow::{Result, anyhow, ensure};
use domain_types::Timestamp;
use governance_rules::{
    Change, Outcome, PullRequestFacts, ReviewClock, Ruleset, Subject, evaluate, read_ruleset,
};
use std::collections::BTreeSet;

/// Files of the change: one of few, and one of many.
const FILES: [usize; 2] = [10, 300];
/// Microseconds that a decision about a common change may take.
const MICROSECONDS_MAX: f64 = 50.0;
/// Verdicts in a run, and runs.
const VERDICTS: u32 = 2_000;
const RUNS: usize = 15;

pub(super) fn measure(bench: &Bench, found: &mut Found) -> Result<()> {
    let rules = rules(bench)?;
    for files in FILES {
        let facts = facts(files)?;
        let verdict = evaluate(&rules, &facts);
        ensure!(
            verdict.outcome == Outcome::Pending,
            "a change that nobody signed is not pending: {}",
            verdict.description()
        );
        let mut times = Vec::new();
        for _ in 0..RUNS {
            let (verdicts, elapsed) = timed(|| {
                (0..VERDICTS)
                    .map(|_| evaluate(&rules, &facts))
                    .filter(|verdict| verdict.outcome == Outcome::Pending)
                    .count()
            });
            ensure!(
                verdicts == usize::try_from(VERDICTS)?,
                "a verdict differed from the others"
            );
            times.push(microseconds(elapsed) / f64::from(VERDICTS));
        }
        let figure = Figure::new(
            format!("a verdict over {files} files, alone"),
            "µs",
            Samples::new(times),
        );
        found.add(match files {
            10 => figure.aims(Target::AtMost(MICROSECONDS_MAX)),
            _ => figure,
        });
    }
    Ok(())
}

fn rules(bench: &Bench) -> Result<Ruleset> {
    let mut files = runtime::read_rules_folder(&bench.root.join("fixtures/governance/well"))?;
    // It asks every change of the node for facts that are not given here.
    files.remove("config/cross-layer-rules.yml");
    read_ruleset(&files).map_err(|errors| anyhow!("{errors:?}"))
}

/// A change of the node that nobody has signed: everything is weighed, nothing is cut short.
fn facts(files: usize) -> Result<PullRequestFacts> {
    let at = Timestamp::from_seconds(1_764_000_000);
    let paths = (0..files).map(|number| format!("docs/part-{}/page-{number}.md", number % 7));
    Ok(PullRequestFacts {
        observed_at: at.plus_seconds(86_400),
        subject: Subject {
            forge: "github.com".to_owned(),
            repository_id: 1,
            owner: "atlas".to_owned(),
            repository: "atlas-node".parse()?,
            number: 1,
            base_ref: "refs/heads/main".to_owned(),
            head_sha: "a".repeat(40).parse()?,
            head_tree: "b".repeat(40).parse()?,
        },
        author: "contributor".parse().ok(),
        is_draft: false,
        change: Change::of_paths(paths),
        clock: ReviewClock {
            opened_at: at,
            ready_at: None,
            reopened_at: None,
            retargeted_at: None,
            pushes: Vec::new(),
        },
        checks: Vec::new(),
        approvals: Vec::new(),
        holds: Vec::new(),
        companions: Vec::new(),
        references: Vec::new(),
        pushers: BTreeSet::new(),
        emergency: None,
        lowering: None,
        removed: BTreeSet::new(),
        runs: Vec::new(),
        attestations: Vec::new(),
    })
}
