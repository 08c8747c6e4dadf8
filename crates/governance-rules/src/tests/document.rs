//! Facts that were written down, and what becomes of a verdict when something is supposed.

use super::verdict::{facts, time};
use super::{rules, well};
use crate::{
    Attestation, ChangedPath, CheckFact, CheckState, Companion, EmergencyRequest, FactsDocument,
    FileReference, Hold, KeptDecision, KeptMerge, KeptSignature, Named, Outcome, PullRequestFacts, Push,
    PushEffect, References, Ruleset, RunFact, difference, evaluate, evaluate_as_if,
};
use domain_types::Sha256Digest;
use expect_test::{Expect, expect, expect_file};
use signatures::{Scheme, SigningKey, Statement, verify};
use std::collections::BTreeMap;

fn key(number: u8) -> SigningKey {
    SigningKey::from_secret(Scheme::Ed25519, [number; 32]).unwrap()
}

/// The rules, with keys of these people that we have.
fn with_keys(of: &[(&str, u8)]) -> Ruleset {
    let mut files = well();
    let mut text = "maintainers:\n".to_owned();
    for (login, number) in of {
        let key = key(*number);
        let key = key.public_key();
        text.push_str(&format!(
            "  - {{github: {login}, keys: [{{scheme: ed25519, key: '{key}'}}], status: active}}\n"
        ));
    }
    files.insert("config/maintainers/layer-3.yml".to_owned(), text);
    rules(&files)
}

/// Somebody's signature of what these rules show of these facts, as it is kept.
fn kept(rules: &Ruleset, facts: &PullRequestFacts, number: u8) -> KeptSignature {
    let statement = evaluate(rules, facts).statement.unwrap();
    let statement = Statement::Approval(statement);
    let text = key(number).sign(&statement).unwrap();
    let at = facts.observed_at;
    let proof = verify(&statement, &text, key(number).public_key(), at).unwrap();
    KeptSignature {
        statement: statement.to_string(),
        signature: text.as_str().to_owned(),
        key: proof.key().to_string(),
        received_at: at,
    }
}

/// Facts in which nothing is left out.
fn whole() -> PullRequestFacts {
    let mut facts = facts();
    let head = facts.subject.head_sha.clone();
    let login = |name: &str| name.parse().unwrap();
    facts.change.paths.push(ChangedPath {
        path: "docs/b.md".to_owned(),
        previous: Some("docs/old.md".to_owned()),
    });
    facts.change.title = "Say more".to_owned();
    facts.change.raised = vec!["tier_2_feature".parse().unwrap()];
    facts.clock.pushes.push(Push {
        at: time("2026-03-01T12:00:00Z"),
        head: head.clone(),
        effect: PushEffect::SameChange,
    });
    facts.checks.push(CheckFact {
        name: "build".to_owned(),
        app: Some(7),
        state: CheckState::Passed,
    });
    facts.holds.push(Hold {
        by: login("atlas-ada"),
        since: time("2026-03-01T13:00:00Z"),
        reason: "let me look".to_owned(),
    });
    facts.companions.push(Companion {
        repository: "atlas-kit".parse().unwrap(),
        number: 3,
        is_open_or_merged: true,
        is_for_default_branch: true,
        change: crate::Change::of_paths(["kit.rs"]),
        names: vec![Named {
            owner: "atlas".to_owned(),
            repository: "atlas-node".parse().unwrap(),
            number: 42,
        }],
    });
    facts.references.push(References {
        repository: "atlas-spec".parse().unwrap(),
        format: "atlas-spec@v{VERSION}".to_owned(),
        latest: Some("1.2.0".to_owned()),
        found: vec![FileReference {
            path: "docs/b.md".to_owned(),
            version: "1.2.0".to_owned(),
        }],
        is_unseen: true,
        unread: vec!["docs/c.bin".to_owned()],
        beyond: 2,
    });
    facts.pushers.insert(login("atlas-gus"));
    facts.removed.insert("docs/gone.md".to_owned());
    facts.runs.push(RunFact {
        path: ".github/workflows/verify.yml".to_owned(),
        head: head.clone(),
        event: "push".to_owned(),
        is_own: true,
        state: CheckState::Running,
    });
    facts.attestations.push(Attestation {
        name: "audit".to_owned(),
        by: login("atlas-ben"),
        head,
        at: time("2026-03-01T14:00:00Z"),
        evidence: "https://example.org/audit".to_owned(),
    });
    facts
}

fn document() -> FactsDocument {
    let asked = EmergencyRequest {
        tier: "tier_2_urgent".parse().unwrap(),
        evidence: Sha256Digest::of(b"e"),
        by: "atlas-ada".parse().unwrap(),
    };
    let mut document = FactsDocument::of(&whole(), Some(&asked));
    document.signatures.push(KeptSignature {
        statement: "s".to_owned(),
        signature: "t".to_owned(),
        key: "k".to_owned(),
        received_at: time("2026-03-01T15:00:00Z"),
    });
    document.decided = Some(KeptDecision {
        outcome: Outcome::Pending,
        revision: 4,
        at: time("2026-03-02T00:00:00Z"),
        ruleset: Sha256Digest::of(b"rules"),
        merged: Some(KeptMerge {
            at: time("2026-03-03T00:00:00Z"),
            by: None,
        }),
    });
    document
}

#[test]
fn what_is_written_down_is_read_back_and_old_documents_stay_readable() {
    let document = document();
    let text = format!("{}\n", serde_json::to_string_pretty(&document).unwrap());
    // Others have kept what stands there: it must be read for ever.
    let kept = expect_file!["../../../../fixtures/facts/whole-v1.json"];
    kept.assert_eq(&text);
    assert_eq!(
        serde_json::from_str::<FactsDocument>(&kept.data()).unwrap(),
        document
    );
    let restored = document.restored(&rules(&well()));
    let again = FactsDocument::of(&restored.facts, None);
    let bare = FactsDocument {
        emergency: None,
        signatures: Vec::new(),
        decided: None,
        ..document
    };
    assert_eq!(again, bare);
    assert_eq!(restored.unverified, ["k"]);
    assert!(restored.facts.emergency.is_some());
}

#[test]
fn a_document_that_is_not_understood_is_refused() {
    let least = "{\"schema\": \"governance/facts/v1\", \"observed_at\": \"2026-03-02T00:00:00Z\", \"subject\": {\"forge\": \"github.com\", \
                 \"repository_id\": 7, \"owner\": \"atlas\", \"repository\": \"atlas-node\", \"number\": 42, \"base_ref\": \"refs/heads/main\", \
                 \"head_sha\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\", \"head_tree\": \"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\"}, \
                 \"clock\": {\"opened_at\": \"2026-03-01T00:00:00Z\"}}";
    assert!(serde_json::from_str::<FactsDocument>(least).is_ok());
    let check = |from: &str, to: &str, expected: Expect| {
        let text = least.replacen(from, to, 1);
        assert_ne!(text, least, "{from}");
        let refused = serde_json::from_str::<FactsDocument>(&text).unwrap_err();
        expected.assert_eq(&refused.to_string());
    };
    check(
        "facts/v1",
        "facts/v2",
        expect!["unknown variant `governance/facts/v2`, expected `governance/facts/v1` at line 1 column 32"],
    );
    check(
        "\"number\": 42, ",
        "",
        expect!["missing field `number` at line 1 column 317"],
    );
    check(
        "\"clock\"",
        "\"clocks\"",
        expect![
            "unknown field `clocks`, expected one of `schema`, `observed_at`, `subject`, `author`, `is_draft`, `change`, `clock`, `checks`, `holds`, `companions`, `references`, `pushers`, `removed`, `runs`, `attestations`, `emergency`, `lowering`, `signatures`, `decided` at line 1 column 341"
        ],
    );
    check(
        "\"owner\"",
        "\"check\": [], \"owner\"",
        expect![
            "unknown field `check`, expected one of `forge`, `repository_id`, `owner`, `repository`, `number`, `base_ref`, `head_sha`, `head_tree` at line 1 column 135"
        ],
    );
    check(
        "\"atlas-node\"",
        "\"../node\"",
        expect![[
            r#""../node" is not a repository name: 1 to 100 of A-Z a-z 0-9 . _ -, not beginning with . or - at line 1 column 169"#
        ]],
    );
    check(
        "\"2026-03-01T",
        "\"2026-13-01T",
        expect![[
            r#""2026-13-01T00:00:00Z" is not a time: RFC 3339 in UTC such as 2026-11-24T06:00:00Z at line 1 column 379"#
        ]],
    );
}

#[test]
fn signatures_are_verified_again_by_the_keys_of_the_rules() {
    let rules = with_keys(&[("atlas-ada", 71), ("atlas-ben", 72), ("atlas-finn", 73)]);
    let facts = facts();
    let mut document = FactsDocument::of(&facts, None);
    document.signatures = vec![kept(&rules, &facts, 71), kept(&rules, &facts, 72)];
    let said = |rules: &Ruleset, document: &FactsDocument| {
        let restored = document.restored(rules);
        let verdict = evaluate(rules, &restored.facts);
        let maintainers = verdict.rulings.iter().find(|ruling| ruling.rule == "maintainers");
        (maintainers.unwrap().because.clone(), restored.unverified.len())
    };
    let both = "2 of 2 maintainers: signed by atlas-ada, atlas-ben".to_owned();
    assert_eq!(said(&rules, &document), (both, 0));
    let others = with_keys(&[("atlas-ada", 71), ("atlas-ben", 74), ("atlas-finn", 73)]);
    let one = "1 of 2 maintainers: signed by atlas-ada".to_owned();
    assert_eq!(said(&others, &document), (one.clone(), 1));
    // A signature of something else, or under somebody else's name, is none.
    document.signatures[1].key = document.signatures[0].key.clone();
    assert_eq!(said(&rules, &document), (one, 1));
}

/// What changes when these people sign with keys that stand in for theirs.
fn supposed(who: &[&str]) -> String {
    let (rules, mut facts) = (rules(&well()), facts());
    let keys: BTreeMap<_, _> = (90..)
        .zip(who)
        .map(|(number, who)| (who.parse().unwrap(), key(number)))
        .collect();
    let stand_ins: BTreeMap<_, _> = keys
        .iter()
        .map(|(login, key): (&crate::Login, &SigningKey)| (login.clone(), key.public_key().clone()))
        .collect();
    let before = evaluate(&rules, &facts);
    let statement = before.statement.clone().unwrap();
    for key in keys.values() {
        let whole = Statement::Approval(statement.clone());
        let text = key.sign(&whole).unwrap();
        facts.approvals.push(crate::Approval {
            statement: statement.clone(),
            proof: verify(&whole, &text, key.public_key(), facts.observed_at).unwrap(),
            received_at: facts.observed_at,
        });
    }
    // The gate does not know such keys.
    assert!(difference(&before, &evaluate(&rules, &facts)).is_empty());
    let changed = difference(&before, &evaluate_as_if(&rules, &facts, &stand_ins));
    serde_json::to_string(&changed).unwrap()
}

#[test]
fn a_key_stands_in_only_for_somebody_whose_signature_could_count() {
    for (who, expected) in [
        (
            &["atlas-ada", "atlas-ben"][..],
            expect![[
                r#"{"outcomes":["pending","pending"],"rules":[{"rule":"maintainers","before":{"outcome":"pending","because":"0 of 2 maintainers: nobody signed"},"after":{"outcome":"success","because":"2 of 2 maintainers: signed by atlas-ada, atlas-ben"}}]}"#
            ]],
        ),
        (
            &["stranger"],
            expect![[r#"{"outcomes":["pending","pending"],"rules":[]}"#]],
        ),
        // The author.
        (
            &["atlas-gus"],
            expect![[
                r#"{"outcomes":["pending","pending"],"rules":[{"rule":"own signatures","before":null,"after":{"outcome":"success","because":"atlas-gus signed, and opened or pushed this: that does not count"}}]}"#
            ]],
        ),
    ] {
        expected.assert_eq(&supposed(who));
    }
}

#[test]
fn what_two_verdicts_say_alike_is_no_difference() {
    let (rules, first) = (rules(&well()), facts());
    let mut second = first.clone();
    second.change = crate::Change::of_paths(["consensus/a.rs"]);
    second.observed_at = time("2026-03-20T00:00:00Z");
    let (before, after) = (evaluate(&rules, &first), evaluate(&rules, &second));
    assert!(difference(&before, &before).is_empty());
    let mut lines = String::new();
    for differing in difference(&before, &after).rules {
        let said = |said: Option<crate::Saying>| said.map_or_else(|| "-".to_owned(), |said| said.because);
        lines.push_str(&format!(
            "{}: {} => {}\n",
            differing.rule,
            said(differing.before),
            said(differing.after)
        ));
    }
    expect![[r#"
        tiers: tier_1_routine => tier_3_consensus
        needed: 2-of-5 signatures, 14 days of review => 4-of-5 signatures, 30 days of review
        maintainers: 0 of 2 maintainers: nobody signed => 0 of 4 maintainers: nobody signed
        review period: 14 days since it was opened (2026-03-01T00:00:00.000Z) end 2026-03-15T00:00:00.000Z => 30 days since it was opened (2026-03-01T00:00:00.000Z) end 2026-03-31T00:00:00.000Z
        attestation: - => nobody attests audit of this head
    "#]].assert_eq(&lines);
}
