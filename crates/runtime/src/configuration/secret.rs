//! Where a secret comes from. It is recognised here and resolved by the binary that needs it.

use std::fmt;
use std::path::PathBuf;

/// A secret of the configuration: given in place, or where to find it. Never shown, not even by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub enum Secret {
    /// The text itself.
    Inline(String),
    /// `env:NAME`: the value of a variable.
    Environment(String),
    /// `file:PATH`: the contents of a file, without its last line end.
    File(PathBuf),
}

impl Secret {
    /// Understands `env:NAME`, `file:PATH` or the secret itself; nothing where a name or path is missing.
    pub fn parse(text: &str) -> Option<Self> {
        let secret = match text.split_once(':') {
            Some(("env", name)) => Self::Environment(name.to_owned()),
            Some(("file", path)) => Self::File(PathBuf::from(path)),
            _ => Self::Inline(text.to_owned()),
        };
        let empty = matches!(text, "" | "env:" | "file:");
        (!empty).then_some(secret)
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Inline(_) => write!(out, "Inline(…)"),
            Self::Environment(name) => write!(out, "Environment({name:?})"),
            Self::File(path) => write!(out, "File({path:?})"),
        }
    }
}
