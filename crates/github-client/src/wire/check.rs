//! Check runs: what Apps say about a commit.

use super::{CheckRunId, Conclusion, RunStatus};
use domain_types::{CommitSha, Timestamp};
use serde::{Deserialize, Serialize};

/// A check run.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "CheckRunWire")]
pub struct CheckRun {
    /// Its number.
    pub id: CheckRunId,
    /// Under which name. Any App may use any name: the App tells whose it is.
    pub name: String,
    /// The commit that it is about.
    pub head_sha: CommitSha,
    /// Where it stands.
    pub status: RunStatus,
    /// How it ended; none before it has.
    pub conclusion: Option<Conclusion>,
    /// The number of the App that made it; none where GitHub does not say.
    pub app_id: Option<u64>,
    /// The number of its check suite: of an App and a name the latest of each suite counts.
    pub suite_id: Option<u64>,
    /// The maker's own name for it.
    pub external_id: Option<String>,
    /// When it began.
    pub started_at: Option<Timestamp>,
    /// When it ended.
    pub completed_at: Option<Timestamp>,
}

#[derive(Deserialize)]
struct Numbered {
    id: u64,
}

#[derive(Deserialize)]
struct CheckRunWire {
    id: CheckRunId,
    name: String,
    head_sha: CommitSha,
    status: RunStatus,
    #[serde(default)]
    conclusion: Option<Conclusion>,
    #[serde(default)]
    app: Option<Numbered>,
    #[serde(default)]
    check_suite: Option<Numbered>,
    #[serde(default)]
    external_id: Option<String>,
    #[serde(default)]
    started_at: Option<Timestamp>,
    #[serde(default)]
    completed_at: Option<Timestamp>,
}

impl From<CheckRunWire> for CheckRun {
    fn from(wire: CheckRunWire) -> Self {
        Self {
            id: wire.id,
            name: wire.name,
            head_sha: wire.head_sha,
            status: wire.status,
            conclusion: wire.conclusion,
            app_id: wire.app.map(|app| app.id),
            suite_id: wire.check_suite.map(|suite| suite.id),
            external_id: wire.external_id.filter(|id| !id.is_empty()),
            started_at: wire.started_at,
            completed_at: wire.completed_at,
        }
    }
}

/// What a check run of ours shall say.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckReport {
    /// How it ended; none leaves it in progress. One that never ends goes stale after 14 days.
    pub conclusion: Option<Conclusion>,
    /// One line.
    pub title: String,
    /// Markdown; GitHub takes 65,535 characters, what is longer is shortened here, and says so.
    pub summary: String,
    /// More of the same, with the same limit.
    pub text: Option<String>,
    /// Our own name for it.
    pub external_id: Option<String>,
    /// Where its details are.
    pub details_url: Option<String>,
}

/// A check run as it is written.
#[derive(Serialize)]
pub(crate) struct CheckRunBody<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) name: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) head_sha: Option<&'a CommitSha>,
    pub(crate) status: RunStatus,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) conclusion: Option<&'a Conclusion>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) external_id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) details_url: Option<&'a str>,
    pub(crate) output: CheckOutput<'a>,
}

/// The words of a check run.
#[derive(Serialize)]
pub(crate) struct CheckOutput<'a> {
    pub(crate) title: &'a str,
    pub(crate) summary: std::borrow::Cow<'a, str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) text: Option<std::borrow::Cow<'a, str>>,
}
