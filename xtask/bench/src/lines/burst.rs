//! A thousand webhooks at once, as after an hour in which GitHub could not reach us.

use super::steps::disk;
use crate::Bench;
use crate::deliveries::{BODY_BYTES, Deliveries};
use crate::figure::{Figure, Found, Target};
use crate::load::{Answers, CONNECTIONS_MAX, Load, send};
use crate::organisation::{Organisation, metric};
use crate::probot;
use crate::samples::{Samples, milliseconds};
use crate::work_folder::WorkFolder;
use anyhow::{Result, ensure};
use std::sync::Arc;
use std::time::Duration;

/// All of them.
const BURST: Load = Load {
    count: 1_000,
    interval: Duration::ZERO,
};

/// What the server itself says that it stored.
const STORED: &str = "governance_deliveries_total{event=\"workflow_run\",outcome=\"stored\"}";

/// Runs, ours and the peer's by turns, each with a process of its own.
const RUNS: usize = 5;

pub(super) fn measure(bench: &Bench) -> Result<Found> {
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut found = Found::default();
    threads.block_on(all(bench, &mut found))?;
    if bench.peers.is_none() {
        found.note(probot::ABSENT);
    }
    found.note(format!(
        "Over at most {CONNECTIONS_MAX} connections, which are made meanwhile, to a process that was started for it. Ours answers after the \
         commit; probot keeps nothing. The disk: as many bytes, written and synced as often as {} of them share a sync.",
        disk::BATCH
    ));
    Ok(found)
}

async fn all(bench: &Bench, found: &mut Found) -> Result<()> {
    let deliveries = Arc::new(Deliveries::make()?);
    let (mut ours, mut peers, mut disk) = (Vec::new(), Vec::new(), Vec::new());
    for _ in 0..RUNS {
        let folder = WorkFolder::make(&bench.target, "burst")?;
        let rate = disk::records(&folder.join("records"), BODY_BYTES)?;
        disk.push(1_000.0 * BURST.count as f64 / rate);
        let organisation = Organisation::make(folder, &[], 0).await?;
        let server = organisation.serve(bench)?;
        let answers = send(server.address(), &deliveries, BURST).await?;
        let stored = metric(&server, STORED).await?;
        ensure!(
            stored == answers.accepted as f64,
            "{} were accepted and {stored} stored",
            answers.accepted
        );
        ours.push(answers);
        if let Some(probot) = probot::start(bench)? {
            peers.push(send(probot.address(), &deliveries, BURST).await?);
        }
    }
    for (who, runs) in [("ours", &ours), ("probot", &peers)] {
        if !runs.is_empty() {
            figures(found, who, runs);
        }
    }
    found.add(Figure::new("disk: as many bytes", "ms", Samples::new(disk)));
    Ok(())
}

fn figures(found: &mut Found, who: &str, runs: &[Answers]) {
    let samples = |of: &dyn Fn(&Answers) -> f64| Samples::new(runs.iter().map(of).collect());
    let accepted = samples(&|answers| answers.accepted as f64);
    let accepted = Figure::new(format!("{who}: accepted of {}", BURST.count), "", accepted);
    found.add(match who {
        "ours" => accepted.aims(Target::AtLeast(BURST.count as f64)),
        _ => accepted,
    });
    let last = samples(&|answers| milliseconds(answers.elapsed));
    found.add(Figure::new(format!("{who}: until the last answer"), "ms", last));
}
