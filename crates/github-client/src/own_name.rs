//! What we are called where we are installed.

use crate::GitHubError;
use crate::client::Client;

impl Client {
    /// What the App is called in addresses, as its installation that reaches a repository says; none if it is not installed there, or if
    /// GitHub does not say. It is kept for the token for that repository.
    pub(crate) async fn slug_of_installation(
        &self,
        owner: &str,
        repository: &str,
    ) -> Result<Option<String>, GitHubError> {
        let slot = self.tokens.slot(owner);
        // Held meanwhile, as for a token: whoever needs the installation too waits here and finds it.
        let mut slot = slot.lock().await;
        if let Some(known) = slot.installation_for(repository) {
            return Ok(known.app_slug);
        }
        match self.installation(owner, repository).await {
            Ok(found) => {
                let slug = found.app_slug.clone();
                slot.seen = Some((repository.to_owned(), found));
                Ok(slug)
            }
            Err(GitHubError::NotInstalled { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }
}
