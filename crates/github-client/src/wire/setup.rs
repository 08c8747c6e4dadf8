//! What an organisation has set up: where an App is installed, where its webhook leads, which workflows, runners and rules
//! there are. Only looked at, never changed.

use super::{BypassActor, word_enum};
use domain_types::Timestamp;
use serde::{Deserialize, Deserializer};
use std::collections::BTreeMap;

/// The App's installation with an account.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Installation {
    /// Its number.
    pub id: u64,
    /// What the App is called in addresses, and in the login of its user.
    #[serde(default)]
    pub app_slug: Option<String>,
    /// What it may do: what the account has accepted, which may be less than what the App asks for.
    #[serde(default)]
    pub permissions: BTreeMap<String, String>,
    /// What it is told of.
    #[serde(default)]
    pub events: Vec<String>,
    /// When it was suspended, if it was.
    #[serde(default)]
    pub suspended_at: Option<Timestamp>,
    /// Where a person sees it.
    #[serde(default)]
    pub html_url: String,
}

/// Where the App's webhook leads.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct HookConfig {
    /// The address.
    #[serde(default)]
    pub url: Option<String>,
    /// `json` or `form`.
    #[serde(default)]
    pub content_type: Option<String>,
    /// Whether GitHub takes any certificate for the address.
    #[serde(default, rename = "insecure_ssl", deserialize_with = "flag")]
    pub takes_any_certificate: bool,
}

word_enum! {
    /// Whether a workflow can be started.
    WorkflowState {
        /// It can.
        Active = "active",
        /// Its file is gone.
        Deleted = "deleted",
        /// The repository is a fork, where workflows are off at first.
        DisabledFork = "disabled_fork",
        /// Nothing has happened in the repository for sixty days.
        DisabledInactivity = "disabled_inactivity",
        /// Somebody has turned it off.
        DisabledManually = "disabled_manually",
    }
}

/// A workflow of a repository, as its default branch has it.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct WorkflowInfo {
    /// Its number.
    pub id: u64,
    /// The path of its file.
    pub path: String,
    /// Whether it can be started.
    pub state: WorkflowState,
}

/// What a repository lets its workflows do.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct ActionsPermissions {
    /// Whether workflows run at all.
    pub enabled: bool,
    /// `all`, `local_only` or `selected`; none where they do not run.
    #[serde(default)]
    pub allowed_actions: Option<String>,
}

/// A runner that is not GitHub's.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Runner {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// `online` or `offline`.
    pub status: String,
    /// What jobs find it by.
    #[serde(default)]
    pub labels: Vec<RunnerLabel>,
}

/// What jobs find a runner by.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RunnerLabel {
    /// The label; GitHub compares without regard to case.
    pub name: String,
}

/// A ruleset. What it holds for and what it demands is there only if it was asked for by itself.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct Ruleset {
    /// Its number.
    pub id: u64,
    /// Its name.
    pub name: String,
    /// `branch`, `tag`, `push` or `repository`.
    #[serde(default)]
    pub target: Option<String>,
    /// `active`, `evaluate` or `disabled`.
    pub enforcement: String,
    /// What it holds for.
    #[serde(default)]
    pub conditions: Option<RulesetConditions>,
    /// What it demands.
    #[serde(default)]
    pub rules: Vec<RulesetRule>,
    /// Who may pass by it; GitHub tells only those who may change it.
    #[serde(default)]
    pub bypass_actors: Option<Vec<BypassActor>>,
}

/// What a ruleset holds for.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RulesetConditions {
    /// Refs by pattern; none where it holds for all.
    #[serde(default)]
    pub ref_name: Option<RefPatterns>,
}

/// Refs by pattern.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RefPatterns {
    /// One of these fits: `refs/tags/v*`, `~ALL`, `~DEFAULT_BRANCH`.
    #[serde(default)]
    pub include: Vec<String>,
    /// None of these does.
    #[serde(default)]
    pub exclude: Vec<String>,
}

/// One rule, by its kind.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RulesetRule {
    /// `creation`, `update`, `deletion`, `required_status_checks` and others.
    #[serde(rename = "type")]
    pub kind: String,
}

/// GitHub writes this flag as a text or as a number.
fn flag<'de, D: Deserializer<'de>>(from: D) -> Result<bool, D::Error> {
    #[derive(Deserialize)]
    #[serde(untagged)]
    enum Written {
        Text(String),
        Number(u64),
    }
    Ok(match Option::<Written>::deserialize(from)? {
        Some(Written::Text(text)) => text != "0",
        Some(Written::Number(number)) => number != 0,
        None => false,
    })
}
