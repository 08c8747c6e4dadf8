//! The evidence: its form, its contradictions, and that it notices every changed byte.

use super::*;
use crate::tests::{content, evidence, release};
use expect_test::{Expect, expect};

fn sample() -> (Evidence, ReleaseManifest) {
    let (content, _) = content();
    let bytes = &release().files[&crate::MANIFEST_NAME.parse().unwrap()];
    let manifest = ReleaseManifest::read(bytes).unwrap();
    (evidence(&content, manifest.digest()), manifest)
}

#[test]
fn the_form_of_the_evidence_is_fixed() {
    let (mut evidence, _) = sample();
    evidence.builds.truncate(1);
    expect![[r#"
        {
          "schema": "governance/release-evidence/v1",
          "content_digest": "sha256:238da28c07b679e43a57bf69bc3e53e1a0fda7c90ba8291de12b56b46f44bd78",
          "content": {
            "release": "commons",
            "version": "0.1.0-rc.1",
            "plan_digest": "sha256:64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525",
            "manifest_digest": "sha256:cd067c59c0b2c94ab6d2381633f0d4742b1710ac42e27562b74fff195a7eee3b",
            "tool_version": "0.1.0",
            "started": "2025-11-24T16:01:30.000Z",
            "ended": "2025-11-24T16:03:20.000Z",
            "builds": [
              {
                "repository": "consensus",
                "platform": "linux-x86_64",
                "outcome": "built",
                "reused_from": null,
                "attempts": [
                  {
                    "number": 1,
                    "started": "2025-11-24T16:01:40.000Z",
                    "ended": "2025-11-24T16:02:40.000Z",
                    "outcome": "succeeded",
                    "reason": null,
                    "machine": "builder"
                  }
                ]
              }
            ]
          }
        }
    "#]]
    .assert_eq(&evidence.to_json());
}

#[test]
fn how_a_run_is_known_stands_in_the_evidence_and_is_one_line() {
    let (mut evidence, _) = sample();
    evidence.builds[0].attempts[0].run = Some(EvidenceRun {
        page: "https://github.example/runs/7".to_owned(),
        correlation: RunCorrelation::Weak,
    });
    let text = evidence.to_json();
    assert!(text.contains("\"correlation\": \"weak\""), "{text}");
    assert_eq!(Evidence::read(text.as_bytes()).unwrap(), evidence);
    for page in ["two\nlines".to_owned(), "x".repeat(201)] {
        evidence.builds[0].attempts[0].run = Some(EvidenceRun {
            page,
            correlation: RunCorrelation::DispatchId,
        });
        let said = evidence.check().unwrap_err().to_string();
        assert!(said.contains("page is not one line"), "{said}");
    }
}

#[test]
fn evidence_is_read_back_and_notices_every_changed_byte() {
    let (mut evidence, _) = sample();
    evidence.builds.truncate(2);
    let text = evidence.to_json();
    assert_eq!(Evidence::read(text.as_bytes()).unwrap(), evidence);
    for at in 0..text.len() {
        let mut bytes = text.clone().into_bytes();
        bytes[at] ^= 1;
        assert!(Evidence::read(&bytes).is_err(), "byte {at}");
    }
}

fn check(change: impl Fn(&mut Evidence), expect: Expect) {
    let (mut evidence, manifest) = sample();
    change(&mut evidence);
    let shown = match evidence.check() {
        Err(rule) => rule.to_string(),
        Ok(()) => evidence.contradictions(&manifest).join("; "),
    };
    expect.assert_eq(&shown);
    assert_eq!(
        Evidence::read(evidence.to_json().as_bytes()).is_ok(),
        evidence.check().is_ok()
    );
}

#[test]
fn evidence_that_fits_nothing_is_found_out() {
    let other = || Sha256Digest::of(b"other");
    check(|_| {}, expect![""]);
    check(
        |one| one.plan_digest = other(),
        expect!["the plan digest differs"],
    );
    check(
        |one| one.manifest_digest = other(),
        expect!["the manifest digest differs"],
    );
    check(
        |one| one.version = "9.0.0".parse().unwrap(),
        expect!["the release version differs"],
    );
    check(
        |one| one.builds.truncate(5),
        expect!["sdk on windows-x86_64 has no evidence"],
    );
    check(
        |one| one.builds[0].repository = "alien".parse().unwrap(),
        expect!["alien on linux-x86_64 is not in the manifest; consensus on linux-x86_64 has no evidence"],
    );
    check(
        |one| one.builds.reverse(),
        expect!["builds are not in strictly ascending order"],
    );
    check(
        |one| one.ended = Timestamp::EPOCH,
        expect!["the release ended before it began"],
    );
    check(
        |one| one.builds[0].attempts.clear(),
        expect!["consensus on linux-x86_64: its attempts do not fit its outcome"],
    );
    check(
        |one| one.builds[0].attempts[0].outcome = AttemptOutcome::TimedOut,
        expect!["consensus on linux-x86_64: its attempts do not fit its outcome"],
    );
    check(
        |one| one.builds[0].outcome = Outcome::Skipped,
        expect!["consensus on linux-x86_64: its attempts do not fit its outcome"],
    );
    check(
        |one| one.builds[0].attempts[0].machine = "a\nb".to_owned(),
        expect!["machine is not one line of at most 200 characters"],
    );
    check(
        |one| one.tool_version = "x".repeat(201),
        expect!["tool_version is not one line of at most 200 characters"],
    );
}

#[test]
fn a_build_taken_over_needs_no_attempt() {
    let release = ReleaseId::new(
        &"commons".parse().unwrap(),
        &"0.0.9".parse().unwrap(),
        &Sha256Digest::of(b"p"),
    );
    check(
        |one| {
            one.builds[0].reused_from = Some(release.clone());
            one.builds[0].attempts.clear();
        },
        expect![""],
    );
}

#[test]
fn free_texts_become_one_short_line() {
    let line = evidence_line(&format!("a\nb\u{1b}[2J{}", "x".repeat(300)));
    assert!(line.starts_with("a b [2J"));
    assert_eq!(line.chars().count(), EVIDENCE_TEXT_CHARS_MAX);
}
