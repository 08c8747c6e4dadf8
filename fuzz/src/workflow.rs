//! Workflow files and the expressions in them.

use super::plain::{assert_one_line, assert_within};
use workflow_model::{
    EXPRESSION_DEPTH_MAX, EXPRESSION_LINKS_MAX, Expectations, Expression, WORKFLOW_BYTES_MAX, check,
    evaluate_text, parse_expression, parse_template, parse_workflow,
};

/// Everything that [`parse_workflow`] and [`check`] promise.
pub fn workflow(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let workflow = match parse_workflow("w.yml", text) {
        Ok(workflow) => workflow,
        Err(error) => {
            assert_within(text, error.place.line, error.place.column);
            assert_one_line(&error.kind.to_string());
            assert_one_line(error.kind.remedy());
            return;
        }
    };
    assert!(text.len() <= WORKFLOW_BYTES_MAX);
    let findings = check(&workflow, &Expectations::default());
    assert!(findings.is_sorted_by_key(|finding| (finding.line, finding.column)));
    for finding in &findings {
        assert_within(text, finding.line, finding.column);
        assert_one_line(&finding.message);
        assert_one_line(&finding.remedy);
        assert_one_line(&format!(".{}", finding.key));
    }
}

/// Everything that [`parse_expression`], [`parse_template`] and [`evaluate_text`] promise.
pub fn expression(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let letters = text.chars().count();
    match parse_expression(text) {
        Ok(expression) => {
            assert!(depth(&expression) <= EXPRESSION_DEPTH_MAX + EXPRESSION_LINKS_MAX + 1);
            let written = expression.to_string();
            // What is written has more parentheses, and so can be too deep to be read again.
            if let Ok(again) = parse_expression(&written) {
                assert_eq!(again.to_string(), written);
            }
        }
        Err(error) => assert!(error.offset <= letters, "{error} in {text:?}"),
    }
    if let Err(error) = parse_template(text) {
        assert!(error.offset <= letters, "{error} in {text:?}");
        assert!(evaluate_text(text, |_| None).is_err());
    } else if !text.contains("${{") {
        let unchanged = evaluate_text(text, |_| None).unwrap_or_else(|error| panic!("{error}"));
        assert_eq!(unchanged, text);
    }
}

fn depth(expression: &Expression) -> usize {
    expression.operands().into_iter().map(depth).max().unwrap_or(0) + 1
}
