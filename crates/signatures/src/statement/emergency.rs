//! What keyholders say in an emergency.

use super::field::{Forge, PullRequests, RepositoryName};
use super::lines::{Reader, Writer};
use super::withdrawal::digest;
use crate::StatementError;
use domain_types::{Sha256Digest, TierId};
use std::num::NonZeroU32;

/// "These pull requests are handled as an emergency of this tier, for so many days." It is asked for in a repository, whose number and name
/// it has.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct EmergencyStatement {
    /// Where that repository is.
    pub forge: Forge,
    /// The forge's own number of it.
    pub repository_id: u64,
    /// Its name.
    pub repository: RepositoryName,
    /// The tier of the emergency.
    pub tier: TierId,
    /// What it is for, and nothing else.
    pub pull_requests: PullRequests,
    /// How long it lasts, from the moment that enough have signed.
    pub duration_days: u32,
    /// The digest of the evidence that the signers were shown.
    pub evidence: Sha256Digest,
    /// Begin or go on.
    pub action: EmergencyAction,
}

/// What an emergency statement asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum EmergencyAction {
    /// It begins.
    Activate,
    /// It goes on.
    Extend {
        /// The first extension is 1: signatures for one cannot be shown again for the next.
        number: NonZeroU32,
    },
}

impl EmergencyStatement {
    pub(super) const TYPE: &'static str = "emergency";

    pub(super) fn encode(&self) -> String {
        let (extension, action) = match self.action {
            EmergencyAction::Activate => (0, "activate"),
            EmergencyAction::Extend { number } => (number.get(), "extend"),
        };
        Writer::new(Self::TYPE)
            .line("forge", &self.forge)
            .line("repository-id", self.repository_id)
            .line("repository", &self.repository)
            .line("emergency-tier", self.tier.as_str())
            .line("pull-requests", &self.pull_requests)
            .line("duration-days", self.duration_days)
            .line("evidence-sha256", self.evidence.hex())
            .line("extension", extension)
            .line("action", action)
            .finish()
    }

    pub(super) fn parse(lines: &mut Reader<'_>) -> Result<Self, StatementError> {
        let forge = lines.parsed("forge")?;
        let repository_id = lines.number("repository-id")?;
        let repository = lines.parsed("repository")?;
        let tier = lines.parsed("emergency-tier")?;
        let pull_requests = lines.parsed("pull-requests")?;
        let duration_days = lines.number("duration-days")?;
        let evidence = digest(lines, "evidence-sha256")?;
        let action = match NonZeroU32::new(lines.number("extension")?) {
            None => lines.one_of("action", &[("activate", EmergencyAction::Activate)])?,
            Some(number) => lines.one_of("action", &[("extend", EmergencyAction::Extend { number })])?,
        };
        Ok(Self {
            forge,
            repository_id,
            repository,
            tier,
            pull_requests,
            duration_days,
            evidence,
            action,
        })
    }
}
