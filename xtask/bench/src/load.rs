//! Deliveries sent by a schedule, whatever becomes of those before them (an open loop). Every time is measured from the scheduled moment,
//! so that whoever answers late is not asked more gently.

use crate::clock::{Moment, wait_here_until};
use crate::connection::Connection;
use crate::deliveries::Deliveries;
use crate::samples::{Samples, milliseconds};
use anyhow::{Context as _, Result, ensure};
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::{Mutex, mpsc};
use tokio::task::JoinSet;

/// Connections, at most. A delivery that finds none free waits for one, and that counts.
pub(crate) const CONNECTIONS_MAX: usize = 100;

/// What is sent.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Load {
    /// Deliveries.
    pub(crate) count: usize,
    /// Between two of them; none: all at once.
    pub(crate) interval: Duration,
}

/// What came back.
#[derive(Debug)]
pub(crate) struct Answers {
    /// From the scheduled moment to the end of the answer, in milliseconds, of deliveries that were accepted.
    pub(crate) latencies: Samples,
    /// From the scheduled moment to the sending, in milliseconds: until a connection was free, and the generator had its turn.
    pub(crate) lateness: Samples,
    /// Deliveries that were accepted.
    pub(crate) accepted: usize,
    /// From the first scheduled moment to the last answer.
    pub(crate) elapsed: Duration,
}

/// One delivery that is over.
#[derive(Debug)]
struct Over {
    lateness: Duration,
    latency: Duration,
    ended: Moment,
    is_accepted: bool,
}

/// Moments at which deliveries are due, for whichever connection is free.
type Schedule = Arc<Mutex<mpsc::Receiver<Moment>>>;

/// Sends a load to whoever listens there, and waits for all answers.
pub(crate) async fn send(address: SocketAddr, deliveries: &Arc<Deliveries>, load: Load) -> Result<Answers> {
    let (sender, schedule) = mpsc::channel(load.count.max(1));
    let schedule: Schedule = Arc::new(Mutex::new(schedule));
    let mut connections = JoinSet::new();
    for _ in 0..CONNECTIONS_MAX.min(load.count) {
        let (deliveries, schedule) = (Arc::clone(deliveries), Arc::clone(&schedule));
        connections.spawn(async move { work(address, &deliveries, &schedule).await });
    }
    let began = Moment::now();
    // A thread of its own, because timers of the runtime are not finer than a millisecond.
    let scheduling = std::thread::spawn(move || keep(&sender, began, load));
    let mut over = Vec::with_capacity(load.count);
    while let Some(worked) = connections.join_next().await {
        over.extend(worked??);
    }
    scheduling.join().ok().context("the schedule was not kept")?;
    answers(&over, began)
}

fn keep(sender: &mpsc::Sender<Moment>, began: Moment, load: Load) {
    let mut due = began;
    for _ in 0..load.count {
        wait_here_until(due);
        if sender.blocking_send(due).is_err() {
            return;
        }
        due = due.after(load.interval);
    }
}

/// Sends what is due over one connection until nothing is left.
async fn work(address: SocketAddr, deliveries: &Deliveries, schedule: &Schedule) -> Result<Vec<Over>> {
    let host = address.to_string();
    let mut connection = Connection::to(address);
    let mut over = Vec::new();
    loop {
        let due = schedule.lock().await.recv().await;
        let Some(due) = due else { return Ok(over) };
        let request = deliveries.next(&host)?;
        let lateness = due.elapsed();
        let answer = connection.send(request).await;
        let ended = Moment::now();
        over.push(Over {
            lateness,
            latency: ended.since(due),
            ended,
            is_accepted: answer.is_ok_and(|answer| (200..300).contains(&answer.status)),
        });
    }
}

fn answers(over: &[Over], began: Moment) -> Result<Answers> {
    let accepted = over.iter().filter(|over| over.is_accepted);
    let latencies: Vec<f64> = accepted.map(|over| milliseconds(over.latency)).collect();
    // The times of nothing would look like the best ones.
    ensure!(
        !latencies.is_empty(),
        "not one of {} deliveries was accepted",
        over.len()
    );
    let ends = over.iter().map(|over| over.ended.since(began));
    Ok(Answers {
        accepted: latencies.len(),
        latencies: Samples::new(latencies),
        lateness: Samples::new(over.iter().map(|over| milliseconds(over.lateness)).collect()),
        elapsed: ends.max().unwrap_or_default(),
    })
}
