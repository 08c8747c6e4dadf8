//! Where something stands, and values that know where they stand.

use std::fmt;
use std::sync::Arc;

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

/// A place in one of the files, and the way to the value there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Spot {
    /// The file, relative to the folder of the rules.
    pub file: Arc<str>,
    /// Where in it.
    pub place: Place,
    /// The way to the value, such as `tiers.tier_1_routine.signatures.required`; empty for the whole file.
    pub key: String,
}

impl Spot {
    /// The beginning of a file.
    pub(crate) fn start(file: &str) -> Self {
        Self {
            file: file.into(),
            place: Place::START,
            key: String::new(),
        }
    }
}

impl fmt::Display for Spot {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.file, self.place)
    }
}

/// A value of a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Located<T> {
    /// What it says.
    pub value: T,
    /// Where it stands.
    pub spot: Spot,
}
