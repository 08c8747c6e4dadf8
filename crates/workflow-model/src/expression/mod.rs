//! Expressions: what stands in `${{ }}`, and in `if` without it.
//!
//! They are read whole, with the place of every mistake; only the simplest are evaluated. The grammar is GitHub's: text in single
//! quotes, numbers, `true`, `false`, `null`, names with `.name`, `.*` and `[index]`, calls, `!`, comparisons, `&&`, `||`, parentheses.

mod evaluate;
mod parser;
mod template;
mod token;

pub use evaluate::evaluate_text;
pub use parser::parse_expression;
pub(crate) use template::expressions;
pub use template::{Part, parse_template};

use std::fmt;
use thiserror::Error;

/// Characters of one expression: the limit of GitHub's own reader.
pub const EXPRESSION_CHARACTERS_MAX: usize = 21_000;
/// Expressions within each other: the limit of GitHub's own reader.
pub const EXPRESSION_DEPTH_MAX: usize = 50;
/// Operators, properties and indices of one expression: far more than a person writes, far less than a stack holds.
pub const EXPRESSION_LINKS_MAX: usize = 1000;

/// An expression as a tree.
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub enum Expression {
    /// `null`
    Null,
    /// `true` or `false`
    Boolean(bool),
    /// A number, also in the forms `0x1f`, `0o17` and `1e3`.
    Number(f64),
    /// A text in single quotes.
    Text(String),
    /// A name at the beginning: `github`, `inputs`.
    Name(String),
    /// `of.name`
    Property {
        /// What it is a property of.
        of: Box<Expression>,
        /// Its name, as written.
        name: String,
    },
    /// `of[index]`
    Index {
        /// What is indexed.
        of: Box<Expression>,
        /// With what.
        index: Box<Expression>,
    },
    /// `of.*` or `of[*]`: all that it has.
    All(Box<Expression>),
    /// `function(arguments)`
    Call {
        /// The function's name, as written.
        function: String,
        /// What it is given.
        arguments: Vec<Expression>,
    },
    /// `!operand`
    Not(Box<Expression>),
    /// `left operator right`
    Binary {
        /// What is done with both.
        operator: Operator,
        /// The left one.
        left: Box<Expression>,
        /// The right one.
        right: Box<Expression>,
    },
}

/// What stands between two operands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Operator {
    /// `||`: the left one if it counts as true, else the right one.
    Or,
    /// `&&`: the left one if it counts as false, else the right one.
    And,
    /// `==`
    Equal,
    /// `!=`
    NotEqual,
    /// `<`
    Less,
    /// `<=`
    LessOrEqual,
    /// `>`
    Greater,
    /// `>=`
    GreaterOrEqual,
}

impl Operator {
    /// As it is written.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
        }
    }
}

/// What is wrong with an expression, or why it is not evaluated.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("at character {}: {kind}", offset + 1)]
pub struct ExpressionError {
    /// Where, in characters from the beginning of the text that was given.
    pub offset: usize,
    /// What.
    pub kind: ExpressionErrorKind,
}

/// What is wrong with an expression.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ExpressionErrorKind {
    /// More than [`EXPRESSION_CHARACTERS_MAX`] characters.
    #[error("an expression has at most {EXPRESSION_CHARACTERS_MAX} characters")]
    TooLong,
    /// More than [`EXPRESSION_DEPTH_MAX`] expressions within each other.
    #[error("expressions are nested more than {EXPRESSION_DEPTH_MAX} deep")]
    TooDeep,
    /// More than [`EXPRESSION_LINKS_MAX`] operators, properties and indices.
    #[error("an expression has at most {EXPRESSION_LINKS_MAX} operators, properties and indices")]
    TooManyLinks,
    /// A character that begins nothing.
    #[error("{0:?} means nothing here")]
    Character(char),
    /// A double quote.
    #[error("texts stand in single quotes")]
    DoubleQuote,
    /// A text without its end.
    #[error("the text has no closing quote")]
    OpenText,
    /// Something that looks like a number and is none.
    #[error("not a number")]
    Number,
    /// Something else was expected.
    #[error("{expected} is expected")]
    Expected {
        /// What.
        expected: &'static str,
    },
    /// A `${{` without its `}}`.
    #[error("`${{{{` has no `}}}}`")]
    Unclosed,
    /// The expression is right and needs more than [`evaluate_text`] can do.
    #[error("only names, texts, `&&` and `||` are evaluated")]
    NotEvaluated,
}

impl Expression {
    /// The dotted name, if it is nothing but one: `inputs.version`, also if written `inputs['version']`.
    pub fn dotted_name(&self) -> Option<String> {
        match self {
            Self::Name(name) => Some(name.clone()),
            Self::Property { of, name } => Some(format!("{}.{name}", of.dotted_name()?)),
            Self::Index { of, index } => {
                let Self::Text(name) = index.as_ref() else {
                    return None;
                };
                Some(format!("{}.{name}", of.dotted_name()?))
            }
            Self::Null
            | Self::Boolean(_)
            | Self::Number(_)
            | Self::Text(_)
            | Self::All(_)
            | Self::Call { .. }
            | Self::Not(_)
            | Self::Binary { .. } => None,
        }
    }

    /// What it consists of, one level down.
    pub fn operands(&self) -> Vec<&Expression> {
        match self {
            Self::Null | Self::Boolean(_) | Self::Number(_) | Self::Text(_) | Self::Name(_) => Vec::new(),
            Self::Property { of, .. } | Self::All(of) | Self::Not(of) => vec![of],
            Self::Index { of, index } => vec![of, index],
            Self::Call { arguments, .. } => arguments.iter().collect(),
            Self::Binary { left, right, .. } => vec![left, right],
        }
    }
}

/// Written so that reading it again gives the same tree: every operation in parentheses.
impl fmt::Display for Expression {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Null => out.write_str("null"),
            Self::Boolean(value) => write!(out, "{value}"),
            Self::Number(value) if value.is_infinite() && *value > 0.0 => out.write_str("Infinity"),
            Self::Number(value) if value.is_infinite() => out.write_str("(-1e999)"),
            Self::Number(value) => write!(out, "({value})"),
            Self::Text(text) => write!(out, "'{}'", text.replace('\'', "''")),
            Self::Name(name) => out.write_str(name),
            Self::Property { of, name } => write!(out, "{of}.{name}"),
            Self::Index { of, index } => write!(out, "{of}[{index}]"),
            Self::All(of) => write!(out, "{of}.*"),
            Self::Call { function, arguments } => {
                let arguments: Vec<String> = arguments.iter().map(ToString::to_string).collect();
                write!(out, "{function}({})", arguments.join(", "))
            }
            Self::Not(operand) => write!(out, "(!{operand})"),
            Self::Binary {
                operator,
                left,
                right,
            } => write!(out, "({left} {} {right})", operator.sign()),
        }
    }
}
