//! How long a server that was killed in the middle of a release takes, when it is started again, until it is ready and until it has asked
//! GitHub about every run that was under way.

use crate::Bench;
use crate::clock::{Moment, wait};
use crate::figure::{Figure, Found};
use crate::listening::Listening;
use crate::organisation::{Component, OWNER, Organisation, metric};
use crate::samples::{Samples, milliseconds};
use crate::work_folder::WorkFolder;
use anyhow::{Context as _, Result, bail};
use domain_types::Timestamp;
use github_sim::{Happened, Truth};
use runtime::SystemClock;
use runtime::ports::Clock as _;
use std::time::Duration;

/// Runs that are under way. The server begins forty in a minute and no more: its share of what GitHub allows.
const OPEN_RUNS: [usize; 2] = [10, 40];

/// Restarts over each store.
const RESTARTS: usize = 9;

/// Seconds that a run lasts: longer than all of this.
const RUN_SECONDS: u64 = 3_600;

/// Milliseconds between two looks at the server's figures, and looks until it has come to a standstill.
const LOOKING_MILLISECONDS: u64 = 20;
const LOOKS_MAX: usize = 3_000;

/// What a server has still to do.
const TO_DO: [&str; 3] = [
    "governance_inbox_pending",
    "governance_effects_open{state=\"intent\"}",
    "governance_effects_open{state=\"sending\"}",
];

pub(super) fn measure(bench: &Bench) -> Result<Found> {
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut found = Found::default();
    for runs in OPEN_RUNS {
        let once = threads.block_on(restarted(bench, runs))?;
        let (ready, looked): (Vec<f64>, Vec<f64>) = once.into_iter().unzip();
        let what = format!("{runs} open runs: process started to ready");
        found.add(Figure::new(what, "ms", Samples::new(ready)));
        let what = format!("{runs} open runs: process started to the last of them looked at");
        found.add(Figure::new(what, "ms", Samples::new(looked)));
    }
    found.note(
        "Killed (SIGKILL) while a component per run is being built on a simulated GitHub, and started again over the same store. Ready: 200 \
         from `/health/ready`. Looked at: the first request about the runs of each repository, in GitHub's own log.",
    );
    Ok(found)
}

/// Milliseconds from each start until ready, and until everything was looked at.
async fn restarted(bench: &Bench, runs: usize) -> Result<Vec<(f64, f64)>> {
    let components: Vec<Component> = (0..runs).map(component).collect();
    let folder = WorkFolder::make(&bench.target, "restart")?;
    let organisation = Organisation::make(folder, &components, RUN_SECONDS).await?;
    let mut server = organisation.serve(bench)?;
    organisation.hook(&server)?;
    organisation.push_tag()?;
    organisation
        .until("all runs are under way", |truth| running(truth) == runs)
        .await?;
    at_rest(&server).await?;
    let mut starts = Vec::new();
    for _ in 0..RESTARTS {
        drop(server);
        let (asked, at, began) = (organisation.github.truth_len(), SystemClock.now(), Moment::now());
        server = organisation.serve(bench)?;
        let ready = server.ready(began).await?;
        let all_looked_at = |truth: &[Truth]| looked_at(truth, asked, &components).is_some();
        let truth = organisation
            .until("the open runs are looked at", all_looked_at)
            .await?;
        let last = looked_at(&truth, asked, &components).context("a run was not looked at")?;
        starts.push((milliseconds(ready), last.milliseconds_since(at) as f64));
        at_rest(&server).await?;
    }
    Ok(starts)
}

fn component(number: usize) -> Component {
    let name = format!("part-{number:02}");
    Component {
        files: vec![name.clone()],
        needs: Vec::new(),
        name,
    }
}

fn running(truth: &[Truth]) -> usize {
    let is_run = |line: &&Truth| matches!(line.what, Happened::RunCreated { .. });
    truth.iter().filter(is_run).count()
}

/// Waits until the server has nothing to do but to wait for runs.
async fn at_rest(server: &Listening) -> Result<()> {
    for _ in 0..LOOKS_MAX {
        let mut left = 0.0;
        for name in TO_DO {
            left += metric(server, name).await?;
        }
        if left == 0.0 {
            return Ok(());
        }
        wait(Duration::from_millis(LOOKING_MILLISECONDS)).await;
    }
    bail!("the server did not come to rest within {LOOKS_MAX} looks")
}

/// When the last of them was looked at first, in the truth behind its line `from`; none as long as one was not.
fn looked_at(truth: &[Truth], from: usize, components: &[Component]) -> Option<Timestamp> {
    let first = |component: &Component| {
        let about = format!("/repos/{OWNER}/{}/actions/", component.name);
        let is_look = |line: &&Truth| {
            matches!(&line.what, Happened::Request { method, path, .. }
                if method == "GET" && path.starts_with(&about))
        };
        Some(truth.get(from..)?.iter().find(is_look)?.at)
    };
    let looks: Option<Vec<Timestamp>> = components.iter().map(first).collect();
    looks?.into_iter().max()
}
