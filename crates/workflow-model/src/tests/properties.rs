//! Any text at all: nothing panics, and every place that is named can be gone to.

use crate::{Expectations, Place, check, evaluate_text, parse_expression, parse_template, parse_workflow};
use proptest::prelude::*;

/// Pieces that workflow files are made of, put together in any order.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop::sample::select(vec![
        "on",
        "jobs",
        "push",
        ":",
        ": ",
        "\n",
        "\n  ",
        "\n    ",
        "- ",
        "[",
        "]",
        "{",
        "}",
        "'",
        "\"",
        "|\n",
        ">\n",
        "&a ",
        "*a",
        "${{",
        "}}",
        "run",
        "uses",
        "steps",
        "ä",
        "\t",
        "#",
        "---\n",
        "!x ",
        "a",
        "0",
        ", ",
        "inputs.x",
        "permissions",
        "runs-on",
        "repository_dispatch",
        "\u{feff}",
        "\r\n",
        "? ",
        "~",
    ]);
    prop::collection::vec(piece, 0..60).prop_map(|pieces| pieces.concat())
}

fn can_be_gone_to(text: &str, place: Place) -> bool {
    let line = text.split('\n').nth(place.line - 1);
    line.is_some_and(|line| (1..=line.chars().count() + 1).contains(&place.column))
}

fn holds(text: &str) {
    match parse_workflow("w.yml", text) {
        Ok(workflow) => {
            for finding in check(&workflow, &Expectations::default()) {
                assert!(can_be_gone_to(text, finding.place()), "{text:?}: {finding}");
            }
        }
        Err(error) => assert!(can_be_gone_to(text, error.place), "{text:?}: {error}"),
    }
}

proptest! {
    #[test]
    fn any_text_is_read_or_refused_with_a_place_within_it(text in "\\PC{0,200}") {
        holds(&text);
    }

    #[test]
    fn any_pieces_are_read_or_refused_with_a_place_within_them(text in pieces()) {
        holds(&text);
    }

    #[test]
    fn any_expression_is_read_or_refused_with_a_place_within_it(text in "[a-z0-9'.()\\[\\]*!=<>&|, ä-]{0,60}") {
        match parse_expression(&text) {
            Ok(expression) => {
                let written = expression.to_string();
                prop_assert_eq!(parse_expression(&written).unwrap().to_string(), written);
            }
            Err(error) => prop_assert!(error.offset <= text.chars().count()),
        }
        let in_template = format!("${{{{{text}}}}}");
        if let Err(error) = parse_template(&in_template) {
            prop_assert!(error.offset <= in_template.chars().count());
        }
        let _whatever_it_gives = evaluate_text(&in_template, |_| None);
    }
}
