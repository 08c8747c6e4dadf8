use super::*;
use domain_types::Sha256Digest;
use proptest::prelude::*;
use std::path::{Path, PathBuf};

const COMMIT: &str = "0123456789abcdef0123456789abcdef01234567";
/// The example of GitHub's documentation.
const SECRET: &str = "It's a Secret to Everybody";
const BODY: &[u8] = b"Hello, World!";
const SIGNATURE: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

fn secrets(texts: &[&str]) -> Vec<Secret> {
    texts.iter().map(|text| Secret::new(*text)).collect()
}

fn verify(texts: &[&str], headers: &[&str], body: &[u8]) -> Result<usize, SignatureError> {
    verify_signature(
        &secrets(texts),
        headers.iter().map(|header| header.as_bytes()),
        body,
    )
}

#[test]
fn the_signature_of_the_documentation_is_right() {
    assert_eq!(verify(&[SECRET], &[SIGNATURE], BODY), Ok(0));
    assert_eq!(verify(&["old", SECRET], &[SIGNATURE], BODY), Ok(1));
    assert_eq!(verify(&[SECRET, "new"], &[SIGNATURE], BODY), Ok(0));
}

#[test]
fn everything_else_is_wrong_in_its_own_way() {
    use SignatureError::*;
    let hex = &SIGNATURE["sha256=".len()..];
    let check = |headers: &[&str], expected| {
        assert_eq!(verify(&[SECRET], headers, BODY), Err(expected), "{headers:?}")
    };
    check(&[], Missing);
    check(&[SIGNATURE, SIGNATURE], Repeated);
    check(&[""], Malformed);
    check(&[hex], Malformed);
    check(&["sha256="], Malformed);
    check(&[&SIGNATURE[..70]], Malformed);
    check(&[&format!("{SIGNATURE}0")], Malformed);
    check(&[&format!("{SIGNATURE} ")], Malformed);
    check(&[&format!(" {SIGNATURE}")], Malformed);
    check(&[&format!("{SIGNATURE},{SIGNATURE}")], Malformed);
    check(&[&SIGNATURE.to_uppercase()], Malformed);
    check(&[&format!("sha256={}", hex.to_uppercase())], Malformed);
    check(&[&format!("sha1={hex}")], Malformed);
    check(&[&format!("SHA256={hex}")], Malformed);
    check(&[&format!("sha256={}", "g".repeat(64))], Malformed);
    check(&[&format!("sha256={}", "0".repeat(64))], Wrong);
    check(&[&format!("sha256={}", Sha256Digest::of(BODY).hex())], Wrong);
    assert_eq!(verify(&[], &[SIGNATURE], BODY), Err(NoSecret));
    assert_eq!(verify(&["a", "b"], &[SIGNATURE], BODY), Err(Wrong));
    assert_eq!(verify(&[""], &[SIGNATURE], BODY), Err(Wrong));
}

#[test]
fn a_signature_is_over_every_byte() {
    for index in 0..BODY.len() {
        let mut other = BODY.to_vec();
        other[index] ^= 1;
        assert_eq!(
            verify(&[SECRET], &[SIGNATURE], &other),
            Err(SignatureError::Wrong)
        );
    }
    assert_eq!(
        verify(&[SECRET], &[SIGNATURE], b"Hello, World!\n"),
        Err(SignatureError::Wrong)
    );
}

#[test]
fn a_secret_is_never_shown() {
    assert!(!format!("{:?}", secrets(&[SECRET])).contains("Everybody"));
}

fn fixtures() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/webhooks")
}

/// The event of a payload's file: what comes before the first dot of its name.
fn event_of(path: &Path) -> String {
    let name = path.file_name().unwrap().to_string_lossy();
    name.split('.').next().unwrap().to_owned()
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .filter(|path| path.extension().is_some_and(|extension| extension == "json"))
        .collect();
    files.sort();
    files
}

#[test]
fn payloads_are_read() {
    let mut told = String::new();
    for path in files(&fixtures()) {
        let delivery = Delivery::read(&event_of(&path), &std::fs::read(&path).unwrap()).unwrap();
        let name = path.file_stem().unwrap().to_string_lossy();
        told.push_str(&format!(
            "{name}: {:?} {:?} {:?} {:?}\n    {:?}\n",
            delivery.action,
            delivery
                .repository
                .as_ref()
                .and_then(RepositoryRef::owner_and_name),
            delivery.sender.map(|sender| sender.login),
            delivery.installation_id,
            delivery.payload
        ));
    }
    expect_test::expect_file!["../../../fixtures/webhooks/read.txt"].assert_eq(&told);
}

/// Where GitHub's own examples are, an `index.json` of `@octokit/webhooks-examples`.
const EXAMPLES: &str = "WEBHOOK_EXAMPLES";

#[derive(serde::Deserialize)]
struct Examples {
    name: String,
    examples: Vec<serde_json::Value>,
}

#[test]
#[allow(clippy::disallowed_methods, reason = "an optional input of this test alone")]
fn every_example_of_github_passes_the_door() {
    let Some(path) = std::env::var_os(EXAMPLES) else {
        println!("not run: {EXAMPLES} is not set");
        return;
    };
    let events: Vec<Examples> = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let mut told = std::collections::BTreeMap::<_, (u32, u32)>::new();
    for event in &events {
        for example in &event.examples {
            let delivery = Delivery::read(&event.name, example.to_string().as_bytes()).unwrap();
            let counted = told.entry(event.name.as_str()).or_default();
            counted.0 += 1;
            counted.1 += u32::from(delivery.payload != Payload::Unknown);
        }
    }
    let sum = |count: fn(&(u32, u32)) -> u32| told.values().map(count).sum::<u32>();
    println!(
        "{} events, {} payloads, {} typed",
        told.len(),
        sum(|count| count.0),
        sum(|count| count.1)
    );
    assert!(sum(|count| count.0) > 0);
    for (event, (all, typed)) in told {
        assert!(typed == 0 || typed == all, "{event}: {typed} of {all} are typed");
    }
}

#[test]
fn the_branch_of_a_merge_group_names_the_pull_request_that_joined_last() {
    let group = |head: &str, base: &str| MergeGroup {
        head_sha: COMMIT.parse().unwrap(),
        head_ref: head.to_owned(),
        base_ref: base.to_owned(),
        base_sha: COMMIT.parse().unwrap(),
    };
    for (head, base, number) in [
        (
            "refs/heads/gh-readonly-queue/main/pr-12-abc",
            "refs/heads/main",
            Some(12),
        ),
        (
            "gh-readonly-queue/release/1/pr-7-abc",
            "refs/heads/release/1",
            Some(7),
        ),
        (
            "refs/heads/gh-readonly-queue/main/pr-12-abc",
            "refs/heads/dev",
            None,
        ),
        (
            "refs/heads/gh-readonly-queue/main/pr-x-abc",
            "refs/heads/main",
            None,
        ),
        ("refs/heads/topic", "refs/heads/main", None),
    ] {
        assert_eq!(group(head, base).last_pull_request(), number, "{head} {base}");
    }
}

#[test]
fn a_known_event_that_does_not_fit_is_told_apart_from_what_is_no_json() {
    for (event, body) in [
        ("push", r#"{"ref": 1}"#),
        ("push", r#"{"action": "x"}"#),
        ("workflow_run", r#"{"workflow_run": {"id": "1"}}"#),
        ("release", r#"{"release": null}"#),
        ("pull_request", r#"{"number": 1, "pull_request": {"id": 1}}"#),
        ("issue_comment", r#"{"issue": {"number": 1, "state": "open"}}"#),
        (
            "check_run",
            r#"{"check_run": {"id": 1, "name": "t", "head_sha": "x", "status": "queued"}}"#,
        ),
        ("merge_group", r#"{"merge_group": {}}"#),
        ("ping", r#"{"hook_id": 1, "hook_id": 2}"#),
        ("ping", r#"{"hook_id": 1, "repository": []}"#),
    ] {
        let error = Delivery::read(event, body.as_bytes()).unwrap_err();
        assert!(
            matches!(error, UnfitDelivery::NotOfItsEvent { .. }),
            "{event} {body}: {error}"
        );
    }
    for body in ["", "[]", "1", "null", "{", "{} {}", "\u{feff}{}", "{\"a\": nan}"] {
        for event in ["push", "novelty"] {
            let error = Delivery::read(event, body.as_bytes()).unwrap_err();
            assert!(
                matches!(error, UnfitDelivery::NotJson { .. }),
                "{event} {body}: {error}"
            );
        }
    }
    let deep = format!("{{\"a\":{}", "[".repeat(1_000_000));
    assert!(Delivery::read("novelty", deep.as_bytes()).is_err());
}

#[test]
fn an_event_that_is_not_known_passes_whatever_it_has() {
    for body in [
        "{}",
        r#"{"repository": 5, "sender": [], "action": {}}"#,
        r#" {"a": 1}"#,
    ] {
        let delivery = Delivery::read("novelty", body.as_bytes()).unwrap();
        assert_eq!(delivery.payload, Payload::Unknown, "{body}");
    }
}

proptest! {
    #[test]
    fn no_bytes_make_it_panic(event in "push|release|workflow_job|pull_request|issue_comment|status|ping|other", body in proptest::collection::vec(any::<u8>(), 0..200)) {
        drop(Delivery::read(&event, &body));
        prop_assert!(verify_signature(&secrets(&["a"]), [&body], &body).is_err());
    }
}
