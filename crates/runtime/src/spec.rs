//! From a plan to what the state machine is asked for.

use crate::configuration::Configuration;
use artifact_verify::{Error, PlannedAsset, PlannedComponent, plan_asset_names};
use dependency_graph::{Component, Plan};
use domain_types::{NodeId, Platform, ReleaseId, RepoName};
use orchestrator::{NodeSpec, OwnApproval, Policy, ReleaseSpec, Repetition};

/// The payload of the first event; none if the plan has no version or a component has no commit yet.
pub(crate) fn release_spec(
    plan: &Plan,
    configuration: &Configuration,
    repetition: Repetition,
) -> Option<ReleaseSpec> {
    let version = plan.version()?.clone();
    let plan_digest = plan.digest();
    let settings = &configuration.release;
    let pairs = plan.components().iter().flat_map(|component| {
        let platforms = component.platforms.iter();
        platforms.map(move |platform| (component, platform))
    });
    let nodes = pairs.map(|pair| node_spec(pair, plan, configuration, repetition));
    Some(ReleaseSpec {
        id: ReleaseId::new(plan.release(), &version, &plan_digest),
        name: plan.release().clone(),
        version,
        plan_digest,
        nodes: nodes.collect::<Option<_>>()?,
        policy: Policy {
            attempts_max: settings.attempts_max,
            retry_budget: settings.retry_budget,
            approvals_required: settings.approvals_required,
            signatures_required: settings.signatures_required,
            repetition,
            rehearsal: false,
            approval_first: false,
            own_approval: OwnApproval::Counts,
        },
        follow_ups: Vec::new(),
        former_way: Vec::new(),
        asked_by: None,
        frozen: None,
    })
}

fn node_spec(
    (component, platform): (&Component, &Platform),
    plan: &Plan,
    configuration: &Configuration,
    repetition: Repetition,
) -> Option<NodeSpec> {
    let name = &component.name;
    Some(NodeSpec {
        id: NodeId {
            repository: name.clone(),
            platform: platform.clone(),
        },
        version: component.version.clone(),
        commit: component.commit.clone()?,
        optional: component.optional,
        needs: plan
            .needs(name)
            .into_iter()
            .flat_map(|need| nodes_of(need, platform, plan, repetition))
            .collect(),
        remaining_path: plan.remaining_path(name),
        queued_seconds_max: configuration.queued_seconds_max(name),
        running_seconds_max: configuration.running_seconds_max(name),
        alone: None,
    })
}

/// The nodes of a dependency that a build on this platform waits for: its own platform's, else all of them. All of them
/// also where every build is repeated, since that moves the tree away for a while.
fn nodes_of(name: &RepoName, platform: &Platform, plan: &Plan, repetition: Repetition) -> Vec<NodeId> {
    let Some(component) = plan.component(name) else {
        return Vec::new();
    };
    let same: Vec<&Platform> = component
        .platforms
        .iter()
        .filter(|other| *other == platform)
        .collect();
    let chosen = if same.is_empty() || repetition == Repetition::Twice {
        component.platforms.iter().collect()
    } else {
        same
    };
    chosen
        .into_iter()
        .map(|platform| NodeId {
            repository: name.clone(),
            platform: platform.clone(),
        })
        .collect()
}

/// The names of all archives, or why they cannot be given: asked before anything is built.
pub(crate) fn planned_assets(plan: &Plan) -> Result<Vec<PlannedAsset>, Vec<Error>> {
    let Some(version) = plan.version() else {
        return Ok(Vec::new());
    };
    let mut components = Vec::new();
    let mut problems = Vec::new();
    for component in plan.components() {
        match component.version.parse() {
            Ok(version) => components.push(PlannedComponent {
                repository: component.name.clone(),
                version,
                platforms: component.platforms.clone(),
                binaries: component
                    .binaries
                    .iter()
                    .map(|binary| binary.as_str().to_owned())
                    .collect(),
            }),
            Err(error) => problems.push(Error::from(error)),
        }
    }
    if problems.is_empty() {
        plan_asset_names(plan.release(), version, &components)
    } else {
        Err(problems)
    }
}
