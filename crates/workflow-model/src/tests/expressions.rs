//! Expressions: what they are read as, what is wrong with them, and what the simple ones give.

use crate::{evaluate_text, parse_expression, parse_template};

fn reads_as(text: &str, expected: &str) {
    assert_eq!(parse_expression(text).unwrap().to_string(), expected, "{text}");
}

#[test]
fn operators_bind_as_on_github() {
    reads_as("a || b && c", "(a || (b && c))");
    reads_as("a && b || c", "((a && b) || c)");
    reads_as("a == b && c != d", "((a == b) && (c != d))");
    reads_as("a == b < c", "(a == (b < c))");
    reads_as("!a == b", "((!a) == b)");
    reads_as("!(a == b)", "(!(a == b))");
    reads_as("a || b || c", "((a || b) || c)");
}

#[test]
fn names_literals_and_calls_are_read() {
    reads_as("github.event.inputs['a-b'].c", "github.event.inputs['a-b'].c");
    reads_as("github.event.*.name", "github.event.*.name");
    reads_as("a[*].b", "a.*.b");
    reads_as("matrix[inputs.x][0]", "matrix[inputs.x][(0)]");
    reads_as("'it''s'", "'it''s'");
    reads_as("true && false || null", "((true && false) || null)");
    reads_as("-1.5e3", "(-1500)");
    reads_as("0x1F", "(31)");
    reads_as("0o17", "(15)");
    reads_as("contains(fromJSON('[1]'), a)", "contains(fromJSON('[1]'), a)");
    reads_as("always( )", "always()");
    reads_as("\n a\t||\n b\n", "(a || b)");
}

#[test]
fn what_is_wrong_is_said_with_its_place() {
    let wrong = |text: &str, expected: &str| {
        assert_eq!(
            parse_expression(text).unwrap_err().to_string(),
            expected,
            "{text}"
        );
    };
    wrong("", "at character 1: a value is expected");
    wrong("a ||", "at character 5: a value is expected");
    wrong("a b", "at character 3: an operator is expected");
    wrong("a = b", "at character 3: '=' means nothing here");
    wrong("a == \"b\"", "at character 6: texts stand in single quotes");
    wrong("'ä", "at character 1: the text has no closing quote");
    wrong("(a", "at character 3: `)` is expected");
    wrong("a[b", "at character 4: `]` is expected");
    wrong("a.", "at character 3: the name of a property is expected");
    wrong("f(a b)", "at character 5: `,` or `)` is expected");
    wrong("1.2.3", "at character 1: not a number");
    wrong("'ä' + b", "at character 5: not a number");
    wrong(
        &"(".repeat(60),
        "at character 52: expressions are nested more than 50 deep",
    );
    wrong(
        &"a || ".repeat(2000),
        "at character 5003: an expression has at most 1000 operators, properties and indices",
    );
    wrong(
        &"a".repeat(21_001),
        "at character 21001: an expression has at most 21000 characters",
    );
}

#[test]
fn a_template_may_hold_the_closing_sign_in_quotes() {
    assert_eq!(parse_template("a ${{ '}}' }} b").unwrap().len(), 3);
    assert_eq!(
        parse_template("ä ${{ a").unwrap_err().to_string(),
        "at character 3: `${{` has no `}}`"
    );
    assert_eq!(
        parse_template("ä ${{ a }} ${{ a b }}").unwrap_err().to_string(),
        "at character 18: an operator is expected"
    );
}

#[test]
fn the_name_of_a_run_is_evaluated() {
    let template =
        "build ${{ inputs.version || github.event.client_payload.version }} [${{ inputs['id'] || 'none' }}]";
    let run_name = |known: &[(&str, &str)]| {
        let lookup = |name: &str| {
            known
                .iter()
                .find(|(known, _)| *known == name)
                .map(|(_, value)| (*value).to_owned())
        };
        evaluate_text(template, lookup).unwrap()
    };
    assert_eq!(
        run_name(&[("inputs.version", "1"), ("inputs.id", "7")]),
        "build 1 [7]"
    );
    assert_eq!(
        run_name(&[
            ("github.event.client_payload.version", "2"),
            ("inputs.version", "")
        ]),
        "build 2 [none]"
    );
    assert_eq!(run_name(&[]), "build  [none]");
    assert_eq!(evaluate_text("${{ a && 'b' }}", |_| None).unwrap(), "");
    assert_eq!(
        evaluate_text("${{ a && 'b' }}", |_| Some("x".to_owned())).unwrap(),
        "b"
    );
    assert!(evaluate_text("${{ format('{0}', a) }}", |_| None).is_err());
}
