//! What landed on GitHub, compared by git in mirrors on this machine.

use crate::error::sentence;
use crate::gate::{Landed, LandedTrees, LandingAsked};
use async_trait::async_trait;
use git_mirror::{Compared, Landing, Mirrors, Remote, Token};
use github_client::{GitHub, GitHubError};
use std::sync::Arc;

/// Mirrors of GitHub's repositories, read with tokens of the gate's App that can do nothing but that.
pub struct GithubLandedTrees {
    github: GitHub,
    mirrors: Arc<Mirrors>,
}

impl GithubLandedTrees {
    /// These mirrors, of the repositories that this App reaches.
    pub fn new(github: GitHub, mirrors: Arc<Mirrors>) -> Self {
        Self { github, mirrors }
    }

    async fn remote(&self, asked: &LandingAsked) -> Result<Remote, GitHubError> {
        let (owner, name) = asked
            .repository
            .split_once('/')
            .unwrap_or((&asked.repository, ""));
        let reading = self.github.repository(owner, name)?.git_reading().await?;
        Ok(Remote {
            // Its number stays when it is renamed, and is never given to another.
            name: asked.id.repository_id().to_string(),
            url: reading.url,
            token: Some(Token::new(reading.token)),
        })
    }
}

#[async_trait]
impl LandedTrees for GithubLandedTrees {
    async fn compare(&self, asked: &LandingAsked) -> Landed {
        let remote = match self.remote(asked).await {
            Ok(remote) => remote,
            Err(error) => {
                return Landed::Unknown {
                    because: sentence(&error),
                    is_lasting: !error.is_retryable(),
                };
            }
        };
        let landing = Landing {
            commit: asked.commit.clone(),
            head: asked.head.clone(),
        };
        match self.mirrors.compare(&remote, &landing).await {
            Ok(Compared::Same(_)) => Landed::Same,
            Ok(Compared::Different(deviation)) => Landed::Different {
                because: deviation.to_string(),
            },
            Err(error) => Landed::Unknown {
                because: sentence(&error),
                is_lasting: !error.is_retryable(),
            },
        }
    }
}
