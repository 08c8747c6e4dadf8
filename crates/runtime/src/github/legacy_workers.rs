//! Workers that know no dispatch id: which of their builds can be trusted, and which must not run side by side.

use super::frozen::FrozenComponent;
use super::planning::PlanRefusal;
use crate::configuration::WorkerKind;
use domain_types::{Channel, ReleaseVersion, TagName};
use orchestrator::ReleaseSpec;

/// Nothing of the production channel rests on a run of which nobody can say for certain that it is ours.
pub(super) fn refuse_legacy(
    tag: &TagName,
    version: &ReleaseVersion,
    components: &[FrozenComponent],
) -> Result<(), PlanRefusal> {
    let legacy = components
        .iter()
        .filter(|component| component.worker == WorkerKind::Legacy);
    let named: Vec<&str> = legacy.map(|component| component.repository.as_str()).collect();
    match (version.channel(), named.first()) {
        (Channel::Prerelease, _) | (Channel::Production, None) => Ok(()),
        (Channel::Production, Some(first)) => Err(PlanRefusal::No(format!(
            "{tag} is of the production channel, and no run of {} can be told for certain, as the configuration says `worker = \
             \"legacy\"`; let the workflow show the dispatch id (docs/workers.md), take that line out of [repositories.{first}], then \
             ask again, or release a prerelease",
            named.join(", ")
        ))),
    }
}

/// Two builds that are told apart by time alone must not be in flight together.
pub(super) fn build_legacy_alone(spec: &mut ReleaseSpec, components: &[FrozenComponent]) {
    for node in &mut spec.nodes {
        let component = components
            .iter()
            .find(|component| component.repository == node.id.repository);
        node.alone = component
            .filter(|component| component.worker == WorkerKind::Legacy)
            .map(|component| component.source.to_string().to_ascii_lowercase());
    }
}
