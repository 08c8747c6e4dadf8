//! The worker of a server that speaks to GitHub: who it is there, where its files lie, and who else works on the database.

use super::database::Database;
use super::failure::Failure;
use super::understood::Understood;
use crate::gate::{GateMaterials, prepare_gate, serve_gate};
use crate::parts::{Reading, Readings, Worker};
use git_mirror::Mirrors;
use github_client::{GitHub, PrivateKey, Settings};
use local_build::HeldLock;
use runtime::configuration::AppSettings;
use runtime::gate::Reception;
use runtime::github::{Apps, Desk, GithubPlaces, Workshop, work};
use runtime::ports::Clock;
use runtime::{RuntimeError, SystemClock, Tenancy};
use std::path::PathBuf;
use std::sync::Arc;
use storage::{PostgresPlace, Presence, PullRequestStore, StoreError};
use tokio::sync::{Notify, watch};

/// Who works on releases, and what is held as long as it does.
pub(crate) struct Github {
    pub(crate) worker: Worker,
    pub(crate) readings: Readings,
    pub(crate) reception: Option<Arc<Reception>>,
}

/// The worker, if an App is configured; none if there is none: then the server only writes down what comes.
pub(crate) async fn worker(
    understood: &Understood,
    (store, database): (&Arc<dyn PullRequestStore>, &Database),
    bell: &Arc<Notify>,
    shutdown: watch::Receiver<bool>,
) -> Result<Option<Github>, Failure> {
    let Some(apps) = apps(understood)? else {
        return Ok(None);
    };
    let owner = owner();
    let tenant = tenant(database, &owner, Presence::Shared).await?;
    let (work_folder, tenancy) = (tenant.work_folder, tenant.tenancy);
    let (held, place) = (tenant.held, tenant.place);
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let workshop = Workshop::new(
        (apps.clone(), Arc::clone(store), Arc::clone(&clock)),
        understood.configuration.clone(),
        GithubPlaces::new(work_folder.clone()),
        concat!("governance-app ", env!("CARGO_PKG_VERSION")).to_owned(),
    );
    let workshop = workshop.map_err(|error| {
        let text = format!("failed to make {}: {error}", work_folder.display());
        Failure::world(text, "look after its rights and the room on its disk")
    })?;
    let mirrors = Arc::new(mirrors(understood, &GithubPlaces::new(work_folder)));
    let prepared = prepare_gate(
        &understood.configuration,
        &GateMaterials {
            store,
            clock: &clock,
            github: apps.gate(),
            commands: bell,
            owner: &owner,
            mirrors: &mirrors,
        },
    );
    let prepared = prepared.map_err(|problem| Failure::usage(problem.text, problem.help))?;
    let reception = prepared.as_ref().map(|prepared| Arc::clone(&prepared.reception));
    let (gate, gate_parts) = prepared
        .map(|prepared| ((prepared.gate, prepared.keeper), prepared.parts))
        .unzip();
    let desk = Desk {
        tenancy,
        runners: understood.configuration.release.runners,
        owner,
        bell: Arc::clone(bell),
        gate: gate_parts,
    };
    let working = work(Arc::new(workshop), desk, shutdown.clone());
    let compares = understood.configuration.governance.as_ref();
    let compares = compares.is_some_and(|governance| governance.compare_landed);
    let worker = async move {
        if compares && let Err(error) = mirrors.version().await {
            tracing::warn!(%error, "what lands cannot be compared with what a merge gives");
        }
        let guarding = serve_gate(gate, shutdown.clone());
        let staying = stay(place, &*clock, shutdown);
        // Whichever fails ends the others. The places are left once nobody works any more.
        let worked = tokio::try_join!(working, guarding, staying);
        drop(held);
        worked.map(|_| ()).map_err(Into::into)
    };
    Ok(Some(Github {
        worker: Box::pin(worker),
        readings: Arc::new(move || readings(&apps)),
        reception,
    }))
}

/// Mirrors of repositories, kept by the git on the `PATH` of this process.
pub(super) fn mirrors(understood: &Understood, places: &GithubPlaces) -> Mirrors {
    Mirrors::new(places.mirrors(), understood.path(), git_mirror::Limits::default())
}

/// Whoever works on a database, as long as this lives.
pub(super) struct Tenant {
    work_folder: PathBuf,
    tenancy: Tenancy,
    held: Option<HeldLock>,
    place: Option<PostgresPlace>,
}

impl Tenant {
    /// Where files lie beside it.
    pub(super) fn places(&self) -> GithubPlaces {
        GithubPlaces::new(self.work_folder.clone())
    }

    /// Returns once it may be that somebody else works on a database that was to be this one's alone.
    pub(super) async fn lost(&mut self, clock: &dyn Clock) -> StoreError {
        let Some(place) = &mut self.place else {
            return std::future::pending().await;
        };
        loop {
            clock.wait_until(clock.now().plus_seconds(PLACE_SECONDS)).await;
            if let Err(lost) = place.keep().await {
                return lost;
            }
        }
    }
}

/// Keeps a place until `shutdown` turns true, and hands it back then. While the database cannot be reached there is none, and nothing is done
/// either.
///
/// # Errors
/// Somebody else took the database meanwhile.
async fn stay(
    place: Option<PostgresPlace>,
    clock: &dyn Clock,
    mut shutdown: watch::Receiver<bool>,
) -> Result<Option<PostgresPlace>, RuntimeError> {
    let Some(mut place) = place else {
        return Ok(None);
    };
    while !*shutdown.borrow() {
        tokio::select! {
            () = clock.wait_until(clock.now().plus_seconds(PLACE_SECONDS)) => {}
            _ = shutdown.changed() => continue,
        }
        match place.keep().await {
            Ok(()) => {}
            Err(occupied @ StoreError::Occupied { .. }) => return Err(occupied.into()),
            Err(error) => tracing::warn!(%error, "the place at the database is lost, and asked for again"),
        }
    }
    Ok(Some(place))
}

/// Takes a database for this process, as far as others may not work on it.
pub(super) async fn tenant(database: &Database, owner: &str, presence: Presence) -> Result<Tenant, Failure> {
    let (work_folder, tenancy, held, place) = match database {
        Database::Sqlite(path) => {
            let lock = runtime::local::state_lock_of(path);
            let held = HeldLock::acquire(&lock, owner).map_err(|error| {
                Failure::world(error, "end the other server, or give each its own database")
            })?;
            (beside(path), Tenancy::Sole, Some(held), None)
        }
        Database::Postgres(address) => {
            let place = address.enter(presence).await?;
            (
                PathBuf::from(WORK_FOLDER_DEFAULT),
                Tenancy::Shared,
                None,
                Some(place),
            )
        }
    };
    Ok(Tenant {
        work_folder,
        tenancy,
        held,
        place,
    })
}

/// Seconds between two looks at whether a place at a database is still held.
const PLACE_SECONDS: u64 = 10;

/// Where files lie if the database is not one.
const WORK_FOLDER_DEFAULT: &str = "governance-app.work";

fn beside(database: &std::path::Path) -> PathBuf {
    let mut name = database.file_name().unwrap_or_default().to_owned();
    name.push(".work");
    database.with_file_name(name)
}

/// This start of this process, as leases and locks name it.
pub(super) fn owner() -> String {
    let now = SystemClock.now();
    format!(
        "governance-app {} since {}",
        std::process::id(),
        now.milliseconds()
    )
}

/// GitHub as our Apps; none if no App is configured.
pub(super) fn apps(understood: &Understood) -> Result<Option<Apps>, Failure> {
    let (gate, release) = settings(understood)?;
    apps_of(gate, release)
}

/// The Apps with these settings; one alone does everything.
pub(super) fn apps_of(gate: Option<Settings>, release: Option<Settings>) -> Result<Option<Apps>, Failure> {
    let [gate, release] = [gate, release].map(|settings| settings.map(client_of).transpose());
    Ok(match (gate?, release?) {
        (Some(gate), Some(release)) => Some(Apps::two(gate, release)),
        (Some(one), None) | (None, Some(one)) => Some(Apps::one(one)),
        (None, None) => None,
    })
}

/// GitHub, spoken to with these settings.
fn client_of(settings: Settings) -> Result<GitHub, Failure> {
    let client = GitHub::new(settings);
    client.map_err(|error| Failure::usage(error, "correct [github] in the configuration"))
}

/// Which Apps speak to which GitHub: the one that builds, and the one that writes contents. None that is not configured; a second one of
/// the same number is the first.
pub(super) fn settings(understood: &Understood) -> Result<(Option<Settings>, Option<Settings>), Failure> {
    let github = &understood.configuration.github;
    let gate = settings_of(understood, "github", &github.app)?;
    let release = match github.release.app_id == github.app.app_id {
        true => None,
        false => settings_of(understood, "github.release", &github.release)?,
    };
    Ok((gate, release))
}

fn settings_of(understood: &Understood, table: &str, app: &AppSettings) -> Result<Option<Settings>, Failure> {
    let Some(app_id) = app.app_id else { return Ok(None) };
    let Some(key) = &app.private_key else {
        return Err(Failure::usage(
            format!("`private_key_path` in [{table}] is not set, but `app_id` is"),
            "write `private_key_path = \"PATH\"` beside it; for [github] the variable GITHUB_PRIVATE_KEY_PATH does as well",
        ));
    };
    let key = understood.resolve("private_key_path", key)?;
    let github = &understood.configuration.github;
    let mut settings = Settings::new(app_id, PrivateKey::new(key));
    settings.api_url.clone_from(&github.api_url);
    settings
        .download_hosts
        .extend(github.download_hosts.iter().cloned());
    Ok(Some(settings))
}

/// What is left of the requests of each App, and how many each has sent.
fn readings(apps: &Apps) -> Vec<Reading> {
    let mut readings = readings_of("gate", apps.gate());
    if apps.are_two() {
        readings.extend(readings_of("release", apps.release()));
    }
    // A metric's lines stand together.
    readings.sort_by_key(|reading| reading.name);
    readings
}

fn readings_of(app: &'static str, github: &GitHub) -> Vec<Reading> {
    let budget = github.budget();
    let reading = |name, value: Option<u64>| {
        #[allow(clippy::cast_precision_loss, reason = "a number of requests, far below 2^52")]
        let value = value? as f64;
        Some(Reading {
            name,
            labels: vec![("app", app.to_owned())],
            value,
        })
    };
    let requests: u64 = github.requests_made().iter().map(|(_, count)| count).sum();
    [
        reading("governance_github_requests_limit", budget.limit),
        reading("governance_github_requests_remaining", budget.remaining),
        reading("governance_github_requests_sent_total", Some(requests)),
    ]
    .into_iter()
    .flatten()
    .collect()
}
