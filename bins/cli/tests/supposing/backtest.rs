//! What would have been, by other rules.

use super::*;

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
