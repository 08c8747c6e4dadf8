//! N-of-M: how many of how many must sign, in the notations of the rules.

use serde::Serialize;
use std::fmt;
use std::str::FromStr;
use thiserror::Error;

/// Signatures that a rule can ask for: more people than any organisation of maintainers has.
pub const SIGNATURES_MAX: u32 = 1000;

/// So many of so many. `total` informs; what decides is who can sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub struct Threshold {
    /// Signatures that are needed.
    pub required: u32,
    /// People that the rule has in mind.
    pub total: u32,
}

impl Threshold {
    /// Component by component, the larger of each.
    pub fn max(self, other: Self) -> Self {
        Self {
            required: self.required.max(other.required),
            total: self.total.max(other.total),
        }
    }

    /// Whether a number of signatures can be given at all, and is one.
    pub(crate) fn is_possible(self) -> bool {
        (1..=self.total).contains(&self.required)
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-of-{}", self.required, self.total)
    }
}

/// Maintainers, and beside them emergency keyholders: `5-of-7 + 2-of-3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct CompoundThreshold {
    /// Maintainers.
    pub maintainers: Threshold,
    /// Keyholders, where they are asked as well.
    pub keyholders: Option<Threshold>,
}

/// A text that is no threshold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
#[error("not of the form N-of-M")]
pub struct BadThreshold;

impl FromStr for Threshold {
    type Err = BadThreshold;

    /// Reads `N-of-M`.
    fn from_str(text: &str) -> Result<Self, BadThreshold> {
        let (required, total) = text.split_once("-of-").ok_or(BadThreshold)?;
        Ok(Self {
            required: number(required)?,
            total: number(total)?,
        })
    }
}

impl FromStr for CompoundThreshold {
    type Err = BadThreshold;

    /// Reads `N-of-M` and `N-of-M + N-of-M`.
    fn from_str(text: &str) -> Result<Self, BadThreshold> {
        match text.split_once('+') {
            None => Ok(Self {
                maintainers: text.trim().parse()?,
                keyholders: None,
            }),
            Some((maintainers, keyholders)) => Ok(Self {
                maintainers: maintainers.trim().parse()?,
                keyholders: Some(keyholders.trim().parse()?),
            }),
        }
    }
}

fn number(text: &str) -> Result<u32, BadThreshold> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);
    number
        .filter(|number| *number <= SIGNATURES_MAX)
        .ok_or(BadThreshold)
}
