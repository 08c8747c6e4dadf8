//! Names within the rules: repositories, tiers, layers and logins.

use domain_types::{Invalid, RepoName};
use serde::Serialize;
use std::cmp::Ordering;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Characters of the id of a tier.
const TIER_ID_CHARS_MAX: usize = 64;
/// Characters of a login. GitHub's own limit is 39; names of bots are longer.
const LOGIN_CHARS_MAX: usize = 100;

/// A text that is no name of its kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("a {kind} is {rule}")]
pub struct BadName {
    kind: &'static str,
    rule: &'static str,
}

/// The id of a tier, such as `tier_3_consensus_adjacent` or `security_critical`: 1 to 64 of `a-z A-Z 0-9 _ -`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct TierId(String);

impl TierId {
    /// The id as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number and the id, or the id alone where it has no number.
    pub(crate) fn in_full(&self) -> String {
        match self.number() {
            Some(number) => format!("Tier {number} ({})", self.0),
            None => self.0.clone(),
        }
    }

    /// The digits behind `tier_`, if it has them.
    pub fn number(&self) -> Option<u32> {
        let rest = self.0.strip_prefix("tier_")?;
        rest.split('_').next()?.parse().ok()
    }
}

impl FromStr for TierId {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if (1..=TIER_ID_CHARS_MAX).contains(&text.len()) && text.bytes().all(legal) {
            return Ok(Self(text.to_owned()));
        }
        Err(BadName {
            kind: "tier",
            rule: "1 to 64 of a-z A-Z 0-9 _ -",
        })
    }
}

impl fmt::Display for TierId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.number() {
            Some(number) => write!(out, "Tier {number}"),
            None => out.write_str(&self.0),
        }
    }
}

/// A login, compared without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Login(String);

impl Login {
    /// The login in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Login {
    type Err = BadName;

    fn from_str(text: &str) -> Result<Self, BadName> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'[' | b']');
        if (1..=LOGIN_CHARS_MAX).contains(&text.len()) && text.bytes().all(legal) {
            return Ok(Self(text.to_ascii_lowercase()));
        }
        Err(BadName {
            kind: "login",
            rule: "1 to 100 of a-z A-Z 0-9 _ - [ ]",
        })
    }
}

impl fmt::Display for Login {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

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
