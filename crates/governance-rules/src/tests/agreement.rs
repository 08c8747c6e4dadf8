//! The evaluator against the naive one.

use super::generated::{Answer, change, org};
use super::naive::evaluate;
use crate::{Change, Ruleset, requirement};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, TestRunner};
use std::cell::Cell;

/// Changes that are asked about for each set of rules.
const CHANGES: u32 = 20;
/// Cases in every run of the suite; `GOVERNANCE_RULE_CASES` asks for another number.
const CASES: u32 = 4000;

fn answer(rules: &Ruleset, (letter, repository): (&str, usize), change: &Change) -> Answer {
    let name = format!("{letter}{}", repository + 1).parse().unwrap();
    let needed = requirement(rules, &name, change).unwrap();
    Answer {
        required: needed.required,
        total: needed.total,
        days: needed.review_days,
        keyholders: needed.keyholders,
        pool: needed.pool,
        satisfiable: needed.satisfiable,
    }
}

#[test]
#[allow(
    clippy::disallowed_methods,
    reason = "a campaign by hand asks for more cases than a run of the suite"
)]
fn both_evaluators_agree() {
    let asked = std::env::var("GOVERNANCE_RULE_CASES")
        .ok()
        .and_then(|cases| cases.parse().ok());
    let cases: u32 = asked.unwrap_or(CASES);
    let (compared, reachable) = (Cell::new(0_u32), Cell::new(0_u32));
    let changes = prop::collection::vec((select(&["r", "R"][..]), 0_usize..3, change()), CHANGES as usize);
    let mut runner = TestRunner::new(Config {
        cases: cases.div_ceil(CHANGES),
        failure_persistence: None,
        ..Config::default()
    });
    let outcome = runner.run(&(org(), changes), |(org, changes)| {
        let rules = org.rules();
        for (letter, repository, change) in &changes {
            let naive = evaluate(&org, *repository, change);
            prop_assert_eq!(
                &answer(&rules, (*letter, *repository), change),
                &naive,
                "{}{} {:?}",
                letter,
                repository + 1,
                change
            );
            compared.set(compared.get() + 1);
            reachable.set(reachable.get() + u32::from(naive.satisfiable));
        }
        Ok(())
    });
    if let Err(error) = outcome {
        panic!("{error}");
    }
    println!(
        "{} cases agree, {} of them satisfiable",
        compared.get(),
        reachable.get()
    );
    assert!(reachable.get() > 0);
}
