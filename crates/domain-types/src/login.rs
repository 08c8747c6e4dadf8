//! The login of a person at the forge.

use crate::Invalid;
use std::fmt;
use std::str::FromStr;

/// Characters of a login. GitHub's own limit is 39; names of bots are longer.
const LOGIN_CHARS_MAX: usize = 100;

/// A login, compared without regard to case: 1 to 100 of `a-z A-Z 0-9 _ - [ ]`, kept in lower case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Login(String);

impl Login {
    /// The login in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for Login {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-' | b'[' | b']');
        if (1..=LOGIN_CHARS_MAX).contains(&text.len()) && text.bytes().all(legal) {
            return Ok(Self(text.to_ascii_lowercase()));
        }
        Err(Invalid::new("login", text, "1 to 100 of a-z A-Z 0-9 _ - [ ]"))
    }
}

impl TryFrom<String> for Login {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Login> for String {
    fn from(login: Login) -> String {
        login.0
    }
}

impl fmt::Display for Login {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_login_is_the_same_in_every_case() {
        let login: Login = "Atlas-Ada".parse().unwrap();
        assert_eq!(login, "atlas-ada".parse().unwrap());
        assert_eq!(login.to_string(), "atlas-ada");
        assert!("dependabot[bot]".parse::<Login>().is_ok());
    }

    #[test]
    fn what_is_no_login_is_refused() {
        for bad in ["", "a b", "ä", "a\n", "a/b", "a@b", &"x".repeat(101)] {
            assert!(bad.parse::<Login>().is_err(), "{bad:?}");
        }
    }
}
