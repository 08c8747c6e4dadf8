//! A problem of a configuration text: where, what, and what to do.

use std::fmt;

/// One thing that is wrong in a configuration text.
///
/// Displayed as `file:line:column: message`; the remedy is a sentence of its own for a `help:` line.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file as the caller named it.
    pub file: String,
    /// Counted from 1.
    pub line: usize,
    /// In characters, counted from 1.
    pub column: usize,
    /// What was found and what was expected: a lower-case fragment.
    pub message: String,
    /// What to do next: an imperative fragment.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{}:{}:{}: {}",
            self.file, self.line, self.column, self.message
        )
    }
}

impl std::error::Error for Problem {}
