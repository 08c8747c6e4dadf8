//! What is to be shown on the forge, as it is stored before it is done.

use super::found::{GateMode, ShownStatus};
use domain_types::CommitSha;
use serde::{Deserialize, Serialize};

/// The kind of intents that set the gate's status. All kinds that set one are of one lane, so that no green on its way arrives behind what
/// takes it away.
pub(crate) const STATUS: &str = "pull_request_status";
/// The kind of intents that show the report.
pub(crate) const REPORT: &str = "pull_request_report";
/// The kind of intents that answer a comment.
pub(crate) const ANSWER: &str = "pull_request_answer";
/// The kind of intents that take the green away from a head that is not judged any more. No later status takes their place: it is of another
/// head or another base.
pub(crate) const END: &str = "pull_request_status.end";
/// The kind of intents that set the status of a group of a merge queue.
pub(crate) const GROUP: &str = "pull_request_status.group";
/// The kind of intents that take the green away from a group that is no more.
pub(crate) const GROUP_END: &str = "pull_request_status.group_end";
/// The kind of intents that tell everybody something.
pub(crate) const NOTICE: &str = "pull_request_notice";

/// The line of a status that holds back a head that no open pull request is judged with.
pub const ENDED: &str =
    "Not judged any more with this head and base; a pull request that has them is judged anew";

/// Something to be shown.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "order", rename_all = "snake_case")]
pub enum Order {
    /// The one status that holds a pull request back or lets it go.
    Status(StatusOrder),
    /// The verdict as a page.
    Report(ReportOrder),
    /// An answer to whoever commanded.
    Answer(AnswerOrder),
    /// The end of a status: the head is not judged with that base any more.
    End(StatusOrder),
    /// The status of the commit that a merge queue would merge.
    Group(StatusOrder),
    /// The end of that.
    GroupEnd(StatusOrder),
    /// A comment for everybody.
    Notice(NoticeOrder),
}

impl Order {
    /// The kind of its intent.
    pub(crate) fn kind(&self) -> &'static str {
        match self {
            Self::Status(_) => STATUS,
            Self::Report(_) => REPORT,
            Self::Answer(_) => ANSWER,
            Self::End(_) => END,
            Self::Group(_) => GROUP,
            Self::GroupEnd(_) => GROUP_END,
            Self::Notice(_) => NOTICE,
        }
    }

    /// Statuses go first, answers last.
    pub(crate) fn priority(&self) -> i64 {
        match self {
            Self::Status(_) | Self::End(_) | Self::Group(_) | Self::GroupEnd(_) => 300,
            Self::Report(_) => 200,
            Self::Answer(_) | Self::Notice(_) => 100,
        }
    }
}

/// A status on a head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct StatusOrder {
    /// `owner/name`.
    pub repository: String,
    /// The head.
    pub head: CommitSha,
    /// The branch that it is about.
    pub base: String,
    /// Whether it holds anybody back. The context follows from this and the base, in one place.
    pub mode: GateMode,
    /// What it shows.
    pub status: ShownStatus,
    /// Where to read more.
    pub target_url: Option<String>,
}

impl StatusOrder {
    /// The context of the status: the one place in which dry run and enforcement differ.
    pub fn context(&self) -> String {
        context(self.mode, &self.base)
    }
}

/// The gate's context for a base. The enforced one is never written in dry run.
pub fn context(mode: GateMode, base: &str) -> String {
    match mode {
        GateMode::Enforce => format!("governance/{base}"),
        GateMode::DryRun => format!("governance-dry-run/{base}"),
    }
}

/// Whether a context is one of the gate's.
pub fn context_is_ours(context: &str) -> bool {
    context.starts_with("governance/") || context.starts_with("governance-dry-run/")
}

/// A report on a head.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ReportOrder {
    /// `owner/name`.
    pub repository: String,
    /// The head.
    pub head: CommitSha,
    /// Which pull request it is about, told to the forge with the report.
    pub external_id: String,
    /// `success`, `neutral`, `failure` or `action_required`.
    pub conclusion: String,
    /// Its title.
    pub title: String,
    /// Markdown.
    pub summary: String,
}

/// An answer to a comment.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AnswerOrder {
    /// `owner/name`.
    pub repository: String,
    /// The pull request.
    pub number: u64,
    /// The comment that is answered.
    pub comment: u64,
    /// Markdown, with a mark by which a probe finds it.
    pub body: String,
}

/// The mark of the answer to a comment. Whether a comment that has it is ours is told by its author.
pub fn answer_mark(comment: u64) -> String {
    format!("<!-- governance-app answers {comment} -->")
}

/// A comment that answers nobody.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NoticeOrder {
    /// `owner/name`.
    pub repository: String,
    /// The pull request.
    pub number: u64,
    /// By which a probe finds it: a comment of HTML within the body.
    pub mark: String,
    /// Markdown.
    pub body: String,
}
