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
    let parts = placed_parts(text).into_iter();
    parts.map(|part| part.map(|(_, part)| part)).collect()
}

/// Every expression of a text by itself, in order: one that is wrong does not hide the others.
pub(crate) fn expressions(text: &str) -> Vec<Result<Expression, ExpressionError>> {
    let expression = |part: Result<(usize, Part), ExpressionError>| match part {
        Ok((_, Part::Text(_))) => None,
        Ok((_, Part::Expression(expression))) => Some(Ok(expression)),
        Err(error) => Some(Err(error)),
    };
    placed_parts(text).into_iter().filter_map(expression).collect()
}

/// Every piece by itself, with its offset.
pub(super) fn placed_parts(text: &str) -> Vec<Result<(usize, Part), ExpressionError>> {
    let part = |piece| match piece {
        Piece::Text { offset, text } => Ok((offset, Part::Text(text.to_owned()))),
        Piece::Expression { offset, text } => {
            placed(offset, parse_expression(text)).map(|expression| (offset, Part::Expression(expression)))
        }
        Piece::Unclosed { offset } => Err(ExpressionError {
            offset,
            kind: ExpressionErrorKind::Unclosed,
        }),
    };
    pieces(text).into_iter().map(part).collect()
}

fn placed<T>(offset: usize, read: Result<T, ExpressionError>) -> Result<T, ExpressionError> {
    read.map_err(|error| ExpressionError {
        offset: offset + error.offset,
        ..error
    })
}

enum Piece<'t> {
    Text {
        offset: usize,
        text: &'t str,
    },
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
            pieces.push(Piece::Text {
                offset,
                text: &rest[..begin],
            });
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
        pieces.push(Piece::Text { offset, text: rest });
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
