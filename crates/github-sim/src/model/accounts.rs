//! Who there is: people, organisations, Apps and their installations, and the tokens that they come with.

use domain_types::Timestamp;
use std::collections::{BTreeMap, BTreeSet};

/// Permissions of an App: name to `read` or `write`.
pub type Permissions = BTreeMap<String, String>;

/// A person, an organisation, or the account under which an App acts.
#[derive(Debug, Clone)]
pub(crate) struct Account {
    pub(crate) id: u64,
    pub(crate) login: String,
    pub(crate) kind: &'static str,
    /// What a person may do in a repository, where it is not [`Role::Write`].
    pub(crate) roles: BTreeMap<u64, Role>,
}

/// What a person may do in a repository.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Only what everybody may.
    None,
    /// Read it.
    Read,
    /// Change it.
    Write,
    /// Everything.
    Admin,
}

impl Role {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::None => "none",
            Self::Read => "read",
            Self::Write => "write",
            Self::Admin => "admin",
        }
    }
}

/// An App.
#[derive(Debug, Clone)]
pub(crate) struct App {
    pub(crate) id: u64,
    pub(crate) slug: String,
    pub(crate) owner: String,
    /// The public key that belongs to its private one, as DER.
    pub(crate) public_key: Vec<u8>,
    pub(crate) permissions: Permissions,
    pub(crate) events: BTreeSet<String>,
    pub(crate) webhook: Option<Webhook>,
    pub(crate) created: Timestamp,
}

impl App {
    /// The login of the account under which it acts.
    pub(crate) fn bot(&self) -> String {
        format!("{}[bot]", self.slug)
    }
}

/// Where an App's webhooks go.
#[derive(Debug, Clone)]
pub(crate) struct Webhook {
    pub(crate) url: String,
    pub(crate) secret: String,
}

/// An App on an account: all of its repositories.
#[derive(Debug, Clone)]
pub(crate) struct Installation {
    pub(crate) id: u64,
    pub(crate) app: u64,
    pub(crate) account: String,
    pub(crate) created: Timestamp,
    /// Since when it may not be used.
    pub(crate) suspended: Option<Timestamp>,
    /// The repositories that it reaches; none if it reaches all.
    pub(crate) selected: Option<BTreeSet<u64>>,
}

impl Installation {
    /// Whether it reaches a repository of its account.
    pub(crate) fn reaches(&self, repository: u64) -> bool {
        self.selected.as_ref().is_none_or(|ids| ids.contains(&repository))
    }
}

/// What a token stands for.
#[derive(Debug, Clone)]
pub(crate) enum Token {
    Person(String),
    Installation {
        installation: u64,
        permissions: Permissions,
        /// The repositories that it is narrowed to; all if `None`.
        repositories: Option<BTreeSet<u64>>,
        expires: Timestamp,
    },
}
