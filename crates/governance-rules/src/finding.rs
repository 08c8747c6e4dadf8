//! What is to be said about rules that can be read, for people and for programs.

use crate::wording::one_line;
use crate::{Code, Spot};
use serde::Serialize;
use std::fmt;

/// How much a finding matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something could never be merged, or by the wrong people.
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

/// What the rules are checked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Mode {
    /// Pull requests are held back by them.
    Enforce,
    /// They are only tried out: what would be an error is a warning.
    DryRun,
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
    /// The file, relative to the folder of the rules.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// The way to the value, such as `maintainers[2].public_key`; empty where it is about the whole file.
    pub key: String,
    /// What is wrong: a lower-case fragment without a full stop.
    pub message: String,
    /// What to do next: a lower-case fragment without a full stop.
    pub remedy: String,
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

/// The findings so far.
#[derive(Debug, Default)]
pub(crate) struct Findings {
    found: Vec<Finding>,
}

impl Findings {
    /// One more, as severe as its code says.
    pub(crate) fn say(&mut self, code: Code, spot: &Spot, message: impl Into<String>, remedy: &str) {
        self.found.push(Finding {
            severity: code.severity(),
            code,
            file: one_line(&spot.file),
            line: spot.place.line,
            column: spot.place.column,
            key: spot.key.clone(),
            message: message.into(),
            remedy: remedy.to_owned(),
        });
    }

    /// All of them in the order of the files, as severe as the mode makes them.
    pub(crate) fn finish(mut self, mode: Mode) -> Vec<Finding> {
        for finding in &mut self.found {
            if mode == Mode::DryRun && finding.severity == Severity::Error {
                finding.severity = Severity::Warning;
            }
        }
        let order = |finding: &Finding| (finding.file.clone(), finding.line, finding.column, finding.code);
        self.found.sort_by_cached_key(order);
        self.found
    }
}
