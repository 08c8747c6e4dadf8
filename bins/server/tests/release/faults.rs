//! Everything that can go wrong between us and GitHub, alone and in mixtures, and the server's death on top of it: whatever happens,
//! the release comes out once, and every file is the one that was built.

use crate::from_environment;
use crate::house::{Apps, Component, House, MAINTAINER, OWNER, Plan, TAG};
use crate::kills::drawn;
use crate::wound::{Database, Instance, Wound};
use domain_types::{ReleaseId, Timestamp};
use github_sim::{Clock, Faults, Happened, Truth};
use orchestrator::{Command, Event};
use runtime::inbox_row;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use storage::contract::{empty_schema, test_server};
use storage::{InboxId, InboxState, IntentRow, NewInboxRow};

/// Seeds that are played, unless the variables say otherwise: how many, and from which on.
const SEEDS: u64 = 40;
const SEEDS_VARIABLE: &str = "GOVERNANCE_HTTP_SEEDS";
const FIRST_VARIABLE: &str = "GOVERNANCE_HTTP_FIRST";

/// The same for two servers over one PostgreSQL.
const SHARED_SEEDS: u64 = 12;
const SHARED_SEEDS_VARIABLE: &str = "GOVERNANCE_SHARED_SEEDS";

/// Few enough that many seeds can be played, and one that has to wait for another.
const COMPONENTS: &[Component] = &[
    ("consensus", &[], &[]),
    ("node", &["consensus"], &["node"]),
    ("sdk", &[], &["sign"]),
];

/// Tells the website of the release.
const WEBSITE: &str =
    "[release.follow_up.website]\nrepository = 'website'\nevent_type = 'released'\nrepeatable = true";

/// Shows the id of what started it.
const DEPLOY: &str = "name: deploy\nrun-name: deploy [${{ github.event.client_payload.dispatch_id }}]\n\
    on:\n  repository_dispatch:\n    types: [released]\njobs:\n  deploy:\n    runs-on: ubuntu-latest\n";

/// Whether the server makes the tags under a seed, or they are there and a person pushes the release's.
fn is_tagged_by_us(seed: u64) -> bool {
    seed.is_multiple_of(5)
}

/// Plays at a time.
const AT_A_TIME: usize = 4;

/// Longest play in the simulator's hours. Who needs more has come to a standstill.
const HOURS_MAX: u64 = 48;

/// Longest play in seconds on the machine's own clock: a play takes a few, and where much else runs a hundred times that.
const REAL_SECONDS_MAX: u64 = 600;

/// Stalls after which somebody looks after GitHub, and everything is well again.
const PATIENCE: usize = 2;

/// Deaths of servers in every second seed, within so many lines of the truth.
const DEATHS: u64 = 3;
const LINES: u64 = 130;

/// Orders to try again, at most.
const RETRIES_MAX: usize = 12;

type Set = fn(&mut Faults, f64);

/// Every kind of fault, and how often it comes when it comes alone.
const KINDS: &[(&str, f64, Set)] = &[
    ("webhook_lost", 0.5, |faults, much| faults.webhook_lost = much),
    ("webhook_unrecorded", 0.5, |faults, much| {
        faults.webhook_unrecorded = much
    }),
    ("webhook_repeated", 0.8, |faults, much| {
        faults.webhook_repeated = much
    }),
    ("webhook_reordered", 0.5, |faults, much| {
        faults.webhook_reordered = much
    }),
    ("webhook_delayed", 0.5, |faults, much| {
        faults.webhook_delayed = much
    }),
    ("server_error_before", 0.2, |faults, much| {
        faults.server_error_before = much
    }),
    ("server_error_after", 0.2, |faults, much| {
        faults.server_error_after = much
    }),
    ("timeout_after", 0.1, |faults, much| faults.timeout_after = much),
    ("reset_after", 0.2, |faults, much| faults.reset_after = much),
    ("secondary_limit", 0.1, |faults, much| {
        faults.secondary_limit = much
    }),
    ("stale_read", 0.4, |faults, much| faults.stale_read = much),
    ("run_never_starts", 0.3, |faults, much| {
        faults.run_never_starts = much
    }),
    ("run_starts_twice", 0.4, |faults, much| {
        faults.run_starts_twice = much
    }),
    ("run_hangs", 0.2, |faults, much| faults.run_hangs = much),
    ("artifact_missing", 0.2, |faults, much| {
        faults.artifact_missing = much
    }),
    ("artifact_altered", 0.2, |faults, much| {
        faults.artifact_altered = much
    }),
    ("asset_starter", 0.3, |faults, much| faults.asset_starter = much),
];

/// How much of a fault there is in a mixture, in parts of what it is alone.
const MIXED: f64 = 0.15;

/// What goes wrong under a seed: one kind in two of three, a mixture in the third.
fn faults(seed: u64) -> (String, Faults) {
    let mut faults = Faults::default();
    if !seed.is_multiple_of(3) {
        let (name, much, set) = KINDS[usize::try_from(seed).unwrap() % KINDS.len()];
        set(&mut faults, much);
        return (name.to_owned(), faults);
    }
    for (nth, (_, much, set)) in KINDS.iter().enumerate() {
        if drawn(seed, nth as u64, 3) > 0 {
            set(&mut faults, much * MIXED);
        }
    }
    ("a mixture".to_owned(), faults)
}

/// What came of a play.
struct Played {
    faults: usize,
    requests: usize,
    kills: usize,
    manifest: String,
}

/// One release under way.
struct Play {
    house: House,
    clock: Arc<Wound>,
    database: Database,
    /// The folder of each server: two of them where one database is shared.
    folders: &'static [&'static str],
    servers: Vec<Instance>,
    began: Timestamp,
    seed: u64,
    /// Lines of the truth at which a server dies, the next one last.
    deaths: Vec<usize>,
    /// Servers that have died.
    died: usize,
    stalls: usize,
    /// What somebody asked the server for last.
    wish: Option<InboxId>,
    /// How often somebody asked.
    asked: usize,
}

impl Play {
    async fn begin(seed: u64, database: Database) -> Self {
        let house = House::make(Plan {
            clock: Clock::Hand,
            seed,
            tagged: !is_tagged_by_us(seed),
            // The website is told by an event, which only who may write can send.
            apps: match seed % 2 {
                0 => Apps::One,
                _ => Apps::TwoEverywhere,
            },
            release: WEBSITE,
            ..Plan::of(COMPONENTS)
        })
        .await;
        let files = [(".github/workflows/deploy.yml", DEPLOY)];
        house.github.create_repository(OWNER, "website", &files).unwrap();
        let folders: &[&str] = match database {
            Database::Sqlite => &["server"],
            Database::Postgres(_) => &["one server", "another server"],
        };
        let clock = Wound::of(&house.github);
        let mut servers = Vec::new();
        for folder in folders {
            servers.push(Instance::start(&house, &clock, &database, (folder, 0)).await);
        }
        Self {
            began: house.github.now(),
            house,
            clock,
            database,
            folders,
            servers,
            seed,
            deaths: Vec::new(),
            died: 0,
            stalls: 0,
            wish: None,
            asked: 0,
        }
    }

    /// The tag is pushed, and from then on things go wrong.
    async fn push(&mut self) {
        let (_, faults) = faults(self.seed);
        // What is never sent and never listed nobody can know of: of the push itself, somebody would see that nothing follows.
        let unseen = faults.webhook_unrecorded > 0.0;
        if !unseen {
            self.house.github.set_faults(faults.clone());
        }
        match is_tagged_by_us(self.seed) {
            true => self.ask_for_tags().await,
            false => self.house.push_tag_as(MAINTAINER),
        }
        if unseen && !is_tagged_by_us(self.seed) {
            self.house
                .until("the push is acknowledged", is_push_acknowledged)
                .await;
        }
        self.house.github.set_faults(faults);
        let deaths = if self.seed.is_multiple_of(2) { DEATHS } else { 0 };
        let lines = self.house.github.truth_len();
        let drawn = |nth| lines + usize::try_from(drawn(self.seed, 100 + nth, LINES)).unwrap();
        self.deaths = (0..deaths).map(drawn).collect();
        self.deaths.sort_unstable_by(|one, other| other.cmp(one));
    }

    /// Somebody asks the server to make the tags and to release them.
    async fn ask_for_tags(&mut self) {
        self.asked += 1;
        let row = NewInboxRow {
            key: format!("request/tags/{}", self.asked),
            release: None,
            kind: "release_requested".to_owned(),
            body: serde_json::json!({ "tag": TAG, "wish": "tag" }).to_string(),
            actor: MAINTAINER.to_owned(),
        };
        let server = &self.servers[0];
        let now = self.house.github.now();
        let appended = server.store.append_inbox(&[row], now).await.unwrap();
        server.bell.notify_one();
        self.wish = Some(appended[0].id());
    }

    /// Whether nobody meant it any more when GitHub could be asked: then somebody asks again.
    async fn is_refused(&self) -> bool {
        let Some(wish) = self.wish else { return false };
        let row = self.servers[0].store.inbox_row(wish).await.unwrap().unwrap();
        row.state == InboxState::Refused && self.asked <= RETRIES_MAX
    }

    /// Whether somebody has still to be told of the release.
    async fn owes(&self, release: &ReleaseId) -> bool {
        let rows = self.servers[0].store.intents(release).await.unwrap();
        let is_open = |row: &IntentRow| {
            let command = runtime::command(&row.intent.body).unwrap();
            matches!(command, Command::FollowUp { .. }) && row.settled_at.is_none()
        };
        rows.iter().any(is_open)
    }

    /// What was recorded of the telling.
    async fn recorded(&self) -> String {
        let store = &self.servers[0].store;
        let newest = store.list_releases().await.unwrap().remove(0);
        let rows = store.intents(&newest.id).await.unwrap();
        let row = rows.into_iter().find(|row| row.intent.kind == "follow_up");
        format!("{row:?}")
    }

    /// Goes on until the release is public, and whom it concerns is told.
    async fn go_on(&mut self) -> Result<(), String> {
        loop {
            self.clock.idle().await;
            match self.turn().await {
                Turn::Waits => self.clock.wind(),
                Turn::Refused => self.ask_for_tags().await,
                Turn::Published => return Ok(()),
                Turn::Dies => self.die().await,
                Turn::Stalled(release) => self.try_again(&release).await?,
                Turn::Late(phase) => return Err(format!("after {HOURS_MAX} hours it is {phase}")),
            }
        }
    }

    /// What is to be done now that nothing moves.
    async fn turn(&self) -> Turn {
        if self
            .deaths
            .last()
            .is_some_and(|at| self.house.github.truth_len() >= *at)
        {
            return Turn::Dies;
        }
        let releases = self.servers[0].store.list_releases().await.unwrap();
        let release = releases.first();
        let phase = release.map_or("not begun", |release| release.row.phase.as_str());
        let milliseconds = self.house.github.now().milliseconds_since(self.began);
        match (phase, release) {
            ("published", Some(release)) if !self.owes(&release.id).await => Turn::Published,
            ("stalled", Some(release)) => Turn::Stalled(release.id.clone()),
            ("not begun", None) if self.is_refused().await => Turn::Refused,
            _ if milliseconds > HOURS_MAX * 3_600_000 => Turn::Late(phase.to_owned()),
            _ => Turn::Waits,
        }
    }

    async fn die(&mut self) {
        self.deaths.pop();
        self.died += 1;
        let whose = drawn(self.seed, self.died as u64, self.servers.len() as u64);
        let whose = usize::try_from(whose).unwrap();
        self.servers.remove(whose).die().await;
        let place = (self.folders[whose], self.died);
        let born = Instance::start(&self.house, &self.clock, &self.database, place).await;
        self.servers.insert(whose, born);
    }

    async fn try_again(&mut self, release: &ReleaseId) -> Result<(), String> {
        self.stalls += 1;
        if self.stalls >= PATIENCE {
            self.house.github.set_faults(Faults::default());
        }
        let server = &self.servers[0];
        if self.stalls > RETRIES_MAX {
            let state = runtime::load(&*server.store, release).await.unwrap().unwrap();
            let phase = state.phase();
            let failures: Vec<_> = state.nodes().filter_map(|(_, node)| node.failure()).collect();
            return Err(format!(
                "{RETRIES_MAX} times it was tried again in vain: {phase:?}: {failures:?}"
            ));
        }
        let event = Event::Retry {
            actor: "github:maintainer".to_owned(),
        };
        let key = format!("retry/{}", self.stalls);
        let row = inbox_row(release, key, &event, "github:maintainer").unwrap();
        let now = self.house.github.now();
        let _ = server.store.append_inbox(&[row], now).await.unwrap();
        server.bell.notify_one();
        Ok(())
    }
}

async fn play(seed: u64, database: Database) -> Result<Played, String> {
    let mut play = Play::begin(seed, database).await;
    play.push().await;
    play.go_on().await?;
    let recorded = play.recorded().await;
    let truth = play.house.github.truth();
    // A limit that nobody played was met: we asked for too much.
    let too_much = |line: &&Truth| {
        matches!(
            line.what,
            Happened::Request {
                host: "api",
                status: 403 | 429,
                ..
            }
        )
    };
    let is_limited = faults(seed).1.secondary_limit > 0.0;
    if let (false, Some(met)) = (is_limited, truth.iter().find(too_much)) {
        return Err(format!("a limit was met: {met:?}"));
    }
    told_once(&truth, &faults(seed).1).map_err(|why| format!("{why}: {recorded}"))?;
    check(&truth).map(|(requests, faults, manifest)| Played {
        faults,
        requests,
        kills: play.died,
        manifest,
    })
}

pub(crate) fn is_push_acknowledged(what: &Happened) -> bool {
    matches!(what, Happened::WebhookSent { event, status: 202, .. } if event == "push")
}

enum Turn {
    Waits,
    Refused,
    Published,
    Dies,
    Stalled(ReleaseId),
    Late(String),
}

/// Whom the release concerns was told once. Where runs never come, nobody can see that.
fn told_once(truth: &[Truth], faults: &Faults) -> Result<(), String> {
    let tells = |line: &&Truth| matches!(&line.what, Happened::Dispatched { repository, .. } if repository.ends_with("/website"));
    match truth.iter().filter(tells).count() {
        1 => Ok(()),
        _ if faults.run_never_starts > 0.0 => Ok(()),
        times => Err(format!("the website was told {times} times")),
    }
}

/// What must be true whatever went wrong; answers requests, faults and the digest of the manifest.
fn check(truth: &[Truth]) -> Result<(usize, usize, String), String> {
    let mut runs: BTreeMap<&str, Vec<u64>> = BTreeMap::new();
    let mut dispatches = Vec::new();
    let (mut published, mut drafts, mut faults, mut requests) = (Vec::new(), BTreeSet::new(), 0, 0);
    let mut assets: BTreeMap<(u64, u64), (&str, &str)> = BTreeMap::new();
    for line in truth {
        match &line.what {
            Happened::Fault { .. } => faults += 1,
            Happened::Request { host: "api", .. } => requests += 1,
            Happened::Dispatched { started, .. } => dispatches.push(started),
            Happened::RunCreated {
                run,
                dispatch_id: Some(id),
                ..
            } => runs.entry(id).or_default().push(*run),
            Happened::ReleaseCreated { release, .. } => _ = drafts.insert(*release),
            Happened::ReleaseDeleted { release, .. } => _ = drafts.remove(release),
            Happened::ReleasePublished { release, .. } => published.push(*release),
            Happened::AssetUploaded {
                release,
                asset,
                name,
                sha256,
            } => _ = assets.insert((*release, *asset), (name, sha256)),
            Happened::AssetDeleted { release, asset, .. } => _ = assets.remove(&(*release, *asset)),
            _ => {}
        }
    }
    let [only] = published[..] else {
        return Err(format!("published {} times", published.len()));
    };
    if drafts != BTreeSet::from([only]) {
        return Err(format!("releases {drafts:?} are left beside {only}"));
    }
    for (id, runs) in &runs {
        let from: Vec<_> = dispatches
            .iter()
            .filter(|started| started.iter().any(|run| runs.contains(run)))
            .collect();
        if from.len() != 1 {
            return Err(format!("{id} was dispatched {} times", from.len()));
        }
    }
    if runs.len() < COMPONENTS.len() {
        return Err(format!(
            "{} dispatches for {} components",
            runs.len(),
            COMPONENTS.len()
        ));
    }
    let of_release = assets.iter().filter(|((release, _), _)| *release == only);
    let mut names = BTreeMap::new();
    for (_, (name, sha256)) in of_release {
        if names.insert(*name, *sha256).is_some() {
            return Err(format!("{name} is there twice"));
        }
    }
    let manifest = names.get("release-manifest.json").ok_or("no manifest")?;
    Ok((requests, faults, (*manifest).to_owned()))
}

/// Plays these seeds.
async fn campaign(seeds: std::ops::Range<u64>, database: impl AsyncFn(u64) -> Database) {
    let mut failed = Vec::new();
    let (mut sum_of_faults, mut sum_of_requests, mut sum_of_kills) = (0, 0, 0);
    let mut manifests = BTreeSet::new();
    let mut playing = tokio::task::JoinSet::new();
    let mut waiting = seeds.clone();
    loop {
        while playing.len() < AT_A_TIME
            && let Some(seed) = waiting.next()
        {
            let database = database(seed).await;
            playing.spawn(async move {
                let longest = std::time::Duration::from_secs(REAL_SECONDS_MAX);
                let played = tokio::time::timeout(longest, play(seed, database)).await;
                let standstill = |_| Err("it came to a standstill".to_owned());
                (seed, played.unwrap_or_else(standstill))
            });
        }
        let Some(played) = playing.join_next().await else {
            break;
        };
        match played.unwrap() {
            (_, Ok(played)) => {
                sum_of_faults += played.faults;
                sum_of_requests += played.requests;
                sum_of_kills += played.kills;
                manifests.insert(played.manifest);
            }
            (seed, Err(why)) => {
                eprintln!("seed {seed} ({}): {why}", faults(seed).0);
                failed.push(seed);
            }
        }
    }
    let seeds = seeds.end - seeds.start;
    eprintln!("seeds {seeds} faults {sum_of_faults} requests {sum_of_requests} kills {sum_of_kills}");
    assert_eq!(failed, [] as [u64; 0]);
    // The same sources give the same release, whatever happened on its way.
    assert_eq!(manifests.len(), 1, "{manifests:?}");
    assert!(
        sum_of_faults > usize::try_from(seeds).unwrap(),
        "hardly anything went wrong"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whatever_goes_wrong_the_release_comes_out_once() {
    let first = from_environment(FIRST_VARIABLE, 1);
    let seeds = from_environment(SEEDS_VARIABLE, SEEDS);
    campaign(first..first + seeds, async |_| Database::Sqlite).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_servers_share_one_database_and_either_may_die() {
    let Some(server) = test_server() else { return };
    let first = from_environment(FIRST_VARIABLE, 1);
    let seeds = from_environment(SHARED_SEEDS_VARIABLE, SHARED_SEEDS);
    let database = async |seed| {
        let schema = format!("release_{seed}");
        Database::Postgres(empty_schema(&server, &schema).await.unwrap())
    };
    campaign(first..first + seeds, database).await;
}
