//! The words of an expression, each with its place.

use super::{EXPRESSION_CHARACTERS_MAX, ExpressionError, ExpressionErrorKind, Operator};

/// A word.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Token {
    Name(String),
    Number(f64),
    Text(String),
    Operator(Operator),
    Not,
    Dot,
    Comma,
    Star,
    Open,
    Close,
    OpenIndex,
    CloseIndex,
}

/// A word and where it begins, in characters.
pub(super) type Placed = (usize, Token);

/// All words of an expression.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, ExpressionError> {
    let letters: Vec<char> = text.chars().take(EXPRESSION_CHARACTERS_MAX + 1).collect();
    if letters.len() > EXPRESSION_CHARACTERS_MAX {
        return Err(error(EXPRESSION_CHARACTERS_MAX, ExpressionErrorKind::TooLong));
    }
    let mut tokens: Vec<Placed> = Vec::new();
    let mut at = 0;
    while at < letters.len() {
        if letters[at].is_whitespace() {
            at += 1;
            continue;
        }
        let behind_value = tokens.last().is_some_and(|(_, token)| ends_value(token));
        let (token, length) =
            token(&letters[at..], behind_value).map_err(|(offset, kind)| error(at + offset, kind))?;
        tokens.push((at, token));
        at += length;
    }
    Ok(tokens)
}

pub(super) fn error(offset: usize, kind: ExpressionErrorKind) -> ExpressionError {
    ExpressionError { offset, kind }
}

/// Whether a value ends with this word: then a dot is the dot of a property, not of a number.
fn ends_value(token: &Token) -> bool {
    matches!(
        token,
        Token::Name(_) | Token::Close | Token::CloseIndex | Token::Star | Token::Text(_)
    )
}

type Read = Result<(Token, usize), (usize, ExpressionErrorKind)>;

fn token(letters: &[char], behind_value: bool) -> Read {
    let second = letters.get(1).copied();
    let single = |token| Ok((token, 1));
    let double = |operator| Ok((Token::Operator(operator), 2));
    match letters[0] {
        '(' => single(Token::Open),
        ')' => single(Token::Close),
        '[' => single(Token::OpenIndex),
        ']' => single(Token::CloseIndex),
        ',' => single(Token::Comma),
        '*' => single(Token::Star),
        '.' if behind_value => single(Token::Dot),
        '!' if second == Some('=') => double(Operator::NotEqual),
        '!' => single(Token::Not),
        '<' if second == Some('=') => double(Operator::LessOrEqual),
        '<' => single(Token::Operator(Operator::Less)),
        '>' if second == Some('=') => double(Operator::GreaterOrEqual),
        '>' => single(Token::Operator(Operator::Greater)),
        '=' if second == Some('=') => double(Operator::Equal),
        '&' if second == Some('&') => double(Operator::And),
        '|' if second == Some('|') => double(Operator::Or),
        '\'' => text(letters),
        '"' => Err((0, ExpressionErrorKind::DoubleQuote)),
        first if first.is_ascii_digit() || matches!(first, '.' | '-' | '+') => number(letters),
        first if first.is_ascii_alphabetic() || first == '_' => name(letters),
        other => Err((0, ExpressionErrorKind::Character(other))),
    }
}

/// A text in single quotes; two of them within it are one.
fn text(letters: &[char]) -> Read {
    let mut text = String::new();
    let mut at = 1;
    while at < letters.len() {
        match (letters[at], letters.get(at + 1)) {
            ('\'', Some('\'')) => {
                text.push('\'');
                at += 2;
            }
            ('\'', _) => return Ok((Token::Text(text), at + 1)),
            (letter, _) => {
                text.push(letter);
                at += 1;
            }
        }
    }
    Err((0, ExpressionErrorKind::OpenText))
}

fn name(letters: &[char]) -> Read {
    let length = word_length(letters, |letter| {
        letter.is_ascii_alphanumeric() || matches!(letter, '_' | '-')
    });
    Ok((Token::Name(letters[..length].iter().collect()), length))
}

fn number(letters: &[char]) -> Read {
    let length = word_length(letters, |letter| {
        letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '+' | '_')
    });
    let word: String = letters[..length].iter().collect();
    let value = match word.as_bytes() {
        [b'0', b'x', ..] => whole(&word[2..], 16),
        [b'0', b'o', ..] => whole(&word[2..], 8),
        bytes
            if bytes
                .iter()
                .all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'-' | b'+' | b'e' | b'E')) =>
        {
            word.parse().ok()
        }
        _ => None,
    };
    match value {
        Some(value) => Ok((Token::Number(value), length)),
        None => Err((0, ExpressionErrorKind::Number)),
    }
}

fn whole(digits: &str, radix: u32) -> Option<f64> {
    u32::from_str_radix(digits, radix).ok().map(f64::from)
}

fn word_length(letters: &[char], belongs: impl Fn(char) -> bool) -> usize {
    letters
        .iter()
        .position(|letter| !belongs(*letter))
        .unwrap_or(letters.len())
}
