use super::*;
use expect_test::{Expect, expect};

const HEAD: &str = "6dcb09b5b57875f334f61aebed695e2e4193db5e";
const OLD: &str = "1111111111111111111111111111111111111111";
const MERGE: &str = "2222222222222222222222222222222222222222";

fn verdict(head: &str, signed: &str) -> String {
    format!(
        "{{\"version\": 1, \"head\": \"{head}\", \"head_tree\": \"{head}\", \"base\": \"main\", \"verdict\": {{\"outcome\": \"success\", \
         \"observed_at\": \"2026-03-01T00:00:00.000Z\", \"rulings\": [{{\"rule\": \"signatures\", \"outcome\": \"success\", \"because\": \"who\", \
         \"parts\": [{{\"rule\": \"maintainers\", \"outcome\": \"success\", \"because\": \"2 of 2 maintainers: signed by {signed}\"}}, \
         {{\"rule\": \"keyholders\", \"outcome\": \"success\", \"because\": \"1 of 1 keyholder: signed by ivy, ada\"}}]}}]}}}}"
    )
}

fn merge(status: &str) -> String {
    format!(
        "{{\"version\": 1, \"head\": \"{HEAD}\", \"head_tree\": \"{HEAD}\", \"base\": \"main\", \"verdict\": null, \"merge\": \
         {{\"at\": \"2026-03-01T00:00:00.000Z\", \"by\": \"ada\", \"commit\": \"{MERGE}\", \"status\": {status}, \"mode\": \"enforce\"}}}}"
    )
}

const GREEN: &str = "{\"state\": \"success\", \"description\": \"All rules hold\"}";

fn check(bodies: &[String], expected: Expect) {
    let mut reading = Reading::of(12);
    let taken = bodies.iter().try_for_each(|body| match reading.is_complete {
        true => Ok(()),
        false => reading.take(body),
    });
    let told = match taken.map(|()| reading.merge) {
        Ok(Some(found)) => format!(
            "{} {:?} {} signed by {} and {} more",
            found.commit.map(|commit| commit.to_string()).unwrap_or_default(),
            found.status.map(|status| status.state),
            found.head,
            found.signers.join(", "),
            found.more_signers
        ),
        Ok(None) => "no merge".to_owned(),
        Err(why) => why,
    };
    expected.assert_eq(&told);
}

#[test]
fn a_merge_is_read_with_the_signers_of_the_verdict_before_it() {
    check(
        &[merge(GREEN), verdict(HEAD, "ada, ben"), verdict(HEAD, "ada")],
        expect![[
            r#"2222222222222222222222222222222222222222 Some("success") 6dcb09b5b57875f334f61aebed695e2e4193db5e signed by ada, ben, ivy and 0 more"#
        ]],
    );
    check(
        &[merge(GREEN), verdict(HEAD, "a, b, c, d, e, f, g and 4 more")],
        expect![[
            r#"2222222222222222222222222222222222222222 Some("success") 6dcb09b5b57875f334f61aebed695e2e4193db5e signed by a, b, c, d, e, f, g, ivy, ada and 4 more"#
        ]],
    );
}

#[test]
fn a_verdict_of_another_head_names_no_signers() {
    check(
        &[merge("null"), verdict(OLD, "ada, ben")],
        expect![
            "2222222222222222222222222222222222222222 None 6dcb09b5b57875f334f61aebed695e2e4193db5e signed by  and 0 more"
        ],
    );
}

#[test]
fn of_a_merge_that_landed_as_another_thing_no_green_is_left() {
    let landed = |result: &str| {
        format!(
            "{{\"version\": 1, \"head\": \"{HEAD}\", \"landed\": {{\"commit\": \"{MERGE}\", \"result\": \"{result}\", \
             \"because\": \"why\", \"mode\": \"enforce\", \"by\": null}}}}"
        )
    };
    for (result, state) in [
        ("different", "failure"),
        ("unknown", "failure"),
        ("same", "success"),
    ] {
        let bodies = [landed(result), merge(GREEN), verdict(HEAD, "ada")];
        let mut reading = Reading::of(12);
        for body in &bodies {
            reading.take(body).unwrap();
        }
        let Entry::Merge(found) = reading.entry() else {
            panic!("no merge");
        };
        assert_eq!(found.status.unwrap().state, state, "{result}");
    }
}

#[test]
fn without_a_merge_in_the_book_there_is_none() {
    check(&[verdict(HEAD, "ada, ben")], expect!["no merge"]);
    check(&[], expect!["no merge"]);
}

#[test]
fn what_a_newer_program_wrote_is_not_guessed_at() {
    check(
        &[merge(GREEN).replace("\"version\": 1", "\"version\": 2")],
        expect!["it has version 2, and this program knows 1"],
    );
    check(
        &["{}".to_owned()],
        expect!["missing field `version` at line 1 column 2"],
    );
}

#[test]
fn what_cannot_be_read_behind_a_merge_costs_the_names_alone() {
    check(
        &[merge(GREEN), "{}".to_owned(), verdict(HEAD, "ada, ben")],
        expect![[
            r#"2222222222222222222222222222222222222222 Some("success") 6dcb09b5b57875f334f61aebed695e2e4193db5e signed by  and 0 more"#
        ]],
    );
}

#[test]
fn a_title_hints_at_three_numbers_at_most() {
    for (message, expected) in [
        ("Merge pull request #12 from side\n\n#13", &[12][..]),
        ("Add a thing (#7)", &[7]),
        ("#1 #2 #3 #4", &[1, 2, 3]),
        ("# heading, C#, #x, #99999999999999999999999", &[]),
        ("", &[]),
    ] {
        assert_eq!(hints(message), expected, "{message}");
    }
}
