//! Our own time between two builds: from the end of one to the begin of the next that waited for it alone.

use crate::Bench;
use crate::clock::Moment;
use crate::engine_run::{self, Manner, Ran, new_store};
use crate::figure::{Figure, Found, Target};
use crate::ports::Seen;
use crate::releases::{Part, chain, node, release};
use crate::samples::{Samples, milliseconds};
use crate::work_folder::WorkFolder;
use anyhow::{Context as _, Result};
use std::sync::PoisonError;
use std::time::Duration;

/// Nodes of the releases: a chain of [`EDGES`] and one more, and nodes beside it that are never reached.
const SIZES: [usize; 3] = [101, 500, 2_000];

/// Edges that are measured at each size.
const EDGES: usize = 100;

/// Readings of a release, in runs.
const LOADS: usize = 9;

/// Milliseconds that a build lasts: longer than it takes to record its begin, so that only the way from its end counts.
const LASTING_MILLISECONDS: u64 = 30;

/// Milliseconds of our own that an edge may cost.
const EDGE_MILLISECONDS_MAX: f64 = 50.0;

/// How long one release may run, in seconds; edges seen until then count.
const RUN_SECONDS_MAX: u64 = 40;

pub(super) fn measure(bench: &Bench) -> Result<Found> {
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut found = Found::default();
    for size in SIZES {
        let (ran, loads) = threads.block_on(run(bench, size))?;
        let costs = Samples::new(edges(&ran)?);
        let high = Samples::one(costs.percentile(95));
        let cost = Figure::new(
            format!("end of a build to begin of the next, release of {size}"),
            "ms",
            costs,
        );
        found.add(cost.aims(Target::AtMost(EDGE_MILLISECONDS_MAX)));
        found.add(Figure::new("of these, the 95th percentile", "ms", high));
        found.add(Figure::new(
            "reading that release from the store once (`runtime::load`)",
            "ms",
            Samples::new(loads),
        ));
    }
    found.note(format!(
        "Through `runtime::Engine` over SQLite on the disk, with builds that last {LASTING_MILLISECONDS} ms: from the report being sent \
         to the call of `begin` of the next. What begins a build is all within: inbox, decision, outbox, lease, note of the handle."
    ));
    Ok(found)
}

/// A chain, and at its end everything else, so that nothing runs beside it.
fn parts(size: usize) -> Vec<Part> {
    let mut parts = chain(EDGES + 1);
    parts.resize(
        size.max(EDGES + 1),
        Part {
            needs: vec![EDGES],
            remaining_path: 1,
        },
    );
    parts
}

/// The run, and how long it takes afterwards to read the release.
async fn run(bench: &Bench, size: usize) -> Result<(Ran, Vec<f64>)> {
    let folder = WorkFolder::make(&bench.target, "edge")?;
    let store = new_store(&folder.join("state.db")).await?;
    let spec = release("edge", &parts(size))?;
    let manner = Manner {
        lasting: Some(Duration::from_millis(LASTING_MILLISECONDS)),
        at_most: Duration::from_secs(RUN_SECONDS_MAX),
    };
    let ran = engine_run::run(&store, &spec, manner).await?;
    let mut loads = Vec::new();
    for _ in 0..LOADS {
        let began = Moment::now();
        let loaded = runtime::load(&*store, &spec.id).await?;
        loads.push(milliseconds(began.elapsed()));
        drop(loaded.context("the release is gone")?);
    }
    Ok((ran, loads))
}

fn edges(ran: &Ran) -> Result<Vec<f64>> {
    let seen = ran.seen.lock().unwrap_or_else(PoisonError::into_inner);
    let mut chain: Vec<Seen> = Vec::new();
    for index in 0..=EDGES {
        chain.extend(seen.get(&node(index)?).copied());
    }
    let costs = chain.windows(2).filter_map(|pair| match pair {
        [before, after] => Some(milliseconds(after.begun.since(before.replied?))),
        _ => None,
    });
    let costs: Vec<f64> = costs.collect();
    costs
        .first()
        .context("no edge was seen before the time was over")?;
    Ok(costs)
}
