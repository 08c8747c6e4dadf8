//! A local release from where it stands to its end: locks, store, start or retry, engine.

use super::backend::{LocalBackend, Workshop};
use super::freeze::Frozen;
use super::locks::Locks;
use super::places::Places;
use super::publisher::{DirectoryPublisher, is_empty_folder};
use super::recipes::recipe_of;
use super::refusal::Refusal;
use crate::Progress;
use crate::book::{inbox_row, load};
use crate::configuration::Configuration;
use crate::engine::{Ended, Engine};
use crate::ports::Clock;
use crate::release_performer::ReleasePerformer;
use crate::spec::{planned_assets, release_spec};
use crate::verified::verified_directory;
use domain_types::{NodeId, ReleaseId, Sha256Digest, Timestamp};
use local_build::{CommandTie, Git, ObjectStore, Recipe, restore_first_trees};
use orchestrator::{Event, Phase, ReleaseSpec, Repetition, State};
use std::collections::BTreeMap;
use std::sync::Arc;
use storage::{InboxId, OpenMode, Store, open_sqlite};
use tokio::sync::{mpsc, watch};

/// Reports of builds that may wait for the loop: more than builds can run.
const REPORTS_MAX: usize = 4_096;

/// Whether an earlier release's output of the same key may be taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reuse {
    /// Yes, and it is said.
    Allowed,
    /// Every component is built for this release.
    Never,
}

/// Whether every component is built a second time and compared byte for byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reproducibility {
    /// No.
    BuildOnce,
    /// Yes; a difference is a failed build.
    BuildTwice,
}

impl Reproducibility {
    fn repetition(self) -> Repetition {
        match self {
            Self::BuildOnce => Repetition::Once,
            Self::BuildTwice => Repetition::Twice,
        }
    }
}

/// Everything that a local release needs to know.
#[derive(Debug, Clone)]
pub struct LocalRelease {
    /// The plan, every tag a commit. It has a version.
    pub frozen: Frozen,
    /// Recipes and limits.
    pub configuration: Configuration,
    /// Where everything lies.
    pub places: Places,
    /// The environment that a short allow-list is taken from.
    pub base_env: BTreeMap<String, String>,
    /// Builds that may run at a time.
    pub runners: u32,
    /// Whether earlier builds may be taken.
    pub reuse: Reuse,
    /// Whether every build is repeated.
    pub reproducibility: Reproducibility,
    /// Who asks, as locks, leases and evidence name it.
    pub identity: Identity,
}

/// Who asks.
#[derive(Debug, Clone)]
pub struct Identity {
    /// This machine, for the evidence.
    pub machine: String,
    /// This program and its version, for the evidence.
    pub tool_version: String,
    /// What a second process is told: process id, command, since when.
    pub holder: String,
    /// Unique per start of a process.
    pub owner: String,
    /// Who is named as the actor of start and retry.
    pub actor: String,
}

/// How it ended.
#[derive(Debug, Clone)]
pub struct LocalOutcome {
    /// Which release.
    pub release: ReleaseId,
    /// How the run ended.
    pub ended: Ended,
    /// It had been published before, and its directory was verified again.
    pub was_published: bool,
    /// The release as it now is.
    pub state: State,
}

/// Releases, or goes on with a release where it stands. Repeating it is always right.
///
/// # Errors
/// [`Refusal`]: nothing was begun, or what was committed stays for the next run.
pub async fn release_local(
    mut request: LocalRelease,
    clock: Arc<dyn Clock>,
    progress: watch::Sender<Option<Progress>>,
    shutdown: watch::Receiver<bool>,
) -> Result<LocalOutcome, Refusal> {
    let repetition = request.reproducibility.repetition();
    let spec =
        release_spec(&request.frozen.plan, &request.configuration, repetition).ok_or(Refusal::NoVersion)?;
    if spec.policy.signatures_required > 0 {
        return Err(Refusal::SignaturesRequired);
    }
    for path in [&request.places.state, &request.places.out] {
        if path.starts_with(&request.places.sources) {
            let (path, sources) = (path.clone(), request.places.sources.clone());
            return Err(Refusal::AmongSources { path, sources });
        }
    }
    planned_assets(&request.frozen.plan).map_err(Refusal::Names)?;
    let recipes = recipes(&request)?;
    forget_toolchain_of_cargo_run(&mut request.base_env);
    let held = Locks::acquire(&request.places, &request.identity.holder)?;
    let tie = CommandTie::take(&held.sources).await.map_err(Refusal::Lock)?;
    let git = Git::new(&request.base_env).tied(tie);
    restore_first_trees(&request.places.sources)
        .await
        .map_err(Refusal::Lock)?;
    let store: Arc<dyn Store> =
        Arc::new(open_sqlite(&request.places.state, OpenMode::CreateOrMigrate, clock.now()).await?);
    let before = standing(&*store, &request, &spec).await?;
    if let Some(state) = before.as_ref().filter(|state| *state.phase() == Phase::Published) {
        verify_published(&request, &spec, state.header().manifest)?;
        let ended = Ended::AtRest(Phase::Published);
        return Ok(LocalOutcome {
            release: spec.id,
            ended,
            was_published: true,
            state: state.clone(),
        });
    }
    request.reproducibility = reproducibility(&request, before.as_ref())?;
    let asked = ask(&*store, &request, &spec, before.as_ref(), clock.now()).await?;
    let ended = run(
        request,
        (recipes, git),
        (Arc::clone(&store), clock),
        (progress, shutdown),
        &spec.id,
    )
    .await?;
    drop(held);
    let Some(state) = load(&*store, &spec.id).await? else {
        return Err(not_started(&*store, &spec, asked).await?);
    };
    Ok(LocalOutcome {
        release: spec.id,
        ended,
        was_published: false,
        state,
    })
}

/// `cargo run` sets the toolchain of the project it runs. Handed on, it would override the `rust-toolchain.toml` of every
/// repository; a toolchain that the user chose stays.
pub(super) fn forget_toolchain_of_cargo_run(base_env: &mut BTreeMap<String, String>) {
    if base_env.contains_key("CARGO_MANIFEST_DIR") {
        base_env.remove("RUSTUP_TOOLCHAIN");
    }
}

/// Starts a release that is not there, retries one that is stalled; any other goes on by itself.
async fn ask(
    store: &dyn Store,
    request: &LocalRelease,
    spec: &ReleaseSpec,
    before: Option<&State>,
    now: Timestamp,
) -> Result<Option<InboxId>, Refusal> {
    let Identity { actor, owner, .. } = &request.identity;
    let (event, once) = match before.map(State::phase) {
        None => (
            Event::Start {
                spec: Box::new(spec.clone()),
            },
            "",
        ),
        Some(Phase::Stalled { .. }) => (Event::Retry { actor: actor.clone() }, owner.as_str()),
        Some(_) => return Ok(None),
    };
    let row = inbox_row(
        &spec.id,
        format!("{}/{}/{once}", event.label(), spec.id),
        &event,
        actor,
    )?;
    let appended = store.append_inbox(&[row], now).await?;
    Ok(appended.first().map(|appended| appended.id()))
}

/// A release keeps the comparison that it was begun with: asked for later, it would leave out what is built already.
fn reproducibility(request: &LocalRelease, before: Option<&State>) -> Result<Reproducibility, Refusal> {
    let Some(spec) = before.and_then(State::spec) else {
        return Ok(request.reproducibility);
    };
    match (spec.policy.repetition, request.reproducibility) {
        (Repetition::Twice, _) => Ok(Reproducibility::BuildTwice),
        (Repetition::Once, Reproducibility::BuildOnce) => Ok(Reproducibility::BuildOnce),
        (Repetition::Once, Reproducibility::BuildTwice) => Err(Refusal::BegunWithoutComparison {
            version: spec.version.to_string(),
        }),
    }
}

/// Why there is no release although it was asked for.
async fn not_started(
    store: &dyn Store,
    spec: &ReleaseSpec,
    asked: Option<InboxId>,
) -> Result<Refusal, Refusal> {
    let row = match asked {
        Some(id) => store.inbox_row(id).await?,
        None => None,
    };
    let reason = row.and_then(|row| row.reason).unwrap_or_default();
    Ok(Refusal::NotStarted {
        version: spec.version.to_string(),
        reason,
    })
}

fn recipes(request: &LocalRelease) -> Result<BTreeMap<NodeId, Recipe>, Refusal> {
    let mut recipes = BTreeMap::new();
    let mut problems = Vec::new();
    for component in request.frozen.plan.components() {
        for platform in &component.platforms {
            match recipe_of(component, platform, &request.configuration) {
                Ok(recipe) => {
                    let node = NodeId {
                        repository: component.name.clone(),
                        platform: platform.clone(),
                    };
                    recipes.insert(node, recipe);
                }
                Err(problem) => problems.push(problem),
            }
        }
    }
    if problems.is_empty() {
        Ok(recipes)
    } else {
        Err(Refusal::Recipes(problems))
    }
}

/// The release as the state has it; none if it can be started.
async fn standing(
    store: &dyn Store,
    request: &LocalRelease,
    spec: &ReleaseSpec,
) -> Result<Option<State>, Refusal> {
    for summary in store.list_releases().await? {
        let same = summary.row.name == spec.name && summary.row.version == spec.version;
        if same && summary.row.occupies && summary.row.plan_digest != spec.plan_digest {
            return Err(Refusal::AnotherPlan {
                version: spec.version.to_string(),
                existing: summary.row.plan_digest,
                given: spec.plan_digest,
            });
        }
    }
    let standing = load(store, &spec.id).await?;
    let out = &request.places.out;
    let publishing = standing
        .as_ref()
        .is_some_and(|state| *state.phase().behind() == Phase::Drafted);
    let published = standing.as_ref().is_some_and(|state| state.phase().is_ended());
    if !publishing && !published && out.symlink_metadata().is_ok() && !is_empty_folder(out) {
        return Err(Refusal::OutOccupied { path: out.clone() });
    }
    Ok(standing)
}

/// The directory is the very manifest that was published, not merely one that fits the plan.
fn verify_published(
    request: &LocalRelease,
    spec: &ReleaseSpec,
    manifest: Option<Sha256Digest>,
) -> Result<(), Refusal> {
    let expected = artifact_verify::ExpectedRelease {
        release: spec.name.clone(),
        version: spec.version.clone(),
        plan_digest: spec.plan_digest,
    };
    let broken = |failure: orchestrator::Failure| Refusal::PublishedBroken {
        version: spec.version.to_string(),
        reason: failure.reason,
    };
    verified_directory(&request.places.out, Some(expected), manifest)
        .map(|_| ())
        .map_err(broken)
}

async fn run(
    request: LocalRelease,
    (recipes, git): (BTreeMap<NodeId, Recipe>, Git),
    (store, clock): (Arc<dyn Store>, Arc<dyn Clock>),
    (progress, shutdown): (watch::Sender<Option<Progress>>, watch::Receiver<bool>),
    release: &ReleaseId,
) -> Result<Ended, Refusal> {
    let (sender, reports) = mpsc::channel(REPORTS_MAX);
    let objects = ObjectStore::open(&request.places.objects()).map_err(Refusal::Lock)?;
    let Identity {
        machine,
        tool_version,
        owner,
        ..
    } = request.identity;
    let workshop = Arc::new(Workshop {
        git,
        frozen: request.frozen,
        recipes,
        places: request.places,
        base_env: request.base_env,
        objects,
        reuse: request.reuse,
        reproducibility: request.reproducibility,
    });
    let backend = Arc::new(LocalBackend::new(Arc::clone(&workshop), sender));
    let publisher = Arc::new(DirectoryPublisher {
        workshop,
        clock: Arc::clone(&clock),
        machine,
        tool_version,
    });
    let performer = ReleasePerformer::new(Arc::clone(&store), Arc::clone(&backend) as _, publisher);
    let performer = Arc::new(performer);
    let runners = request.runners;
    let engine = Engine {
        store,
        clock,
        tenancy: crate::Tenancy::Sole,
        backend,
        performer,
        pull_requests: None,
        reports,
        runners,
        owner,
        progress,
    };
    Ok(engine.run(release, shutdown).await?)
}
