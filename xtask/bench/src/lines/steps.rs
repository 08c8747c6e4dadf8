//! Durable steps per second: what a release commits from the intent to build a node to its outcome, one release and many at once,
//! beside steno with a log of the same kind, and beside the disk.

pub(super) mod disk;

mod many;
mod steno_peer;
mod syncs;

use crate::Bench;
use crate::engine_run::{self, Manner, new_store};
use crate::figure::{Figure, Found, Target};
use crate::releases::{chain, release};
use crate::samples::{Samples, per_second};
use crate::work_folder::WorkFolder;
use anyhow::{Result, bail, ensure};
use orchestrator::ReleaseSpec;
use std::path::Path;
use std::time::Duration;
use syncs::Syncs;

/// Nodes of the one release and actions of the one saga.
const ALONE_NODES: usize = 200;

/// Releases and sagas at once, and the length of each.
const MANY: (usize, usize) = (100, 10);

/// Repetitions of everything, in runs; ours and the peer's by turns.
const RUNS: usize = 3;

/// How long the one release may run, in seconds.
const RUN_SECONDS_MAX: u64 = 60;

/// Syncs that a node may cost.
const SYNCS_PER_NODE_MAX: f64 = 2.0;

/// Times the peer's rate that we must reach: with one release, and with many.
const RATIO_MIN: (f64, f64) = (1.0, 10.0);

/// What a second process may be asked to run while its calls are counted.
const WATCHED: [&str; 4] = ["one", "one-peer", "many", "many-peer"];

pub(super) fn measure(bench: &Bench) -> Result<Found> {
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut found = Found::default();
    let mut rates = Rates::default();
    for _ in 0..RUNS {
        threads.block_on(rates.run(bench))?;
    }
    rates.figures(&mut found);
    counts(bench, &mut found)?;
    let (releases, nodes) = MANY;
    found.note(format!(
        "A step is a node: the intent to build it, its begin and its outcome, all committed. One: a chain of {ALONE_NODES} through \
         `runtime::Engine`, builds that last no time. Many: {releases} chains of {nodes} over one store, with the engine's own parts \
         (`InboxWorker`, `claim_intent`, `carry_out`), since an engine runs one release."
    ));
    found.note(
        "steno: actions that take no time, its log in SQLite through the same driver, WAL and synchronous=FULL, a transaction per \
         `record_event` (begun, succeeded).",
    );
    found.note("Disk: 4 KiB written and `fdatasync`, in the same folder.");
    Ok(found)
}

/// Rates, a run each.
#[derive(Debug, Default)]
struct Rates {
    one: Vec<f64>,
    one_peer: Vec<f64>,
    many: Vec<f64>,
    many_peer: Vec<f64>,
    appending: Vec<f64>,
    in_place: Vec<f64>,
    batched: Vec<f64>,
}

impl Rates {
    async fn run(&mut self, bench: &Bench) -> Result<()> {
        let folder = WorkFolder::make(&bench.target, "steps")?;
        let disk = disk::measure(&folder.join("blocks"))?;
        self.appending.push(disk.appending);
        self.in_place.push(disk.in_place);
        self.batched.push(disk.batched);
        let (releases, nodes) = MANY;
        let together = (releases * nodes) as f64;
        let one = run_one(&folder.join("one.db")).await?;
        self.one.push(per_second(ALONE_NODES as f64, one));
        let one_peer = steno_peer::run(&folder.join("one-peer.db"), 1, ALONE_NODES).await?;
        self.one_peer.push(per_second(ALONE_NODES as f64, one_peer));
        let many = run_many(&folder.join("many.db")).await?;
        self.many.push(per_second(together, many));
        let many_peer = steno_peer::run(&folder.join("many-peer.db"), releases, nodes).await?;
        self.many_peer.push(per_second(together, many_peer));
        Ok(())
    }

    fn figures(self, found: &mut Found) {
        let times = |ours: &[f64], peers: &[f64]| {
            let pairs = ours.iter().zip(peers);
            Samples::new(pairs.map(|(ours, peer)| ours / peer).collect())
        };
        let one = times(&self.one, &self.one_peer);
        let many = times(&self.many, &self.many_peer);
        let mut add = |what: &str, rates: Vec<f64>| {
            found.add(Figure::new(what, "/s", Samples::new(rates)));
        };
        add("disk: syncs of a growing file", self.appending);
        add("disk: syncs within a file", self.in_place);
        add(
            &format!("disk: blocks within a file, {} per sync", disk::BATCH),
            self.batched,
        );
        add("one release: steps", self.one);
        add("one saga of steno: steps", self.one_peer);
        add("100 releases at once: steps", self.many);
        add("100 sagas of steno at once: steps", self.many_peer);
        let one = Figure::new("one release against one saga, steps per second", "times", one);
        found.add(one.aims(Target::AtLeast(RATIO_MIN.0)));
        let many = Figure::new("100 releases against 100 sagas, steps per second", "times", many);
        found.add(many.aims(Target::AtLeast(RATIO_MIN.1)));
    }
}

async fn run_one(path: &Path) -> Result<Duration> {
    let store = new_store(path).await?;
    let manner = Manner {
        lasting: None,
        at_most: Duration::from_secs(RUN_SECONDS_MAX),
    };
    let ran = engine_run::run(&store, &release("one", &chain(ALONE_NODES))?, manner).await?;
    ensure!(ran.whole, "only {} nodes were built in time", ran.finished);
    Ok(ran.elapsed)
}

async fn run_many(path: &Path) -> Result<Duration> {
    let (releases, nodes) = MANY;
    let store = new_store(path).await?;
    let specs = (0..releases).map(|number| release(&format!("many-{number}"), &chain(nodes)));
    let specs: Vec<ReleaseSpec> = specs.collect::<Result<_>>()?;
    many::run(&store, &specs).await
}

/// Runs one of [`WATCHED`] in this folder and nothing else.
pub(crate) fn run_watched(folder: &Path, names: &[String]) -> Result<()> {
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let [name] = names else {
        bail!("expected one of {}", WATCHED.join(", "));
    };
    let path = folder.join(format!("{name}.db"));
    let (releases, nodes) = MANY;
    threads.block_on(async {
        match name.as_str() {
            "one" => run_one(&path).await.map(drop),
            "one-peer" => steno_peer::run(&path, 1, ALONE_NODES).await.map(drop),
            "many" => run_many(&path).await.map(drop),
            "many-peer" => steno_peer::run(&path, releases, nodes).await.map(drop),
            _ => bail!("expected one of {}", WATCHED.join(", ")),
        }
    })
}

/// Commits and syncs per node, of runs that are not timed.
fn counts(bench: &Bench, found: &mut Found) -> Result<()> {
    for (name, what, nodes) in [
        (WATCHED[0], "one release", ALONE_NODES),
        (WATCHED[1], "one saga of steno", ALONE_NODES),
        (WATCHED[2], "100 releases at once", MANY.0 * MANY.1),
        (WATCHED[3], "100 sagas of steno at once", MANY.0 * MANY.1),
    ] {
        let folder = WorkFolder::make(&bench.target, "watched")?;
        let Some(syncs) = watch(bench, &folder, name)? else {
            found.note("Commits and syncs per node were not counted, because strace is absent.");
            return Ok(());
        };
        let per_node = |count: usize| Samples::one(count as f64 / nodes as f64);
        found.add(Figure::new(
            format!("{what}: commits per step (syncs of the log)"),
            "",
            per_node(syncs.log),
        ));
        let all = Figure::new(format!("{what}: syncs per step"), "", per_node(syncs.all()));
        found.add(if name == WATCHED[0] {
            all.aims(Target::AtMost(SYNCS_PER_NODE_MAX))
        } else {
            all
        });
    }
    found.note("Commits and syncs are counted by strace in runs of their own; what starts and ends a release is within.");
    Ok(())
}

fn watch(bench: &Bench, folder: &WorkFolder, name: &str) -> Result<Option<Syncs>> {
    let text = |path: &Path| path.to_string_lossy().into_owned();
    let arguments = [
        "--governance".to_owned(),
        text(&bench.governance),
        "--server".to_owned(),
        text(&bench.server),
        "--root".to_owned(),
        text(&bench.root),
        "--target".to_owned(),
        text(&bench.target),
        "--watched".to_owned(),
        text(folder.path()),
        name.to_owned(),
    ];
    syncs::count(&arguments, folder.path())
}
