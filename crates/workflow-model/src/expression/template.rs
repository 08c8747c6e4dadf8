//! Texts with expressions in them: `build ${{ inputs.version }}`.

use super::{Expression, ExpressionError, ExpressionErrorKind, parse_expression};

/// A piece of a text with expressions.
#[derive(Debug, Clone, PartialEq)]
pub enum Part {
    /// Text that stays as it is.
    Text(String),
    /// What stood in `${{ }}`.
    Expression(Expression),
}

/// Takes a text apart. The offset of an error is counted from the beginning of the text.
///
/// # Errors
///
/// The first expression that is wrong, or a `${{` without its `}}`.
pub fn parse_template(text: &str) -> Result<Vec<Part>, ExpressionError> {
    let mut parts = Vec::new();
    for piece in pieces(text) {
        match piece {
            Piece::Text(text) => parts.push(Part::Text(text.to_owned())),
            Piece::Expression { offset, text } => {
                parts.push(Part::Expression(placed(offset, parse_expression(text))?))
            }
            Piece::Unclosed { offset } => {
                return Err(ExpressionError {
                    offset,
                    kind: ExpressionErrorKind::Unclosed,
                });
            }
        }
    }
    Ok(parts)
}

/// Every expression of a text by itself, in order: one that is wrong does not hide the others.
pub(crate) fn expressions(text: &str) -> Vec<Result<Expression, ExpressionError>> {
    let mut expressions = Vec::new();
    for piece in pieces(text) {
        match piece {
            Piece::Text(_) => {}
            Piece::Expression { offset, text } => expressions.push(placed(offset, parse_expression(text))),
            Piece::Unclosed { offset } => expressions.push(Err(ExpressionError {
                offset,
                kind: ExpressionErrorKind::Unclosed,
            })),
        }
    }
    expressions
}

fn placed<T>(offset: usize, read: Result<T, ExpressionError>) -> Result<T, ExpressionError> {
    read.map_err(|error| ExpressionError {
        offset: offset + error.offset,
        ..error
    })
}

enum Piece<'t> {
    Text(&'t str),
    /// What stands between `${{` and `}}`; `offset` is that of its first character.
    Expression {
        offset: usize,
        text: &'t str,
    },
    Unclosed {
        offset: usize,
    },
}

fn pieces(text: &str) -> Vec<Piece<'_>> {
    let mut pieces = Vec::new();
    let mut rest = text;
    let mut offset = 0;
    while let Some(begin) = rest.find("${{") {
        if begin > 0 {
            pieces.push(Piece::Text(&rest[..begin]));
        }
        offset += rest[..begin].chars().count();
        let within = &rest[begin + 3..];
        let Some(end) = end_of_expression(within) else {
            pieces.push(Piece::Unclosed { offset });
            return pieces;
        };
        pieces.push(Piece::Expression {
            offset: offset + 3,
            text: &within[..end],
        });
        offset += 3 + within[..end + 2].chars().count();
        rest = &within[end + 2..];
    }
    if !rest.is_empty() {
        pieces.push(Piece::Text(rest));
    }
    pieces
}

/// Where the `}}` stands that closes an expression: not within a text in quotes.
fn end_of_expression(text: &str) -> Option<usize> {
    let mut in_text = false;
    for (index, byte) in text.bytes().enumerate() {
        match byte {
            b'\'' => in_text = !in_text,
            b'}' if !in_text && text[index + 1..].starts_with('}') => return Some(index),
            _ => {}
        }
    }
    None
}
