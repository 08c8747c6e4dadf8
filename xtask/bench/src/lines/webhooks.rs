//! How long the real server takes to acknowledge a webhook, which it does after the commit, beside probot, which keeps nothing, and beside
//! the disk.

use super::steps::disk;
use crate::Bench;
use crate::deliveries::{BODY_BYTES, Deliveries};
use crate::figure::{Figure, Found, Target};
use crate::listening::Listening;
use crate::load::{Answers, CONNECTIONS_MAX, Load, send};
use crate::organisation::Organisation;
use crate::probot;
use crate::samples::{Samples, per_second};
use crate::work_folder::WorkFolder;
use anyhow::Result;
use std::sync::Arc;
use std::time::Duration;

/// Deliveries per second.
const RATES: [u32; 3] = [100, 500, 3_000];

/// Seconds of each load.
const SECONDS: u32 = 3;

/// Runs of each rate, ours and the peer's by turns, each with a process of its own.
const RUNS: usize = 3;

/// What a process is sent before it is measured: node compiles what runs often.
const WARMING: Load = Load {
    count: 400,
    interval: Duration::from_millis(1),
};

pub(super) fn measure(bench: &Bench) -> Result<Found> {
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut found = Found::default();
    threads.block_on(all(bench, &mut found))?;
    if bench.peers.is_none() {
        found.note(probot::ABSENT);
    }
    found.note(format!(
        "Sent by schedule whatever becomes of those before (open loop), over at most {CONNECTIONS_MAX} connections, for {SECONDS} s per \
         run, by this program on the same cores; times count from the scheduled moment. What is sent late found no connection free, or no core. Bodies of {BODY_BYTES} bytes, signed, each \
         under an id of its own, of runs of repositories that are nobody's."
    ));
    found.note(
        "Ours answers 202 after the commit, with its worker taking the same rows out of the inbox beside it. probot (its own handler, an \
         application that does nothing) checks, parses and answers 200: what it took is gone with its process.",
    );
    Ok(found)
}

async fn all(bench: &Bench, found: &mut Found) -> Result<()> {
    let deliveries = Arc::new(Deliveries::make()?);
    let mut disk = Vec::new();
    for rate in RATES {
        let (mut ours, mut peers) = (Vec::new(), Vec::new());
        for _ in 0..RUNS {
            let folder = WorkFolder::make(&bench.target, "webhooks")?;
            disk.push(disk::records(&folder.join("records"), BODY_BYTES)?);
            let organisation = Organisation::make(folder, &[], 0).await?;
            ours.push(answered(&organisation.serve(bench)?, &deliveries, rate).await?);
            if let Some(probot) = probot::start(bench)? {
                peers.push(answered(&probot, &deliveries, rate).await?);
            }
        }
        figures(found, rate, &ours, &peers);
    }
    let what = format!(
        "disk: {BODY_BYTES} bytes within a file, {} times per sync",
        disk::BATCH
    );
    found.add(Figure::new(what, "/s", Samples::new(disk)));
    Ok(())
}

async fn answered(program: &Listening, deliveries: &Arc<Deliveries>, rate: u32) -> Result<Answers> {
    send(program.address(), deliveries, WARMING).await?;
    let load = Load {
        count: usize::try_from(rate * SECONDS)?,
        interval: Duration::from_secs(1) / rate,
    };
    send(program.address(), deliveries, load).await
}

fn figures(found: &mut Found, rate: u32, ours: &[Answers], peers: &[Answers]) {
    of_one(found, (rate, "ours"), ours);
    if peers.is_empty() {
        return;
    }
    of_one(found, (rate, "probot"), peers);
    for percent in [50, 99] {
        let pairs = ours.iter().zip(peers);
        let times =
            pairs.map(|(ours, peer)| ours.latencies.percentile(percent) / peer.latencies.percentile(percent));
        let what = format!("{rate}/s: ours against probot, p{percent}");
        let times = Figure::new(what, "times", Samples::new(times.collect()));
        found.add(times.aims(Target::AtMost(1.0)));
    }
}

fn of_one(found: &mut Found, (rate, who): (u32, &str), runs: &[Answers]) {
    let samples = |of: &dyn Fn(&Answers) -> f64| Samples::new(runs.iter().map(of).collect());
    let mut add = |what: String, unit, samples| {
        found.add(Figure::new(format!("{rate}/s: {who}, {what}"), unit, samples));
    };
    for percent in [50, 99] {
        let percentile = |answers: &Answers| answers.latencies.percentile(percent);
        add(format!("p{percent}"), "ms", samples(&percentile));
    }
    let late = |answers: &Answers| answers.lateness.percentile(99);
    add("of this before it was sent, p99".to_owned(), "ms", samples(&late));
    let accepted = |answers: &Answers| answers.accepted as f64;
    add(format!("accepted of {}", rate * SECONDS), "", samples(&accepted));
    let reached = |answers: &Answers| per_second(answers.accepted as f64, answers.elapsed);
    add("rate that was reached".to_owned(), "/s", samples(&reached));
}
