//! Repositories, the App itself, its deliveries, statuses of commits, and who may do what.

use super::{Actor, word_enum};
use domain_types::Timestamp;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// A repository.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RepositoryInfo {
    /// Its number, which stays when it is renamed.
    pub id: u64,
    /// `owner/name`.
    pub full_name: String,
    /// The branch on which events of a repository dispatch run.
    pub default_branch: String,
    /// Whether only members see it.
    pub private: bool,
}

/// A file of a repository at a commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RepositoryFile {
    /// What is in it.
    pub bytes: Vec<u8>,
    /// git's name of the content.
    pub blob_sha: String,
}

/// The App that speaks.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct App {
    /// Its number.
    pub id: u64,
    /// Its name in addresses; its account is called `slug[bot]`.
    #[serde(default)]
    pub slug: String,
    /// What it may do.
    #[serde(default)]
    pub permissions: BTreeMap<String, String>,
    /// What it is told of.
    #[serde(default)]
    pub events: Vec<String>,
}

/// A token of an installation, as GitHub gives it. It has no `Debug`: it is a secret.
#[derive(Deserialize)]
pub(crate) struct AccessToken {
    pub(crate) token: String,
    pub(crate) expires_at: Timestamp,
}

/// A webhook delivery as GitHub remembers it, without its payload.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Delivery {
    /// The number of this attempt; it is what is redelivered.
    pub id: u64,
    /// The delivery's own id, the same for all attempts.
    pub guid: String,
    /// When it was sent.
    pub delivered_at: Timestamp,
    /// Whether it was an attempt to repeat another.
    pub redelivery: bool,
    /// `OK`, or why not.
    pub status: String,
    /// What we answered; 0 if nobody did.
    pub status_code: u16,
    /// The event.
    pub event: String,
    /// Its action.
    pub action: Option<String>,
    /// The repository's number.
    #[serde(default)]
    pub repository_id: Option<u64>,
    /// The installation's number.
    #[serde(default)]
    pub installation_id: Option<u64>,
}

/// A page of deliveries, newest first.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DeliveryPage {
    /// The deliveries.
    pub deliveries: Vec<Delivery>,
    /// Asks for the next page; none on the last.
    pub next: Option<String>,
}

word_enum! {
    /// What a commit status says.
    StatusState {
        /// Under way.
        Pending = "pending",
        /// Good.
        Success = "success",
        /// Bad.
        Failure = "failure",
        /// It could not be found out.
        Error = "error",
    }
}

/// A status to be set on a commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct NewStatus {
    /// What it says.
    pub state: StatusState,
    /// Under which name.
    pub context: String,
    /// One line; GitHub takes 140 characters, what is longer is cut here.
    pub description: String,
    /// Where it leads.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_url: Option<String>,
}

/// A status of a commit.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct CommitStatus {
    /// Its number.
    pub id: u64,
    /// What it says.
    pub state: StatusState,
    /// Under which name.
    pub context: String,
    /// One line.
    pub description: Option<String>,
    /// Where it leads.
    pub target_url: Option<String>,
    /// Who set it: of an App its account, `slug[bot]`, whose number is not the App's.
    pub creator: Option<Actor>,
    /// When.
    pub created_at: Timestamp,
}

word_enum! {
    /// What an account may do in a repository, roles mapped to GitHub's four words.
    Permission {
        /// Everything.
        Admin = "admin",
        /// Write.
        Write = "write",
        /// Read.
        Read = "read",
        /// Nothing.
        None = "none",
    }
}
