//! Verdicts rule by rule: what is said, what is missing, who can give it, what to type, when it turns.

use super::{rules, well};
use crate::{
    Change, CheckFact, CheckState, Hold, Outcome, PullRequestFacts, Push, PushEffect, ReviewClock, Subject,
    Verdict, evaluate,
};
use domain_types::Timestamp;
use expect_test::{Expect, expect};
use std::collections::BTreeSet;

pub(super) fn time(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// A change of the node's documentation, opened on the first of March, looked at on the second.
pub(super) fn facts() -> PullRequestFacts {
    let id = |digit: &str| digit.repeat(40);
    PullRequestFacts {
        observed_at: time("2026-03-02T00:00:00Z"),
        subject: Subject {
            forge: "github.com".to_owned(),
            repository_id: 1_296_269,
            owner: "atlas".to_owned(),
            repository: "atlas-node".parse().unwrap(),
            number: 42,
            base_ref: "refs/heads/main".to_owned(),
            head_sha: id("a").parse().unwrap(),
            head_tree: id("b").parse().unwrap(),
        },
        author: Some("atlas-gus".parse().unwrap()),
        is_draft: false,
        change: Change::of_paths(["docs/a.md"]),
        clock: ReviewClock {
            opened_at: time("2026-03-01T00:00:00Z"),
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
        removed: Default::default(),
        runs: Vec::new(),
        attestations: Vec::new(),
        lowering: None,
    }
}

/// The verdict by the rules that nothing is wrong with, and these settings.
fn judged(settings: &str, facts: &PullRequestFacts) -> Verdict {
    let mut files = well();
    if !settings.is_empty() {
        files.insert("config/pull-requests.yml".to_owned(), settings.to_owned());
    }
    evaluate(&rules(&files), facts)
}

/// What the rule of this name says, with everything below it.
fn says(rule: &str, settings: &str, facts: &PullRequestFacts, expected: &Expect) {
    let verdict = judged(settings, facts);
    let tree = verdict.tree();
    let mut said = String::new();
    let mut is_it = false;
    for line in tree.lines().skip(1) {
        let depth = line.len() - line.trim_start().len();
        let names = line.trim_start().split_once(' ').map_or("", |(_, rest)| rest);
        if depth == 2 && !line.trim_start().starts_with(['m', 'r', 't']) {
            is_it = names.starts_with(&format!("{rule}:"));
        }
        if is_it {
            said.push_str(line.strip_prefix("  ").unwrap_or(line).trim_end());
            said.push('\n');
        }
    }
    expected.assert_eq(&said);
}

/// A review of fourteen days that began with the opening.
fn from_the_opening() -> Expect {
    expect![[r#"
        pending review period: 14 days since it was opened (2026-03-01T00:00:00.000Z) end 2026-03-15T00:00:00.000Z
          missing: time, until 2026-03-15T00:00:00.000Z
          from: nobody: it only takes time
          type: /governance-status
          turns: by itself at 2026-03-15T00:00:00.000Z
          rule: Layer 3 (config/repository-layers.yml:21:25)
          rule: atlas-node (config/repos/atlas-node.yml:3:21)
    "#]]
}

/// The same, from a push at noon.
fn from_the_push() -> Expect {
    expect![[r#"
        pending review period: 14 days since the last push that changed it (2026-03-01T12:00:00.000Z) end 2026-03-15T12:00:00.000Z
          missing: time, until 2026-03-15T12:00:00.000Z
          from: nobody: it only takes time
          type: /governance-status
          turns: by itself at 2026-03-15T12:00:00.000Z
          rule: Layer 3 (config/repository-layers.yml:21:25)
          rule: atlas-node (config/repos/atlas-node.yml:3:21)
    "#]]
}

#[test]
fn a_review_lasts_from_the_opening() {
    says("review period", "", &facts(), &from_the_opening());
}

/// The same, with a push at noon.
fn pushed(effect: PushEffect) -> PullRequestFacts {
    let mut facts = facts();
    facts.clock.pushes = vec![Push {
        at: time("2026-03-01T12:00:00Z"),
        head: facts.subject.head_sha.clone(),
        effect,
    }];
    facts
}

#[test]
fn a_push_that_changed_something_begins_the_review_anew_and_another_does_not() {
    for (effect, expected) in [
        (PushEffect::SameChange, from_the_opening()),
        (PushEffect::OtherChange, from_the_push()),
        (PushEffect::Undecidable, from_the_push()),
    ] {
        says("review period", "", &pushed(effect), &expected);
    }
}

#[test]
fn the_rules_say_which_pushes_begin_the_review_anew_and_how_long_it_is_quiet_after_the_last() {
    let same = pushed(PushEffect::SameChange);
    says(
        "review period",
        "review_clock: {restart: any_push}",
        &same,
        &from_the_push(),
    );
    let other = pushed(PushEffect::OtherChange);
    says(
        "review period",
        "review_clock: {restart: never}",
        &other,
        &from_the_opening(),
    );
    let quiet = "review_clock: {quiet_days_after_last_push: 20}";
    says(
        "review period",
        quiet,
        &same,
        &expect![[r#"
            pending review period: time to look at it
              rule: Layer 3 (config/repository-layers.yml:21:25)
              rule: atlas-node (config/repos/atlas-node.yml:3:21)
              pending review period: 14 days since it was opened (2026-03-01T00:00:00.000Z) end 2026-03-15T00:00:00.000Z
                missing: time, until 2026-03-15T00:00:00.000Z
                from: nobody: it only takes time
                type: /governance-status
                turns: by itself at 2026-03-15T00:00:00.000Z
              pending quiet days: 20 days since the last push (2026-03-01T12:00:00.000Z) end 2026-03-21T12:00:00.000Z
                missing: time, until 2026-03-21T12:00:00.000Z
                from: nobody: it only takes time
                type: /governance-status
                turns: by itself at 2026-03-21T12:00:00.000Z
        "#]],
    );
}

#[test]
fn the_last_of_opening_readiness_reopening_and_retargeting_counts() {
    for set in [
        (|clock: &mut ReviewClock, at| clock.ready_at = Some(at)) as fn(&mut ReviewClock, Timestamp),
        |clock, at| clock.reopened_at = Some(at),
        |clock, at| clock.retargeted_at = Some(at),
    ] {
        let mut facts = facts();
        set(&mut facts.clock, time("2026-03-01T20:00:00Z"));
        let turns_at = judged("", &facts).turns_at;
        assert_eq!(turns_at, Some(time("2026-03-15T20:00:00Z")));
    }
}

#[test]
fn a_review_is_over_at_the_due_second_and_not_before() {
    for (now, outcome) in [
        ("2026-03-14T23:59:59.999Z", "pending"),
        ("2026-03-15T00:00:00Z", "success"),
    ] {
        let mut facts = facts();
        facts.observed_at = time(now);
        let verdict = judged("", &facts);
        let ruling = verdict
            .rulings
            .iter()
            .find(|ruling| ruling.rule == "review period");
        assert_eq!(ruling.unwrap().outcome.as_str(), outcome, "{now}");
    }
}

#[test]
fn a_clock_that_is_behind_github_is_an_error_and_no_success() {
    let mut facts = facts();
    facts.clock.opened_at = time("2026-03-02T00:01:01Z");
    says(
        "review period",
        "",
        &facts,
        &expect![[r#"
            error review period: GitHub says 2026-03-02T00:01:01.000Z, and here it is 2026-03-02T00:00:00.000Z: one of the clocks is wrong
              missing: a clock that is right
              from: whoever runs this server
              type: timedatectl timesync-status
              turns: by itself at 2026-03-02T00:00:01.000Z
        "#]],
    );
}

/// A check of every repository, and one of another.
const CHECKS: &str =
    "required_checks: [{name: build, app_id: 15368}, {name: other, app_id: 1, repositories: [atlas-kit]}]";

/// With a check that is called `build`.
fn checked(app: Option<u64>, state: CheckState) -> PullRequestFacts {
    let mut facts = facts();
    facts.checks = vec![CheckFact {
        name: "build".to_owned(),
        app,
        state,
    }];
    facts
}

#[test]
fn a_required_check_counts_by_its_app_on_the_head_alone() {
    says(
        "checks",
        CHECKS,
        &facts(),
        &expect![[r#"
            pending checks: checks that must pass on the head
              pending check: build of App 15368 is not there yet
                missing: a run of build of App 15368 on the head
                from: App 15368
                type: https://github.com/atlas/atlas-node/pull/42/checks
                turns: as soon as it is given
                rule: required_checks (config/pull-requests.yml:1:26)
        "#]],
    );
    says(
        "checks",
        CHECKS,
        &checked(Some(15368), CheckState::Passed),
        &expect![[r#"
              success checks: checks that must pass on the head
                success check: build of App 15368 passed
                  rule: required_checks (config/pull-requests.yml:1:26)
        "#]],
    );
    says(
        "checks",
        CHECKS,
        &checked(Some(15368), CheckState::Running),
        &expect![[r#"
            pending checks: checks that must pass on the head
              pending check: build of App 15368 is not finished
                missing: the end of build of App 15368 on the head
                from: App 15368
                type: https://github.com/atlas/atlas-node/pull/42/checks
                turns: as soon as it is given
                rule: required_checks (config/pull-requests.yml:1:26)
        "#]],
    );
}

#[test]
fn a_required_check_that_failed_or_that_somebody_else_ran_is_none() {
    says(
        "checks",
        CHECKS,
        &checked(Some(15368), CheckState::Failed),
        &expect![[r#"
            failure checks: checks that must pass on the head
              failure check: build of App 15368 did not pass
                missing: a successful run of build of App 15368 on the head
                from: atlas-gus, whoever may write to the repository
                type: https://github.com/atlas/atlas-node/pull/42/checks
                turns: as soon as it is given
                rule: required_checks (config/pull-requests.yml:1:26)
        "#]],
    );
    says(
        "checks",
        CHECKS,
        &checked(Some(1), CheckState::Passed),
        &expect![[r#"
            pending checks: checks that must pass on the head
              pending check: build of App 15368 is not there yet
                missing: a run of build of App 15368 on the head
                from: App 15368
                type: https://github.com/atlas/atlas-node/pull/42/checks
                turns: as soon as it is given
                rule: required_checks (config/pull-requests.yml:1:26)
        "#]],
    );
    says(
        "checks",
        CHECKS,
        &checked(None, CheckState::Passed),
        &expect![[r#"
            pending checks: checks that must pass on the head
              pending check: build of App 15368 is not there yet
                missing: a run of build of App 15368 on the head
                from: App 15368
                type: https://github.com/atlas/atlas-node/pull/42/checks
                turns: as soon as it is given
                rule: required_checks (config/pull-requests.yml:1:26)
        "#]],
    );
}

#[test]
fn a_draft_waits() {
    let mut facts = facts();
    facts.is_draft = true;
    says(
        "draft",
        "",
        &facts,
        &expect![[r#"
            pending draft: it is a draft
              missing: that the pull request is marked as ready for review
              from: atlas-gus
              type: https://github.com/atlas/atlas-node/pull/42
              turns: as soon as it is given
        "#]],
    );
}

#[test]
fn nothing_is_merged_in_a_freeze_but_emergencies() {
    let settings = "freeze_windows: [{name: Spring, from: 2026-03-01, until: 2026-03-03T12:00:00Z}]";
    says(
        "freeze",
        settings,
        &facts(),
        &expect![[r#"
            pending freeze: nothing is merged during Spring, until 2026-03-03T12:00:00.000Z
              missing: the end of Spring
              from: nobody: it only takes time
              type: /governance-status
              turns: by itself at 2026-03-03T12:00:00.000Z
              rule: freeze_windows (config/pull-requests.yml:1:25)
        "#]],
    );
    let mut emergency = facts();
    emergency.change.emergency = Some("tier_1_critical".parse().unwrap());
    let of_no_use = judged(settings, &emergency);
    assert!(
        of_no_use
            .rulings
            .iter()
            .any(|ruling| ruling.rule == "freeze" && ruling.outcome == Outcome::Pending)
    );
    emergency.change.paths = Change::of_paths(["hotfix/a.rs"]).paths;
    says(
        "freeze",
        settings,
        &emergency,
        &expect![[r#"
              success freeze: Spring: an activated emergency is merged all the same
        "#]],
    );
    let mut after = facts();
    after.observed_at = time("2026-03-03T12:00:00Z");
    says("freeze", settings, &after, &expect![[""]]);
    let elsewhere =
        "freeze_windows: [{name: Spring, from: 2026-03-01, until: 2026-03-03, repositories: [atlas-kit]}]";
    says("freeze", elsewhere, &facts(), &expect![[""]]);
}

#[test]
fn a_maintainer_may_hold_it_for_so_long_and_nobody_else() {
    let held_by = |login: &str| {
        let mut facts = facts();
        facts.holds = vec![Hold {
            by: login.parse().unwrap(),
            since: time("2026-03-01T00:00:00Z"),
            reason: "let me look\nat it".to_owned(),
        }];
        facts
    };
    says(
        "holds",
        "",
        &held_by("Atlas-Ada"),
        &expect![[r#"
            pending holds: a maintainer asked to wait
              pending hold: atlas-ada holds it until 2026-03-15T00:00:00.000Z: let me look\nat it
                missing: that atlas-ada lets it go, or that the hold runs out
                from: atlas-ada
                type: /governance-hold off
                turns: by itself at 2026-03-15T00:00:00.000Z
        "#]],
    );
    says("holds", "", &held_by("atlas-ivy"), &expect![[""]]);
    says(
        "holds",
        "holds: {days_max: 1}",
        &held_by("atlas-ada"),
        &expect![[""]],
    );
}

#[test]
fn a_repository_that_no_file_names_is_not_governed_unless_the_rules_say_so() {
    let mut facts = facts();
    facts.subject.repository = "elsewhere".parse().unwrap();
    let outcome = |settings| judged(settings, &facts).outcome.as_str();
    assert_eq!(outcome(""), "not_governed");
    assert_eq!(outcome("unknown_repositories: ignore"), "not_governed");
    assert_eq!(outcome("unknown_repositories: block"), "error");
}

#[test]
fn a_description_fits_the_status_whatever_is_wrong() {
    let mut facts = facts();
    facts.is_draft = true;
    facts.holds = (0..20)
        .map(|_| Hold {
            by: "atlas-ada".parse().unwrap(),
            since: time("2026-03-01T00:00:00Z"),
            reason: "\u{1f600}".repeat(500),
        })
        .collect();
    let description = judged("", &facts).description();
    assert_eq!(description.chars().count(), 140);
}

#[test]
fn what_nobody_can_judge_holds_back_whoever_is_asked_for_it() {
    let mut files = well();
    let cross = files.get_mut("config/cross-layer-rules.yml").unwrap();
    *cross = cross.replace("references_latest_version", "refers_to_it");
    let verdict = evaluate(&rules(&files), &facts());
    assert_eq!(verdict.outcome, Outcome::Error);
    let tree = verdict.tree();
    assert!(
        tree.contains("`refers_to_it` is no check between repositories"),
        "{tree}"
    );
}

#[test]
fn a_change_of_the_rules_says_why() {
    let mut facts = facts();
    facts.change = Change::of_paths(["config/a.yml"]);
    facts.change.body = format!(
        "> {}\n<!--\n{}\n-->\nbecause",
        "quoted ".repeat(30),
        "hidden ".repeat(30)
    );
    says(
        "rationale",
        "",
        &facts,
        &expect![[r#"
            pending rationale: the text of the pull request does not say why
              missing: a reason of at least 100 characters in the text of the pull request
              from: atlas-gus
              type: https://github.com/atlas/atlas-node/pull/42
              turns: as soon as it is given
              rule: tiers.tier_5_governance.requires_rationale (config/action-tiers.yml:28:5)
        "#]],
    );
    facts.change.body = "we want it, and this is the reason for it. ".repeat(4);
    says(
        "rationale",
        "",
        &facts,
        &expect![[r#"
        success rationale: the text of the pull request says why
          rule: tiers.tier_5_governance.requires_rationale (config/action-tiers.yml:28:5)
    "#]],
    );
}
