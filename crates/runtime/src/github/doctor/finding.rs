//! What the doctor says: the form that findings about workflow files have, with the page of a setting in the place of a file.

use serde::{Serialize, Serializer};
use std::fmt;

pub use workflow_model::Severity;

/// What sort of finding it is. The text of [`Code::as_str`] is part of the JSON.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Code {
    /// GitHub does not accept our key.
    AppRefused,
    /// Another App answers than the one that is configured.
    AppForeign,
    /// A permission that is needed is not there.
    PermissionMissing,
    /// A permission that nothing here needs.
    PermissionBeyond,
    /// The account has not accepted what the App asks for.
    PermissionNotAccepted,
    /// An event that is needed is not subscribed to.
    EventMissing,
    /// The App is not installed on a repository of the plan.
    NotInstalled,
    /// The installation is suspended.
    Suspended,
    /// The webhook leads elsewhere, or nowhere.
    WebhookAddress,
    /// The webhook sends what our door does not read.
    WebhookForm,
    /// The webhook goes where anybody may listen.
    WebhookOpen,
    /// Nothing was delivered yet.
    NoDelivery,
    /// Deliveries failed.
    DeliveryFailed,
    /// Our door did not accept GitHub's signature.
    SecretDiffers,
    /// There is no plan to release.
    NoPlan,
    /// A tag of the plan is not there.
    NoTag,
    /// A component has no workflow file.
    NoWorkflow,
    /// A workflow file cannot be read.
    WorkflowUnreadable,
    /// What is wrong with a workflow file.
    Workflow(workflow_model::Code),
    /// A workflow is turned off.
    WorkflowOff,
    /// Workflows are turned off in a repository.
    ActionsOff,
    /// A repository allows some actions only.
    ActionsLimited,
    /// Tags of versions can be moved or deleted.
    TagsUnprotected,
    /// What is published can be changed afterwards.
    ReleasesMutable,
    /// No runner is there for a job.
    NoRunner,
    /// Anybody's pull request may reach a runner of the organisation's own.
    RunnerInPublic,
    /// Our clock and GitHub's differ.
    ClockOff,
    /// A release needs more requests than the hour has left.
    BudgetShort,
    /// Something that should be there is not.
    Absent,
    /// GitHub does not let us see something.
    Denied,
    /// Something could not be read.
    Unread,
}

impl Code {
    /// The code in kebab case.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::AppRefused => "app-refused",
            Self::AppForeign => "app-foreign",
            Self::PermissionMissing => "permission-missing",
            Self::PermissionBeyond => "permission-beyond",
            Self::PermissionNotAccepted => "permission-not-accepted",
            Self::EventMissing => "event-missing",
            Self::NotInstalled => "not-installed",
            Self::Suspended => "suspended",
            Self::WebhookAddress => "webhook-address",
            Self::WebhookForm => "webhook-form",
            Self::WebhookOpen => "webhook-open",
            Self::NoDelivery => "no-delivery",
            Self::DeliveryFailed => "delivery-failed",
            Self::SecretDiffers => "secret-differs",
            Self::NoPlan => "no-plan",
            Self::NoTag => "no-tag",
            Self::NoWorkflow => "no-workflow",
            Self::WorkflowUnreadable => "workflow-unreadable",
            Self::Workflow(code) => code.as_str(),
            Self::WorkflowOff => "workflow-off",
            Self::ActionsOff => "actions-off",
            Self::ActionsLimited => "actions-limited",
            Self::TagsUnprotected => "tags-unprotected",
            Self::ReleasesMutable => "releases-mutable",
            Self::NoRunner => "no-runner",
            Self::RunnerInPublic => "runner-in-public",
            Self::ClockOff => "clock-off",
            Self::BudgetShort => "budget-short",
            Self::Absent => "absent",
            Self::Denied => "denied",
            Self::Unread => "unread",
        }
    }
}

impl Serialize for Code {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

/// One thing about one setting, or about one place of a workflow file. Its fields are those of `findings[]` in the schema
/// `governance/findings/v1`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Finding {
    /// How much it matters.
    pub severity: Severity,
    /// What sort of finding it is.
    pub code: Code,
    /// The page of the setting, or `owner/name/path@ref` of the workflow file.
    pub file: String,
    /// Line of a file, counted from 1; none for a setting.
    pub line: Option<usize>,
    /// Column of a file in characters, counted from 1; none for a setting.
    pub column: Option<usize>,
    /// The setting, or the way to the value within the file.
    pub key: String,
    /// What is wrong: a lower-case fragment without a full stop.
    pub message: String,
    /// What to do next: a lower-case fragment without a full stop.
    pub remedy: String,
}

impl Finding {
    /// About a setting on a page.
    pub(super) fn of_setting(
        (severity, code): (Severity, Code),
        (page, key): (&str, &str),
        message: impl Into<String>,
        remedy: impl Into<String>,
    ) -> Self {
        Self {
            severity,
            code,
            file: page.to_owned(),
            line: None,
            column: None,
            key: key.to_owned(),
            message: plain(&message.into()),
            remedy: remedy.into(),
        }
    }

    /// What was found in a workflow file.
    pub(super) fn of_workflow(found: workflow_model::Finding) -> Self {
        Self {
            severity: found.severity,
            code: Code::Workflow(found.code),
            file: found.file,
            line: Some(found.line),
            column: Some(found.column),
            key: found.key,
            message: found.message,
            remedy: found.remedy,
        }
    }
}

/// Words of others on one line of a terminal.
fn plain(message: &str) -> String {
    let visible = |character: char| if character.is_control() { ' ' } else { character };
    message.chars().map(visible).collect()
}

impl fmt::Display for Finding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.file)?;
        if let (Some(line), Some(column)) = (self.line, self.column) {
            write!(out, ":{line}:{column}")?;
        }
        write!(out, ": {}: {}", self.severity, self.message)?;
        write!(out, "\n  help: {}", self.remedy)
    }
}
