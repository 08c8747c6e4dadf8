//! What is said about one state of one pull request: that it may be merged, or that a lower tier holds for it.

use super::field::{BaseRef, Forge, RepositoryName, Required, Tiers};
use super::lines::{Reader, Writer};
use crate::StatementError;
use domain_types::{CommitSha, TreeSha};

/// "This head of this pull request may be merged into this base." Everybody who approves signs the same bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PullRequestApproval {
    /// Where the repository is.
    pub forge: Forge,
    /// The forge's own number of the repository: it outlives renames, and another repository of the same name has another.
    pub repository_id: u64,
    /// The repository's name, for the reader.
    pub repository: RepositoryName,
    /// The number of the pull request.
    pub pull_request: u64,
    /// Where it goes.
    pub base_ref: BaseRef,
    /// The commit that was reviewed.
    pub head_sha: CommitSha,
    /// What that commit holds.
    pub head_tree: TreeSha,
    /// All tiers that the change falls into.
    pub tier: Tiers,
    /// Who must sign, as the signers were told.
    pub required: Required,
    /// Days of review, as the signers were told.
    pub review_days: u32,
}

impl PullRequestApproval {
    pub(super) const TYPE: &'static str = "pr-approval";

    pub(super) fn encode(&self) -> String {
        self.write(Writer::new(Self::TYPE))
            .line("action", "approve")
            .finish()
    }

    pub(super) fn parse(lines: &mut Reader<'_>) -> Result<Self, StatementError> {
        let approval = Self::read(lines)?;
        lines.one_of("action", &[("approve", ())])?;
        Ok(approval)
    }

    fn write(&self, lines: Writer) -> Writer {
        lines
            .line("forge", &self.forge)
            .line("repository-id", self.repository_id)
            .line("repository", &self.repository)
            .line("pull-request", self.pull_request)
            .line("base-ref", &self.base_ref)
            .line("head-sha", &self.head_sha)
            .line("head-tree", &self.head_tree)
            .line("tier", &self.tier)
            .line("required", self.required)
            .line("review-days", self.review_days)
    }

    fn read(lines: &mut Reader<'_>) -> Result<Self, StatementError> {
        Ok(Self {
            forge: lines.parsed("forge")?,
            repository_id: lines.number("repository-id")?,
            repository: lines.parsed("repository")?,
            pull_request: lines.number("pull-request")?,
            base_ref: lines.parsed("base-ref")?,
            head_sha: lines.parsed("head-sha")?,
            head_tree: lines.parsed("head-tree")?,
            tier: lines.parsed("tier")?,
            required: lines.parsed("required")?,
            review_days: lines.number("review-days")?,
        })
    }
}

/// "This change is of these tiers, although its paths say others." Signed at the threshold of what holds without it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TierLowering {
    /// The state of the pull request, with the tiers, the threshold and the days that hold without the lowering.
    pub holding: PullRequestApproval,
    /// The tiers that shall hold.
    pub asked: Tiers,
}

impl TierLowering {
    pub(super) const TYPE: &'static str = "tier-lower";

    pub(super) fn encode(&self) -> String {
        self.holding
            .write(Writer::new(Self::TYPE))
            .line("asked-tier", &self.asked)
            .line("action", "lower-tier")
            .finish()
    }

    pub(super) fn parse(lines: &mut Reader<'_>) -> Result<Self, StatementError> {
        let holding = PullRequestApproval::read(lines)?;
        let asked = lines.parsed("asked-tier")?;
        lines.one_of("action", &[("lower-tier", ())])?;
        Ok(Self { holding, asked })
    }
}
