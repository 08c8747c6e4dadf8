//! What we are called where we are installed.

use crate::GitHubError;
use crate::client::Client;

impl Client {
    /// What the App is called in addresses, as its installation that reaches a repository says; none if it is not installed there, or if
    /// GitHub does not say. The installation is kept for the token that is fetched next.
    pub(crate) async fn slug_of_installation(
        &self,
        owner: &str,
        repository: &str,
    ) -> Result<Option<String>, GitHubError> {
        let slot = self.tokens.slot(owner);
        // Held meanwhile, as for a token: whoever needs the installation too waits here and finds it.
        let mut slot = slot.lock().await;
        if slot.installation.is_none() {
            match self.installation(owner, repository).await {
                Ok(installation) => slot.installation = Some(installation),
                Err(GitHubError::NotInstalled { .. }) => {}
                Err(error) => return Err(error),
            }
        }
        let known = slot.installation.as_ref();
        Ok(known.and_then(|installation| installation.app_slug.clone()))
    }
}
