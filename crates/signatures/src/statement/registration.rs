//! What a person says about a key of their own, with that key: the proof that they have its secret.

use super::field::{Forge, OwnerName};
use super::lines::{Reader, Writer};
use crate::{KeyIdentity, Scheme, StatementError};
use domain_types::Login;

/// "This key is mine."
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyRegistration {
    /// Where the organisation is.
    pub forge: Forge,
    /// The organisation in which the key shall count.
    pub organisation: OwnerName,
    /// Whose key it is.
    pub login: Login,
    /// How the key signs.
    pub scheme: Scheme,
    /// The key.
    pub key: KeyIdentity,
}

impl KeyRegistration {
    pub(super) const TYPE: &'static str = "key-registration";

    pub(super) fn encode(&self) -> String {
        Writer::new(Self::TYPE)
            .line("forge", &self.forge)
            .line("organisation", &self.organisation)
            .line("login", &self.login)
            .line("scheme", self.scheme)
            .line("key", &self.key)
            .line("action", "register")
            .finish()
    }

    pub(super) fn parse(lines: &mut Reader<'_>) -> Result<Self, StatementError> {
        let registration = Self {
            forge: lines.parsed("forge")?,
            organisation: lines.parsed("organisation")?,
            login: lines.parsed("login")?,
            scheme: lines.parsed("scheme")?,
            key: lines.parsed("key")?,
        };
        lines.one_of("action", &[("register", ())])?;
        Ok(registration)
    }
}
