//! What git needs to read a repository.

use super::Repository;
use crate::GitHubError;
use crate::client::Client;
use crate::exchange::token_call;
use serde_json::json;
use std::fmt;

/// Where git reads a repository, and what lets it in there: a token that can read this repository's contents and do nothing else.
#[derive(Clone, PartialEq, Eq)]
pub struct GitReading {
    /// The address, without any secret.
    pub url: String,
    /// The password of the user `x-access-token`. It lasts an hour at most.
    pub token: String,
}

impl fmt::Debug for GitReading {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "GitReading({}, token hidden)", self.url)
    }
}

impl Repository {
    /// Where git reads this repository, with a token for that alone. One request, or two the first time. Wants `contents: read`.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn git_reading(&self) -> Result<GitReading, GitHubError> {
        let token = self.client.reading_token(&self.owner, &self.name).await?;
        Ok(GitReading {
            url: self.client.address.git_url(&self.owner, &self.name),
            token,
        })
    }
}

impl Client {
    /// A token of its own for reading one repository, as narrow as can be: it is handed to another program.
    async fn reading_token(&self, owner: &str, repository: &str) -> Result<String, GitHubError> {
        let known = self.tokens.slot(owner).lock().await.installation.clone();
        let installation = match known {
            Some(installation) => installation,
            None => self.installation(owner, repository).await?,
        };
        let narrow = json!({ "repositories": [repository], "permissions": { "contents": "read" } });
        let call = token_call(&installation).json(&narrow)?;
        self.made_token(call).await.map(|token| token.token)
    }
}
