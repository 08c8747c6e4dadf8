//! A server within this process whose clock is the simulator's, wound on whenever nothing moves: hours of waiting take no time.

use crate::house::{House, SECRET, within};
use async_trait::async_trait;
use domain_types::Timestamp;
use git_mirror::Mirrors;
use github_client::{GitHub, Limits, PrivateKey, Settings, Time};
use github_sim::{AppCredentials, Happened};
use governance_server::{
    GateMaterials, Parts, ServerConfiguration, TokenApprovals, TokenSource, WebhookSecret, WebhookSecrets,
    prepare_gate, serve, serve_gate,
};
use runtime::Tenancy;
use runtime::configuration::{Defaults, read_configuration};
use runtime::github::{Apps, Desk, GithubPlaces, Workshop, work};
use runtime::ports::Clock;
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::mpsc;
use std::sync::{Arc, Mutex};
use std::time::Duration;
use storage::{OpenMode, PullRequestStore, open_postgres, open_sqlite};
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot, watch};

/// Real milliseconds without a request, a webhook, or anybody who begins to wait, after which the time passes.
const IDLE_MILLISECONDS: u64 = 2;

/// Longest step of the time, in milliseconds: whoever computes for longer than we have patience loses this much, not hours.
const STEP_MILLISECONDS_MAX: u64 = 10_000;

/// Steps in a row at which nothing happened on GitHub, after which steps become longer than whoever looks five times a second would have
/// them: first a second, then twice as long with each further one.
const QUIET: u32 = 5;

/// Seconds after which a client takes an answer for lost. No answer here takes that long.
const ANSWER_SECONDS_MAX: u64 = 1;

type Waiters = BTreeMap<(Timestamp, u64), oneshot::Sender<()>>;

/// The simulator's clock, for everybody.
pub(crate) struct Wound {
    github: github_sim::Running,
    waiting: Mutex<(u64, Waiters)>,
    /// Lines of the truth at the last step, and steps in a row at which there were no more.
    quiet: Mutex<(usize, u32)>,
    /// Where git is at work for servers: nobody sees that from outside.
    mirrors: Mutex<Vec<Arc<Mirrors>>>,
    /// The runtimes of the servers that live, by their number.
    runtimes: Mutex<BTreeMap<u64, Handle>>,
}

/// What must not change for nothing to have moved.
#[derive(PartialEq, Eq)]
struct Seen {
    truth: usize,
    waits: u64,
    parked: Vec<u64>,
}

impl Wound {
    /// Mirrors of a server, while whose git works the time stands still.
    fn mirrors_of(&self, places: &GithubPlaces, path: String) -> Arc<Mirrors> {
        let mirrors = Mirrors::new(places.mirrors(), path, git_mirror::Limits::default());
        let mirrors = Arc::new(mirrors);
        self.mirrors.lock().unwrap().push(Arc::clone(&mirrors));
        mirrors
    }

    pub(crate) fn of(github: &github_sim::Running) -> Arc<Self> {
        Arc::new(Self {
            github: github.clone(),
            waiting: Mutex::default(),
            quiet: Mutex::default(),
            mirrors: Mutex::default(),
            runtimes: Mutex::default(),
        })
    }

    fn joined(&self, runtime: &Handle) -> u64 {
        let mut runtimes = self.runtimes.lock().unwrap();
        let number = runtimes.keys().next_back().map_or(0, |last| last + 1);
        runtimes.insert(number, runtime.clone());
        number
    }

    fn left(&self, number: u64) {
        self.runtimes.lock().unwrap().remove(&number);
    }

    async fn until(&self, due: Timestamp) {
        let told = {
            let mut waiting = self.waiting.lock().unwrap();
            if self.github.now() >= due {
                return;
            }
            let (wake, told) = oneshot::channel();
            waiting.0 += 1;
            let number = waiting.0;
            waiting.1.insert((due, number), wake);
            told
        };
        // Whoever holds the other end goes only with the world.
        let _ = told.await;
    }

    /// Steps in a row, this one included, at which nothing happened on GitHub.
    fn quiet(&self) -> u32 {
        let truth = self.github.truth_len();
        let mut quiet = self.quiet.lock().unwrap();
        *quiet = if quiet.0 == truth {
            (truth, quiet.1 + 1)
        } else {
            (truth, 0)
        };
        quiet.1
    }

    /// Lets the time pass to what comes next, but not further than a step.
    pub(crate) fn wind(&self) {
        let now = self.github.now();
        let from_now = |at: Timestamp| at.milliseconds_since(now);
        let first = self
            .waiting
            .lock()
            .unwrap()
            .1
            .keys()
            .next()
            .map(|(due, _)| from_now(*due));
        let theirs = self.github.next_due().map(from_now);
        let next = first.into_iter().chain(theirs).min();
        let least = match self.quiet().checked_sub(QUIET) {
            Some(more) => 1_000 << more.min(10),
            None => 1,
        };
        let least = theirs.map_or(least, |theirs| least.min(theirs)).max(1);
        let milliseconds = next.unwrap_or(STEP_MILLISECONDS_MAX).max(least);
        let milliseconds = milliseconds.min(STEP_MILLISECONDS_MAX);
        self.pass(Duration::from_millis(milliseconds));
    }

    /// Lets time pass at once: whoever waits for a moment within it is woken at its end.
    pub(crate) fn pass(&self, duration: Duration) {
        self.github.advance(duration).unwrap();
        let mut waiting = self.waiting.lock().unwrap();
        let now = self.github.now();
        while let Some(entry) = waiting.1.first_entry() {
            if entry.key().0 > now {
                break;
            }
            // Who does not wait any more has no ear.
            let _ = entry.remove().send(());
        }
    }

    /// What is to be seen now; none while something is at work.
    fn seen(&self) -> Option<Seen> {
        let parked: Vec<u64> = {
            let runtimes = self.runtimes.lock().unwrap();
            let counts = runtimes
                .values()
                .map(|handle| handle.metrics().worker_park_unpark_count(0));
            counts.collect()
        };
        // An odd count says that the worker sleeps.
        let is_compared = self
            .mirrors
            .lock()
            .unwrap()
            .iter()
            .all(|mirrors| mirrors.at_work() == 0);
        let is_idle = is_compared && self.github.is_idle() && parked.iter().all(|count| count % 2 == 1);
        is_idle.then(|| Seen {
            truth: self.github.truth_len(),
            waits: self.waiting.lock().unwrap().0,
            parked,
        })
    }

    /// Winds until something of this kind has happened.
    pub(crate) async fn wind_until(&self, house: &House, is_it: impl Fn(&Happened) -> bool) {
        within("it happens", async {
            while house.count(&is_it) == 0 {
                self.idle().await;
                self.wind();
            }
        })
        .await;
    }

    /// Waits until nothing moves.
    #[allow(
        clippy::disallowed_methods,
        reason = "no event tells that nothing moves; a look too early lets at most one step of the time pass"
    )]
    pub(crate) async fn idle(&self) {
        let mut looked = tokio::time::interval(Duration::from_millis(IDLE_MILLISECONDS));
        // Where a look is late, everybody may have been kept from going on.
        looked.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        looked.tick().await;
        let mut seen = self.seen();
        loop {
            looked.tick().await;
            let now = self.seen();
            if now.is_some() && now == seen {
                return;
            }
            seen = now;
        }
    }
}

#[async_trait]
impl Clock for Wound {
    fn now(&self) -> Timestamp {
        self.github.now()
    }

    async fn wait_until(&self, due: Timestamp) {
        self.until(due).await;
    }
}

#[async_trait]
impl Time for Wound {
    fn now(&self) -> Timestamp {
        self.github.now()
    }

    async fn wait_until(&self, due: Timestamp) {
        self.until(due).await;
    }
}

/// A server on a runtime of its own: it dies with it.
pub(crate) struct Instance {
    clock: Arc<Wound>,
    number: u64,
    runtime: Option<tokio::runtime::Runtime>,
    pub(crate) address: SocketAddr,
    pub(crate) store: Arc<dyn PullRequestStore>,
    pub(crate) bell: Arc<Notify>,
}

/// Where servers write down what they know.
#[derive(Clone)]
pub(crate) enum Database {
    /// A file of the one server that there is.
    Sqlite,
    /// A PostgreSQL server, which others use as well.
    Postgres(String),
}

impl Database {
    async fn open(&self, folder: &Path, now: Timestamp) -> Arc<dyn PullRequestStore> {
        let mode = OpenMode::CreateOrMigrate;
        match self {
            Self::Sqlite => Arc::new(open_sqlite(&folder.join("state.db"), mode, now).await.unwrap()),
            Self::Postgres(url) => Arc::new(open_postgres(url, mode, now).await.unwrap()),
        }
    }

    fn tenancy(&self) -> Tenancy {
        match self {
            Self::Sqlite => Tenancy::Sole,
            Self::Postgres(_) => Tenancy::Shared,
        }
    }
}

struct Told {
    address: SocketAddr,
    store: Arc<dyn PullRequestStore>,
    bell: Arc<Notify>,
}

impl Instance {
    /// Starts it, as the `number`th of those that use this folder; from now on webhooks go there.
    pub(crate) async fn start(
        house: &House,
        clock: &Arc<Wound>,
        database: &Database,
        (folder, number): (&str, usize),
    ) -> Self {
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(1)
            .enable_all()
            .build()
            .unwrap();
        let (sender, told) = mpsc::channel();
        let client =
            |app: &AppCredentials| GitHub::with_time(settings(house, app), Arc::clone(clock) as _).unwrap();
        let apps = match &house.release_app {
            Some(second) => Apps::two(client(&house.app), client(second)),
            None => Apps::one(client(&house.app)),
        };
        let place = Place {
            configuration: house.path("governance-app.toml"),
            folder: house.path(folder),
            database: database.clone(),
            owner: format!("{folder}, start {number}"),
            path: std::fs::read_to_string(house.path("git-path"))
                .unwrap_or_else(|_| "/usr/local/bin:/usr/bin:/bin".to_owned()),
        };
        std::fs::create_dir_all(&place.folder).unwrap();
        let number = clock.joined(runtime.handle());
        let served = Arc::clone(clock);
        runtime.spawn(async move { run(place, (apps, served), sender).await });
        let told = tokio::task::spawn_blocking(move || told.recv());
        let Told { address, store, bell } = within("the server starts", told).await.unwrap().unwrap();
        let instance = Self {
            clock: Arc::clone(clock),
            number,
            runtime: Some(runtime),
            address,
            store,
            bell,
        };
        let url = format!("http://{}/webhooks/github", instance.address);
        house.github.set_webhook(house.app.app_id, &url, SECRET).unwrap();
        instance
    }

    /// Ends everything of it where it is.
    pub(crate) async fn die(mut self) {
        self.clock.left(self.number);
        let runtime = self.runtime.take().unwrap();
        let dies = tokio::task::spawn_blocking(move || runtime.shutdown_timeout(Duration::from_secs(5)));
        dies.await.unwrap();
    }
}

impl Drop for Instance {
    fn drop(&mut self) {
        self.clock.left(self.number);
        if let Some(runtime) = self.runtime.take() {
            runtime.shutdown_background();
        }
    }
}

fn settings(house: &House, app: &AppCredentials) -> Settings {
    let key = PrivateKey::new(app.private_key_pem.clone());
    let mut settings = Settings::new(app.app_id, key);
    settings.api_url = house.github.url().to_owned();
    settings.download_hosts = vec!["127.0.0.1".to_owned()];
    settings.limits = Limits {
        answer_seconds_max: ANSWER_SECONDS_MAX,
        ..house.limits()
    };
    settings
}

/// What a server is started with.
struct Place {
    configuration: PathBuf,
    folder: PathBuf,
    database: Database,
    owner: String,
    /// Where git is looked for: in the file `git-path` of the house, if it is there.
    path: String,
}

async fn run(place: Place, (apps, clock): (Apps, Arc<Wound>), sender: mpsc::Sender<Told>) {
    let now = Clock::now(&*clock);
    let store = place.database.open(&place.folder, now).await;
    let text = std::fs::read_to_string(&place.configuration).unwrap();
    let defaults = Defaults {
        runners: 8,
        platform: "linux-x86_64".parse().unwrap(),
    };
    let configuration = read_configuration("governance-app.toml", &text, &defaults).unwrap();
    let bell = Arc::new(Notify::new());
    let places = GithubPlaces::new(place.folder.join("work"));
    let mirrors = clock.mirrors_of(&places, place.path);
    let prepared = prepare_gate(
        &configuration,
        &GateMaterials {
            store: &store,
            clock: &(Arc::clone(&clock) as _),
            github: apps.gate(),
            commands: &bell,
            owner: &place.owner,
            mirrors: &mirrors,
        },
    );
    let prepared = prepared.unwrap();
    let reception = prepared.as_ref().map(|prepared| Arc::clone(&prepared.reception));
    let (gate, gate_parts) = prepared
        .map(|prepared| ((prepared.gate, prepared.keeper), prepared.parts))
        .unzip();
    let workshop = Workshop::new(
        (apps, Arc::clone(&store), Arc::clone(&clock) as _),
        configuration,
        places,
        "governance-app test".to_owned(),
    );
    let (_shutdown, watched) = watch::channel(false);
    let desk = Desk {
        tenancy: place.database.tenancy(),
        runners: 8,
        owner: place.owner,
        bell: Arc::clone(&bell),
        gate: gate_parts,
    };
    let working = work(Arc::new(workshop.unwrap()), desk, watched.clone());
    let guarding = serve_gate(gate, watched.clone());
    let (told_store, told_bell) = (Arc::clone(&store), Arc::clone(&bell));
    let parts = Parts {
        store: store as _,
        clock,
        doorbell: bell,
        worker: Some(Box::pin(async move {
            tokio::try_join!(working, guarding)
                .map(|_| ())
                .map_err(Into::into)
        })),
        readings: None,
        reception,
        announce: Box::new(move |address| {
            let told = Told {
                address,
                store: told_store,
                bell: told_bell,
            };
            // Whoever asked for the server has gone only if its play failed.
            let _ = sender.send(told);
        }),
    };
    let served = serve(listening(&place.configuration), parts, watched).await;
    panic!("the server ended: {served:?}");
}

/// A server that listens on a port of its own and takes the orders of those whose tokens lie beside its configuration: of nobody, if there
/// are none.
fn listening(configuration: &Path) -> ServerConfiguration {
    let secret = WebhookSecret::new(SECRET.to_owned()).unwrap();
    ServerConfiguration {
        host: "127.0.0.1".to_owned(),
        port: 0,
        webhook_secrets: WebhookSecrets::new(secret, None).unwrap(),
        tokens: TokenSource::File(configuration.with_file_name("tokens.toml")),
        token_approvals: TokenApprovals::Refused,
    }
}
