//! The gate: what a verdict costs, and how long it takes from a webhook to the status on a GitHub that is 100 milliseconds away.

mod decision;
mod house;

use crate::Bench;
use crate::clock::{Moment, wait};
use crate::figure::{Figure, Found, Target};
use crate::samples::{Samples, milliseconds};
use crate::work_folder::WorkFolder;
use anyhow::Result;
use github_sim::{Happened, Truth};
use house::House;
use std::time::Duration;

/// How long a request is on its way.
const LATENCY: Duration = Duration::from_millis(100);
/// Milliseconds from a webhook to the status that may be needed, of which two ways are 200.
const STATUS_MILLISECONDS_MAX: f64 = 280.0;
/// Reads that GitHub counts for one look.
const READS_MAX: f64 = 3.0;
/// Times that somebody says something that changes the status.
const TIMES: usize = 30;
/// Milliseconds in which whatever follows from the last time comes to rest: the report and the answer, and the webhooks of both.
const REST_MILLISECONDS: u64 = 1_500;

pub(super) fn measure(bench: &Bench) -> Result<Found> {
    let mut found = Found::default();
    decision::measure(bench, &mut found)?;
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    threads.block_on(status(bench, &mut found))?;
    Ok(found)
}

async fn status(bench: &Bench, found: &mut Found) -> Result<()> {
    let house = House::make(WorkFolder::make(&bench.target, "gate")?, bench, LATENCY).await?;
    let server = house.serve(bench)?;
    let number = house.open(&server).await?;
    let (mut times, mut reads, mut writes) = (Vec::new(), Vec::new(), Vec::new());
    for time in 0..TIMES {
        wait(Duration::from_millis(REST_MILLISECONDS)).await;
        let from = house.github.truth_len();
        let words = match time % 2 {
            0 => "/governance-hold I look at it",
            _ => "/governance-hold off",
        };
        let began = Moment::now();
        house.say(number, words)?;
        let is_said = |truth: &[Truth]| truth.get(from..).unwrap_or_default().iter().any(is_status);
        house.until("the status is set", is_said).await?;
        times.push(milliseconds(began.elapsed()));
        wait(Duration::from_millis(REST_MILLISECONDS)).await;
        let truth = house.github.truth();
        let since = truth.get(from..).unwrap_or_default();
        let before_status = since.iter().take_while(|line| !is_status(line));
        reads.push(before_status.filter(|line| is_counted(line, true)).count() as f64);
        writes.push(since.iter().filter(|line| is_counted(line, false)).count() as f64);
    }
    let median = Figure::new(
        "a comment that changes the status: webhook to status",
        "ms",
        Samples::new(times),
    );
    found.add(median.aims(Target::AtMost(STATUS_MILLISECONDS_MAX)));
    let reads = Figure::new("reads of that look that GitHub counts", "", Samples::new(reads));
    found.add(reads.aims(Target::AtMost(READS_MAX)));
    found.add(Figure::new(
        "writes: the status, the report, the answer",
        "",
        Samples::new(writes),
    ));
    found.note(format!(
        "Every request is on its way for {} ms, and is answered at once. From the comment to the request that sets the status, at the \
         server; reads that are answered by 304 are not counted, as GitHub does not count them.",
        LATENCY.as_millis()
    ));
    Ok(())
}

fn is_status(line: &Truth) -> bool {
    matches!(line.what, Happened::StatusCreated { .. })
}

fn is_counted(line: &Truth, is_read: bool) -> bool {
    matches!(&line.what, Happened::Request { method, status, path, .. }
        if *status != 304 && (method == "GET") == is_read && !path.contains("/access_tokens"))
}
