//! All that the doctor judges, as one value: gathered before anything is judged.

use super::fact::Fact;
use super::finding::Severity;
use super::pages::Pages;
use super::role::Role;
use crate::configuration::WorkerKind;
use crate::github::FullName;
use domain_types::{CommitSha, TagName};
use github_client::{
    ActionsPermissions, App, Budget, Delivery, HookConfig, Installation, RepositoryFile, RepositoryInfo,
    Ruleset, Runner, WorkflowInfo,
};
use workflow_model::parse_workflow;

/// All that is judged.
#[derive(Debug, Clone)]
pub struct Facts {
    pub(super) pages: Pages,
    /// Our Apps; the first hears.
    pub(super) apps: Vec<AppFacts>,
    /// The repository that holds the release.
    pub(super) home: FullName,
    pub(super) hook: Fact<HookConfig>,
    /// The newest deliveries.
    pub(super) deliveries: Fact<Vec<Delivery>>,
    pub(super) plan: Fact<Result<PlanFacts, String>>,
    /// Every repository of the plan, its home first; then those that are told of the release.
    pub(super) repositories: Vec<RepositoryFacts>,
    pub(super) workers: Vec<WorkerFacts>,
    /// Whether what is published in the home cannot be changed any more.
    pub(super) has_immutable_releases: Fact<bool>,
    pub(super) budget: Fact<Budget>,
    /// Seconds that our clock is ahead of GitHub's, if GitHub told its time.
    pub(super) clock_ahead_seconds: Option<i64>,
}

/// One of our Apps.
#[derive(Debug, Clone)]
pub(super) struct AppFacts {
    pub(super) role: Role,
    /// The number that is configured.
    pub(super) app_id: u64,
    pub(super) app: Fact<App>,
}

/// What the plan will ask of GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct PlanFacts {
    /// How many builds it starts.
    pub(super) builds: usize,
    /// How many files it publishes.
    pub(super) assets: usize,
}

/// A repository that a release has to do with.
#[derive(Debug, Clone)]
pub(super) struct RepositoryFacts {
    pub(super) name: FullName,
    /// It is only told of the release.
    pub(super) is_told: bool,
    /// The Apps that must be there; the first is the one that reads.
    pub(super) reached: Vec<Reach>,
    pub(super) info: Fact<RepositoryInfo>,
    /// Its rulesets for tags, with their rules.
    pub(super) tag_rulesets: Fact<Vec<Ruleset>>,
}

/// An App in a repository.
#[derive(Debug, Clone)]
pub(super) struct Reach {
    pub(super) role: Role,
    /// How much it matters that it is there.
    pub(super) severity: Severity,
    pub(super) installation: Fact<Installation>,
}

/// A component of the plan, and what builds it.
#[derive(Debug, Clone)]
pub(super) struct WorkerFacts {
    pub(super) source: FullName,
    pub(super) tag: TagName,
    pub(super) event_type: String,
    pub(super) kind: WorkerKind,
    /// The name of the workflow file below `.github/workflows/`.
    pub(super) workflow: String,
    pub(super) default_branch: String,
    pub(super) is_private: bool,
    pub(super) commit: Fact<CommitSha>,
    pub(super) file_on_default: Fact<RepositoryFile>,
    pub(super) file_at_tag: Fact<RepositoryFile>,
    pub(super) registered: Fact<WorkflowInfo>,
    pub(super) actions: Fact<ActionsPermissions>,
    pub(super) runners: Fact<Vec<Runner>>,
}

impl WorkerFacts {
    /// Whether only an event starts it: its workflow at the tag cannot be started itself.
    pub(super) fn is_told_by_event(&self) -> bool {
        let file = self.file_at_tag.known().or(self.file_on_default.known());
        let text = file.and_then(|file| std::str::from_utf8(&file.bytes).ok());
        let workflow = text.and_then(|text| parse_workflow(&self.workflow, text).ok());
        self.kind == WorkerKind::Legacy
            || workflow.is_some_and(|workflow| workflow.trigger("workflow_dispatch").is_none())
    }
}

impl RepositoryFacts {
    /// Whether the App can be here at all; that it cannot is a finding of its own, and reason of many others.
    pub(super) fn is_reached(&self) -> bool {
        let first = self.reached.first();
        let installation = first.and_then(|reach| reach.installation.known());
        installation.is_some_and(|installation| installation.suspended_at.is_none())
    }
}

impl Facts {
    /// Whether the App can be in the release's repository at all.
    pub(super) fn is_home_reached(&self) -> bool {
        let mut repositories = self.repositories.iter();
        repositories.any(|known| known.name == self.home && known.is_reached())
    }

    /// How many repositories were looked at.
    pub fn repositories(&self) -> usize {
        self.repositories.len()
    }

    /// A page of the settings of the App that hears.
    pub(super) fn app_page(&self, name: &str) -> String {
        let app = self.apps.first();
        app.map_or_else(String::new, |app| self.page_of(app, name))
    }

    /// A page of an App's settings.
    pub(super) fn page_of(&self, app: &AppFacts, name: &str) -> String {
        self.pages.app(&self.home.owner, &app.slug(), name)
    }
}

impl AppFacts {
    /// Its name in addresses; its number if GitHub does not tell.
    fn slug(&self) -> String {
        match self.app.known() {
            Some(app) if !app.slug.is_empty() => app.slug.clone(),
            Some(_) | None => self.app_id.to_string(),
        }
    }
}
