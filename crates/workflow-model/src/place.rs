//! Where something stands in a file, and texts that know where they stand.

use std::fmt;

/// A place in a file, both numbers counted from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// The line.
    pub line: usize,
    /// The column.
    pub column: usize,
}

impl Place {
    /// Where every file begins.
    pub const START: Self = Self { line: 1, column: 1 };
}

impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.line, self.column)
    }
}

/// A scalar of the file as text, whatever YAML would take it for, with its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Text {
    /// What it says, escapes and folding resolved.
    pub value: String,
    /// Where it begins.
    pub place: Place,
    /// Where each `${{` within it begins, in order. One for each of them in `value`.
    pub(crate) marks: Vec<Place>,
}

impl Text {
    /// The place of the `${{` with this number, from 0; the text's own place if there are fewer.
    pub fn mark(&self, number: usize) -> Place {
        self.marks.get(number).copied().unwrap_or(self.place)
    }
}

impl AsRef<str> for Text {
    fn as_ref(&self) -> &str {
        &self.value
    }
}

/// A key with its value: an input's default, a variable, a setting of a step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The name, as written.
    pub name: Text,
    /// The value.
    pub value: Text,
}
