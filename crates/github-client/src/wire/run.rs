//! Workflow runs, and the question that lists them.

use super::{WorkflowRunId, word_enum};
use domain_types::{CommitSha, Timestamp};
use serde::Deserialize;

word_enum! {
    /// Where a run or a job stands.
    RunStatus {
        /// Asked for by Actions itself.
        Requested = "requested",
        /// Waits for a person or a rule.
        Waiting = "waiting",
        /// Held back by a concurrency group.
        Pending = "pending",
        /// Waits for a runner.
        Queued = "queued",
        /// A runner has it.
        InProgress = "in_progress",
        /// It has ended; the conclusion says how.
        Completed = "completed",
    }
}

word_enum! {
    /// How a run, a job or a step ended.
    Conclusion {
        /// Well.
        Success = "success",
        /// A step failed.
        Failure = "failure",
        /// Neither good nor bad.
        Neutral = "neutral",
        /// Somebody stopped it.
        Cancelled = "cancelled",
        /// Its condition did not hold.
        Skipped = "skipped",
        /// It ran too long.
        TimedOut = "timed_out",
        /// A person must act.
        ActionRequired = "action_required",
        /// GitHub gave it up.
        Stale = "stale",
        /// The workflow could not begin, as with a broken file.
        StartupFailure = "startup_failure",
    }
}

word_enum! {
    /// What an account is.
    ActorKind {
        /// A person.
        User = "User",
        /// An App.
        Bot = "Bot",
        /// An organisation.
        Organization = "Organization",
    }
}

/// Who did something.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Actor {
    /// The name that is shown; it may change.
    pub login: String,
    /// The number, which never changes.
    pub id: u64,
    /// Person, App or organisation.
    #[serde(rename = "type", default = "user")]
    pub kind: ActorKind,
}

fn user() -> ActorKind {
    ActorKind::User
}

#[derive(Debug, Clone, Deserialize)]
struct Numbered {
    id: u64,
}

/// A workflow run as GitHub shows it now.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "RunWire")]
pub struct WorkflowRun {
    /// Its number.
    pub id: WorkflowRunId,
    /// 1, and one more for each repetition.
    pub run_attempt: u32,
    /// The workflow's name.
    pub name: Option<String>,
    /// What `run-name` made of it.
    pub display_title: String,
    /// What started it: `workflow_dispatch`, `repository_dispatch`, ...
    pub event: String,
    /// Where it stands.
    pub status: RunStatus,
    /// How it ended; none before it has.
    pub conclusion: Option<Conclusion>,
    /// The commit that it runs on.
    pub head_sha: CommitSha,
    /// The branch or tag that it runs on.
    pub head_branch: Option<String>,
    /// The workflow's file, such as `.github/workflows/build.yml`, perhaps with `@` and a reference behind it.
    pub path: String,
    /// The number of the repository that it runs in.
    pub repository_id: u64,
    /// The number of the repository that its commit comes from: another one for a fork.
    pub head_repository_id: Option<u64>,
    /// Who started it first.
    pub actor: Option<Actor>,
    /// Who started this attempt.
    pub triggering_actor: Option<Actor>,
    /// When it was made.
    pub created_at: Timestamp,
    /// When this attempt was started.
    pub run_started_at: Option<Timestamp>,
    /// When anything of it changed last.
    pub updated_at: Timestamp,
    /// Its page.
    pub html_url: String,
}

impl WorkflowRun {
    /// The workflow's file without a reference behind it.
    pub fn workflow_path(&self) -> &str {
        self.path.split('@').next().unwrap_or(&self.path)
    }
}

#[derive(Deserialize)]
struct RunWire {
    id: WorkflowRunId,
    #[serde(default = "first")]
    run_attempt: u32,
    name: Option<String>,
    #[serde(default)]
    display_title: String,
    event: String,
    status: Option<RunStatus>,
    conclusion: Option<Conclusion>,
    head_sha: CommitSha,
    head_branch: Option<String>,
    #[serde(default)]
    path: String,
    repository: Numbered,
    head_repository: Option<Numbered>,
    actor: Option<Actor>,
    triggering_actor: Option<Actor>,
    created_at: Timestamp,
    run_started_at: Option<Timestamp>,
    updated_at: Timestamp,
    html_url: String,
}

fn first() -> u32 {
    1
}

impl From<RunWire> for WorkflowRun {
    fn from(wire: RunWire) -> Self {
        Self {
            id: wire.id,
            run_attempt: wire.run_attempt,
            name: wire.name,
            display_title: wire.display_title,
            event: wire.event,
            // GitHub's schema lets the status be null; nothing is known then, least of all that the run has ended.
            status: wire.status.unwrap_or(RunStatus::Other(String::new())),
            conclusion: wire.conclusion,
            head_sha: wire.head_sha,
            head_branch: wire.head_branch,
            path: wire.path,
            repository_id: wire.repository.id,
            head_repository_id: wire.head_repository.map(|repository| repository.id),
            actor: wire.actor,
            triggering_actor: wire.triggering_actor,
            created_at: wire.created_at,
            run_started_at: wire.run_started_at,
            updated_at: wire.updated_at,
            html_url: wire.html_url,
        }
    }
}

/// Which runs to list; what is none does not narrow the list.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RunQuery {
    /// The workflow's file name (`build.yml`) or number.
    pub workflow: Option<String>,
    /// What started them.
    pub event: Option<String>,
    /// Made at this time or later, to the second.
    pub created_since: Option<Timestamp>,
    /// Made at this time or earlier, to the second.
    pub created_until: Option<Timestamp>,
    /// The login of who started them.
    pub actor: Option<String>,
    /// The commit that they run on.
    pub head_sha: Option<CommitSha>,
    /// The branch that they run on.
    pub branch: Option<String>,
    /// A status or conclusion, in GitHub's word.
    pub status: Option<String>,
}
