//! Why a text is no workflow file at all. What is merely odd in one that can be read is a remark or a finding.

use crate::{Place, WORKFLOW_BYTES_MAX};
use thiserror::Error;

/// What is wrong with the YAML.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum WorkflowErrorKind {
    /// The file is larger than [`WORKFLOW_BYTES_MAX`].
    #[error("the file has more than {WORKFLOW_BYTES_MAX} bytes")]
    TooLarge,
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
    /// A key is a list or a mapping.
    #[error("a key must be plain text")]
    KeyNotText,
    /// An alias stands within the very node that it names.
    #[error("an alias names the node that it is in")]
    AliasOfItself,
    /// Lists and mappings are nested deeper than [`crate::DEPTH_MAX`].
    #[error("lists and mappings are nested more than {} deep", crate::DEPTH_MAX)]
    TooDeep,
    /// With all aliases written out the file has more than [`crate::NODES_MAX`] values, or more text than [`crate::TEXT_BYTES_MAX`].
    #[error(
        "with all aliases written out there are more than {} values or {} bytes of text",
        crate::NODES_MAX,
        crate::TEXT_BYTES_MAX
    )]
    TooMuch,
    /// A YAML tag, which GitHub does not read in workflow files.
    #[error("a YAML tag")]
    Tag,
    /// More than one document.
    #[error("a second YAML document begins")]
    SecondDocument,
    /// The file holds something else than a mapping, or nothing.
    #[error("the file holds no mapping")]
    NotAMapping,
}

impl WorkflowErrorKind {
    /// What to do next: a lower-case fragment without a full stop.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::TooLarge => "split the workflow: GitHub does not run files of this size",
            Self::Syntax(_) => "correct the YAML; most often it is the indentation",
            Self::DuplicateKey { .. } => {
                "keep one of the two: which one counts differs from reader to reader"
            }
            Self::KeyNotText => "write the key as plain text",
            Self::AliasOfItself => "write the value out in the place of the alias",
            Self::TooDeep | Self::TooMuch => "write it flatter, with fewer aliases",
            Self::Tag => "leave the tag out",
            Self::SecondDocument => "put the second document into a file of its own",
            Self::NotAMapping => "begin with `on:` and `jobs:`",
        }
    }
}

/// A text that is no workflow file, and the place where that shows.
///
/// Displayed as `file:line:column: error: message`, then `  help: remedy`.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{file}:{place}: error: {kind}\n  help: {}", kind.remedy())]
pub struct WorkflowError {
    /// The file, as the caller named it.
    pub file: String,
    /// Where.
    pub place: Place,
    /// What.
    pub kind: WorkflowErrorKind,
}

/// A text that cannot be the label of a runner.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[error("{label:?} is no label of a runner: 1 to 100 of A-Z a-z 0-9 . _ -, a letter or digit first")]
pub struct BadLabel {
    /// The text.
    pub label: String,
}
