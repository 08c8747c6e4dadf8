//! Who we are on GitHub: one App, or two, of which only one may write what repositories hold.

use super::dispatch::Call;
use super::frozen::FullName;
use github_client::{GitHub, GitHubError};

/// GitHub, as our Apps. An App's permissions hold in all repositories of an installation, so whoever could publish with the App that
/// builds could also push to whatever it builds.
#[derive(Clone)]
pub struct Apps {
    gate: GitHub,
    /// None if the first may do it all.
    release: Option<GitHub>,
}

/// In whose names runs are begun, as logins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Actors<'a> {
    /// Who starts workflows: that takes `actions: write`.
    pub(super) gate: &'a str,
    /// Who sends events and drafts releases: both take `contents: write`.
    pub(super) release: &'a str,
}

impl Apps {
    /// One App that does everything.
    pub fn one(github: GitHub) -> Self {
        Self {
            gate: github,
            release: None,
        }
    }

    /// An App that builds, follows, reads and says how it stands, and one that writes contents: tags, drafts, releases, and events.
    pub fn two(gate: GitHub, release: GitHub) -> Self {
        Self {
            gate,
            release: Some(release),
        }
    }

    /// GitHub as the App that builds.
    pub fn gate(&self) -> &GitHub {
        &self.gate
    }

    /// GitHub as the App that writes contents.
    pub fn release(&self) -> &GitHub {
        self.release.as_ref().unwrap_or(&self.gate)
    }

    /// Whether they are two.
    pub fn are_two(&self) -> bool {
        self.release.is_some()
    }

    /// The logins of their users on GitHub, asked once, where both are installed: in the release's own repository.
    pub(super) async fn actors(&self, home: &FullName) -> Result<Actors<'_>, GitHubError> {
        let gate = self.gate().own_login(&home.owner, &home.name).await?;
        let release = self.release().own_login(&home.owner, &home.name).await?;
        Ok(Actors { gate, release })
    }
}

impl<'a> Actors<'a> {
    /// Who begins the runs of such a call.
    pub(super) fn of(self, call: Call) -> &'a str {
        match call {
            Call::WorkflowDispatch => self.gate,
            Call::RepositoryDispatch => self.release,
        }
    }

    /// Whether one of us has this login.
    pub(super) fn are(self, login: &str) -> bool {
        login == self.gate || login == self.release
    }
}
