//! What the server needs to know, understood already: whoever starts it reads files and the environment.

use crate::tokens::TokenSource;
use crate::webhook_secret::WebhookSecrets;

/// Everything that is configured.
#[derive(Debug, Clone)]
pub struct ServerConfiguration {
    /// The host's address or name.
    pub host: String,
    /// The port; 0: one that is free.
    pub port: u16,
    /// What GitHub signs with.
    pub webhook_secrets: WebhookSecrets,
    /// Who may use the API.
    pub tokens: TokenSource,
    /// Whether a token may approve a release.
    pub token_approvals: TokenApprovals,
}

/// Whether a token of the API counts as an approval.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenApprovals {
    /// It counts.
    Allowed,
    /// Only a signature will do.
    Refused,
}
