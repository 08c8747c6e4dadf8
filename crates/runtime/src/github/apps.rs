//! Who we are on GitHub: one App, or two, of which only one may write what repositories hold.

use super::dispatch::Call;
use github_client::{GitHub, GitHubError};
use std::sync::Arc;
use tokio::sync::OnceCell;

/// GitHub, as our Apps. An App's permissions hold in all repositories of an installation, so whoever could publish with the App that
/// builds could also push to whatever it builds.
#[derive(Clone)]
pub struct Apps {
    gate: App,
    /// None if the first may do it all.
    release: Option<App>,
}

#[derive(Clone)]
struct App {
    github: GitHub,
    /// The login of its user.
    login: Arc<OnceCell<String>>,
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
            gate: App::of(github),
            release: None,
        }
    }

    /// An App that builds, follows, reads and says how it stands, and one that writes contents: tags, drafts, releases, and events.
    pub fn two(gate: GitHub, release: GitHub) -> Self {
        Self {
            gate: App::of(gate),
            release: Some(App::of(release)),
        }
    }

    /// GitHub as the App that builds.
    pub fn gate(&self) -> &GitHub {
        &self.gate.github
    }

    /// GitHub as the App that writes contents.
    pub fn release(&self) -> &GitHub {
        self.release.as_ref().map_or(self.gate(), |app| &app.github)
    }

    /// Whether they are two.
    pub fn are_two(&self) -> bool {
        self.release.is_some()
    }

    /// The logins of their users on GitHub, asked once.
    pub(super) async fn actors(&self) -> Result<Actors<'_>, GitHubError> {
        let gate = self.gate.login().await?;
        let release = match &self.release {
            Some(app) => app.login().await?,
            None => gate,
        };
        Ok(Actors { gate, release })
    }
}

impl App {
    fn of(github: GitHub) -> Self {
        Self {
            github,
            login: Arc::default(),
        }
    }

    async fn login(&self) -> Result<&str, GitHubError> {
        let asked = self.login.get_or_try_init(|| async {
            let app = self.github.app().await?;
            Ok(format!("{}[bot]", app.slug))
        });
        asked.await.map(String::as_str)
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
