//! The simplest expressions evaluated: names, texts, `&&` and `||`. Enough for the name of a run.

use super::{Expression, ExpressionError, ExpressionErrorKind, Operator, Part, parse_template};

/// A text with its expressions replaced by what they give. `lookup` is asked for dotted names as they are written,
/// `inputs.version` for instance; what it does not know counts as nothing, as on GitHub.
///
/// # Errors
///
/// An expression that is wrong, or one that needs more than names, texts, `&&` and `||`.
pub fn evaluate_text(text: &str, lookup: impl Fn(&str) -> Option<String>) -> Result<String, ExpressionError> {
    let mut evaluated = String::new();
    for part in parse_template(text)? {
        match part {
            Part::Text(text) => evaluated.push_str(&text),
            Part::Expression(expression) => {
                let value = value(&expression, &lookup).ok_or(ExpressionError {
                    offset: 0,
                    kind: ExpressionErrorKind::NotEvaluated,
                })?;
                evaluated.push_str(&value);
            }
        }
    }
    Ok(evaluated)
}

/// What an expression gives as text; the empty text counts as false.
fn value(expression: &Expression, lookup: &dyn Fn(&str) -> Option<String>) -> Option<String> {
    if let Some(name) = expression.dotted_name() {
        return Some(lookup(&name).unwrap_or_default());
    }
    match expression {
        Expression::Null => Some(String::new()),
        Expression::Text(text) => Some(text.clone()),
        Expression::Binary {
            operator: operator @ (Operator::Or | Operator::And),
            left,
            right,
        } => {
            let left = value(left, lookup)?;
            let left_counts = !left.is_empty();
            let stays = (*operator == Operator::Or) == left_counts;
            if stays { Some(left) } else { value(right, lookup) }
        }
        Expression::Boolean(_)
        | Expression::Number(_)
        | Expression::Name(_)
        | Expression::Property { .. }
        | Expression::Index { .. }
        | Expression::All(_)
        | Expression::Call { .. }
        | Expression::Not(_)
        | Expression::Binary { .. } => None,
    }
}
