//! Whoever is held back learns what is missing, who can give it, what to type and when it turns: over every rule, every way in which it holds
//! somebody back, and rules and changes that were drawn at random.

use super::generated::{Org, change, org};
use super::verdict::{facts, time};
use super::{rules, well};
use crate::{
    Change, CheckFact, CheckState, Command, Companion, Electorate, FileReference, Giver, Hold, Outcome,
    PullRequestFacts, References, Remedy, Ruleset, RunFact, Turns, Verdict, commands, evaluate, named,
    without_rules,
};
use expect_test::expect;
use proptest::prelude::*;
use std::collections::BTreeSet;

const SETTINGS: &str = "config/pull-requests.yml";
const LAYERS: &str = "config/repository-layers.yml";
const TIERS: &str = "config/action-tiers.yml";
const NODE: &str = "config/repos/atlas-node.yml";
const CROSS: &str = "config/cross-layer-rules.yml";
const PEOPLE: &str = "config/maintainers/layer-3.yml";
const HOLDERS: &str = "config/maintainers/emergency.yml";

/// A file of the rules and what stands in it; behind `+` what is added to it.
type Files = &'static [(&'static str, &'static str)];
type Edit = fn(&mut PullRequestFacts);

/// Every way in which somebody is held back: the rules, the pull request, and the leaf of the verdict that says so.
const BLOCKED: &[(&str, Files, Edit)] = &[
    (
        "error governed",
        &[(SETTINGS, "unknown_repositories: block")],
        |it| {
            it.subject.repository = "elsewhere".parse().unwrap();
        },
    ),
    ("error statement", &[], |it| {
        it.subject.base_ref = "refs/heads/größe".to_owned()
    }),
    ("error reachable", &[(PEOPLE, "maintainers: []\n")], |_| {}),
    ("error reachable", &[(HOLDERS, "keyholders: []\n")], to_rules),
    (
        "error reachable",
        &[(NODE, "+action_tier: 9\nauto_classification: {patterns: ['**']}\n")],
        |_| {},
    ),
    (
        "error reachable",
        &[(
            NODE,
            "layer: 9\nsignature_threshold: 2-of-5\nreview_period_days: 3\n",
        )],
        |_| {},
    ),
    ("error signatures", &[], |it| it.author = None),
    ("pending maintainers", &[], |_| {}),
    ("error maintainers", &[(PEOPLE, "maintainers: []\n")], |_| {}),
    (
        "error maintainers",
        &[(
            NODE,
            "layer: 3\nsignature_threshold: 5-of-5\nreview_period_days: 3\n",
        )],
        |_| {},
    ),
    ("error maintainers", NOBODY_SIGNS, |_| {}),
    ("pending keyholders", &[], to_rules),
    ("error keyholders", &[(HOLDERS, "keyholders: []\n")], to_rules),
    (
        "error keyholders",
        &[(
            ".governance.yml",
            "layer: 0\nsignature_threshold: 3-of-5 + 0-of-3\nreview_period_days: 30\n",
        )],
        to_rules,
    ),
    ("pending review period", &[], |_| {}),
    ("error review period", &[], |it| {
        it.clock.opened_at = time("2026-03-02T00:02:00Z")
    }),
    (
        "pending quiet days",
        &[(SETTINGS, "review_clock: {quiet_days_after_last_push: 9}")],
        |it| {
            it.clock.pushes = vec![crate::Push {
                at: time("2026-03-01T12:00:00Z"),
                head: it.subject.head_sha.clone(),
                effect: crate::PushEffect::SameChange,
            }];
        },
    ),
    ("pending check", CHECK, |_| {}),
    ("pending check", CHECK, |it| {
        it.checks = check(CheckState::Running)
    }),
    ("failure check", CHECK, |it| it.checks = check(CheckState::Failed)),
    ("pending workflow", VERIFY, |_| {}),
    ("pending workflow", VERIFY, |it| {
        it.runs = run(CheckState::Running)
    }),
    ("failure workflow", VERIFY, |it| it.runs = run(CheckState::Failed)),
    (
        "error workflow",
        &[(NODE, "+verification: {ci_workflow: Verify}\n")],
        |_| {},
    ),
    (
        "error workflow",
        &[(
            NODE,
            "+cross_layer_rules: [{if_changed: '**', then_require_verification: true}]\n",
        )],
        |_| {},
    ),
    ("pending rationale", &[], |it| {
        it.change = Change::of_paths(["config/a.yml"])
    }),
    ("pending attestation", AUDIT, |_| {}),
    ("error attestation", &[(NODE, "+requires_a b: true\n")], |_| {}),
    ("error attestation", NOBODY_ATTESTS, |_| {}),
    ("pending companion", BETWEEN, |_| {}),
    ("pending companion", BETWEEN, |it| {
        it.companions = companion(|it| it.is_open_or_merged = false)
    }),
    ("pending companion", BETWEEN, |it| {
        it.companions = companion(|it| it.is_for_default_branch = false)
    }),
    ("pending companion", BETWEEN, |it| {
        it.companions = companion(|it| it.change = Change::default())
    }),
    ("pending companion", BETWEEN, |it| {
        it.companions = companion(|_| {})
    }),
    ("pending companion", PROOF, |_| {}),
    (
        "pending companion",
        &[(
            NODE,
            "+cross_layer_rules: [{if_changed: '**', then_require_update: 'atlas-node/api/**'}]\n",
        )],
        |_| {},
    ),
    (
        "error companion",
        &[(
            NODE,
            "+cross_layer_rules: [{if_changed: '**', validation: corresponding_rule_exists}]\n",
        )],
        |_| {},
    ),
    ("failure consensus path", HANDS_OFF, |it| {
        it.change = Change::of_paths(["src/block.rs"])
    }),
    ("error consensus path", HANDS_OFF, |it| {
        it.change.more_than_listed = true
    }),
    ("error consensus path", IMPORTS_ONLY, |it| {
        it.change = Change::of_paths(["src/block.rs"])
    }),
    ("error consensus path", NO_CONSENSUS, |_| {}),
    ("pending reference", REFERS, |_| {}),
    ("pending reference", REFERS, |it| {
        it.references = vec![refers(Some("1.2.0"), &[])]
    }),
    ("failure reference", REFERS, |it| {
        it.references = vec![refers(Some("1.2.0"), &["1.1.0"])]
    }),
    ("error reference", REFERS, |it| {
        it.references = vec![refers(None, &[])]
    }),
    ("error reference", REFERS, |it| it.change.more_than_listed = true),
    ("error reference", REFERS, |it| {
        it.references = vec![References {
            beyond: 1,
            ..refers(Some("1.2.0"), &[])
        }]
    }),
    ("error reference", REFERS, |it| {
        it.references = vec![References {
            is_unseen: true,
            ..refers(None, &[])
        }]
    }),
    (
        "error reference",
        &[(
            CROSS,
            "rules: [{source_repo: atlas-node, target_repo: atlas-spec, validation: references_latest_version, required_reference_format: latest}]\n",
        )],
        |_| {},
    ),
    (
        "error reference",
        &[(
            NODE,
            "+cross_layer_rules: [{if_changed: '**', validation: references_latest_version}]\n",
        )],
        |_| {},
    ),
    (
        "error not judged",
        &[(CROSS, "rules: [{source_repo: atlas-node, validation: blessed}]\n")],
        |_| {},
    ),
    ("pending draft", &[], |it| it.is_draft = true),
    (
        "pending freeze",
        &[(
            SETTINGS,
            "freeze_windows: [{name: Spring, from: 2026-03-01, until: 2026-03-03}]",
        )],
        |_| {},
    ),
    ("pending hold", &[], |it| {
        it.holds = vec![Hold {
            by: "atlas-ada".parse().unwrap(),
            since: time("2026-03-01T00:00:00Z"),
            reason: "let me look".to_owned(),
        }];
    }),
];

const REFERS: Files = &[(
    CROSS,
    "rules: [{source_repo: atlas-node, target_repo: atlas-spec, validation: references_latest_version}]\n",
)];

/// What files refer to, where a version is the latest.
fn refers(latest: Option<&str>, versions: &[&str]) -> References {
    let found = versions.iter().map(|version| FileReference {
        path: "rpc/get.rs".to_owned(),
        version: (*version).to_owned(),
    });
    References {
        repository: "atlas-spec".parse().unwrap(),
        format: "atlas-spec@v{VERSION}".to_owned(),
        latest: latest.map(str::to_owned),
        found: found.collect(),
        is_unseen: false,
        unread: Vec::new(),
        beyond: 0,
    }
}

const CHECK: Files = &[(SETTINGS, "required_checks: [{name: build, app_id: 15368}]")];
const VERIFY: Files = &[(NODE, "+verification: {ci_workflow: verify.yml}\n")];
const AUDIT: Files = &[(NODE, "+requires_security_audit: true\n")];
/// Whoever is left opened it.
const NOBODY_ATTESTS: Files = &[
    (NODE, "+requires_security_audit: true\n"),
    (HOLDERS, "keyholders: []\n"),
    (PEOPLE, "maintainers: []\n"),
];
const BETWEEN: Files = &[(
    CROSS,
    "rules: [{name: api, source_repo: atlas-node, target_repo: atlas-kit, target_pattern: 'api/**', validation: corresponding_file_exists, bidirectional: true}]\n",
)];
const PROOF: Files = &[(
    CROSS,
    "rules: [{name: api, source_repo: atlas-node, target_repo: atlas-kit, validation: equivalence_proof_exists}]\n",
)];
const HANDS_OFF: Files = &[(
    CROSS,
    "rules: [{name: hands_off, source_repo: atlas-node, target_repo: atlas-engine, validation: no_consensus_modifications}]\n",
)];
const IMPORTS_ONLY: Files = &[(
    CROSS,
    "rules: [{name: hands_off, source_repo: atlas-node, target_repo: atlas-engine, validation: no_consensus_modifications, allowed_imports_only: true}]\n",
)];
const NO_CONSENSUS: Files = &[(
    CROSS,
    "rules: [{name: hands_off, source_repo: atlas-node, target_repo: atlas-kit, validation: no_consensus_modifications}]\n",
)];
const NOBODY_SIGNS: Files = &[
    (NODE, "layer: 3\n"),
    (
        LAYERS,
        "layers: {layer_3_application: {name: A, repositories: [atlas-node], signatures: {required: 0, total: 5}, review_period_days: 1}}\n",
    ),
    (
        TIERS,
        "tiers: {tier_1_routine: {name: R, signatures: {required: 0, total: 5}, review_period_days: 3}, tier_2_feature: {name: F, signatures: {required: 0, total: 5}, review_period_days: 3}}\n",
    ),
    (
        "config/tier-classification-rules.yml",
        "classification_rules: {tier_1_routine: {file_patterns: ['**']}}\nfallback: {default_tier: 1}\n",
    ),
];

fn to_rules(facts: &mut PullRequestFacts) {
    facts.subject.repository = "governance".parse().unwrap();
    facts.change = Change::of_paths(["config/a.yml"]);
}

fn check(state: CheckState) -> Vec<CheckFact> {
    vec![CheckFact {
        name: "build".to_owned(),
        app: Some(15368),
        state,
    }]
}

fn run(state: CheckState) -> Vec<RunFact> {
    vec![RunFact {
        path: ".github/workflows/verify.yml".to_owned(),
        head: facts().subject.head_sha,
        event: "push".to_owned(),
        is_own: true,
        state,
    }]
}

fn companion(edit: fn(&mut Companion)) -> Vec<Companion> {
    let mut companion = Companion {
        repository: "atlas-kit".parse().unwrap(),
        number: 7,
        is_open_or_merged: true,
        is_for_default_branch: true,
        change: Change::of_paths(["api/get.rs"]),
        names: Vec::new(),
    };
    edit(&mut companion);
    vec![companion]
}

fn ruleset(files: Files) -> Ruleset {
    let mut all = well();
    let own = "layer: 0\nsignature_threshold: 3-of-5\nreview_period_days: 30\n".to_owned();
    all.insert("config/repos/governance.yml".to_owned(), own);
    for (path, text) in files {
        let before = all.get(*path).cloned().unwrap_or_default();
        let text = text
            .strip_prefix('+')
            .map(|more| before + more)
            .unwrap_or((*text).to_owned());
        all.insert((*path).to_owned(), text);
    }
    rules(&all)
}

#[test]
fn every_way_to_be_held_back_says_what_who_how_and_when() {
    let mut told = BTreeSet::new();
    for (leaf, files, edit) in BLOCKED {
        let mut facts = facts();
        edit(&mut facts);
        let rules = ruleset(files);
        let verdict = evaluate(&rules, &facts);
        let leaves = whole(&rules, &facts, &verdict);
        assert!(leaves.contains(*leaf), "{leaf}: {}", verdict.tree());
        told.extend(leaves);
    }
    // A rule that holds somebody back in a way which no row above has is missing here.
    expect![[r#"
        error attestation
        error companion
        error consensus path
        error governed
        error keyholders
        error maintainers
        error not judged
        error reachable
        error reference
        error review period
        error signatures
        error statement
        error workflow
        failure check
        failure consensus path
        failure reference
        failure workflow
        pending attestation
        pending check
        pending companion
        pending draft
        pending freeze
        pending hold
        pending keyholders
        pending maintainers
        pending quiet days
        pending rationale
        pending reference
        pending review period
        pending workflow"#]]
    .assert_eq(&told.into_iter().collect::<Vec<_>>().join("\n"));
}

/// Each file of the rules that holds somebody back has a row: whatever a rule calls itself stands in one.
#[test]
fn no_rule_is_left_out() {
    let mut known: BTreeSet<&str> = BLOCKED
        .iter()
        .filter_map(|(leaf, _, _)| leaf.split_once(' ').map(|(_, rule)| rule))
        .collect();
    // Where there are no rules there is no verdict: `without_rules` has a test of its own.
    known.insert("rules");
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/verdict");
    let rules = std::fs::read_dir(folder.join("rules")).unwrap();
    let files = rules.map(|entry| entry.unwrap().path());
    for file in files.chain([folder.join("mod.rs"), folder.join("statement.rs")]) {
        let text = std::fs::read_to_string(&file).unwrap();
        for (_, behind) in text
            .match_indices("Ruling::unmet(")
            .map(|(at, call)| text.split_at(at + call.len()))
        {
            let named = behind
                .trim_start()
                .strip_prefix('"')
                .and_then(|name| name.split('"').next());
            let is_known = named.is_none_or(|name| known.contains(name));
            assert!(is_known, "{}: {named:?}", file.display());
        }
    }
}

#[test]
fn whoever_waits_for_rules_learns_who_gives_them() {
    let ruling = without_rules("a *line* of `config/x.yml`");
    expect![[r#"
        - [ ] **rules** (error): the rules cannot be used: a \*line\* of \`config/x.yml\`
          - Missing: rules that can be read, and that were accepted. From: nobody by these rules: whoever maintains them can change them, whoever runs this server.
          - Type: `governance policy check DIR`
          - Type: `governance-app check-config`
          - It turns as soon as it is given.
    "#]].assert_eq(&ruling.markdown());
    let facts = facts();
    let commands = ruling.remedy.as_ref().unwrap().commands().to_vec();
    commands.iter().for_each(|line| can_be_typed(&facts, line));
}

/// The leaves that hold back, each of which says all four.
fn whole(rules: &Ruleset, facts: &PullRequestFacts, verdict: &Verdict) -> BTreeSet<String> {
    assert_ne!(verdict.outcome, Outcome::Success, "{}", verdict.tree());
    let unmet = verdict.unmet();
    assert!(!unmet.is_empty(), "{}", verdict.tree());
    let page = verdict.markdown();
    let mut leaves = BTreeSet::new();
    for ruling in unmet {
        let remedy = ruling.remedy.as_ref().unwrap();
        assert!(!remedy.missing().trim().is_empty(), "{ruling:?}");
        assert!(!ruling.because.trim().is_empty(), "{ruling:?}");
        given_by_somebody(rules, facts, remedy);
        assert!(!remedy.commands().is_empty(), "{ruling:?}");
        remedy
            .commands()
            .iter()
            .for_each(|line| can_be_typed(facts, line));
        turns_as_told(rules, facts, (ruling.rule, &ruling.because, remedy));
        leaves.insert(format!("{} {}", ruling.outcome.as_str(), ruling.rule));
    }
    // Both forms for people show each of them.
    let many = verdict.unmet().len();
    for (text, words) in [
        (&page, ["- Missing: ", " From: ", "- It turns "]),
        (&verdict.tree(), [" missing: ", " from: ", " turns: "]),
    ] {
        for word in words {
            let lines = text.lines().filter(|line| line.contains(word));
            assert_eq!(lines.count(), many, "{word}\n{text}");
        }
    }
    leaves
}

/// Somebody is named, and whoever is named by login is somebody whom the rules or the pull request know.
fn given_by_somebody(rules: &Ruleset, facts: &PullRequestFacts, remedy: &Remedy) {
    let electorate = Electorate::of(rules, &facts.subject.repository);
    assert!(!remedy.who().is_empty(), "{remedy:?}");
    for giver in remedy.who() {
        assert!(!giver.to_string().is_empty());
        if let Giver::Person(login) = giver {
            let is_known = electorate.may_attest(login) || electorate.holds_key(login);
            assert!(is_known || facts.author.as_ref() == Some(login), "{remedy:?}");
        }
    }
}

/// What is told to be typed is something that somebody can type.
fn can_be_typed(facts: &PullRequestFacts, line: &str) {
    assert!(!line.chars().any(char::is_control), "{line:?}");
    let known = commands(line);
    let is_command = match known.as_slice() {
        [Command::Mistaken { .. }] => false,
        [_] => true,
        _ => !line.starts_with("/governance-") && is_other(facts, line),
    };
    assert!(is_command, "{line}: {known:?}");
}

fn is_other(facts: &PullRequestFacts, line: &str) -> bool {
    let subject = &facts.subject;
    let repository = format!(
        "https://{}/{}/{}/",
        subject.forge, subject.owner, subject.repository
    );
    let setting = line.split_once(": ");
    let is_setting = setting.is_some_and(|(file, says)| file.ends_with(".yml") && !says.is_empty());
    let names = named(&line.replace("#NUMBER", "#7"));
    [
        "git push",
        "governance policy check DIR",
        "governance-app check-config",
        "timedatectl timesync-status",
    ]
    .contains(&line)
        || line.starts_with(&repository)
        || is_setting
        || !names.is_empty()
}

/// What turns at a time does not hold back any more then, and what is told to turn then did not turn before.
fn turns_as_told(rules: &Ruleset, facts: &PullRequestFacts, (rule, because, remedy): (&str, &str, &Remedy)) {
    assert!(!remedy.turns().to_string().is_empty());
    let Turns::At(at) = remedy.turns() else {
        return;
    };
    assert!(at > facts.observed_at, "{because}");
    let holds_back = |observed_at| {
        let later = PullRequestFacts {
            observed_at,
            ..facts.clone()
        };
        let verdict = evaluate(rules, &later);
        let unmet = verdict.unmet();
        unmet
            .iter()
            .any(|ruling| ruling.rule == rule && ruling.because == because)
    };
    assert!(!holds_back(at), "{because} is said at {at} too");
}

/// A change of the repository that every drawn organisation has.
fn drawn(change: Change, is_draft: bool) -> PullRequestFacts {
    let mut facts = PullRequestFacts {
        change,
        is_draft,
        ..facts()
    };
    facts.subject.repository = "r1".parse().unwrap();
    facts
}

fn drawn_org() -> impl Strategy<Value = Org> {
    org()
}

proptest! {
    #[test]
    fn so_does_every_verdict_of_rules_that_were_drawn(org in drawn_org(), change in change(), is_draft in any::<bool>()) {
        let (rules, facts) = (org.rules(), drawn(change, is_draft));
        whole(&rules, &facts, &evaluate(&rules, &facts));
    }
}
