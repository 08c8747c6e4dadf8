//! The text that was signed before there were statements. It names neither head nor base, so it counts only where somebody asks for it.

use super::field::RepositoryName;

/// `PR #42 in owner/name`: good for every state of the pull request. Verified by [`crate::verify_legacy`] only.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LegacyStatement {
    /// The repository, as the signers wrote it.
    pub repository: RepositoryName,
    /// The number of the pull request.
    pub pull_request: u64,
}

impl LegacyStatement {
    /// The bytes that were signed: no line feed at the end.
    pub fn to_bytes(&self) -> Vec<u8> {
        format!("PR #{} in {}", self.pull_request, self.repository).into_bytes()
    }
}
