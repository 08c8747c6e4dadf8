//! The names of tiers of actions.

use crate::Invalid;
use std::fmt;
use std::str::FromStr;

/// Characters of the id of a tier.
const TIER_ID_CHARS_MAX: usize = 64;

/// The id of a tier, such as `tier_3_consensus_adjacent` or `security_critical`: 1 to 64 of `a-z A-Z 0-9 _ -`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TierId(String);

impl TierId {
    /// The id as written.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The number and the id, or the id alone where it has no number.
    pub fn in_full(&self) -> String {
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
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
        if (1..=TIER_ID_CHARS_MAX).contains(&text.len()) && text.bytes().all(legal) {
            return Ok(Self(text.to_owned()));
        }
        Err(Invalid::new("tier", text, "1 to 64 of a-z A-Z 0-9 _ -"))
    }
}

impl TryFrom<String> for TierId {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<TierId> for String {
    fn from(tier: TierId) -> String {
        tier.0
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tier_shows_its_number_where_it_has_one() {
        for (id, number, short, full) in [
            (
                "tier_3_consensus_adjacent",
                Some(3),
                "Tier 3",
                "Tier 3 (tier_3_consensus_adjacent)",
            ),
            (
                "security_critical",
                None,
                "security_critical",
                "security_critical",
            ),
            ("tier_x", None, "tier_x", "tier_x"),
        ] {
            let tier: TierId = id.parse().unwrap();
            assert_eq!(tier.number(), number);
            assert_eq!(
                (tier.to_string().as_str(), tier.in_full().as_str()),
                (short, full)
            );
        }
    }

    #[test]
    fn what_could_be_taken_for_two_tiers_is_refused() {
        for bad in ["", "a+b", "tier 1", "tier.1", &"x".repeat(65)] {
            assert!(bad.parse::<TierId>().is_err(), "{bad:?}");
        }
    }
}
