//! Names within the rules: those of repositories, and numbers within names.

use domain_types::{Invalid, RepoName};
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;

/// The name of a repository as it is written, compared without regard to case: GitHub takes `Core` and `core` for one.
#[derive(Debug, Clone)]
pub(crate) struct Repository(RepoName);

impl Repository {
    /// The name as it is written.
    pub(crate) fn as_written(&self) -> &RepoName {
        &self.0
    }

    fn folded(&self) -> impl Iterator<Item = u8> {
        self.0.as_str().bytes().map(|byte| byte.to_ascii_lowercase())
    }
}

impl From<&RepoName> for Repository {
    fn from(name: &RepoName) -> Self {
        Self(name.clone())
    }
}

impl FromStr for Repository {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        text.parse().map(Self)
    }
}

impl PartialEq for Repository {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Repository {}

impl PartialOrd for Repository {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Repository {
    fn cmp(&self, other: &Self) -> Ordering {
        self.folded().cmp(other.folded())
    }
}

impl fmt::Display for Repository {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// The runs of digits in a name: `layer_1_x` has 1.
pub(crate) fn numbers_in(text: &str) -> Vec<u32> {
    text.split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect()
}
