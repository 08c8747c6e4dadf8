//! What may never turn a verdict, played over pull requests that were drawn (invariant B10): taking something away never makes it green, and
//! a signature never takes the green away.

use super::verdict::{facts, time};
use super::{rules, well};
use crate::{
    Approval, Attestation, Change, CheckFact, CheckState, Companion, Hold, Lowering, LoweringVote, Outcome,
    PullRequestFacts, Push, PushEffect, Ruleset, RunFact, Verdict, evaluate, named,
};
use domain_types::Timestamp;
use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::strategy::ValueTree as _;
use proptest::test_runner::TestRunner;
use signatures::{PullRequestApproval, Scheme, SigningKey, Statement, Verified, verify};
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// Whoever signs: maintainers of the node, of the rules, keyholders, and somebody of whom no rule speaks.
const PEOPLE: [&str; 12] = [
    "atlas-ada",
    "atlas-ben",
    "atlas-finn",
    "atlas-gus",
    "atlas-hana",
    "atlas-cleo",
    "atlas-dov",
    "atlas-eve",
    "atlas-ivy",
    "atlas-jan",
    "atlas-kim",
    "stranger",
];
/// Settings, what stands in the node's own file beside, and whether time alone may take a green away.
const SETS: [(&str, &str, bool); 9] = [
    ("", "", false),
    (
        "required_checks: [{name: build, app_id: 1}]",
        "verification: {ci_workflow: verify.yml}\n",
        false,
    ),
    ("", "requires_security_audit: true\n", false),
    ("author_may_sign: true", "", false),
    ("signature_days_max: 25", "", true),
    (
        "freeze_windows: [{name: Spring, from: 2026-03-20, until: 2026-03-25}]",
        "",
        true,
    ),
    ("review_clock: {quiet_days_after_last_push: 9}", "", false),
    ("review_clock: {restart: any_push}", "", false),
    (
        "",
        "cross_layer_rules: [{if_changed: '**', then_require_update: 'atlas-kit/api/**'}]\n",
        false,
    ),
];
const PATHS: [&str; 5] = [
    "docs/a.md",
    "rpc/get.rs",
    "consensus/x.rs",
    "hotfix/a.rs",
    "src/wallet.rs",
];
/// What signers were told: maintainers, keyholders, days. The first asks for no more than the rules do anywhere.
const TOLD: [(&str, u32); 6] = [
    ("2-of-5", 3),
    ("4-of-5", 14),
    ("2-of-5", 40),
    ("2-of-5+1-of-3", 3),
    ("3-of-5+2-of-3", 30),
    ("2-of-5+2-of-3", 90),
];

static KEYS: LazyLock<Vec<SigningKey>> = LazyLock::new(|| {
    let secrets = (0..PEOPLE.len()).map(|person| {
        let mut secret = [0x5a; 32];
        secret[0] = u8::try_from(person).unwrap() + 1;
        secret
    });
    secrets
        .map(|secret| SigningKey::from_secret(Scheme::Bip340, secret).unwrap())
        .collect()
});

fn proof(person: usize, statement: &Statement) -> Verified {
    let text = KEYS[person].sign(statement).unwrap();
    verify(
        statement,
        &text,
        KEYS[person].public_key(),
        time("2026-03-02T00:00:00Z"),
    )
    .unwrap()
}

/// An approval of the node's or the rules' pull request by everybody, for everything that they may have been told.
static APPROVALS: LazyLock<BTreeMap<(bool, usize, usize), Approval>> = LazyLock::new(|| {
    let mut all = BTreeMap::new();
    for is_rules in [false, true] {
        for (told, (required, review_days)) in TOLD.iter().enumerate() {
            let subject = subject(is_rules).subject;
            let statement = PullRequestApproval {
                forge: "github.com".parse().unwrap(),
                repository_id: subject.repository_id,
                repository: format!("atlas/{}", subject.repository).parse().unwrap(),
                pull_request: subject.number,
                base_ref: "refs/heads/main".parse().unwrap(),
                head_sha: subject.head_sha,
                head_tree: subject.head_tree,
                tier: "tier_1_routine".parse().unwrap(),
                required: required.parse().unwrap(),
                review_days: *review_days,
            };
            for person in 0..PEOPLE.len() {
                let approval = Approval {
                    proof: proof(person, &Statement::Approval(statement.clone())),
                    statement: statement.clone(),
                    received_at: time("2026-03-02T00:00:00Z").plus_seconds(person as u64 * 86_400),
                };
                all.insert((is_rules, told, person), approval);
            }
        }
    }
    all
});

fn subject(is_rules: bool) -> PullRequestFacts {
    let mut facts = facts();
    facts.author = Some("atlas-hana".parse().unwrap());
    if is_rules {
        facts.subject.repository = "governance".parse().unwrap();
    }
    facts
}

/// The rules of a set, without somebody.
fn ruleset(set: usize, revoked: Option<usize>) -> Ruleset {
    let mut files = well();
    files.insert(
        "config/cross-layer-rules.yml".to_owned(),
        "rules: []\n".to_owned(),
    );
    let register = |key: &str, people: std::ops::Range<usize>, further: &[usize]| {
        let mut text = format!("{key}:\n");
        for person in people.chain(further.iter().copied()) {
            let status = if revoked == Some(person) {
                "retired"
            } else {
                "active"
            };
            let (login, key) = (PEOPLE[person], KEYS[person].public_key());
            text += &format!(
                "  - {{github: {login}, keys: [{{scheme: bip340, key: '{key}'}}], status: {status}}}\n"
            );
        }
        text
    };
    for (path, text) in [
        (
            "config/maintainers/layer-3.yml",
            register("maintainers", 0..5, &[]),
        ),
        (
            "config/maintainers/layer-0-1-2.yml",
            register("maintainers", 5..8, &[0, 1]),
        ),
        (
            "config/maintainers/emergency.yml",
            register("keyholders", 8..11, &[]),
        ),
        (
            "config/repos/governance.yml",
            "layer: 0\nsignature_threshold: 3-of-5\nreview_period_days: 30\n".to_owned(),
        ),
        (
            "config/repos/atlas-node.yml",
            format!(
                "layer: 3\nsignature_threshold: 2-of-5\nreview_period_days: 3\n{}",
                SETS[set].1
            ),
        ),
    ] {
        files.insert(path.to_owned(), text);
    }
    if !SETS[set].0.is_empty() {
        files.insert("config/pull-requests.yml".to_owned(), SETS[set].0.to_owned());
    }
    rules(&files)
}

static RULES: LazyLock<Vec<Ruleset>> =
    LazyLock::new(|| (0..SETS.len()).map(|set| ruleset(set, None)).collect());

/// A pull request, and the number of the rules that it is judged by.
#[derive(Debug, Clone)]
struct Drawn {
    set: usize,
    facts: PullRequestFacts,
}

impl Drawn {
    fn verdict(&self) -> Verdict {
        evaluate(&RULES[self.set], &self.facts)
    }

    fn is_green(&self) -> bool {
        self.verdict().outcome == Outcome::Success
    }

    /// The same, but for one thing.
    fn but(&self, edit: impl FnOnce(&mut PullRequestFacts)) -> Self {
        let mut other = self.clone();
        edit(&mut other.facts);
        other
    }
}

fn day(day: u64) -> Timestamp {
    time("2026-03-01T00:00:00Z").plus_seconds(day * 86_400)
}

fn approvals(is_rules: bool) -> impl Strategy<Value = Vec<Approval>> {
    let many = prop_oneof![1 => Just(0..=3_usize), 3 => Just(4..=9_usize), 3 => Just(10..=14_usize)];
    let mostly = prop_oneof![6 => 0..2_usize, 1 => 0..TOLD.len()];
    many.prop_flat_map(move |many| proptest::collection::vec((mostly.clone(), 0..PEOPLE.len()), many))
        .prop_map(move |chosen| {
            chosen
                .into_iter()
                .map(|(told, person)| APPROVALS[&(is_rules, told, person)].clone())
                .collect()
        })
}

fn state() -> impl Strategy<Value = CheckState> {
    prop_oneof![12 => Just(CheckState::Passed), 1 => Just(CheckState::Running), 1 => Just(CheckState::Failed)]
}

fn check(state: CheckState) -> CheckFact {
    CheckFact {
        name: "build".to_owned(),
        app: Some(1),
        state,
    }
}

fn run(state: CheckState) -> RunFact {
    RunFact {
        path: ".github/workflows/verify.yml".to_owned(),
        head: facts().subject.head_sha,
        event: "push".to_owned(),
        is_own: true,
        state,
    }
}

fn audit(by: &str) -> Attestation {
    Attestation {
        name: "security_audit".to_owned(),
        by: by.parse().unwrap(),
        head: facts().subject.head_sha,
        at: day(1),
        evidence: "https://audits.example.org/42".to_owned(),
    }
}

fn companion(is_open_or_merged: bool) -> Companion {
    Companion {
        repository: "atlas-kit".parse().unwrap(),
        number: 7,
        is_open_or_merged,
        is_for_default_branch: true,
        change: Change::of_paths(["api/get.rs"]),
        names: named("Depends-On: atlas/atlas-node#42"),
    }
}

/// Most of what there may be speaks for it, so that about as many are green as not.
fn drawn() -> impl Strategy<Value = Drawn> {
    let usually = prop::bool::weighted(0.9);
    let of = (0..SETS.len(), prop::bool::weighted(0.2));
    of.prop_flat_map(move |(set, is_rules)| {
        let paths = prop_oneof![6 => subsequence(PATHS[..2].to_vec(), 1..=2), 1 => subsequence(PATHS.to_vec(), 1..=3)];
        let machines = (
            proptest::collection::vec(state(), 0..4),
            proptest::collection::vec(state(), 0..4),
            subsequence(vec!["atlas-ada", "atlas-ivy", "atlas-hana", "stranger"], 0..=4),
            proptest::collection::vec(usually, 0..4),
        );
        let times = (
            select(vec![3_u64, 15, 17, 17, 21, 24, 28, 31, 45, 61, 100, 400]),
            proptest::collection::vec((0..9_u64, prop::bool::weighted(0.7)), 0..3),
        );
        let against = (prop::bool::weighted(0.05), prop::bool::weighted(0.05), any::<bool>());
        (approvals(is_rules), paths, machines, times, against).prop_map(move |drawn| of_parts((set, is_rules), drawn))
    })
}

type Machines = (Vec<CheckState>, Vec<CheckState>, Vec<&'static str>, Vec<bool>);
type Parts = (
    Vec<Approval>,
    Vec<&'static str>,
    Machines,
    (u64, Vec<(u64, bool)>),
    (bool, bool, bool),
);

fn of_parts((set, is_rules): (usize, bool), parts: Parts) -> Drawn {
    let (approvals, paths, (checks, runs, audits, companions), (now, pushes), (is_draft, is_held, says_why)) =
        parts;
    let mut facts = subject(is_rules);
    facts.observed_at = day(now);
    facts.approvals = approvals;
    facts.change = match is_rules {
        true => Change::of_paths(["config/a.yml"]),
        false => Change::of_paths(paths),
    };
    if says_why {
        facts.change.body = "we want it, and this is the reason for it. ".repeat(4);
    }
    facts.checks = checks.into_iter().map(check).collect();
    facts.runs = runs.into_iter().map(run).collect();
    let audits = audits.into_iter().flat_map(|by| {
        [
            audit(by),
            Attestation {
                name: "audit".to_owned(),
                ..audit(by)
            },
        ]
    });
    facts.attestations = audits.collect();
    facts.companions = companions.into_iter().map(companion).collect();
    facts.is_draft = is_draft;
    if is_held {
        facts.holds = vec![Hold {
            by: "atlas-finn".parse().unwrap(),
            since: day(1),
            reason: "wait".to_owned(),
        }];
    }
    let push = |(at, is_same): (u64, bool)| Push {
        at: day(at.min(now)),
        head: facts.subject.head_sha.clone(),
        effect: if is_same {
            PushEffect::SameChange
        } else {
            PushEffect::OtherChange
        },
    };
    facts.clock.pushes = pushes.into_iter().map(push).collect();
    Drawn { set, facts }
}

/// A lower tier is asked for, and these people sign that.
fn lowered(drawn: &Drawn, people: &[usize]) -> Drawn {
    let asked = drawn.but(|facts| {
        facts.lowering = Some(Lowering {
            tier: "tier_1_routine".parse().unwrap(),
            by: "atlas-ada".parse().unwrap(),
            votes: Vec::new(),
        });
    });
    let statement = asked.verdict().lowering.unwrap();
    let votes = people.iter().map(|person| LoweringVote {
        proof: proof(*person, &Statement::TierLowering(statement.clone())),
        statement: statement.clone(),
        received_at: day(2),
    });
    let votes = votes.collect();
    asked.but(|facts| facts.lowering.as_mut().unwrap().votes = votes)
}

#[test]
fn about_as_many_are_green_as_not() {
    let mut runner = TestRunner::deterministic();
    let all = (0..600).map(|_| drawn().new_tree(&mut runner).unwrap().current());
    let green = all.filter(Drawn::is_green).count();
    assert!((60..=480).contains(&green), "{green} of 600");
}

/// Whoever agreed to a longer review alone does not hold up those who agreed to the usual one.
#[test]
fn a_signature_that_tells_of_more_holds_nobody_up_who_signed_for_less() {
    let pull = Drawn {
        set: 0,
        facts: subject(false),
    }
    .but(|facts| {
        facts.observed_at = day(20);
        facts.approvals = vec![
            APPROVALS[&(false, 0, 0)].clone(),
            APPROVALS[&(false, 0, 1)].clone(),
        ];
    });
    assert!(pull.is_green(), "{}", pull.verdict().tree());
    for told in [2, 3, 5] {
        let more = pull.but(|facts| facts.approvals.push(APPROVALS[&(false, told, 2)].clone()));
        assert!(more.is_green(), "{}", more.verdict().tree());
        // It counts only where as much is given as it told.
        let with_it = more.but(|facts| drop(facts.approvals.remove(0)));
        assert!(!with_it.is_green(), "{}", with_it.verdict().tree());
    }
}

proptest! {
    #[test]
    fn another_signature_never_takes_the_green_away(pull in drawn(), told in 0..TOLD.len(), person in 0..PEOPLE.len()) {
        let is_rules = pull.facts.subject.repository.as_str() == "governance";
        let more = pull.but(|facts| facts.approvals.push(APPROVALS[&(is_rules, told, person)].clone()));
        prop_assert!(!pull.is_green() || more.is_green(), "{}", more.verdict().tree());
    }

    #[test]
    fn order_and_repetition_of_signatures_do_not_matter(pull in drawn()) {
        let other = pull.but(|facts| {
            facts.approvals.extend(facts.approvals.clone());
            facts.approvals.reverse();
        });
        prop_assert_eq!(pull.verdict().tree(), other.verdict().tree());
    }

    #[test]
    fn a_key_that_is_revoked_never_makes_it_green(pull in drawn(), revoked in 0..PEOPLE.len()) {
        // Who holds it and leaves lets it go: that is no signature.
        let pull = pull.but(|facts| facts.holds.clear());
        let after = evaluate(&ruleset(pull.set, Some(revoked)), &pull.facts);
        prop_assert!(pull.is_green() || after.outcome != Outcome::Success, "{}", after.tree());
    }

    #[test]
    fn what_fails_never_makes_it_green(pull in drawn(), which in 0..9_usize, at in 0..3_usize) {
        let worse = pull.but(|facts| match which {
            0 => facts.checks.push(check(CheckState::Failed)),
            1 => facts.checks.iter_mut().for_each(|it| it.state = CheckState::Running),
            2 => drop((at < facts.checks.len() && facts.checks[at].state == CheckState::Passed).then(|| facts.checks.remove(at))),
            3 => facts.runs.push(run(CheckState::Failed)),
            4 => facts.runs.iter_mut().for_each(|it| it.state = CheckState::Failed),
            5 => drop((at < facts.attestations.len()).then(|| facts.attestations.remove(at))),
            6 => drop((at < facts.companions.len()).then(|| facts.companions.remove(at))),
            7 => facts.is_draft = true,
            _ => facts.change.body.clear(),
        });
        prop_assert!(pull.is_green() || !worse.is_green(), "{}", worse.verdict().tree());
    }

    #[test]
    fn less_time_never_makes_it_green_and_more_takes_it_away_only_where_the_rules_say_when(pull in drawn(), days in 1..200_u64) {
        let later = pull.but(|facts| facts.observed_at = facts.observed_at.plus_seconds(days * 86_400));
        let verdict = later.verdict();
        if pull.is_green() && verdict.outcome != Outcome::Success {
            prop_assert!(SETS[pull.set].2, "{}", verdict.tree());
            let unmet: Vec<&str> = verdict.unmet().iter().map(|ruling| ruling.rule).collect();
            // A lower tier ends with its signatures; then the days of the higher one hold again.
            let named = ["freeze", "maintainers", "keyholders", "review period"];
            prop_assert!(unmet.iter().all(|rule| named.contains(rule)), "{}", verdict.tree());
        }
    }

    #[test]
    fn nothing_turns_before_the_time_that_is_told(pull in drawn(), part in 1..1000_u64) {
        let now = pull.facts.observed_at;
        let verdict = pull.verdict();
        let until = verdict.turns_at.unwrap_or(now.plus_seconds(10_000 * 86_400));
        prop_assert!(until > now, "{}", verdict.tree());
        let between = (until.milliseconds_since(now) - 1) / 1000 * part / 1000;
        let later = pull.but(|facts| facts.observed_at = now.plus_seconds(between));
        prop_assert_eq!(verdict.outcome, later.verdict().outcome);
    }

    #[test]
    fn more_files_and_higher_tiers_never_make_it_green(pull in drawn(), path in select(PATHS.to_vec()), tier in 1..6_u32, many in any::<bool>()) {
        let more = pull.but(|facts| {
            facts.change.paths.extend(Change::of_paths([path]).paths);
            facts.change.labels.push(format!("tier-{tier}"));
            facts.change.more_than_listed = many;
        });
        prop_assert!(pull.is_green() || !more.is_green(), "{}", more.verdict().tree());
    }

    #[test]
    fn who_signs_that_a_tier_is_lower_never_takes_the_green_away(pull in drawn(), people in subsequence((0..PEOPLE.len()).collect::<Vec<_>>(), 0..=12), more in 0..PEOPLE.len()) {
        let some = lowered(&pull, &people);
        let all: Vec<usize> = people.into_iter().chain([more]).collect();
        let then = lowered(&pull, &all);
        prop_assert!(!pull.is_green() || some.is_green(), "{}", some.verdict().tree());
        prop_assert!(!some.is_green() || then.is_green(), "{}", then.verdict().tree());
    }

    /// Fewer than the higher tier needs lower nothing.
    #[test]
    fn fewer_than_the_higher_tier_needs_lower_nothing(pull in drawn(), people in subsequence(vec![0_usize, 1, 2, 3, 8, 9, 11], 0..=4)) {
        let holding = pull.verdict().requirement.unwrap();
        let is_rules = pull.facts.subject.repository.as_str() == "governance";
        let may: &[usize] = if is_rules { &[0, 1] } else { &[0, 1, 2, 3] };
        let signed = people.iter().filter(|person| may.contains(person)).count();
        prop_assume!(signed < holding.required as usize);
        let after = lowered(&pull, &people).verdict();
        prop_assert_eq!(after.requirement.unwrap().required, holding.required);
        prop_assert_eq!(after.tiers, pull.verdict().tiers);
    }
}
