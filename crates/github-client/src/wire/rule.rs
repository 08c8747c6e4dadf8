//! What a branch demands, by all rulesets that hold for it together.

use super::word_enum;
use serde::Deserialize;

/// A rule that is in force on a branch.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
#[serde(from = "BranchRuleWire")]
pub struct BranchRule {
    /// `required_status_checks`, `pull_request`, `merge_queue`, `non_fast_forward` and others.
    pub kind: String,
    /// The ruleset that it stands in.
    pub ruleset_id: Option<u64>,
    /// Whose ruleset that is: `owner/name` of a repository, or an organisation.
    pub source: Option<String>,
    /// The checks that must have succeeded; empty for a rule of another kind.
    pub required_checks: Vec<RequiredCheck>,
    /// Whether a head must have the base behind it before it is merged.
    pub is_strict: bool,
}

/// A status or check that must have succeeded.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct RequiredCheck {
    /// Its name.
    pub context: String,
    /// The number of the App that alone may say it; none lets anybody say it who may write.
    #[serde(default)]
    pub integration_id: Option<u64>,
}

#[derive(Deserialize)]
struct BranchRuleWire {
    #[serde(rename = "type")]
    kind: String,
    #[serde(default)]
    ruleset_id: Option<u64>,
    #[serde(default)]
    ruleset_source: Option<String>,
    #[serde(default)]
    parameters: Option<Parameters>,
}

#[derive(Deserialize, Default)]
struct Parameters {
    #[serde(default)]
    required_status_checks: Vec<RequiredCheck>,
    #[serde(default)]
    strict_required_status_checks_policy: bool,
}

impl From<BranchRuleWire> for BranchRule {
    fn from(wire: BranchRuleWire) -> Self {
        let parameters = wire.parameters.unwrap_or_default();
        Self {
            kind: wire.kind,
            ruleset_id: wire.ruleset_id,
            source: wire.ruleset_source,
            required_checks: parameters.required_status_checks,
            is_strict: parameters.strict_required_status_checks_policy,
        }
    }
}

word_enum! {
    /// What somebody is who may pass by a ruleset.
    BypassKind {
        /// An App.
        App = "Integration",
        /// The owners of the organisation.
        OrganizationAdmin = "OrganizationAdmin",
        /// Everybody with a role in the repository.
        RepositoryRole = "RepositoryRole",
        /// The members of a team.
        Team = "Team",
        /// A key that belongs to the repository.
        DeployKey = "DeployKey",
        /// A person.
        User = "User",
    }
}

/// Somebody who may pass by a ruleset.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize)]
pub struct BypassActor {
    /// What they are.
    #[serde(rename = "actor_type")]
    pub kind: BypassKind,
    /// Their number, where the kind has one.
    #[serde(rename = "actor_id", default)]
    pub id: Option<u64>,
    /// `always`, `pull_request` (by merging a pull request only) or `exempt` (always, and leaving no trace).
    #[serde(rename = "bypass_mode", default = "always")]
    pub mode: String,
}

fn always() -> String {
    "always".to_owned()
}
