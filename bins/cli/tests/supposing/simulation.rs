//! What would be, if something else were.

use super::*;

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
            out| as of 2026-03-02T00:00:00.000Z, rules sha256:ced6f3dcc6d7424ae3e722ba1ccce1e8493073149e12bc7ccce2a4c4f774ccbb
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
                err| error: unknown.json:13:9: these are no facts: unknown field `check`, expected one of `schema`, `observed_at`, `subject`, `author`, `is_draft`, `change`, `clock`, `checks`, `holds`, `companions`, `references`, `pushers`, `removed`, `runs`, `attestations`, `emergency`, `lowering`, `signatures`, `decided`
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
