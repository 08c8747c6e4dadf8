//! From a tag to what the state machine is asked for: the manifest at the tag, every component's tag a commit, once.

use super::follow_up;
use super::frozen::{FrozenComponent, FrozenRelease, FullName};
use super::legacy_workers::{build_legacy_alone, refuse_legacy};
use super::ranges::{ranges, refuse_ungoverned};
use super::tags::{AtTag, at_tag, tags_to_make};
use super::workshop::Workshop;
use crate::configuration::{Configuration, ForgeRepository};
use crate::error::sentence;
use crate::spec::{planned_assets, release_spec};
use dependency_graph::{Component, Plan, PlanError, read_plan};
use domain_types::{
    AssetName, Channel, CommitSha, ReleaseId, ReleaseName, ReleaseVersion, RepoName, TagName,
};
use github_client::GitHubError;
use orchestrator::{OwnApproval, ReleaseSpec, Repetition};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use storage::{InboxId, ReleaseSummary};

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

/// What somebody wishes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Wish {
    /// The release of a tag; every tag that it needs is there.
    #[default]
    Release,
    /// The same, and tags that are not there are made, at commits that are frozen now.
    Tag,
    /// Everything but publishing. Where a tag is not there yet, the default branch stands for it.
    Rehearse,
}

impl Wish {
    /// Nothing more than the release.
    pub fn is_release(&self) -> bool {
        *self == Self::Release
    }
}

/// The start of what somebody wishes of a tag, everything in it frozen. `actor` is who wishes it, `number` is the wish's own: by it a rehearsal is named.
///
/// # Errors
/// [`PlanRefusal`].
pub async fn plan_tag(
    workshop: &Workshop,
    tag: &TagName,
    ((wish, number), actor): ((Wish, InboxId), &str),
) -> Result<ReleaseSpec, PlanRefusal> {
    let configuration = &workshop.configuration;
    let version: ReleaseVersion = match tag.as_str().parse() {
        Ok(version) => version,
        Err(error) => return no(format!("{tag} is no version to release: {error}")),
    };
    if is_rehearsal(&configuration.release.name) {
        return no("`[release] name` is one that rehearsals have; give it another");
    }
    let home = home(configuration)?;
    let repository = workshop.github().repository(&home.owner, &home.name)?;
    let Some(at) = at_tag(workshop, (&home, tag), (wish, None)).await? else {
        return unseen(format!("{home} has no tag {tag}; push it, then ask again"));
    };
    if let Some(published) = repository.release_by_tag(tag.as_str()).await? {
        return no(format!(
            "{home} has published {tag} already ({}); delete that release and ask again, or release another version",
            published.html_url
        ));
    }
    let Some(file) = repository.file(MANIFEST_PATH, at.commit.sha.as_str()).await? else {
        return unseen(format!(
            "{home} has no {MANIFEST_PATH} at {tag}; add it, then release a new tag"
        ));
    };
    let plan = read(&file.bytes, &version, configuration)?;
    let (plan, mut frozen) = freeze(workshop, &plan, (&home, tag, &at), wish).await?;
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
    refuse_legacy(tag, &version, &frozen.components)?;
    build_legacy_alone(&mut spec, &frozen.components);
    frozen.ranges = ranges(workshop, &frozen, &version).await?;
    spec.asked_by = Some(actor.to_owned());
    match wish {
        Wish::Rehearse => rehearsal(workshop, &mut spec, number).await?,
        Wish::Release | Wish::Tag => {
            approvals(configuration, (&version, tag), &mut spec)?;
            refuse_ungoverned(configuration, (tag, version.channel()), &frozen.ranges)?;
            frozen.follow_ups = follow_up::frozen(configuration, version.channel(), &frozen.home);
            // Tags cannot be taken back: whoever has to agree agrees before.
            spec.policy.approval_first = !frozen.new_tags.is_empty();
            spec.follow_ups = frozen.follow_ups.iter().map(|one| one.name.clone()).collect();
            let (steps, automatic) = follow_up::former_way(configuration, version.channel(), &frozen.home);
            (frozen.former_way, frozen.falls_back_by_itself) = (steps, automatic);
            spec.former_way = frozen.former_way.iter().map(|one| one.name.clone()).collect();
        }
    }
    match serde_json::to_string(&frozen) {
        Ok(text) => spec.frozen = Some(text),
        Err(error) => return no(format!("the plan of {tag} cannot be stored: {error}")),
    }
    Ok(spec)
}

/// Who has to agree to a release of this channel.
fn approvals(
    configuration: &Configuration,
    (version, tag): (&ReleaseVersion, &TagName),
    spec: &mut ReleaseSpec,
) -> Result<(), PlanRefusal> {
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
    Ok(())
}

/// Between the name of a release and the number of its rehearsal.
const REHEARSAL: &str = "-rehearsal-";

/// What the rehearsal of a release of this name is called whose wish has this number.
pub fn rehearsal_name(name: &str, number: InboxId) -> String {
    format!("{name}{REHEARSAL}{}", number.0)
}

/// Whether a release of this name is the rehearsal of another.
pub fn is_rehearsal(name: &ReleaseName) -> bool {
    let number = name.as_str().rsplit_once(REHEARSAL).map(|(_, number)| number);
    number.is_some_and(|number| !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit()))
}

/// Makes a rehearsal of it: under a name of its own, so that neither is in the other's way, and without anybody's consent, since
/// nothing becomes public.
async fn rehearsal(workshop: &Workshop, spec: &mut ReleaseSpec, number: InboxId) -> Result<(), PlanRefusal> {
    let listed = workshop.store.list_releases().await;
    let listed = listed.map_err(|error| PlanRefusal::Unseen(sentence(&error)))?;
    let is_open = |release: &&ReleaseSummary| {
        release.row.version == spec.version && is_rehearsal(&release.row.name) && !release.row.ended
    };
    if let Some(open) = listed.iter().find(is_open) {
        return no(format!(
            "{} {} is being rehearsed already; wait for its end, or cancel it by its id {}",
            spec.name, spec.version, open.id
        ));
    }
    let name: Result<ReleaseName, _> = rehearsal_name(spec.name.as_str(), number).parse();
    spec.name = name.map_err(|error| PlanRefusal::No(sentence(&error)))?;
    spec.id = ReleaseId::new(&spec.name, &spec.version, &spec.plan_digest);
    spec.policy.rehearsal = true;
    spec.policy.approvals_required = 0;
    spec.policy.signatures_required = 0;
    Ok(())
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

/// The plan with every commit in it, and all that has to be known of it until the end.
async fn freeze(
    workshop: &Workshop,
    plan: &Plan,
    (home, tag, at): (&FullName, &TagName, &AtTag),
    wish: Wish,
) -> Result<(Plan, FrozenRelease), PlanRefusal> {
    let asked = plan.sources().into_iter().map(|component| async move {
        let source = source_of(&component.name, &workshop.configuration, home);
        // Asked a second time, the default branch might be elsewhere.
        let at = match source == *home && component.tag == *tag {
            true => at.clone(),
            false => commit_of(workshop, component, (&source, wish)).await?,
        };
        let blob = workflow_blob(workshop, component, &source).await?;
        Ok::<_, PlanRefusal>((component.name.clone(), (source, at, blob)))
    });
    let found: BTreeMap<RepoName, (FullName, AtTag, Option<String>)> =
        futures::future::try_join_all(asked).await?.into_iter().collect();
    let commits: BTreeMap<RepoName, CommitSha> = found
        .iter()
        .map(|(name, (_, at, _))| (name.clone(), at.commit.sha.clone()))
        .collect();
    let plan = plan
        .with_commits(&commits)
        .map_err(|error: PlanError| PlanRefusal::No(sentence(&error)))?;
    let components = plan.components().iter().filter_map(|component| {
        let (source, at, blob) = found.get(&component.name)?;
        let frozen = frozen(component, (source, at), &workshop.configuration, wish);
        Some(FrozenComponent {
            workflow_blob: blob.clone(),
            ..frozen
        })
    });
    let mut release = FrozenRelease::new(
        home.clone(),
        tag.clone(),
        at.commit.sha.clone(),
        components.collect(),
    );
    if wish == Wish::Tag {
        let at_tags = found
            .iter()
            .map(|(name, (source, at, _))| (name.clone(), (source.clone(), at.clone())));
        release.new_tags = tags_to_make(workshop, (home, tag, at), (&plan, &at_tags.collect())).await?;
    }
    Ok((plan, release))
}

async fn commit_of(
    workshop: &Workshop,
    component: &Component,
    (source, wish): (&FullName, Wish),
) -> Result<AtTag, PlanRefusal> {
    let tag = &component.tag;
    match at_tag(workshop, (source, tag), (wish, component.commit.as_ref())).await? {
        Some(at) => Ok(at),
        None => unseen(format!(
            "{source} has no tag {tag}, which {MANIFEST_PATH} asks for; push it, or run `governance release tag`"
        )),
    }
}

/// The workflow file on the default branch, which is what GitHub runs where a worker only listens for an event.
async fn workflow_blob(
    workshop: &Workshop,
    component: &Component,
    source: &FullName,
) -> Result<Option<String>, PlanRefusal> {
    let repository = workshop.github().repository(&source.owner, &source.name)?;
    let (workflow, _) = worker_of(&component.name, &workshop.configuration);
    let file = repository
        .file_on_default_branch(&format!("{WORKFLOWS}{workflow}"))
        .await?;
    Ok(file.map(|file| file.blob_sha))
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
    (source, at): (&FullName, &AtTag),
    configuration: &Configuration,
    wish: Wish,
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
        branch: at.branch.clone().filter(|_| wish == Wish::Rehearse),
        commit: at.commit.sha.clone(),
        committed: at.commit.committed,
        requires: component.requires.clone(),
        optional: component.optional,
        platforms: component.platforms.clone(),
        files,
        workflow,
        event_type,
        workflow_blob: None,
        queued_seconds_max: Some(configuration.queued_seconds_max(&component.name)),
        worker: settings.worker,
    }
}
