//! GitHub as this App sees it, and the way to its repositories.

use crate::client::Client;
use crate::{App, DeliveryPage, GitHubError, Repository, Settings, SystemTimeOfDay, Time, Written};
use std::sync::Arc;

/// GitHub, spoken to as one App. Cheap to clone; all clones share tokens, limits and what was read before.
#[derive(Clone)]
pub struct GitHub {
    client: Arc<Client>,
}

/// What GitHub last said about the hourly number of requests, for the account that has the least left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Budget {
    /// How many an hour has; none before the first answer.
    pub limit: Option<u64>,
    /// How many are left.
    pub remaining: Option<u64>,
    /// When the hour ends, in seconds since 1970.
    pub reset_seconds: Option<u64>,
}

impl GitHub {
    /// A client. Makes no request; must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`GitHubError::Setting`] names the setting that cannot be used.
    pub fn new(settings: Settings) -> Result<Self, GitHubError> {
        Self::with_time(settings, Arc::new(SystemTimeOfDay))
    }

    /// The same with another clock.
    ///
    /// # Errors
    ///
    /// As for [`GitHub::new`].
    pub fn with_time(settings: Settings, time: Arc<dyn Time>) -> Result<Self, GitHubError> {
        let _ = time;
        let client = Client {
            api_version: settings.api_version,
        };
        Ok(Self {
            client: Arc::new(client),
        })
    }

    /// A handle on a repository. Makes no request.
    ///
    /// # Errors
    ///
    /// [`GitHubError::Invalid`] if GitHub could not have such a name.
    pub fn repository(&self, owner: &str, name: &str) -> Result<Repository, GitHubError> {
        Ok(Repository::new(
            Arc::clone(&self.client),
            owner.to_owned(),
            name.to_owned(),
        ))
    }

    /// Who we are, and what we may do.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn app(&self) -> Result<App, GitHubError> {
        unreachable!()
    }

    /// A page of the App's webhook deliveries, newest first, `cursor` from the page before.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn deliveries(&self, cursor: Option<&str>) -> Result<DeliveryPage, GitHubError> {
        let _ = cursor;
        unreachable!()
    }

    /// Asks GitHub to deliver again.
    pub async fn redeliver(&self, delivery: u64) -> Written<()> {
        let _ = delivery;
        unreachable!()
    }

    /// How many requests were sent to the API's host so far, by `METHOD /template`; tokens and unchanged answers included,
    /// where redirects lead not.
    pub fn requests_made(&self) -> Vec<(String, u64)> {
        Vec::new()
    }

    /// The hourly budget as last seen.
    pub fn budget(&self) -> Budget {
        Budget::default()
    }
}
