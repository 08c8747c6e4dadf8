//! `[release] triggers`: who may start a release, by channel.

use super::document::{Document, Value, kind, shown};
use super::values::distinct;
use domain_types::Channel;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Longest login in characters: GitHub allows 39, and an App's ends in `[bot]`.
const LOGIN_CHARS_MAX: usize = 64;

/// The name of an account on the forge, or `token:NAME` for a token of the server's API. Without regard to case.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Login(String);

impl Login {
    /// The text, in lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A text that is no login.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("that is not a login: 1 to {LOGIN_CHARS_MAX} letters, digits and - _ . : [ ]")]
pub struct InvalidLogin;

impl FromStr for Login {
    type Err = InvalidLogin;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.:[]".contains(&byte);
        if (1..=LOGIN_CHARS_MAX).contains(&text.len()) && text.bytes().all(fits) {
            Ok(Self(text.to_ascii_lowercase()))
        } else {
            Err(InvalidLogin)
        }
    }
}

impl fmt::Display for Login {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

/// Who may start a release. Nobody is named: nobody may.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct TriggerSettings {
    /// Of the production channel.
    pub production: BTreeSet<Login>,
    /// Of the prerelease channel.
    pub prerelease: BTreeSet<Login>,
}

impl TriggerSettings {
    /// Whether an account may start a release of a channel.
    pub fn allow(&self, login: &str, channel: Channel) -> bool {
        let allowed = match channel {
            Channel::Production => &self.production,
            Channel::Prerelease => &self.prerelease,
        };
        login.parse().is_ok_and(|login: Login| allowed.contains(&login))
    }
}

/// `["login"]` for both channels, or `{ production = [...], prerelease = [...] }`.
pub(super) fn triggers(document: &mut Document, key: &str, value: &Value<'_>) -> Option<TriggerSettings> {
    if value.get_ref().is_array() {
        let both = logins(document, key, value)?;
        return Some(TriggerSettings {
            production: both.clone(),
            prerelease: both,
        });
    }
    let Some(table) = value.get_ref().as_table() else {
        let message = format!("`{key}` is {}, expected a list or a table", kind(value));
        let remedy =
            "write `triggers = [\"login\"]`, or `triggers = { production = [...], prerelease = [...] }`";
        document.problem_at(value.span(), message, remedy);
        return None;
    };
    document.check_keys(&format!("release.{key}"), table, &["production", "prerelease"]);
    let mut of = |channel: &str| {
        let value = table.get(channel)?;
        logins(document, &shown(channel), value)
    };
    Some(TriggerSettings {
        production: of("production").unwrap_or_default(),
        prerelease: of("prerelease").unwrap_or_default(),
    })
}

fn logins(document: &mut Document, key: &str, value: &Value<'_>) -> Option<BTreeSet<Login>> {
    distinct(document, key, value).map(|logins| logins.into_iter().collect())
}
