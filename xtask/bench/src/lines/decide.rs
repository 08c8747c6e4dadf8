//! What one event costs: the state machine alone, an inbox row with storage, and whole chains of both lengths.

use crate::Bench;
use crate::clock::{Moment, timed};
use crate::engine_run::{self, Manner, append, new_store, start};
use crate::figure::{Figure, Found, Target};
use crate::releases::{Part, chain, node, output, release, web};
use crate::samples::{Samples, microseconds, milliseconds};
use crate::work_folder::WorkFolder;
use anyhow::{Context as _, Result, ensure};
use domain_types::{NodeId, Timestamp};
use orchestrator::{Command, Decision, Event, Recorded, ReleaseSpec, Stage, State, decide};
use runtime::{InboxWorker, SystemClock, Taken, Tenancy};
use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;
use storage::Store;

/// Nodes of the releases whose events are measured.
const SIZES: [usize; 4] = [10, 100, 2_000, 10_000];

/// Microseconds that a decision may take at the largest size.
const DECISION_MICROSECONDS_MAX: f64 = 20.0;

/// Times that the cost per node may grow from the short chain to the long one.
const GROWTH_MAX: f64 = 1.2;

/// The short and the long chain, in nodes.
const CHAINS: [usize; 2] = [100, 2_000];

/// Releases of one size that the state machine runs alone, in runs.
const ALONE_RUNS: usize = 9;

/// Events per run, so that small releases are repeated until their time can be told.
const EVENTS_MIN: usize = 20_000;

/// Events of one size that are taken with storage: each is a commit or more, and the large release is stored first.
const STORED_EVENTS_MAX: usize = 400;

/// How long a chain may run through the engine, in seconds: what was finished until then gives the cost per node.
const CHAIN_SECONDS_MAX: u64 = 45;

/// Runs of the long chain through the engine.
const CHAIN_RUNS: usize = 3;

/// Runs of the short chain before each of these.
const SHORT_CHAINS_PER_LONG: usize = 9;

pub(super) fn measure(bench: &Bench) -> Result<Found> {
    let mut found = Found::default();
    for size in SIZES {
        alone(&mut found, size)?;
    }
    chains_alone(&mut found)?;
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    threads.block_on(async {
        for size in SIZES {
            stored(bench, &mut found, size).await?;
        }
        chains_stored(bench, &mut found).await
    })?;
    found.note("Alone: `decide`, then `State::advance`, over all build events of a release that is built to its end, per event.");
    found.note(format!(
        "With storage: from before `append_inbox` to after `InboxWorker::take_one`, over SQLite on the disk, for at most {STORED_EVENTS_MAX} \
         events, so that no snapshot is within where a release has more nodes than that."
    ));
    found.note(format!(
        "Chains with storage go through `runtime::Engine` with builds that last no time; a run is cut off after {CHAIN_SECONDS_MAX} s."
    ));
    Ok(found)
}

/// A release that is built by nobody, event by event.
struct Played {
    state: State,
    ready: VecDeque<NodeId>,
    deciding: Duration,
    applying: Duration,
    events: usize,
}

impl Played {
    fn begin(spec: &ReleaseSpec) -> Result<Self> {
        let mut played = Self {
            state: State::unplanned(),
            ready: VecDeque::new(),
            deciding: Duration::ZERO,
            applying: Duration::ZERO,
            events: 0,
        };
        let first = Event::Start {
            spec: Box::new(spec.clone()),
        };
        played.take(first)?;
        played.take(sources_done())?;
        (played.deciding, played.applying, played.events) = (Duration::ZERO, Duration::ZERO, 0);
        Ok(played)
    }

    fn take(&mut self, event: Event) -> Result<()> {
        let recorded = Recorded {
            event,
            at: Timestamp::from_seconds(1_764_000_000),
        };
        let (decision, deciding) = timed(|| decide(&self.state, &recorded));
        let decision = decision?;
        let (applied, applying) = timed(|| self.state.advance(&decision.facts));
        applied?;
        self.deciding += deciding;
        self.applying += applying;
        self.events += 1;
        self.ready.extend(asked_for(&decision));
        Ok(())
    }

    /// Builds everything.
    fn finish(&mut self, spec: &ReleaseSpec) -> Result<()> {
        while let Some(node) = self.ready.pop_front() {
            let given = output(&spec.id, &node);
            self.take(started(&node))?;
            self.take(succeeded(node, given))?;
        }
        let open = self.state.header().unsettled;
        ensure!(open == 0, "{open} nodes were not built");
        Ok(())
    }
}

fn sources_done() -> Event {
    Event::StageDone {
        stage: Stage::Sources,
        manifest: None,
    }
}

fn started(node: &NodeId) -> Event {
    Event::BuildStarted {
        node: node.clone(),
        attempt: 1,
    }
}

fn succeeded(node: NodeId, output: orchestrator::BuildOutput) -> Event {
    Event::BuildSucceeded {
        node,
        attempt: 1,
        output,
    }
}

/// The nodes whose builds a decision asks for.
fn asked_for(decision: &Decision) -> impl Iterator<Item = NodeId> {
    decision.commands.iter().filter_map(|command| match command {
        Command::StartBuild { build, .. } => Some(build.node.clone()),
        Command::RunStage { .. }
        | Command::StopBuild { .. }
        | Command::DiscardDraft
        | Command::FollowUp { .. }
        | Command::BeginFormerStep { .. } => None,
    })
}

fn alone(found: &mut Found, size: usize) -> Result<()> {
    let spec = release("bench", &web(size))?;
    let (mut deciding, mut applying) = (Vec::new(), Vec::new());
    for _ in 0..ALONE_RUNS {
        let (mut decide, mut apply, mut events) = (Duration::ZERO, Duration::ZERO, 0);
        while events < EVENTS_MIN {
            let mut played = Played::begin(&spec)?;
            played.finish(&spec)?;
            decide += played.deciding;
            apply += played.applying;
            events += played.events;
        }
        deciding.push(microseconds(decide) / events as f64);
        applying.push(microseconds(apply) / events as f64);
    }
    let decision = Figure::new(
        format!("`decide` per event, {size} nodes, alone"),
        "µs",
        Samples::new(deciding),
    );
    let is_largest = SIZES.iter().all(|other| *other <= size);
    found.add(if is_largest {
        decision.aims(Target::AtMost(DECISION_MICROSECONDS_MAX))
    } else {
        decision
    });
    found.add(Figure::new(
        format!("`apply` per event, {size} nodes, alone"),
        "µs",
        Samples::new(applying),
    ));
    Ok(())
}

fn chains_alone(found: &mut Found) -> Result<()> {
    let [short, long] = CHAINS;
    let (mut shorts, mut longs, mut growths) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..ALONE_RUNS {
        // As many nodes of the one as of the other.
        let short_cost = chain_alone(short, long / short)?;
        let long_cost = chain_alone(long, 1)?;
        shorts.push(short_cost);
        longs.push(long_cost);
        growths.push(long_cost / short_cost);
    }
    found.add(Figure::new(
        format!("chain of {short}, alone, per node"),
        "µs",
        Samples::new(shorts),
    ));
    found.add(Figure::new(
        format!("chain of {long}, alone, per node"),
        "µs",
        Samples::new(longs),
    ));
    let growth = Figure::new(
        format!("chain of {long} against {short}, alone, cost per node"),
        "times",
        Samples::new(growths),
    );
    found.add(growth.aims(Target::AtMost(GROWTH_MAX)));
    Ok(())
}

/// The cost of one node of a chain that is begun and built so many times, in microseconds.
fn chain_alone(nodes: usize, times: usize) -> Result<f64> {
    let spec = release("chain", &chain(nodes))?;
    let (outcome, elapsed) = timed(|| -> Result<()> {
        for _ in 0..times {
            Played::begin(&spec)?.finish(&spec)?;
        }
        Ok(())
    });
    outcome?;
    Ok(microseconds(elapsed) / (nodes * times) as f64)
}

async fn stored(bench: &Bench, found: &mut Found, size: usize) -> Result<()> {
    let folder = WorkFolder::make(&bench.target, "decide")?;
    let store = new_store(&folder.join("state.db")).await?;
    let mut worker = InboxWorker::new(
        Arc::clone(&store),
        Arc::new(SystemClock),
        "bench".to_owned(),
        Tenancy::Sole,
    );
    let mut costs = Vec::new();
    // A small release has few events: further ones of the same size go on.
    let releases = (STORED_EVENTS_MAX / (2 * size)).max(1);
    for number in 0..releases {
        let spec = release(&format!("bench-{number}"), &web(size))?;
        start(&*store, &spec).await?;
        append(&*store, &spec.id, "sources", &sources_done()).await?;
        worker.take_all().await?;
        stored_events(&store, &mut worker, &spec, &mut costs).await?;
    }
    found.add(Figure::new(
        format!("inbox row to committed step, {size} nodes, with storage"),
        "ms",
        Samples::new(costs),
    ));
    Ok(())
}

/// Nodes in the order of their names, which is an order in which they can be built.
async fn stored_events(
    store: &Arc<dyn Store>,
    worker: &mut InboxWorker,
    spec: &ReleaseSpec,
    costs: &mut Vec<f64>,
) -> Result<()> {
    for index in 0..spec.nodes.len() {
        let node = node(index)?;
        let events = [started(&node), succeeded(node.clone(), output(&spec.id, &node))];
        for event in events {
            if costs.len() >= STORED_EVENTS_MAX {
                return Ok(());
            }
            let began = Moment::now();
            let key = format!("{index}/{}", event.label());
            append(&**store, &spec.id, &key, &event).await?;
            let taken = worker.take_one().await?.context("the row is gone")?;
            costs.push(milliseconds(began.elapsed()));
            ensure!(
                matches!(taken.taken, Taken::Moved(_)),
                "{} was refused: {taken:?}",
                event.label()
            );
        }
    }
    Ok(())
}

async fn chains_stored(bench: &Bench, found: &mut Found) -> Result<()> {
    let [short, long] = CHAINS;
    let (mut shorts, mut longs, mut growths) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..CHAIN_RUNS {
        // By turns, since the machine is not as fast at all times.
        let mut short_costs = Vec::new();
        for _ in 0..SHORT_CHAINS_PER_LONG {
            short_costs.push(chain_stored(bench, short, found).await?);
        }
        let short_cost = Samples::new(short_costs).median();
        let long_cost = chain_stored(bench, long, found).await?;
        shorts.push(short_cost);
        longs.push(long_cost);
        growths.push(long_cost / short_cost);
    }
    for (nodes, costs) in [(short, shorts), (long, longs)] {
        let what = format!("chain of {nodes}, with storage, per node");
        found.add(Figure::new(what, "ms", Samples::new(costs)));
    }
    let what = format!("chain of {long} against {short}, with storage, cost per node");
    let growth = Figure::new(what, "times", Samples::new(growths));
    found.add(growth.aims(Target::AtMost(GROWTH_MAX)));
    Ok(())
}

/// The cost of one node of a chain of so many, in milliseconds.
async fn chain_stored(bench: &Bench, nodes: usize, found: &mut Found) -> Result<f64> {
    let ran = chain_run(bench, &chain(nodes)).await?;
    if !ran.whole {
        let finished = ran.finished;
        found.note(format!(
            "The chain of {nodes} was cut off after {finished} nodes."
        ));
    }
    Ok(milliseconds(ran.per_node()))
}

async fn chain_run(bench: &Bench, parts: &[Part]) -> Result<engine_run::Ran> {
    let folder = WorkFolder::make(&bench.target, "chain")?;
    let store = new_store(&folder.join("state.db")).await?;
    let manner = Manner {
        lasting: None,
        at_most: Duration::from_secs(CHAIN_SECONDS_MAX),
    };
    engine_run::run(&store, &release("chain", parts)?, manner).await
}
