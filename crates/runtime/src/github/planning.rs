//! From a tag to what the state machine is asked for: the manifest at the tag, every component's tag a commit, once.

use super::frozen::{FrozenComponent, FrozenRelease, FullName};
use super::workshop::Workshop;
use crate::configuration::{Configuration, ForgeRepository, WorkerKind};
use crate::error::sentence;
use crate::spec::{planned_assets, release_spec};
use dependency_graph::{Component, Plan, PlanError, read_plan};
use domain_types::{AssetName, Channel, CommitSha, ReleaseVersion, RepoName, TagName};
use github_client::{CommitAt, GitHubError};
use orchestrator::{OwnApproval, ReleaseSpec, Repetition};
use std::collections::BTreeMap;

/// Where the manifest lies in the release's repository.
pub(super) const MANIFEST_PATH: &str = "versions.toml";

/// The workflow file of a worker where none is configured.
const WORKFLOW_DEFAULT: &str = "build.yml";

/// Where GitHub looks for workflows; the configuration may name it or leave it out.
pub(super) const WORKFLOWS: &str = ".github/workflows/";

/// The event type of a dispatch where none is configured.
const EVENT_TYPE_DEFAULT: &str = "build-request";

/// Why a tag is not released.
#[derive(Debug, thiserror::Error)]
pub enum PlanRefusal {
    /// It will not be, as it is: what to do stands in the sentence.
    #[error("{0}")]
    No(String),
    /// Something that is asked for is not there, or not to be seen yet.
    #[error("{0}")]
    Unseen(String),
    /// GitHub could not be asked.
    #[error("GitHub could not be asked: {}", sentence(.0))]
    World(#[from] GitHubError),
}

fn unseen<T>(why: String) -> Result<T, PlanRefusal> {
    Err(PlanRefusal::Unseen(why))
}

fn no<T>(why: impl Into<String>) -> Result<T, PlanRefusal> {
    Err(PlanRefusal::No(why.into()))
}

/// The start of the release of a tag that this actor asks for, everything in it frozen.
///
/// # Errors
/// [`PlanRefusal`].
pub async fn plan_tag(workshop: &Workshop, tag: &TagName, actor: &str) -> Result<ReleaseSpec, PlanRefusal> {
    let configuration = &workshop.configuration;
    let version: ReleaseVersion = match tag.as_str().parse() {
        Ok(version) => version,
        Err(error) => return no(format!("{tag} is no version to release: {error}")),
    };
    let home = home(configuration)?;
    let repository = workshop.github.repository(&home.owner, &home.name)?;
    let Some(at) = repository.commit_at(&format!("tags/{tag}")).await? else {
        return unseen(format!("{home} has no tag {tag}; push it, then ask again"));
    };
    if let Some(published) = repository.release_by_tag(tag.as_str()).await? {
        return no(format!(
            "{home} has published {tag} already ({}); delete that release and ask again, or release another version",
            published.html_url
        ));
    }
    let Some(file) = repository.file(MANIFEST_PATH, at.sha.as_str()).await? else {
        return unseen(format!(
            "{home} has no {MANIFEST_PATH} at {tag}; add it, then release a new tag"
        ));
    };
    let plan = read(&file.bytes, &version, configuration)?;
    let (plan, components) = freeze(workshop, &plan, &home).await?;
    planned_assets(&plan).map_err(|errors| {
        let said: Vec<String> = errors.iter().map(|error| sentence(error)).collect();
        PlanRefusal::No(format!(
            "the names of the release's files collide: {}",
            said.join("; ")
        ))
    })?;
    let Some(mut spec) = release_spec(&plan, configuration, Repetition::Once) else {
        return no(format!("the plan of {tag} is not complete"));
    };
    refuse_legacy(tag, &version, &components)?;
    build_legacy_alone(&mut spec, &components);
    spec.asked_by = Some(actor.to_owned());
    spec.policy.own_approval = match version.channel() {
        Channel::Production => OwnApproval::Refused,
        Channel::Prerelease => OwnApproval::Counts,
    };
    if version.channel() == Channel::Prerelease {
        spec.policy.approvals_required = 0;
    } else if spec.policy.approvals_required > 0 && !configuration.release.allow_token_approvals {
        return no(format!(
            "{tag} needs {} approvals, and signed ones cannot be given yet; set `allow_token_approvals = true` in [release] to let \
             tokens of the API give them",
            spec.policy.approvals_required
        ));
    }
    let frozen = FrozenRelease::new(home, tag.clone(), at.sha, components);
    match serde_json::to_string(&frozen) {
        Ok(text) => spec.frozen = Some(text),
        Err(error) => return no(format!("the plan of {tag} cannot be stored: {error}")),
    }
    Ok(spec)
}

/// Nothing of the production channel rests on a run of which nobody can say for certain that it is ours.
fn refuse_legacy(
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
        (Channel::Production, Some(first)) => no(format!(
            "{tag} is of the production channel, and no run of {} can be told for certain, as the configuration says `worker = \
             \"legacy\"`; let the workflow show the dispatch id (docs/workers.md), take that line out of [repositories.{first}], then \
             ask again, or release a prerelease",
            named.join(", ")
        )),
    }
}

/// Two builds that are told apart by time alone must not be in flight together.
fn build_legacy_alone(spec: &mut ReleaseSpec, components: &[FrozenComponent]) {
    for node in &mut spec.nodes {
        let component = components
            .iter()
            .find(|component| component.repository == node.id.repository);
        node.alone = component
            .filter(|component| component.worker == WorkerKind::Legacy)
            .map(|component| component.source.to_string().to_ascii_lowercase());
    }
}

/// The repository that holds the release.
pub(super) fn home(configuration: &Configuration) -> Result<FullName, PlanRefusal> {
    match &configuration.release.repository {
        Some(ForgeRepository {
            owner: Some(owner),
            name,
        }) => Ok(FullName {
            owner: owner.as_str().to_owned(),
            name: name.as_str().to_owned(),
        }),
        Some(ForgeRepository { owner: None, .. }) | None => no(
            "`[release] repository` does not name the repository that holds the release; write \"owner/name\"",
        ),
    }
}

/// The plan of a manifest.
pub(super) fn read(
    bytes: &[u8],
    version: &ReleaseVersion,
    configuration: &Configuration,
) -> Result<Plan, PlanRefusal> {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return no(format!("{MANIFEST_PATH} is not UTF-8"));
    };
    let options = configuration.plan_options(Some(version.clone()));
    match read_plan(MANIFEST_PATH, text, &options) {
        Ok(reading) => Ok(reading.plan),
        Err(problems) => {
            let said: Vec<String> = problems.iter().map(ToString::to_string).collect();
            no(said.join("; "))
        }
    }
}

async fn freeze(
    workshop: &Workshop,
    plan: &Plan,
    home: &FullName,
) -> Result<(Plan, Vec<FrozenComponent>), PlanRefusal> {
    let asked = plan.sources().into_iter().map(|component| async move {
        let source = source_of(&component.name, &workshop.configuration, home);
        let at = commit_of(workshop, component, &source).await?;
        Ok::<_, PlanRefusal>((component.name.clone(), (source, at)))
    });
    let found: BTreeMap<RepoName, (FullName, CommitAt)> =
        futures::future::try_join_all(asked).await?.into_iter().collect();
    let commits: BTreeMap<RepoName, CommitSha> = found
        .iter()
        .map(|(name, (_, at))| (name.clone(), at.sha.clone()))
        .collect();
    let plan = plan
        .with_commits(&commits)
        .map_err(|error: PlanError| PlanRefusal::No(sentence(&error)))?;
    let components = plan.components().iter().filter_map(|component| {
        let (source, at) = found.get(&component.name)?;
        Some(frozen(component, source, at, &workshop.configuration))
    });
    let components = components.collect();
    Ok((plan, components))
}

async fn commit_of(
    workshop: &Workshop,
    component: &Component,
    source: &FullName,
) -> Result<CommitAt, PlanRefusal> {
    let repository = workshop.github.repository(&source.owner, &source.name)?;
    let tag = &component.tag;
    match repository.commit_at(&format!("tags/{tag}")).await? {
        Some(at) => Ok(at),
        None => unseen(format!(
            "{source} has no tag {tag}, which {MANIFEST_PATH} asks for; push it, or run `governance release tag`"
        )),
    }
}

/// Where a component lies.
pub(super) fn source_of(name: &RepoName, configuration: &Configuration, home: &FullName) -> FullName {
    let repo = configuration.repository(name).repo;
    let (owner, repo_name) = match repo {
        Some(ForgeRepository { owner, name }) => (owner, name),
        None => (None, name.clone()),
    };
    FullName {
        owner: owner.map_or_else(|| home.owner.clone(), |owner| owner.as_str().to_owned()),
        name: repo_name.as_str().to_owned(),
    }
}

/// The workflow file that builds a component, by its name below `.github/workflows/`, and the event that it listens for.
pub(super) fn worker_of(name: &RepoName, configuration: &Configuration) -> (String, String) {
    let settings = configuration.repository(name);
    let workflow = settings.workflow.as_deref().unwrap_or(WORKFLOW_DEFAULT);
    let event_type = settings.event_type.as_deref().unwrap_or(EVENT_TYPE_DEFAULT);
    (
        workflow.strip_prefix(WORKFLOWS).unwrap_or(workflow).to_owned(),
        event_type.to_owned(),
    )
}

fn frozen(
    component: &Component,
    source: &FullName,
    at: &CommitAt,
    configuration: &Configuration,
) -> FrozenComponent {
    let settings = configuration.repository(&component.name);
    let (workflow, event_type) = worker_of(&component.name, configuration);
    let files: Vec<AssetName> = match settings.artifacts {
        Some(artifacts) => artifacts.into_iter().map(|artifact| artifact.name).collect(),
        None => component.binaries.clone(),
    };
    FrozenComponent {
        repository: component.name.clone(),
        source: source.clone(),
        version: component.version.clone(),
        tag: component.tag.clone(),
        commit: at.sha.clone(),
        committed: at.committed,
        requires: component.requires.clone(),
        optional: component.optional,
        platforms: component.platforms.clone(),
        files,
        workflow,
        event_type,
        queued_seconds_max: Some(configuration.queued_seconds_max(&component.name)),
        worker: settings.worker,
    }
}
