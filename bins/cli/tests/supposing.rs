//! `governance policy simulate` and `governance policy backtest` over files, as a shell sees them.
#![allow(clippy::unwrap_used, reason = "a test that cannot run its program has failed")]

use expect_test::{Expect, expect};
use serde_json::{Value, json};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// What the rules ask for beyond numbers.
const SETTINGS: &str = "required_checks: [{name: build, app_id: 7}]\n";

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let there = to.join(entry.file_name());
        match entry.file_type().unwrap().is_dir() {
            true => copy(&entry.path(), &there),
            false => fs::copy(entry.path(), there).map(drop).unwrap(),
        }
    }
}

/// The facts of a pull request that nobody signed, a day after it was opened.
fn facts(number: u64) -> Value {
    json!({
        "schema": "governance/facts/v1",
        "observed_at": "2026-03-02T00:00:00Z",
        "subject": {
            "forge": "github.com", "repository_id": 7, "owner": "atlas", "repository": "atlas-kit", "number": number,
            "base_ref": "refs/heads/main", "head_sha": "a".repeat(40), "head_tree": "b".repeat(40),
        },
        "author": "atlas-gus",
        "change": {"paths": ["docs/a.md", {"path": "docs/b.md", "previous": "docs/c.md"}], "title": "Say more"},
        "clock": {"opened_at": "2026-03-01T00:00:00Z"},
        "checks": [{"name": "build", "app": 7, "state": "running"}],
        "holds": [{"by": "atlas-ada", "since": "2026-03-01T12:00:00Z", "reason": "let me look"}],
        "decided": {
            "outcome": "pending", "revision": 3, "at": "2026-03-02T00:00:00Z",
            "ruleset": format!("sha256:{}", "c".repeat(64)),
        },
    })
}

/// A folder with rules in `rules`, others in `changed`, and facts in `facts.json`.
fn folder() -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    let well = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/governance/well");
    for name in ["rules", "changed"] {
        let rules = folder.path().join(name);
        copy(&well, &rules);
        fs::write(rules.join("config/pull-requests.yml"), SETTINGS).unwrap();
    }
    let layers = folder.path().join("changed/config/repository-layers.yml");
    let text = fs::read_to_string(&layers).unwrap();
    let fewer = "signatures: {required: 2, total: 5}\n    review_period_days: 14";
    let more = "signatures: {required: 3, total: 5}\n    review_period_days: 20";
    assert!(text.contains(fewer));
    fs::write(layers, text.replace(fewer, more)).unwrap();
    write(&folder, "facts.json", &facts(7).to_string());
    folder
}

fn write(folder: &tempfile::TempDir, name: &str, text: &str) {
    fs::write(folder.path().join(name), text).unwrap();
}

fn governance(folder: &tempfile::TempDir, arguments: &str) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_governance"));
    command
        .current_dir(folder.path())
        .env_clear()
        .env("PATH", "/usr/local/bin:/usr/bin:/bin")
        .stdin(Stdio::null());
    command.args(arguments.split_whitespace()).output().unwrap()
}

/// The exit code, then what was said, each stream under its name.
fn check(folder: &tempfile::TempDir, arguments: &str, expected: Expect) {
    let output = governance(folder, arguments);
    let mut text = format!("exit {}\n", output.status.code().unwrap());
    for (name, bytes) in [("out", output.stdout), ("err", output.stderr)] {
        let said = String::from_utf8(bytes).unwrap();
        text.extend(
            said.lines()
                .map(|line| format!("{name}| {line}").trim_end().to_owned() + "\n"),
        );
    }
    expected.assert_eq(&text);
}

/// What changes when this is supposed: the exit code, the word, and what is said otherwise.
fn supposing(arguments: &str, expected: Expect) {
    let folder = folder();
    let arguments = format!("policy simulate --facts facts.json --rules rules {arguments}");
    let output = governance(&folder, &arguments);
    let said = String::from_utf8(output.stdout).unwrap();
    let mut text = format!("exit {}\n", output.status.code().unwrap());
    text.extend(said.lines().take(1).map(|line| format!("{line}\n")));
    text.extend(
        said.lines()
            .filter(|line| line.starts_with("note: a "))
            .map(|line| format!("{line}\n")),
    );
    let changes = said
        .lines()
        .skip_while(|line| !line.starts_with("against") && !line.starts_with("nothing"));
    text.extend(changes.map(|line| format!("{line}\n")));
    expected.assert_eq(&text);
}

#[test]
fn a_pull_request_is_judged_as_it_is_where_nothing_is_supposed() {
    check(
        &folder(),
        "policy simulate --facts facts.json --rules rules",
        expect![[r#"
            exit 1
            out| atlas/atlas-kit#7 would be pending
            out| 0 of 2 maintainers: nobody signed; 14 days since it was opened (2026-03-01T00:00:00.000Z) end 2026-03-15T00:00:00.000Z; build of App 7 is n…
            out| as of 2026-03-02T00:00:00.000Z, rules sha256:a9758c85d3b0384a4d4a6e4f3435d149b2d6d1a1638f432445136a3c431ef57a
            out| note: it was decided by other rules: sha256:cccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccccc
            out| pending maintainers: 0 of 2 maintainers: nobody signed
            out|   missing: 2 more signatures
            out|   from: atlas-ada, atlas-ben, atlas-finn, atlas-hana
            out|   type: /governance-sign
            out|   turns: as soon as it is given
            out|   rule: Layer 3 (config/repository-layers.yml:20:28)
            out|   rule: Tier 1 (config/action-tiers.yml:5:28)
            out| pending review period: 14 days since it was opened (2026-03-01T00:00:00.000Z) end 2026-03-15T00:00:00.000Z
            out|   missing: time, until 2026-03-15T00:00:00.000Z
            out|   from: nobody: it only takes time
            out|   type: /governance-status
            out|   turns: by itself at 2026-03-15T00:00:00.000Z
            out|   rule: Layer 3 (config/repository-layers.yml:21:25)
            out| pending checks: checks that must pass on the head
            out|   pending check: build of App 7 is not finished
            out|     missing: the end of build of App 7 on the head
            out|     from: App 7
            out|     type: https://github.com/atlas/atlas-kit/pull/7/checks
            out|     turns: as soon as it is given
            out|     rule: required_checks (config/pull-requests.yml:1:26)
            out| pending holds: a maintainer asked to wait
            out|   pending hold: atlas-ada holds it until 2026-03-15T12:00:00.000Z: let me look
            out|     missing: that atlas-ada lets it go, or that the hold runs out
            out|     from: atlas-ada
            out|     type: /governance-hold off
            out|     turns: by itself at 2026-03-15T12:00:00.000Z
            out| nothing changes: it is pending
        "#]],
    );
}

#[test]
fn what_is_supposed_changes_what_hangs_on_it_and_nothing_else() {
    for (arguments, expected) in [
        (
            "--signed atlas-ada",
            expect![[r#"
            exit 1
            atlas/atlas-kit#7 would be pending
            against the present verdict, pending:
              maintainers:
                was: 0 of 2 maintainers: nobody signed
                is: 1 of 2 maintainers: signed by atlas-ada
        "#]],
        ),
        (
            "--signed atlas-ada --signed atlas-ben",
            expect![[r#"
            exit 1
            atlas/atlas-kit#7 would be pending
            against the present verdict, pending:
              maintainers: pending -> success
                was: 0 of 2 maintainers: nobody signed
                is: 2 of 2 maintainers: signed by atlas-ada, atlas-ben
        "#]],
        ),
        (
            "--after 13d",
            expect![[r#"
            exit 1
            atlas/atlas-kit#7 would be pending
            against the present verdict, pending:
              review period: pending -> success
                was: 14 days since it was opened (2026-03-01T00:00:00.000Z) end 2026-03-15T00:00:00.000Z
                is: 14 days since it was opened are over
        "#]],
        ),
        (
            "--at 2026-03-16T00:00:00Z",
            expect![[r#"
            exit 1
            atlas/atlas-kit#7 would be pending
            against the present verdict, pending:
              review period: pending -> success
                was: 14 days since it was opened (2026-03-01T00:00:00.000Z) end 2026-03-15T00:00:00.000Z
                is: 14 days since it was opened are over
              hold: pending -> -
                was: atlas-ada holds it until 2026-03-15T12:00:00.000Z: let me look
                is: nothing
        "#]],
        ),
    ] {
        supposing(arguments, expected);
    }
}

#[test]
fn other_files_and_a_higher_tier_ask_for_more() {
    for (arguments, expected) in [
        (
            "--paths consensus/a.rs docs/a.md",
            expect![[r#"
            exit 1
            atlas/atlas-kit#7 would be pending
            against the present verdict, pending:
              tiers:
                was: tier_1_routine
                is: tier_1_routine, tier_3_consensus
              needed:
                was: 2-of-5 signatures, 14 days of review
                is: 4-of-5 signatures, 30 days of review
              maintainers:
                was: 0 of 2 maintainers: nobody signed
                is: 0 of 4 maintainers: nobody signed
              review period:
                was: 14 days since it was opened (2026-03-01T00:00:00.000Z) end 2026-03-15T00:00:00.000Z
                is: 30 days since it was opened (2026-03-01T00:00:00.000Z) end 2026-03-31T00:00:00.000Z
              attestation: - -> pending
                was: nothing
                is: nobody attests audit of this head
        "#]],
        ),
        (
            "--tier 3",
            expect![[r#"
            exit 1
            atlas/atlas-kit#7 would be pending
            against the present verdict, pending:
              tiers:
                was: tier_1_routine
                is: tier_1_routine, tier_3_consensus
              needed:
                was: 2-of-5 signatures, 14 days of review
                is: 4-of-5 signatures, 30 days of review
              maintainers:
                was: 0 of 2 maintainers: nobody signed
                is: 0 of 4 maintainers: nobody signed
              review period:
                was: 14 days since it was opened (2026-03-01T00:00:00.000Z) end 2026-03-15T00:00:00.000Z
                is: 30 days since it was opened (2026-03-01T00:00:00.000Z) end 2026-03-31T00:00:00.000Z
              attestation: - -> pending
                was: nothing
                is: nobody attests audit of this head
        "#]],
        ),
    ] {
        supposing(arguments, expected);
    }
}

#[test]
fn what_else_is_supposed_changes_only_what_hangs_on_it() {
    for (arguments, expected) in [
        (
            "--check build",
            expect![[r#"
            exit 1
            atlas/atlas-kit#7 would be pending
            against the present verdict, pending:
              check: pending -> success
                was: build of App 7 is not finished
                is: build of App 7 passed
        "#]],
        ),
        (
            "--no-holds",
            expect![[r#"
            exit 1
            atlas/atlas-kit#7 would be pending
            against the present verdict, pending:
              hold: pending -> -
                was: atlas-ada holds it until 2026-03-15T12:00:00.000Z: let me look
                is: nothing
        "#]],
        ),
        (
            "--ready",
            expect![[r#"
            exit 1
            atlas/atlas-kit#7 would be pending
            nothing changes: it is pending
        "#]],
        ),
        (
            "--signed atlas-ada --signed atlas-ben --after 14d --check build --no-holds",
            expect![[r#"
                exit 0
                atlas/atlas-kit#7 would be success
                against the present verdict, pending:
                  maintainers: pending -> success
                    was: 0 of 2 maintainers: nobody signed
                    is: 2 of 2 maintainers: signed by atlas-ada, atlas-ben
                  review period: pending -> success
                    was: 14 days since it was opened (2026-03-01T00:00:00.000Z) end 2026-03-15T00:00:00.000Z
                    is: 14 days since it was opened are over
                  check: pending -> success
                    was: build of App 7 is not finished
                    is: build of App 7 passed
                  hold: pending -> -
                    was: atlas-ada holds it until 2026-03-15T12:00:00.000Z: let me look
                    is: nothing
            "#]],
        ),
    ] {
        supposing(arguments, expected);
    }
}

#[test]
fn a_signature_that_cannot_count_changes_nothing_and_is_noted() {
    for (arguments, expected) in [
        (
            "--signed stranger",
            expect![[r#"
            exit 1
            atlas/atlas-kit#7 would be pending
            note: a signature of stranger counts for nothing here: by these rules no key of theirs does
            nothing changes: it is pending
        "#]],
        ),
        // The author.
        (
            "--signed atlas-gus",
            expect![[r#"
            exit 1
            atlas/atlas-kit#7 would be pending
            against the present verdict, pending:
              own signatures: - -> success
                was: nothing
                is: atlas-gus signed, and opened or pushed this: that does not count
        "#]],
        ),
        // A maintainer of something else.
        (
            "--signed atlas-eve",
            expect![[r#"
            exit 1
            atlas/atlas-kit#7 would be pending
            note: a signature of atlas-eve counts for nothing here: by these rules no key of theirs does
            nothing changes: it is pending
        "#]],
        ),
    ] {
        supposing(arguments, expected);
    }
}

#[test]
fn what_cannot_be_supposed_is_said() {
    let folder = folder();
    for (arguments, expected) in [
        (
            "--facts facts.json --at 2026-03-01T00:00:00Z",
            expect![[r#"
            exit 2
            err| error: 2026-03-01T00:00:00.000Z lies before the facts, which are of 2026-03-02T00:00:00.000Z
            err| help: name a later time: what was before is not known
        "#]],
        ),
        (
            "--facts facts.json --tier 9",
            expect![[r#"
            exit 2
            err| error: the rules have no tier `9`
            err| help: name one of the tiers tier_1_routine, tier_2_feature, tier_3_consensus, tier_4_emergency, tier_5_governance, security_critical, cryptographic, security_enhancement, or its number
        "#]],
        ),
        (
            "--facts facts.json --after 1y",
            expect![[r#"
            exit 2
            err| error: invalid value '1y' for '--after <SPAN>': write a number and s, m, h, d or w, such as 30d
            err|
            err| For more information, try '--help'.
        "#]],
        ),
    ] {
        check(
            &folder,
            &format!("policy simulate --rules rules {arguments}"),
            expected,
        );
    }
}

#[test]
fn files_that_are_no_facts_are_said_with_their_place() {
    let folder = folder();
    let text = serde_json::to_string_pretty(&facts(7)).unwrap();
    write(&folder, "unknown.json", &text.replace("\"checks\"", "\"check\""));
    write(&folder, "later.json", &text.replace("facts/v1", "facts/v2"));
    write(&folder, "half.json", &text[..200]);
    for (arguments, expected) in [
        (
            "--facts unknown.json",
            expect![[r#"
                exit 2
                err| error: unknown.json:13:9: these are no facts: unknown field `check`, expected one of `schema`, `observed_at`, `subject`, `author`, `is_draft`, `change`, `clock`, `checks`, `holds`, `companions`, `pushers`, `removed`, `runs`, `attestations`, `emergency`, `lowering`, `signatures`, `decided`
                err| help: write them as governance/facts/v1: a server hands them out at /api/v1/pull-requests/OWNER/NAME/NUMBER/facts
            "#]],
        ),
        (
            "--facts later.json",
            expect![[r#"
            exit 2
            err| error: later.json:37:33: these are no facts: unknown variant `governance/facts/v2`, expected `governance/facts/v1`
            err| help: write them as governance/facts/v1: a server hands them out at /api/v1/pull-requests/OWNER/NAME/NUMBER/facts
        "#]],
        ),
        (
            "--facts half.json",
            expect![[r#"
            exit 2
            err| error: half.json:13:12: these are no facts: EOF while parsing a value
            err| help: write them as governance/facts/v1: a server hands them out at /api/v1/pull-requests/OWNER/NAME/NUMBER/facts
        "#]],
        ),
        (
            "--facts missing.json",
            expect![[r#"
            exit 2
            err| error: failed to open missing.json: No such file or directory (os error 2)
            err| help: check the path
        "#]],
        ),
        (
            "atlas/atlas-node#1",
            expect![[r#"
            exit 2
            err| error: the following required arguments were not provided:
            err|   --server <URL>
            err|
            err| Usage: governance policy simulate --rules <DIR> --server <URL> <PR|--facts <FILE>>
            err|
            err| For more information, try '--help'.
        "#]],
        ),
    ] {
        check(
            &folder,
            &format!("policy simulate --rules rules {arguments}"),
            expected,
        );
    }
}

#[test]
fn a_simulation_is_for_programs_too() {
    let folder = folder();
    let arguments = "policy simulate --facts facts.json --rules rules --signed atlas-ada --format json";
    let document: Value = serde_json::from_slice(&governance(&folder, arguments).stdout).unwrap();
    let keys: Vec<&String> = document.as_object().unwrap().keys().collect();
    assert_eq!(
        keys,
        [
            "difference",
            "head",
            "notes",
            "number",
            "present",
            "repository",
            "ruleset_digest",
            "schema",
            "simulated",
            "supposed"
        ]
    );
    assert_eq!(document["schema"], "governance/simulation/v1");
    assert_eq!(document["supposed"]["signed"], json!(["atlas-ada"]));
    expect![[r#"{"outcomes":["pending","pending"],"rules":[{"after":{"because":"1 of 2 maintainers: signed by atlas-ada","outcome":"pending"},"before":{"because":"0 of 2 maintainers: nobody signed","outcome":"pending"},"rule":"maintainers"}]}"#]].assert_eq(&document["difference"].to_string());
}

/// Facts of three pull requests: one that waits, one that would be let through, and one in a repository that nobody governs.
fn lines() -> String {
    let mut through = facts(8);
    through["observed_at"] = json!("2026-04-01T00:00:00Z");
    through["holds"] = json!([]);
    through["checks"][0]["state"] = json!("passed");
    let mut elsewhere = facts(9);
    elsewhere["subject"]["repository"] = json!("elsewhere");
    elsewhere["decided"]["outcome"] = json!("neutral");
    format!("{}\n\n{through}\n{elsewhere}\n", facts(7))
}

#[test]
fn past_pull_requests_are_judged_by_changed_rules() {
    let folder = folder();
    write(&folder, "past.jsonl", &lines());
    check(
        &folder,
        "policy backtest --rules rules --against past.jsonl",
        expect![[r#"
            exit 0
            out| 3 pull requests judged: every decision stays what it was
            out|   as of its merge each, or of the last look at what is open: what was decided before held until then
        "#]],
    );
    check(
        &folder,
        "policy backtest --rules changed --rules-before rules --against past.jsonl",
        expect![[r#"
            exit 0
            out| 3 pull requests judged: every decision stays what it was
            out|   as of its merge each, or of the last look at what is open: what was decided before held until then
            out|   the same word for other reasons: 2
        "#]],
    );
}

#[test]
fn decisions_that_change_are_shown_and_end_with_1() {
    let folder = folder();
    write(&folder, "past.jsonl", &lines());
    // More have to sign, and nobody is left to.
    let file = folder.path().join("changed/config/maintainers/layer-3.yml");
    fs::write(file, "maintainers: []\n").unwrap();
    check(
        &folder,
        "policy backtest --rules changed --rules-before rules --against past.jsonl",
        expect![[r#"
            exit 1
            out| atlas/atlas-kit#7: pending -> error (as of its last look, 2026-03-02T00:00:00.000Z)
            out|   needed:
            out|     was: 2-of-5 signatures, 14 days of review
            out|     is: 3-of-5 signatures, 20 days of review
            out|   reachable: - -> error
            out|     was: nothing
            out|     is: 3 signatures are needed, and 0 maintainers of layer 3 can sign: see `policy check`
            out|   maintainers: pending -> error
            out|     was: 0 of 2 maintainers: nobody signed
            out|     is: 0 of 3 maintainers: nobody signed
            out|   review period:
            out|     was: 14 days since it was opened (2026-03-01T00:00:00.000Z) end 2026-03-15T00:00:00.000Z
            out|     is: 20 days since it was opened (2026-03-01T00:00:00.000Z) end 2026-03-21T00:00:00.000Z
            out|   hold: pending -> -
            out|     was: atlas-ada holds it until 2026-03-15T12:00:00.000Z: let me look
            out|     is: nothing
            out| atlas/atlas-kit#8: pending -> error (as of its last look, 2026-04-01T00:00:00.000Z)
            out|   needed:
            out|     was: 2-of-5 signatures, 14 days of review
            out|     is: 3-of-5 signatures, 20 days of review
            out|   reachable: - -> error
            out|     was: nothing
            out|     is: 3 signatures are needed, and 0 maintainers of layer 3 can sign: see `policy check`
            out|   maintainers: pending -> error
            out|     was: 0 of 2 maintainers: nobody signed
            out|     is: 0 of 3 maintainers: nobody signed
            out|   review period:
            out|     was: 14 days since it was opened are over
            out|     is: 20 days since it was opened are over
            out| 3 pull requests judged: 2 decisions change
            out|   as of its merge each, or of the last look at what is open: what was decided before held until then
            out|   pending -> error: 2
        "#]],
    );
    check(
        &folder,
        "policy backtest --rules changed --against past.jsonl",
        expect![[r#"
            exit 1
            out| atlas/atlas-kit#7: pending -> error (as of its last look, 2026-03-02T00:00:00.000Z)
            out|   3 signatures are needed, and 0 maintainers of layer 3 can sign: see `policy check`; 0 of 3 maintainers: nobody signed; 20 days since it was…
            out| atlas/atlas-kit#8: pending -> error (as of its last look, 2026-04-01T00:00:00.000Z)
            out|   3 signatures are needed, and 0 maintainers of layer 3 can sign: see `policy check`; 0 of 3 maintainers: nobody signed
            out| 3 pull requests judged: 2 decisions change
            out|   as of its merge each, or of the last look at what is open: what was decided before held until then
            out|   pending -> error: 2
        "#]],
    );
}

/// The fourteen days were not over when it was decided, and were when it was merged.
#[test]
fn a_backtest_judges_as_of_the_merge() {
    let folder = folder();
    let mut past = facts(7);
    past["checks"] = json!([{"name": "build", "app": 7, "state": "passed"}]);
    past["holds"] = json!([]);
    past["observed_at"] = json!("2026-03-16T00:00:00Z");
    past["decided"]["merged"] = json!({"at": "2026-03-16T00:00:00Z", "by": "atlas-ada"});
    write(&folder, "past.jsonl", &past.to_string());
    let file = folder.path().join("changed/config/maintainers/layer-3.yml");
    fs::write(file, "maintainers: []\n").unwrap();
    check(
        &folder,
        "policy backtest --rules changed --rules-before rules --against past.jsonl",
        expect![[r#"
            exit 1
            out| atlas/atlas-kit#7: pending -> error (as of its merge, 2026-03-16T00:00:00.000Z)
            out|   needed:
            out|     was: 2-of-5 signatures, 14 days of review
            out|     is: 3-of-5 signatures, 20 days of review
            out|   reachable: - -> error
            out|     was: nothing
            out|     is: 3 signatures are needed, and 0 maintainers of layer 3 can sign: see `policy check`
            out|   maintainers: pending -> error
            out|     was: 0 of 2 maintainers: nobody signed
            out|     is: 0 of 3 maintainers: nobody signed
            out|   review period: success -> pending
            out|     was: 14 days since it was opened are over
            out|     is: 20 days since it was opened (2026-03-01T00:00:00.000Z) end 2026-03-21T00:00:00.000Z
            out| 1 pull request judged: 1 decision changes
            out|   as of its merge each, or of the last look at what is open: what was decided before held until then
            out|   pending -> error: 1
        "#]],
    );
}

#[test]
fn a_backtest_is_for_programs_too() {
    let folder = folder();
    write(&folder, "past.jsonl", &lines());
    let arguments = "policy backtest --rules changed --rules-before rules --against past.jsonl --format json";
    let document: Value = serde_json::from_slice(&governance(&folder, arguments).stdout).unwrap();
    assert_eq!(document["schema"], "governance/backtest/v1");
    assert_eq!(
        (&document["judged"], &document["changed"]),
        (&json!(3), &json!(0))
    );
    expect![[r#"{"after":"pending","before":"pending","changes":false,"decided_at":"2026-03-02T00:00:00.000Z","description":"0 of 3 maintainers: nobody signed","difference":{"outcomes":["pending","pending"],"rules":[{"after":{"because":"3-of-5 signatures, 20 days of review","outcome":null},"before":{"because":"2-of-5 signatures, 14 days of review","outcome":null},"rule":"needed"},{"after":{"because":"0 of 3 maintainers: nobody signed","outcome":"pending"},"before":{"because":"0 of 2 maintainers: nobody signed","outcome":"pending"},"rule":"maintainers"},{"after":{"because":"20 days since it was opened are over","outcome":"success"},"before":{"because":"14 days since it was opened are over","outcome":"success"},"rule":"review period"}]},"merged":false,"number":8,"observed_at":"2026-04-01T00:00:00.000Z","repository":"atlas/atlas-kit"}"#]].assert_eq(&document["pull_requests"][1].to_string());
}

#[test]
fn what_is_no_past_is_said_with_file_and_line() {
    let folder = folder();
    let mut bare = facts(8);
    bare.as_object_mut().unwrap().remove("decided");
    write(&folder, "bare.jsonl", &format!("{}\n{bare}\n", facts(7)));
    write(
        &folder,
        "broken.jsonl",
        &format!("{}\n{{\"schema\": 1}}\n", facts(7)),
    );
    write(&folder, "empty.jsonl", "\n\n");
    for (arguments, expected) in [
        (
            "--against empty.jsonl",
            expect![[r#"
            exit 2
            err| error: nothing was judged: 0 pull requests have no facts
            err| help: name facts of pull requests, or wait until the server has decided something of them
        "#]],
        ),
        (
            "--against bare.jsonl",
            expect![[r#"
            exit 2
            err| error: bare.jsonl:2: there is no `decided` to compare with
            err| help: name the rules of before with `--rules-before DIR`
        "#]],
        ),
        (
            "--against broken.jsonl",
            expect![[r#"
            exit 2
            err| error: broken.jsonl:2:12: these are no facts: expected value
            err| help: write them as governance/facts/v1: a server hands them out at /api/v1/pull-requests/OWNER/NAME/NUMBER/facts
        "#]],
        ),
        (
            "--against missing.jsonl",
            expect![[r#"
            exit 2
            err| error: failed to open missing.jsonl: No such file or directory (os error 2)
            err| help: check the path
        "#]],
        ),
        (
            "",
            expect![[r#"
            exit 2
            err| error: the following required arguments were not provided:
            err|   <--against <FILE>|--server <URL>>
            err|
            err| Usage: governance policy backtest --rules <DIR> <--against <FILE>|--server <URL>>
            err|
            err| For more information, try '--help'.
        "#]],
        ),
    ] {
        check(
            &folder,
            &format!("policy backtest --rules rules {arguments}"),
            expected,
        );
    }
}
