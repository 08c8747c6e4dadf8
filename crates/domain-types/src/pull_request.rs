//! Which pull request: by the numbers that a forge never gives out again, so that renaming and moving change nothing.

use crate::{Invalid, ReleaseId};
use std::fmt;
use std::str::FromStr;

/// A pull request: the number of its repository at the forge, and its own number there. Displayed `1296269#42`; in the order of the numbers.
///
/// Both are at least 1 and fit in 63 bits, as the forge has them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct PullRequestId {
    repository_id: u64,
    number: u64,
}

impl PullRequestId {
    /// The largest number of either kind: forge and databases count with sign.
    const NUMBER_MAX: u64 = i64::MAX.unsigned_abs();

    /// The pull request with these numbers.
    ///
    /// # Errors
    /// [`Invalid`] if either is 0 or beyond 63 bits.
    pub fn new(repository_id: u64, number: u64) -> Result<Self, Invalid> {
        let is_number = |number| (1..=Self::NUMBER_MAX).contains(&number);
        if is_number(repository_id) && is_number(number) {
            return Ok(Self {
                repository_id,
                number,
            });
        }
        Err(invalid(&format!("{repository_id}#{number}")))
    }

    /// The number of the repository, the same under whatever name.
    pub fn repository_id(self) -> u64 {
        self.repository_id
    }

    /// Its number within the repository.
    pub fn number(self) -> u64 {
        self.number
    }
}

fn invalid(text: &str) -> Invalid {
    Invalid::new(
        "pull request id",
        text,
        "<number of the repository>#<number>, both from 1 to 2^63-1 without leading zeros",
    )
}

impl FromStr for PullRequestId {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let number = |text: &str| text.parse().ok();
        let parts = text.split_once('#');
        let numbers = parts.and_then(|(repository, own)| number(repository).zip(number(own)));
        let (repository_id, own) = numbers.ok_or_else(|| invalid(text))?;
        let id = Self::new(repository_id, own)?;
        // Whoever writes it otherwise (a sign, a leading zero) would have two names for one.
        if id.to_string() == text {
            Ok(id)
        } else {
            Err(invalid(text))
        }
    }
}

impl fmt::Display for PullRequestId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&format!("{}#{}", self.repository_id, self.number))
    }
}

impl TryFrom<String> for PullRequestId {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<PullRequestId> for String {
    fn from(id: PullRequestId) -> Self {
        id.to_string()
    }
}

/// What a decision is about, and what a command belongs to. Displayed `release <id>` or `pull request <id>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Subject {
    /// A release.
    Release(ReleaseId),
    /// A pull request.
    PullRequest(PullRequestId),
}

impl Subject {
    /// The release, if it is one.
    pub fn release(&self) -> Option<&ReleaseId> {
        match self {
            Self::Release(release) => Some(release),
            Self::PullRequest(_) => None,
        }
    }

    /// The pull request, if it is one.
    pub fn pull_request(&self) -> Option<PullRequestId> {
        match self {
            Self::PullRequest(id) => Some(*id),
            Self::Release(_) => None,
        }
    }
}

impl fmt::Display for Subject {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Release(release) => write!(out, "release {release}"),
            Self::PullRequest(id) => write!(out, "pull request {id}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_id_is_read_back_from_its_text_and_no_other_text_is_it() {
        let id = PullRequestId::new(1_296_269, 42).unwrap();
        assert_eq!((id.to_string().as_str(), id.number()), ("1296269#42", 42));
        assert_eq!("1296269#42".parse(), Ok(id));
        assert_eq!(serde_json::to_string(&id).unwrap(), "\"1296269#42\"");
        assert_eq!(
            serde_json::from_str::<PullRequestId>("\"1296269#42\"").unwrap(),
            id
        );
        let largest = "9223372036854775807#9223372036854775807";
        assert!(largest.parse::<PullRequestId>().is_ok());
        for bad in [
            "",
            "#",
            "1",
            "1#",
            "#1",
            "0#1",
            "1#0",
            "01#1",
            "1#01",
            "+1#1",
            "1#+1",
            "-1#1",
            " 1#1",
            "1#1 ",
            "1#1#1",
            "1/1",
            "１#1",
            "9223372036854775808#1",
            "1#9223372036854775808",
            "99999999999999999999#1",
        ] {
            assert!(bad.parse::<PullRequestId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn ids_stand_in_the_order_of_their_numbers() {
        let ids = ["2#1", "2#9", "2#10", "10#1"].map(|text| text.parse::<PullRequestId>().unwrap());
        assert!(ids.is_sorted());
    }
}
