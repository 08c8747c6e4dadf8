//! What is to be said about a workflow file, for people and for programs.

use crate::Place;
use serde::{Serialize, Serializer};
use std::fmt;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// A release would fail, or could be abused.
    Error,
    /// Somebody should look at it.
    Warning,
    /// Good to know.
    Note,
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Error => "error",
            Self::Warning => "warning",
            Self::Note => "note",
        })
    }
}

/// What sort of finding it is. The text of [`Code::as_str`] is part of the JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Code {
    /// Nothing in the file hears the request to build.
    NoListener,
    /// The run's name does not show the dispatch id.
    NoDispatchId,
    /// The token may do more than the steps need.
    PermissionsWide,
    /// The token may do less than the steps need.
    PermissionsNarrow,
    /// `${{ }}` puts text of others into a script.
    ForeignTextInShell,
    /// Several labels are written as one.
    LabelListAsText,
    /// An action is not named by its commit.
    UnpinnedAction,
    /// An expression that cannot be read.
    BadExpression,
    /// A value that GitHub refuses.
    WrongShape,
    /// A key that is not known here.
    UnknownKey,
}

impl Code {
    /// The code in kebab case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::NoListener => "no-listener",
            Self::NoDispatchId => "no-dispatch-id",
            Self::PermissionsWide => "permissions-wide",
            Self::PermissionsNarrow => "permissions-narrow",
            Self::ForeignTextInShell => "foreign-text-in-shell",
            Self::LabelListAsText => "label-list-as-text",
            Self::UnpinnedAction => "unpinned-action",
            Self::BadExpression => "bad-expression",
            Self::WrongShape => "wrong-shape",
            Self::UnknownKey => "unknown-key",
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One thing about one place of a file. Its fields are those of `findings[]` in the schema `governance/findings/v1`.
///
/// Displayed on two lines: `file:line:column: severity: message`, then `  help: remedy`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What sort of finding it is.
    pub code: Code,
    /// The file, as the caller named it.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// The way to the value, such as `jobs.build.runs-on`; empty where it is about the whole file.
    pub key: String,
    /// What is wrong: a lower-case fragment without a full stop.
    pub message: String,
    /// What to do next: a lower-case fragment without a full stop.
    pub remedy: String,
}

impl Finding {
    /// Where it is.
    pub fn place(&self) -> Place {
        Place {
            line: self.line,
            column: self.column,
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            severity,
            file,
            line,
            column,
            message,
            remedy,
            ..
        } = self;
        write!(
            out,
            "{file}:{line}:{column}: {severity}: {message}\n  help: {remedy}"
        )
    }
}
