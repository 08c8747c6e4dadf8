//! Why texts are no rules at all. What is merely doubtful in rules that can be read is a finding.

use crate::{FILE_BYTES_MAX, Spot};
use thiserror::Error;

/// What is wrong.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RulesetErrorKind {
    /// There are more files than [`crate::FILES_MAX`].
    #[error("there are more than {} files", crate::FILES_MAX)]
    TooManyFiles,
    /// The file is larger than [`FILE_BYTES_MAX`].
    #[error("the file has more than {FILE_BYTES_MAX} bytes")]
    TooLarge,
    /// A file without which nothing can be said is not there.
    #[error("the file is not there")]
    MissingFile,
    /// Not YAML.
    #[error("not YAML: {0}")]
    Syntax(String),
    /// A key is given twice in one mapping.
    #[error("`{key}` is given twice, first in line {first_line}")]
    DuplicateKey {
        /// The key.
        key: String,
        /// Where it was given first.
        first_line: usize,
    },
    /// A key is a list, a mapping, or nothing.
    #[error("a key must be plain text")]
    KeyNotText,
    /// An anchor, an alias or a merge of mappings: what counts would stand elsewhere.
    #[error("an anchor, alias or merge key")]
    Alias,
    /// A YAML tag.
    #[error("a YAML tag")]
    Tag,
    /// More than one document.
    #[error("a second YAML document begins")]
    SecondDocument,
    /// Lists and mappings are nested deeper than [`crate::DEPTH_MAX`].
    #[error("lists and mappings are nested more than {} deep", crate::DEPTH_MAX)]
    TooDeep,
    /// The file has more than [`crate::NODES_MAX`] values.
    #[error("there are more than {} values", crate::NODES_MAX)]
    TooMuch,
    /// A key that must be there is not.
    #[error("there is no `{0}`")]
    Missing(String),
    /// A second file about one repository, whose name differs in case only.
    #[error("a second file about the repository of {first}")]
    SecondFile {
        /// The file that was read before.
        first: String,
    },
    /// A value of another kind, or out of its bounds.
    #[error("{found} stands where {expected} belongs")]
    WrongType {
        /// What there is.
        found: String,
        /// What belongs there.
        expected: String,
    },
}

impl RulesetErrorKind {
    /// What to do next: a lower-case fragment without a full stop.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::TooManyFiles => "name the folder of the rules, and keep other files elsewhere",
            Self::TooLarge => "keep what is no rule in another file",
            Self::MissingFile => {
                "name the folder that holds `config/`, and put the file there: no rule follows without it"
            }
            Self::Syntax(_) => "correct the YAML; most often it is the indentation",
            Self::DuplicateKey { .. } => {
                "keep one of the two: which one counts differs from reader to reader"
            }
            Self::KeyNotText => "write the key as plain text",
            Self::Alias => "write the value out: a rule is reviewed where it stands",
            Self::Tag => "leave the tag out",
            Self::SecondDocument => "put the second document into a file of its own, or leave it out",
            Self::TooDeep | Self::TooMuch => "write it flatter and shorter; no rule needs as much",
            Self::SecondFile { .. } => "keep one of the two: GitHub takes both names for one repository",
            Self::Missing(_) => "add it: no number and no path is taken for granted",
            Self::WrongType { .. } => "correct the value",
        }
    }
}

/// A text that is no rule, and the place where that shows.
///
/// Displayed as `file:line:column: error: message`, then `  help: remedy`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{spot}: error: {}{kind}\n  help: {}", within(&spot.key), kind.remedy())]
pub struct RulesetError {
    /// Where.
    pub spot: Spot,
    /// What.
    pub kind: RulesetErrorKind,
}

impl RulesetError {
    /// The message without the place: `key: what is wrong`.
    pub fn message(&self) -> String {
        format!("{}{}", within(&self.spot.key), self.kind)
    }
}

fn within(key: &str) -> String {
    if key.is_empty() {
        String::new()
    } else {
        format!("{key}: ")
    }
}
