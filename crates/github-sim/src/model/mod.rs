//! GitHub as plain state: a request and the time go in, an answer comes out, with what becomes due and what the shell has to carry
//! out. No clock, no network, no disk, no chance but the seeded one.

mod accounts;
mod activity;
mod agenda;
mod app_routes;
mod artifacts;
mod assets;
mod call;
mod changes;
mod check_suites;
mod checks;
mod comments;
mod commits;
mod contents;
mod deliveries;
mod dispatch;
mod events;
mod forks;
mod git_access;
mod handle;
mod jobs;
mod jwt;
mod merges;
mod owner;
mod permissions;
mod pull_deeds;
mod pull_events;
mod pull_lists;
mod pull_routes;
mod pull_views;
mod pulls;
mod queue;
mod refs;
mod release_routes;
mod release_views;
mod releases;
mod repositories;
mod repository_deeds;
mod reviews;
mod routes;
mod rulesets;
mod run_routes;
mod run_views;
mod runs;
mod setup;
mod statuses;
mod storage;
mod views;

pub(crate) use accounts::{Account, App, Installation, Token};
pub use accounts::{Permissions, Role};
pub(crate) use agenda::Due;
pub(crate) use artifacts::Artifact;
pub(crate) use call::{Asker, Call, Handled};
pub(crate) use deliveries::Delivery;
pub use deliveries::Reception;
pub use merges::MergeMethod;
pub use owner::{AppPlan, Repo};
pub use pull_deeds::PullPlan;
pub(crate) use releases::{Asset, Release};
pub(crate) use repositories::Repository;
pub(crate) use runs::Run;
pub(crate) use storage::Download;

use crate::faults::Faults;
use crate::limits::{Ledger, Limits};
use crate::objects::GitObject;
use crate::random::Random;
use crate::truth::{Happened, Truth};
use crate::workers::Workers;
use bytes::Bytes;
use domain_types::Timestamp;
use std::collections::BTreeMap;

/// How the model is set up.
pub struct ModelSetup {
    /// The API's address, without a slash at its end.
    pub api: String,
    /// The address of the host for downloads.
    pub storage: String,
    /// The time at which everything begins.
    pub start: Timestamp,
    /// How many times faster than written runs and delays pass.
    pub speed: f64,
    /// The seed of all chance.
    pub seed: u64,
    /// What may go wrong.
    pub faults: Faults,
    /// How much may be used.
    pub limits: Limits,
    /// What the runs do.
    pub workers: Box<dyn Workers>,
}

/// What the shell has to carry out.
#[derive(Debug, Clone, PartialEq)]
pub enum Effect {
    /// Make an empty bare repository. The folder is relative to the data folder.
    InitRepository {
        /// Where.
        folder: String,
    },
    /// Let a repository lie somewhere else.
    MoveRepository {
        /// Where it was.
        from: String,
        /// Where it is.
        to: String,
    },
    /// Write an object into a repository.
    WriteObject {
        /// The repository.
        folder: String,
        /// The object.
        object: GitObject,
    },
    /// Let a ref name an object, or none.
    WriteRef {
        /// The repository.
        folder: String,
        /// The whole name, `refs/…`.
        name: String,
        /// What it names; `None` removes it.
        sha: Option<String>,
    },
    /// Send a webhook, and tell [`GitHub::received`] what came of it.
    Send {
        /// The delivery.
        delivery: u64,
        /// To where.
        url: String,
        /// The headers.
        headers: Vec<(String, String)>,
        /// The body.
        body: Bytes,
    },
}

/// A stateful GitHub.
pub struct GitHub {
    now: Timestamp,
    start: Timestamp,
    api: String,
    storage: String,
    speed: f64,
    random: Random,
    faults: Faults,
    limits: Limits,
    workers: Box<dyn Workers>,
    ledger: Ledger,
    accounts: BTreeMap<String, Account>,
    apps: BTreeMap<u64, App>,
    installations: BTreeMap<u64, Installation>,
    tokens: BTreeMap<String, Token>,
    repositories: BTreeMap<u64, Repository>,
    runs: BTreeMap<u64, Run>,
    artifacts: BTreeMap<u64, Artifact>,
    releases: BTreeMap<u64, Release>,
    assets: BTreeMap<u64, Asset>,
    pulls: BTreeMap<u64, pulls::Pull>,
    comments: BTreeMap<u64, comments::Comment>,
    checks: BTreeMap<u64, checks::CheckRun>,
    groups: BTreeMap<u64, queue::Group>,
    deliveries: BTreeMap<u64, Delivery>,
    downloads: BTreeMap<String, Download>,
    remembered: BTreeMap<String, handle::Remembered>,
    agenda: BTreeMap<(Timestamp, u64), Due>,
    effects: Vec<Effect>,
    truth: Vec<Truth>,
    next_id: u64,
    /// The next run is one that no runner ever takes.
    suppress_next: bool,
}

/// Ids begin here, so that none is mistaken for a small number of something else.
const FIRST_ID: u64 = 1_001;

impl GitHub {
    /// An empty GitHub.
    #[must_use]
    pub fn new(setup: ModelSetup) -> Self {
        Self {
            now: setup.start,
            start: setup.start,
            api: setup.api,
            storage: setup.storage,
            speed: setup.speed,
            random: Random::seeded(setup.seed),
            faults: setup.faults,
            limits: setup.limits,
            workers: setup.workers,
            ledger: Ledger::default(),
            accounts: BTreeMap::new(),
            apps: BTreeMap::new(),
            installations: BTreeMap::new(),
            tokens: BTreeMap::new(),
            repositories: BTreeMap::new(),
            runs: BTreeMap::new(),
            artifacts: BTreeMap::new(),
            releases: BTreeMap::new(),
            assets: BTreeMap::new(),
            pulls: BTreeMap::new(),
            comments: BTreeMap::new(),
            checks: BTreeMap::new(),
            groups: BTreeMap::new(),
            deliveries: BTreeMap::new(),
            downloads: BTreeMap::new(),
            remembered: BTreeMap::new(),
            agenda: BTreeMap::new(),
            effects: Vec::new(),
            truth: Vec::new(),
            next_id: FIRST_ID,
            suppress_next: false,
        }
    }

    /// Everything that has happened.
    #[must_use]
    pub fn truth(&self) -> &[Truth] {
        &self.truth
    }

    /// The time that it is for the simulator.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.now
    }

    /// What has to be carried out, in this order.
    pub fn take_effects(&mut self) -> Vec<Effect> {
        for repository in self.repositories.values_mut() {
            let folder = repository.folder();
            let objects = repository.objects.take_unwritten();
            // Objects before the refs that name them.
            let at = self
                .effects
                .iter()
                .position(|effect| matches!(effect, Effect::WriteRef { folder: of, .. } if *of == folder))
                .unwrap_or(self.effects.len());
            let writes = objects.into_iter().map(|object| Effect::WriteObject {
                folder: folder.clone(),
                object,
            });
            self.effects.splice(at..at, writes);
        }
        std::mem::take(&mut self.effects)
    }

    /// Other faults from now on.
    pub fn set_faults(&mut self, faults: Faults) {
        self.faults = faults;
    }

    fn id(&mut self) -> u64 {
        self.next_id += 1;
        self.next_id
    }

    fn happened(&mut self, what: Happened) {
        self.truth.push(Truth { at: self.now, what });
    }

    fn fault(&mut self, kind: &'static str, on: &str) {
        self.happened(Happened::Fault {
            kind,
            on: on.to_owned(),
        });
    }

    /// The time after this many seconds of the script, at the set speed.
    fn after(&self, seconds: u64) -> Timestamp {
        #[allow(
            clippy::cast_precision_loss,
            clippy::cast_possible_truncation,
            reason = "durations of scripts are hours at most, far within both types"
        )]
        let milliseconds = (seconds as f64 * 1000.0 / self.speed) as i64;
        Timestamp::from_milliseconds(self.now.milliseconds() + milliseconds)
    }

    fn schedule(&mut self, at: Timestamp, due: Due) {
        let order = self.id();
        self.agenda.insert((at, order), due);
    }

    /// How long a new thing stays out of lists, if the fault for it is on.
    fn listed_from(&mut self, what: &str) -> Timestamp {
        if self.random.chance(self.faults.stale_read) {
            self.fault("stale_read", what);
            let seconds = self.random.below(crate::faults::STALE_SECONDS_MAX) + 1;
            return self.after(seconds);
        }
        self.now
    }
}

/// A time as GitHub writes it, to the second.
pub(crate) fn iso(time: Timestamp) -> String {
    let seconds = Timestamp::from_seconds(time.seconds());
    jiff::Timestamp::from_second(seconds.seconds()).map_or_else(|_| String::new(), |time| time.to_string())
}
