//! What is wrong with a manifest, where, and what to do about it.
//!
//! A problem is a value for people and for tests; nothing here decides whether something is one.

use std::fmt;

/// What sort of problem it is. Stable: the text of [`ProblemKind::code`] is part of JSON output.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ProblemKind {
    /// Not TOML, or a value of another type than the schema's.
    BadSyntax,
    /// A name that is not a legal repository, binary or platform name.
    BadName,
    /// A version, or a version requirement, that is not SemVer.
    BadVersion,
    /// A tag that is missing, illegal in git, or not `v` and the version.
    BadTag,
    /// A pin that is not a full commit id.
    BadCommit,
    /// The commit pinned in the manifest is not the one that the tag resolves to.
    PinDiffers,
    /// `requires` or `[release.after]` names what is not in the manifest.
    UnknownDependency,
    /// A component requires itself.
    RequiresItself,
    /// Something that must be unique is given twice: a key, a requirement, a binary, an alias, an archive name.
    Duplicate,
    /// A requirement does not allow the version that the manifest gives.
    VersionMismatch,
    /// Components that wait for each other.
    Cycle,
    /// A named limit of this crate is exceeded.
    TooLarge,
    /// A key that nothing reads (always a warning).
    UnknownKey,
    /// A table within `[versions]` that is not a component, or a setting for none (always a warning).
    NotReleased,
}

impl ProblemKind {
    /// The kind in kebab case, as in JSON.
    pub fn code(self) -> &'static str {
        match self {
            Self::BadSyntax => "bad-syntax",
            Self::BadName => "bad-name",
            Self::BadVersion => "bad-version",
            Self::BadTag => "bad-tag",
            Self::BadCommit => "bad-commit",
            Self::PinDiffers => "pin-differs",
            Self::UnknownDependency => "unknown-dependency",
            Self::RequiresItself => "requires-itself",
            Self::Duplicate => "duplicate",
            Self::VersionMismatch => "version-mismatch",
            Self::Cycle => "cycle",
            Self::TooLarge => "too-large",
            Self::UnknownKey => "unknown-key",
            Self::NotReleased => "not-released",
        }
    }
}

/// Whether a plan can be made in spite of the problem.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Severity {
    /// No plan.
    Error,
    /// A plan, and something that a person should look at.
    Warning,
}

impl fmt::Display for Severity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Error => "error",
            Self::Warning => "warning",
        })
    }
}

/// One problem of a manifest, with its place and remedy.
///
/// Displayed on two lines: `file:line:column: error: message`, then `  help: remedy`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The file, as the caller named it.
    pub file: String,
    /// Line, counted from 1.
    pub line: usize,
    /// Column in characters, counted from 1.
    pub column: usize,
    /// Error or warning.
    pub severity: Severity,
    /// The sort of problem.
    pub kind: ProblemKind,
    /// What is wrong: a lower-case fragment without a full stop.
    pub message: String,
    /// What to do next: a lower-case fragment without a full stop.
    pub remedy: String,
}

impl fmt::Display for Problem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            file,
            line,
            column,
            severity,
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

impl std::error::Error for Problem {}
