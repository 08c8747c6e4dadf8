//! Looks at everything that the doctor judges. A repository after another, so that a doctor beside a release takes little of its
//! requests a minute.

use super::fact::Fact;
use super::facts::{AppFacts, Facts, PlanFacts, Reach, RepositoryFacts, WorkerFacts};
use super::finding::Severity;
use super::pages::Pages;
use super::role::Role;
use crate::configuration::{Configuration, FollowUpCall, WorkerKind};
use crate::error::sentence;
use crate::github::FullName;
use crate::github::apps::Apps;
use crate::github::follow_up::full_name;
use crate::github::planning::{self, MANIFEST_PATH, PlanRefusal, WORKFLOWS};
use crate::spec::planned_assets;
use dependency_graph::{Component, Plan};
use domain_types::{ReleaseVersion, TagName};
use github_client::{GitHub, GitHubError, Installation, Repository, Ruleset};

/// What the doctor looks at beside a release, if the installation has it.
pub const LOOKS_AT: [&str; 1] = ["administration"];

/// Rulesets for tags that are read with their rules, in one repository: more of them nobody keeps in mind.
const RULESETS_MAX: usize = 20;

/// The version of a plan that is looked at without a tag: no name of a file depends on it but by its length.
const UNRELEASED: &str = "v0.0.0";

/// Why nothing could be looked at.
#[derive(Debug, thiserror::Error)]
pub enum Unasked {
    /// The configuration does not say what to look at.
    #[error("{0}")]
    Configuration(String),
    /// GitHub is not reached.
    #[error("GitHub cannot be asked: {}", sentence(.0))]
    World(GitHubError),
}

/// Looks at everything: our Apps, with the numbers that are configured for them, and the plan by the manifest at a tag, or at the head of
/// the default branch.
///
/// # Errors
/// [`Unasked`] if there is nothing to look at, or nobody to ask.
pub async fn gather(
    apps: &Apps,
    numbers: (u64, Option<u64>),
    configuration: &Configuration,
    tag: Option<&TagName>,
) -> Result<Facts, Unasked> {
    let home =
        planning::home(configuration).map_err(|refusal| Unasked::Configuration(refusal.to_string()))?;
    let known = ask_who_we_are(apps, numbers).await?;
    let github = apps.gate();
    let deliveries = github.deliveries(None).await;
    let mut facts = Facts {
        pages: Pages::of(&configuration.github.api_url),
        apps: known,
        hook: Fact::of(github.hook_config().await),
        deliveries: Fact::of(deliveries.map(|page| page.deliveries)),
        plan: Fact::Absent,
        repositories: vec![repository(apps, &home, Severity::Error).await],
        workers: Vec::new(),
        has_immutable_releases: Fact::Absent,
        budget: Fact::of(github.rate_limit(&home.owner, &home.name).await),
        clock_ahead_seconds: None,
        home: home.clone(),
    };
    facts.has_immutable_releases = match handle(github, &home) {
        Ok(home) => Fact::of(home.has_immutable_releases().await),
        Err(error) => Fact::of(Err(error)),
    };
    look_at_writing(apps, (&home, Severity::Error), &mut facts).await;
    let plan = plan(github, configuration, &home, tag).await;
    if let Fact::Known(Ok(plan)) = &plan {
        look_at_components(apps, configuration, plan, &mut facts).await;
    }
    look_at_told(apps, configuration, &mut facts).await;
    facts.plan = match plan {
        Fact::Known(plan) => Fact::Known(plan.map(|plan| PlanFacts::of(&plan))),
        Fact::Absent => Fact::Absent,
        Fact::Denied(words) => Fact::Denied(words),
        Fact::Unread(why) => Fact::Unread(why),
    };
    facts.clock_ahead_seconds = github.clock_ahead_seconds();
    Ok(facts)
}

/// The first question: without an answer to it there is no other.
async fn ask_who_we_are(apps: &Apps, (gate, release): (u64, Option<u64>)) -> Result<Vec<AppFacts>, Unasked> {
    let second = release.filter(|_| apps.are_two());
    let first = match second {
        Some(_) => Role::Gate,
        None => Role::Sole,
    };
    let ours = [
        Some((first, gate, apps.gate())),
        second.map(|number| (Role::Release, number, apps.release())),
    ];
    let mut known = Vec::new();
    for (role, app_id, github) in ours.into_iter().flatten() {
        let app = match github.app().await {
            Err(error) if error.is_retryable() => return Err(Unasked::World(error)),
            answer => Fact::of(answer),
        };
        known.push(AppFacts { role, app_id, app });
    }
    Ok(known)
}

fn handle(github: &GitHub, name: &FullName) -> Result<Repository, GitHubError> {
    github.repository(&name.owner, &name.name)
}

/// A repository, and whether whoever reads is there, which matters so much.
async fn repository(apps: &Apps, name: &FullName, severity: Severity) -> RepositoryFacts {
    let role = match apps.are_two() {
        true => Role::Gate,
        false => Role::Sole,
    };
    let installation = installation(apps.gate(), name).await;
    let (info, tag_rulesets) = match handle(apps.gate(), name) {
        Ok(repository) => (
            Fact::of(repository.info().await),
            Fact::of(tag_rulesets(&repository).await),
        ),
        Err(error) => (Fact::Unread(sentence(&error)), Fact::Unread(sentence(&error))),
    };
    RepositoryFacts {
        name: name.clone(),
        is_told: false,
        reached: vec![Reach {
            role,
            severity,
            installation,
        }],
        info,
        tag_rulesets,
    }
}

async fn installation(github: &GitHub, name: &FullName) -> Fact<Installation> {
    Fact::of_optional(github.installation(&name.owner, &name.name).await)
}

async fn tag_rulesets(repository: &Repository) -> Result<Vec<Ruleset>, GitHubError> {
    let listed = repository.rulesets().await?;
    let of_tags = listed
        .into_iter()
        .filter(|ruleset| ruleset.target.as_deref() == Some("tag") && ruleset.enforcement == "active");
    let mut whole = Vec::new();
    for ruleset in of_tags.take(RULESETS_MAX) {
        whole.extend(repository.ruleset(ruleset.id).await?);
    }
    Ok(whole)
}

/// The plan, or why there will be none.
async fn plan(
    github: &GitHub,
    configuration: &Configuration,
    home: &FullName,
    tag: Option<&TagName>,
) -> Fact<Result<Plan, String>> {
    match try_plan(github, configuration, home, tag).await {
        Ok(plan) => Fact::Known(Ok(plan)),
        Err(PlanRefusal::No(why) | PlanRefusal::Unseen(why)) => Fact::Known(Err(why)),
        Err(PlanRefusal::World(error)) => Fact::of(Err(error)),
    }
}

async fn try_plan(
    github: &GitHub,
    configuration: &Configuration,
    home: &FullName,
    tag: Option<&TagName>,
) -> Result<Plan, PlanRefusal> {
    let repository = handle(github, home)?;
    let (reference, shown) = match tag {
        Some(tag) => (format!("tags/{tag}"), format!("tag {tag}")),
        None => {
            let branch = repository.info().await?.default_branch;
            (format!("heads/{branch}"), format!("branch {branch}"))
        }
    };
    let version: &str = tag.map_or(UNRELEASED, TagName::as_str);
    let version: ReleaseVersion = version
        .parse()
        .map_err(|error| PlanRefusal::No(format!("{version} is no version to release: {error}")))?;
    let Some(at) = repository.commit_at(&reference).await? else {
        return Err(PlanRefusal::No(format!("{home} has no {shown}")));
    };
    let Some(file) = repository.file(MANIFEST_PATH, at.sha.as_str()).await? else {
        return Err(PlanRefusal::No(format!(
            "{home} has no {MANIFEST_PATH} at {shown}"
        )));
    };
    planning::read(&file.bytes, &version, configuration)
}

impl PlanFacts {
    fn of(plan: &Plan) -> Self {
        Self {
            builds: plan
                .components()
                .iter()
                .map(|component| component.platforms.len())
                .sum(),
            // Names that collide are no reason to know nothing of their number.
            assets: planned_assets(plan).map_or(0, |assets| assets.len()),
        }
    }
}

async fn look_at_components(apps: &Apps, configuration: &Configuration, plan: &Plan, facts: &mut Facts) {
    let github = apps.gate();
    for component in plan.sources() {
        let source = planning::source_of(&component.name, configuration, &facts.home);
        if !facts.repositories.iter().any(|known| known.name == source) {
            facts
                .repositories
                .push(repository(apps, &source, Severity::Error).await);
        }
        let known = facts.repositories.iter().find(|known| known.name == source);
        let info = known.and_then(|known| known.info.known());
        let Some((default_branch, is_private)) = info.map(|info| (info.default_branch.clone(), info.private))
        else {
            continue;
        };
        let names = Names::of(component, configuration);
        if let Ok(handle) = handle(github, &source) {
            let looked = worker(&handle, names, (default_branch, is_private)).await;
            if looked.is_told_by_event() {
                look_at_writing(apps, (&source, Severity::Error), facts).await;
            } else if matches!(looked.commit, Fact::Absent) {
                // Somebody may let the tag be made.
                look_at_writing(apps, (&source, Severity::Warning), facts).await;
            }
            facts.workers.push(WorkerFacts { source, ..looked });
        }
    }
}

/// Sees whether whoever writes is in a repository as well, which matters so much: to send an event counts as writing.
async fn look_at_writing(apps: &Apps, (source, severity): (&FullName, Severity), facts: &mut Facts) {
    let mut known = facts.repositories.iter_mut();
    let Some(known) = known.find(|known| known.name == *source) else {
        return;
    };
    let has = known.reached.iter().any(|reach| reach.role == Role::Release);
    if apps.are_two() && !has {
        known.reached.push(Reach {
            role: Role::Release,
            severity,
            installation: installation(apps.release(), source).await,
        });
    }
}

/// Those that are told of a release, and where its former way is. A release goes on without either.
async fn look_at_told(apps: &Apps, configuration: &Configuration, facts: &mut Facts) {
    let release = &configuration.release;
    let told = release.follow_ups.values().map(|one| {
        let by_event = matches!(one.call, FollowUpCall::Event { .. });
        (full_name(&one.repository, &facts.home), by_event)
    });
    let former = release.former_way.iter();
    let former = former.map(|way| (full_name(&way.repository, &facts.home), false));
    let all: Vec<(FullName, bool)> = told.chain(former).collect();
    for (name, by_event) in all {
        if !facts.repositories.iter().any(|known| known.name == name) {
            let told = repository(apps, &name, Severity::Warning).await;
            facts.repositories.push(RepositoryFacts {
                is_told: true,
                ..told
            });
        }
        if by_event {
            look_at_writing(apps, (&name, Severity::Warning), facts).await;
        }
    }
}

/// How a component is asked to build itself.
struct Names {
    tag: TagName,
    workflow: String,
    event_type: String,
    kind: WorkerKind,
}

impl Names {
    fn of(component: &Component, configuration: &Configuration) -> Self {
        let (workflow, event_type) = planning::worker_of(&component.name, configuration);
        Self {
            tag: component.tag.clone(),
            workflow,
            event_type,
            kind: configuration.repository(&component.name).worker,
        }
    }
}

async fn worker(repository: &Repository, names: Names, (branch, is_private): (String, bool)) -> WorkerFacts {
    let path = format!("{WORKFLOWS}{}", names.workflow);
    let commit = repository.commit_at(&format!("tags/{}", names.tag)).await;
    let commit = Fact::of_optional(commit.map(|at| at.map(|at| at.sha)));
    let file_at_tag = match commit.known() {
        Some(commit) => Fact::of_optional(repository.file(&path, commit.as_str()).await),
        None => Fact::Absent,
    };
    WorkerFacts {
        source: FullName {
            owner: repository.owner().to_owned(),
            name: repository.name().to_owned(),
        },
        commit,
        file_on_default: Fact::of_optional(repository.file(&path, &branch).await),
        file_at_tag,
        registered: Fact::of_optional(repository.workflow(&names.workflow).await),
        actions: Fact::of(repository.actions_permissions().await),
        runners: Fact::of(repository.runners().await),
        tag: names.tag,
        event_type: names.event_type,
        kind: names.kind,
        workflow: names.workflow,
        default_branch: branch,
        is_private,
    }
}
