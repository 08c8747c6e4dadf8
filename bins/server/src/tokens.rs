//! Tokens of the API: drawn once, shown once, kept as a digest only, with a scope and an end.
//!
//! They stand in a file of their own, which is read at every use: a token that is taken out of it is void at once.

use crate::fresh::fresh_bytes;
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use domain_types::{Sha256Digest, Timestamp};
use rand::rngs::SysError;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::str::FromStr;

/// How every token begins, so that scanners of leaked secrets know it.
pub const TOKEN_PREFIX: &str = "govapp_";

/// Random bytes of a token: 256 bits.
const TOKEN_BYTES: usize = 32;

/// Longest life of a token in days: whoever needs it longer draws a new one.
pub const TOKEN_DAYS_MAX: u16 = 90;

/// Longest file of tokens in bytes: thousands of tokens.
const FILE_BYTES_MAX: u64 = 1024 * 1024;

/// Longest name of a token, in bytes.
const NAME_BYTES_MAX: usize = 64;

const SECONDS_PER_DAY: u64 = 24 * 3600;

/// What a token may do; each may also do what those before it may.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Scope {
    /// Look.
    Read,
    /// Start releases.
    Trigger,
    /// Give orders to releases.
    Operate,
}

impl fmt::Display for Scope {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Read => "read",
            Self::Trigger => "trigger",
            Self::Operate => "operate",
        })
    }
}

/// What a token is called: 1 to 64 of a-z, 0-9 and -.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct TokenName(String);

impl FromStr for TokenName {
    type Err = TokenError;
    fn from_str(text: &str) -> Result<Self, TokenError> {
        let fits = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        if (1..=NAME_BYTES_MAX).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text.to_owned()))
        } else {
            Err(TokenError::Name)
        }
    }
}

impl TryFrom<String> for TokenName {
    type Error = TokenError;
    fn try_from(text: String) -> Result<Self, TokenError> {
        text.parse()
    }
}

impl From<TokenName> for String {
    fn from(name: TokenName) -> Self {
        name.0
    }
}

impl fmt::Display for TokenName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

/// A token as it is kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Token {
    /// Who has it.
    pub name: TokenName,
    /// Of the token's text.
    pub digest: Sha256Digest,
    /// What it may do.
    pub scope: Scope,
    /// When it was drawn.
    pub created: Timestamp,
    /// It counts before this time only.
    pub expires: Timestamp,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct TokenFile {
    #[serde(default)]
    token: Vec<Token>,
}

/// Where the tokens are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum TokenSource {
    /// There are none: nobody may use the API.
    Nobody,
    /// In a file.
    File(PathBuf),
    /// Given by whoever started the server.
    Given(Vec<Token>),
}

/// Why there is no token.
#[derive(Debug, thiserror::Error)]
pub enum TokenError {
    /// Not a name.
    #[error("a token's name is 1 to {NAME_BYTES_MAX} of a-z, 0-9 and -")]
    Name,
    /// Too long.
    #[error("a token lasts from 1 to {TOKEN_DAYS_MAX} days")]
    Days,
    /// The file of tokens cannot be read.
    #[error("failed to read the tokens in {path}: {source}")]
    Read {
        /// The file.
        path: PathBuf,
        /// Why not.
        source: std::io::Error,
    },
    /// The file of tokens is no such file.
    #[error("the tokens in {path} make no sense: {reason}")]
    Form {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// The system has no randomness.
    #[error("failed to draw a token: {0}")]
    Random(#[from] SysError),
}

/// Draws a token: its text, to be shown once, and what is kept.
///
/// # Errors
/// [`TokenError::Days`], [`TokenError::Random`].
pub fn draw(name: TokenName, scope: Scope, days: u16, now: Timestamp) -> Result<(String, Token), TokenError> {
    if !(1..=TOKEN_DAYS_MAX).contains(&days) {
        return Err(TokenError::Days);
    }
    let random = fresh_bytes::<TOKEN_BYTES>()?;
    let text = format!("{TOKEN_PREFIX}{}", BASE64_URL_SAFE_NO_PAD.encode(random));
    let token = Token {
        name,
        digest: Sha256Digest::of(text.as_bytes()),
        scope,
        created: now,
        expires: now.plus_seconds(u64::from(days) * SECONDS_PER_DAY),
    };
    Ok((text, token))
}

/// A token as the file of tokens has it.
pub fn entry(token: &Token) -> String {
    format!(
        "[[token]]\nname = \"{}\"\ndigest = \"{}\"\nscope = \"{}\"\ncreated = \"{}\"\nexpires = \"{}\"\n",
        token.name, token.digest, token.scope, token.created, token.expires
    )
}

impl TokenSource {
    /// All tokens, also those that have ended. Where no token was drawn yet there is no file.
    ///
    /// # Errors
    /// [`TokenError`].
    pub fn read(&self) -> Result<Vec<Token>, TokenError> {
        let path = match self {
            Self::Nobody => return Ok(Vec::new()),
            Self::Given(tokens) => return Ok(tokens.clone()),
            Self::File(path) => path,
        };
        let failed = |source| TokenError::Read {
            path: path.clone(),
            source,
        };
        let bytes = match std::fs::metadata(path) {
            Ok(metadata) => metadata.len(),
            Err(error) if error.kind() == ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed(error)),
        };
        if bytes > FILE_BYTES_MAX {
            return Err(TokenError::Form {
                path: path.clone(),
                reason: format!("it has {bytes} bytes, at most {FILE_BYTES_MAX} are read"),
            });
        }
        let text = std::fs::read_to_string(path).map_err(failed)?;
        parse(&text).map_err(|reason| TokenError::Form {
            path: path.clone(),
            reason,
        })
    }
}

fn parse(text: &str) -> Result<Vec<Token>, String> {
    let file: TokenFile = toml::from_str(text).map_err(|error| error.to_string())?;
    let mut names = BTreeSet::new();
    match file.token.iter().find(|token| !names.insert(&token.name)) {
        Some(twice) => Err(format!("two tokens are called {}", twice.name)),
        None => Ok(file.token),
    }
}

/// The token with this text. Every digest is compared, each whole, so that the time tells nothing.
pub(crate) fn find<'t>(tokens: &'t [Token], text: &str) -> Option<&'t Token> {
    let digest = Sha256Digest::of(text.as_bytes());
    let mut found = None;
    for token in tokens {
        let pairs = token.digest.as_bytes().iter().zip(digest.as_bytes());
        let difference = pairs.fold(0, |difference, (one, other)| difference | (one ^ other));
        found = if difference == 0 { Some(token) } else { found };
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_found_by_its_text_alone_and_its_file_does_not_hold_it() {
        let now = Timestamp::from_seconds(1_764_000_000);
        let drawn: Vec<(String, Token)> = ["ci", "alice", "bob"]
            .map(|name| draw(name.parse().unwrap(), Scope::Trigger, 30, now).unwrap())
            .to_vec();
        let file: String = drawn.iter().map(|(_, token)| entry(token)).collect();
        let tokens = parse(&file).unwrap();
        for (text, token) in &drawn {
            assert_eq!(find(&tokens, text), Some(token));
            assert!(
                text.starts_with(TOKEN_PREFIX) && text.len() == TOKEN_PREFIX.len() + 43,
                "{text}"
            );
            assert!(!file.contains(text.as_str()));
            assert_eq!(find(&tokens, &text[..text.len() - 1]), None);
            assert_eq!(find(&tokens, &token.digest.to_string()), None);
        }
        assert_eq!(find(&tokens, ""), None);
        assert_eq!(tokens[0].expires, now.plus_seconds(30 * 24 * 3600));
    }

    #[test]
    fn a_file_that_makes_no_sense_holds_no_token() {
        let now = Timestamp::from_seconds(0);
        let (_, token) = draw("a".parse().unwrap(), Scope::Read, 1, now).unwrap();
        let good = entry(&token);
        assert_eq!(parse("").unwrap(), []);
        for bad in [
            good.replace("read", "all"),
            good.replace("sha256:", "sha512:"),
            good.replace("\"a\"", "\"A b\""),
            good.replace("expires", "ends"),
            format!("{good}admin = true\n"),
            format!("{good}{good}"),
            "token = 1".to_owned(),
        ] {
            assert!(parse(&bad).is_err(), "{bad}");
        }
        for days in [0, 91, u16::MAX] {
            assert!(draw("a".parse().unwrap(), Scope::Read, days, now).is_err());
        }
    }
}
