//! How much memory the server has: when nothing happens, and at most while webhooks come.

use crate::Bench;
use crate::clock::{Moment, wait};
use crate::deliveries::Deliveries;
use crate::figure::{Figure, Found, Target};
use crate::load::{Load, send};
use crate::organisation::Organisation;
use crate::resident::resident;
use crate::samples::Samples;
use crate::work_folder::WorkFolder;
use anyhow::{Result, ensure};
use std::sync::Arc;
use std::time::Duration;

/// Starts, in runs.
const RUNS: usize = 3;

/// Seconds after the start in which nothing happens: what a start does is over by then.
const IDLE_SECONDS: u64 = 2;

/// Five hundred per second, for as many seconds as the memory needs to stand still.
const LOAD: Load = Load {
    count: 2_500,
    interval: Duration::from_millis(2),
};

/// Mebibytes that the server may have: idle, and under load.
const IDLE_MEBIBYTES_MAX: f64 = 25.0;
const LOAD_MEBIBYTES_MAX: f64 = 120.0;

pub(super) fn measure(bench: &Bench) -> Result<Found> {
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let deliveries = Arc::new(Deliveries::make()?);
    let (mut idle, mut peak) = (Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let once = threads.block_on(once(bench, &deliveries))?;
        idle.push(once.0);
        peak.push(once.1);
    }
    let mut found = Found::default();
    let idle = Figure::new("idle after the start (VmRSS)", "MiB", Samples::new(idle));
    found.add(idle.aims(Target::AtMost(IDLE_MEBIBYTES_MAX)));
    let what = format!("at most, {} webhooks at 500/s included (VmHWM)", LOAD.count);
    let peak = Figure::new(what, "MiB", Samples::new(peak));
    found.add(peak.aims(Target::AtMost(LOAD_MEBIBYTES_MAX)));
    found.note(format!(
        "`governance-app` with an App on a simulated GitHub, {IDLE_SECONDS} s after it was ready. What the kernel counts has the pages of \
         the program file in it that were touched, which all its processes share."
    ));
    Ok(found)
}

/// Mebibytes, idle and at most.
async fn once(bench: &Bench, deliveries: &Arc<Deliveries>) -> Result<(f64, f64)> {
    let folder = WorkFolder::make(&bench.target, "memory")?;
    let organisation = Organisation::make(folder, &[], 0).await?;
    let began = Moment::now();
    let server = organisation.serve(bench)?;
    server.ready(began).await?;
    wait(Duration::from_secs(IDLE_SECONDS)).await;
    let idle = resident(server.process())?;
    let answers = send(server.address(), deliveries, LOAD).await?;
    ensure!(
        answers.accepted == LOAD.count,
        "only {} of {} webhooks were accepted",
        answers.accepted,
        LOAD.count
    );
    let peak = resident(server.process())?;
    Ok((idle.now_mebibytes, peak.peak_mebibytes))
}
