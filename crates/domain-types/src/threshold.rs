//! N-of-M: how many of how many must sign, in the notations of the rules.

use crate::Invalid;
use std::fmt;
use std::str::FromStr;

/// Signatures that a rule can ask for: more people than any organisation of maintainers has.
pub const SIGNATURES_MAX: u32 = 1000;

/// So many of so many. `total` informs; what decides is who can sign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
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
    pub fn is_possible(self) -> bool {
        (1..=self.total).contains(&self.required)
    }
}

impl fmt::Display for Threshold {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}-of-{}", self.required, self.total)
    }
}

/// Maintainers, and beside them emergency keyholders: `5-of-7 + 2-of-3`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize)]
pub struct CompoundThreshold {
    /// Maintainers.
    pub maintainers: Threshold,
    /// Keyholders, where they are asked as well.
    pub keyholders: Option<Threshold>,
}

fn invalid(text: &str) -> Invalid {
    Invalid::new("threshold", text, "N-of-M, each at most 1000")
}

impl FromStr for Threshold {
    type Err = Invalid;

    /// Reads `N-of-M`.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let (required, total) = text.split_once("-of-").ok_or_else(|| invalid(text))?;
        Ok(Self {
            required: number(required)?,
            total: number(total)?,
        })
    }
}

impl FromStr for CompoundThreshold {
    type Err = Invalid;

    /// Reads `N-of-M` and `N-of-M + N-of-M`.
    fn from_str(text: &str) -> Result<Self, Invalid> {
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

impl fmt::Display for CompoundThreshold {
    /// `5-of-7`, or `5-of-7+2-of-3`.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.keyholders {
            None => self.maintainers.fmt(out),
            Some(keyholders) => write!(out, "{}+{keyholders}", self.maintainers),
        }
    }
}

fn number(text: &str) -> Result<u32, Invalid> {
    let digits = !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = text.parse().ok().filter(|_| digits);
    number
        .filter(|number| *number <= SIGNATURES_MAX)
        .ok_or_else(|| invalid(text))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_read_in_both_notations_and_written_in_one() {
        for (text, written) in [
            ("3-of-5", "3-of-5"),
            ("5-of-7 + 2-of-3", "5-of-7+2-of-3"),
            (" 1-of-1+0-of-0", "1-of-1+0-of-0"),
        ] {
            let threshold: CompoundThreshold = text.parse().unwrap();
            assert_eq!(threshold.to_string(), written);
            assert_eq!(written.parse(), Ok(threshold));
        }
        for bad in [
            "",
            "3",
            "3 of 5",
            "-1-of-5",
            "3-of-1001",
            "1-of-2+1-of-2+1-of-2",
            "+",
            "1-of-2+",
        ] {
            assert!(bad.parse::<CompoundThreshold>().is_err(), "{bad}");
        }
    }

    #[test]
    fn the_stricter_of_two_is_taken_part_by_part() {
        let (one, other) = (
            Threshold {
                required: 3,
                total: 5,
            },
            Threshold {
                required: 2,
                total: 7,
            },
        );
        assert_eq!(one.max(other).to_string(), "3-of-7");
        assert!(
            one.is_possible()
                && !Threshold {
                    required: 0,
                    total: 5
                }
                .is_possible()
        );
    }
}
