use super::*;
use crate::configuration::{Defaults, read_configuration};
use artifact_verify::RangeStart;
use expect_test::{Expect, expect};

fn configuration(further: &str) -> Configuration {
    let text = format!(
        "[governance]\nsource = 'acme/governance'\ngenesis_digest = '{}'\n{further}\n",
        "5".repeat(64)
    );
    let defaults = Defaults {
        runners: 1,
        platform: "linux-x86_64".parse().unwrap(),
    };
    read_configuration("app.toml", &text, &defaults).unwrap()
}

fn commit(name: char, landing: Landing) -> RangeCommit {
    RangeCommit {
        commit: name.to_string().repeat(40).parse().unwrap(),
        title: format!("Change \"{name}\""),
        pull_request: (landing != Landing::Pushed).then_some(12),
        landing,
        said: "said".to_owned(),
        signers: Vec::new(),
        more_signers: 0,
        is_dry_run: false,
    }
}

fn range(commits: Vec<RangeCommit>) -> ComponentRange {
    ComponentRange {
        repository: "node".parse().unwrap(),
        source: "acme/node".to_owned(),
        commit: "a".repeat(40).parse().unwrap(),
        since: Some(RangeStart {
            version: "0.1.0".parse().unwrap(),
            commit: "b".repeat(40).parse().unwrap(),
        }),
        untold: None,
        total: commits.len() as u64,
        lacking: 0,
        commits,
    }
}

fn told(configuration: &Configuration, tag: &str, range: ComponentRange) -> String {
    let channel = tag.parse::<domain_types::ReleaseVersion>().unwrap().channel();
    match refuse_ungoverned(configuration, (&tag.parse().unwrap(), channel), &[range]) {
        Ok(()) => "nothing".to_owned(),
        Err(PlanRefusal::No(why)) => format!("no: {why}"),
        Err(PlanRefusal::Unseen(why)) => format!("not yet: {why}"),
        Err(PlanRefusal::World(error)) => error.to_string(),
    }
}

const REQUIRED: &str = "release_requires_verdicts = true";

fn check(range: ComponentRange, expected: Expect) {
    expected.assert_eq(&told(&configuration(REQUIRED), "v0.2.0", range));
}

#[test]
fn only_a_production_release_is_held_up_and_only_where_that_is_configured() {
    let pushed = || range(vec![commit('c', Landing::Pushed)]);
    assert_eq!(told(&configuration(""), "v0.2.0", pushed()), "nothing");
    assert_eq!(told(&configuration(REQUIRED), "v0.2.0-rc.1", pushed()), "nothing");
    let ours = range(vec![commit('c', Landing::Governed)]);
    assert_eq!(told(&configuration(REQUIRED), "v0.2.0", ours), "nothing");
    check(
        pushed(),
        expect![[
            r#"no: v0.2.0 is of the production channel: let pull requests be judged before they are merged; look at what came in past them, and name the commits that may be released all the same, by their whole names, in `released_without_verdict` of [governance], then ask again. No green verdict stands behind everything that has come in since the last one: acme/node cccccccccccccccccccccccccccccccccccccccc "Change \"c\"" (said)"#
        ]],
    );
}

#[test]
fn what_the_gate_may_only_be_late_with_is_waited_for() {
    let late = told(
        &configuration(REQUIRED),
        "v0.2.0",
        range(vec![commit('c', Landing::Unwritten)]),
    );
    assert!(
        late.starts_with("not yet: ") && late.contains(&format!("acme/node {} of #12", "c".repeat(40))),
        "{late}"
    );
}

#[test]
fn commits_that_somebody_names_are_let_through_and_no_others() {
    let waived = configuration(&format!(
        "{REQUIRED}\nreleased_without_verdict = ['{}']",
        "c".repeat(40)
    ));
    let commits = |names: &[char]| {
        range(
            names
                .iter()
                .map(|name| commit(*name, Landing::PastTheGate))
                .collect(),
        )
    };
    assert_eq!(told(&waived, "v0.2.0", commits(&['c'])), "nothing");
    let said = told(&waived, "v0.2.0", commits(&['c', 'd']));
    assert!(
        said.contains("dddddddddd") && !said.contains("cccccccccc"),
        "{said}"
    );
}

#[test]
fn what_nobody_can_tell_is_no_yes() {
    let mut untold = range(Vec::new());
    untold.untold = Some("it is gone".to_owned());
    let said = told(&configuration(REQUIRED), "v0.2.0", untold);
    assert!(said.contains("aaaa: it is gone"), "{said}");
    let mut long = range(vec![commit('c', Landing::Governed)]);
    long.total = 400;
    let said = told(&configuration(REQUIRED), "v0.2.0", long);
    assert!(said.contains("aaaa: 399 more commits behind it"), "{said}");
    let many = "0123456789abcdef"
        .chars()
        .map(|name| commit(name, Landing::Pushed))
        .collect();
    let said = told(&configuration(REQUIRED), "v0.2.0", range(many));
    assert!(said.ends_with("; acme/node: and 13 more"), "{said}");
}

#[test]
fn what_has_no_beginning_or_no_end_of_the_telling_is_somebodys_deed() {
    let first = || {
        let mut first = range(Vec::new());
        first.since = None;
        first
    };
    let untold = || {
        let mut untold = range(Vec::new());
        untold.untold = Some("it is gone".to_owned());
        untold
    };
    let long = || {
        let mut long = range(vec![commit('c', Landing::Governed)]);
        long.total = 400;
        long
    };
    let waived = configuration(&format!(
        "{REQUIRED}\nreleased_without_verdict = ['{}']",
        "a".repeat(40)
    ));
    for (range, because) in [
        (
            first as fn() -> ComponentRange,
            "there is no earlier release of it",
        ),
        (untold, "it is gone"),
        (long, "399 more commits"),
    ] {
        let said = told(&configuration(REQUIRED), "v0.2.0", range());
        assert!(said.starts_with("no: ") && said.contains(because), "{said}");
        assert_eq!(told(&waived, "v0.2.0", range()), "nothing", "{because}");
    }
    assert_eq!(told(&configuration(""), "v0.2.0", first()), "nothing");
}

#[test]
fn of_what_was_not_asked_for_it_is_said_how_it_can_be() {
    let said = told(
        &configuration(REQUIRED),
        "v0.2.0",
        range(vec![commit('c', Landing::Unasked), commit('d', Landing::Pushed)]),
    );
    let expected = "acme/node: of 1 of these GitHub was not asked, for too many stand in no book: release a version at a commit in between \
                    first, so that fewer are left";
    assert!(said.contains(expected), "{said}");
}
