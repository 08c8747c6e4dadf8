//! Installation tokens: found once, fetched once however many ask at a time, as narrow as what we do, renewed before they expire.

use crate::wire::Installation;
use domain_types::Timestamp;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

/// How long before its end a token is no longer used, in seconds: longer than any request with it takes to begin.
const RENEW_SECONDS_BEFORE: u64 = 300;
/// How long GitHub's tokens last, in seconds; one that claims more is not believed.
const LIFETIME_SECONDS: u64 = 3600;
/// How long a fresh token is used at least, in seconds. One that seems to have expired already means that clocks differ; if it
/// really has, GitHub says so.
const FRESH_SECONDS: u64 = 60;

/// What we ever do, and so all that a token of ours may.
const NEEDED: [(&str, &str); 6] = [
    ("actions", "write"),
    ("checks", "write"),
    ("contents", "write"),
    ("metadata", "read"),
    ("pull_requests", "write"),
    ("statuses", "write"),
];

/// A token. It is never shown.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Token(String);

impl Token {
    pub(crate) fn new(text: String) -> Self {
        Self(text)
    }

    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Token {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Token(hidden)")
    }
}

/// What is known of the installation with one account.
#[derive(Debug, Default)]
pub(crate) struct Slot {
    pub(crate) installation: Option<Installation>,
    /// The one that reaches a repository, by its name, for which no token was wanted yet. Not for other repositories: an installation need
    /// not reach them all, and whoever wants a token for one that it does not reach is to hear that.
    pub(crate) seen: Option<(String, Installation)>,
    token: Option<(Token, Timestamp)>,
}

impl Slot {
    /// The token, if it may still be used.
    pub(crate) fn token(&self, now: Timestamp) -> Option<Token> {
        let (token, renew_at) = self.token.as_ref()?;
        (now < *renew_at).then(|| token.clone())
    }

    /// The installation by which a token for this repository is fetched, as far as it is known.
    pub(crate) fn installation_for(&self, repository: &str) -> Option<Installation> {
        let seen = self.seen.as_ref().filter(|(name, _)| name == repository);
        self.installation
            .clone()
            .or_else(|| seen.map(|(_, installation)| installation.clone()))
    }

    /// Forgets which installation it is.
    pub(crate) fn forget_installation(&mut self) {
        self.installation = None;
        self.seen = None;
    }

    /// Keeps a new token.
    pub(crate) fn keep(&mut self, token: Token, expires_at: Timestamp, now: Timestamp) {
        let lifetime = (expires_at.milliseconds_since(now) / 1000).min(LIFETIME_SECONDS);
        let used_for = lifetime.saturating_sub(RENEW_SECONDS_BEFORE).max(FRESH_SECONDS);
        self.token = Some((token, now.plus_seconds(used_for)));
    }

    /// Drops a token that GitHub did not accept, unless it was replaced meanwhile.
    pub(crate) fn drop_token(&mut self, refused: &Token) {
        if self.token.as_ref().is_some_and(|(token, _)| token == refused) {
            self.token = None;
        }
    }
}

/// The slots of all accounts. Whoever holds a slot is the only one to fetch for it; the others wait and find.
#[derive(Debug, Default)]
pub(crate) struct Tokens {
    slots: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<Slot>>>>,
}

impl Tokens {
    pub(crate) fn slot(&self, owner: &str) -> Arc<tokio::sync::Mutex<Slot>> {
        // GitHub's names differ by letters only, not by case.
        let mut slots = self.slots.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(slots.entry(owner.to_ascii_lowercase()).or_default())
    }
}

/// What to ask a token for: what we need, as far as the installation has it. None where GitHub did not say what it has.
pub(crate) fn narrowed(
    granted: &BTreeMap<String, String>,
    looks_at: &[&'static str],
) -> Option<BTreeMap<&'static str, &'static str>> {
    if granted.is_empty() {
        return None;
    }
    let asked = NEEDED.iter().filter_map(|(name, needed)| {
        let level = match granted.get(*name)?.as_str() {
            "read" => "read",
            _ => *needed,
        };
        Some((*name, level))
    });
    let looked_at = looks_at
        .iter()
        .filter_map(|name| granted.contains_key(*name).then_some((*name, "read")));
    Some(looked_at.chain(asked).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> Timestamp {
        Timestamp::from_seconds(seconds)
    }

    #[test]
    fn a_token_is_renewed_five_minutes_before_its_end() {
        let mut slot = Slot::default();
        let token = Token::new("t".to_owned());
        slot.keep(token.clone(), at(10_000 + 3600), at(10_000));
        assert_eq!(slot.token(at(10_000 + 3299)), Some(token));
        assert_eq!(slot.token(at(10_000 + 3300)), None);
    }

    #[test]
    fn clocks_that_differ_cost_requests_and_nothing_else() {
        let mut slot = Slot::default();
        let token = Token::new("t".to_owned());
        slot.keep(token.clone(), at(5), at(10_000));
        assert_eq!(slot.token(at(10_059)), Some(token.clone()));
        assert_eq!(slot.token(at(10_060)), None);
        slot.keep(token, at(1_000_000), at(10_000));
        assert_eq!(slot.token(at(10_000 + 3300)), None);
    }

    #[test]
    fn a_token_asks_for_what_we_need_and_the_installation_has() {
        let granted = [
            ("actions", "write"),
            ("contents", "read"),
            ("administration", "write"),
        ];
        let granted = granted
            .map(|(name, level)| (name.to_owned(), level.to_owned()))
            .into();
        let expected = [("actions", "write"), ("contents", "read")].into();
        assert_eq!(narrowed(&granted, &[]), Some(expected));
        assert_eq!(narrowed(&BTreeMap::new(), &["administration"]), None);
        let expected = [
            ("actions", "write"),
            ("administration", "read"),
            ("contents", "read"),
        ];
        let looking = narrowed(&granted, &["administration", "contents", "packages"]);
        assert_eq!(looking, Some(expected.into()));
    }

    #[test]
    fn a_token_is_never_shown() {
        let mut slot = Slot::default();
        slot.keep(Token::new("ghs_secret".to_owned()), at(1), at(0));
        assert!(!format!("{slot:?}").contains("secret"));
    }
}
