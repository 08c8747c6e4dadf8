//! Start and stop: listen, answer, and end in good order.
//!
//! The end: nobody new is let in, what is being answered is finished, what waits for a commit is committed, the worker ends, and
//! the store settles. Ending at once is safe too, as being killed is: everything that was acknowledged is on the disk.

use crate::append_queue::AppendQueue;
use crate::configuration::ServerConfiguration;
use crate::connection;
use crate::parts::{Parts, Shared, Worker, told};
use crate::routes;
use axum::Router;
use std::error::Error;
use std::future::pending;
use std::sync::Arc;
use std::time::Duration;
use storage::StoreError;
use tokio::net::TcpListener;
use tokio::sync::{Semaphore, watch};
use tokio::task::JoinSet;

/// Connections at a time: more wait to be accepted. Each costs a few kilobytes while it sends nothing.
const CONNECTIONS_MAX: usize = 4_096;

/// Seconds that answers may take after the server was asked to end: longer than a body may, or the wait for a decision.
const DRAIN_SECONDS_MAX: u64 = 20;

/// Seconds that the worker may take to end in good order: what it has begun is stored, and is found again.
const WORKER_SECONDS_MAX: u64 = 30;

/// Milliseconds until the next try after no connection could be accepted: there are too many files open, which passes.
const ACCEPT_PAUSE_MILLISECONDS: u64 = 100;

/// Why the server did not start, or ended.
#[derive(Debug, thiserror::Error)]
pub enum ServerError {
    /// The address is taken, or is none of this machine's.
    #[error("failed to listen on {host}:{port}: {source}")]
    Listen {
        /// The host.
        host: String,
        /// The port.
        port: u16,
        /// Why not.
        source: std::io::Error,
    },
    /// The worker ended with an error.
    #[error("the worker failed: {source}")]
    Worker {
        /// Why.
        source: Box<dyn Error + Send + Sync>,
    },
    /// The worker ended although nobody asked it to.
    #[error("the worker ended before the server")]
    WorkerEnded,
    /// The store could not settle.
    #[error("failed to settle the store: {source}")]
    Settle {
        /// Why not.
        #[from]
        source: StoreError,
    },
}

/// Serves until `shutdown` turns true or its sender is gone; then ends in good order.
///
/// # Errors
/// [`ServerError`].
pub async fn serve(
    configuration: ServerConfiguration,
    mut parts: Parts,
    shutdown: watch::Receiver<bool>,
) -> Result<(), ServerError> {
    let listener = listen(&configuration).await?;
    let (queue, committer) = AppendQueue::new(
        Arc::clone(&parts.store),
        Arc::clone(&parts.clock),
        Arc::clone(&parts.doorbell),
    );
    let committing = tokio::spawn(committer.run());
    let mut worker = parts.worker.take();
    let shared = Shared::new(configuration, &parts, queue, shutdown.clone());
    let router = routes::router(Arc::new(shared));
    if let Ok(address) = listener.local_addr() {
        (parts.announce)(address);
    }
    let outcome = accept(listener, router, &mut worker, shutdown).await;
    // Every copy of the queue went with its connection: what waits is committed, then the task ends.
    let _ = tokio::time::timeout(Duration::from_secs(DRAIN_SECONDS_MAX), committing).await;
    let ended = match worker {
        Some(worker) => end_worker(worker).await,
        None => Ok(()),
    };
    let settled = parts.store.settle().await;
    outcome.and(ended)?;
    Ok(settled?)
}

async fn listen(configuration: &ServerConfiguration) -> Result<TcpListener, ServerError> {
    let (host, port) = (configuration.host.as_str(), configuration.port);
    TcpListener::bind((host, port))
        .await
        .map_err(|source| ServerError::Listen {
            host: host.to_owned(),
            port,
            source,
        })
}

/// Lets connections in until the end, then waits for those that are being answered.
async fn accept(
    listener: TcpListener,
    router: Router,
    worker: &mut Option<Worker>,
    mut shutdown: watch::Receiver<bool>,
) -> Result<(), ServerError> {
    let room = Arc::new(Semaphore::new(CONNECTIONS_MAX));
    let mut connections = JoinSet::new();
    let watched = shutdown.clone();
    let outcome = loop {
        let accepted = async {
            let permit = Arc::clone(&room).acquire_owned().await;
            listener.accept().await.map(|(stream, _)| (stream, permit))
        };
        tokio::select! {
            biased;
            () = told(&mut shutdown) => break Ok(()),
            ended = end_of(worker) => {
                *worker = None;
                break match ended {
                    // It heard of the end before we did.
                    Ok(()) if *watched.borrow() => Ok(()),
                    Ok(()) => Err(ServerError::WorkerEnded),
                    Err(source) => Err(ServerError::Worker { source }),
                };
            }
            Some(_) = connections.join_next() => {}
            accepted = accepted => match accepted {
                Ok((stream, permit)) => {
                    let answered = connection::answer(stream, router.clone(), watched.clone());
                    connections.spawn(async move {
                        answered.await;
                        drop(permit);
                    });
                }
                Err(error) => {
                    tracing::warn!(error = %error, "failed to accept a connection");
                    let pause = Duration::from_millis(ACCEPT_PAUSE_MILLISECONDS);
                    let _ = tokio::time::timeout(pause, pending::<()>()).await;
                }
            },
        }
    };
    drop((listener, router));
    let draining = async { while connections.join_next().await.is_some() {} };
    let _ = tokio::time::timeout(Duration::from_secs(DRAIN_SECONDS_MAX), draining).await;
    connections.shutdown().await;
    outcome
}

async fn end_of(worker: &mut Option<Worker>) -> Result<(), Box<dyn Error + Send + Sync>> {
    match worker {
        Some(worker) => worker.await,
        None => pending().await,
    }
}

async fn end_worker(worker: Worker) -> Result<(), ServerError> {
    match tokio::time::timeout(Duration::from_secs(WORKER_SECONDS_MAX), worker).await {
        Ok(ended) => ended.map_err(|source| ServerError::Worker { source }),
        Err(_) => {
            tracing::warn!("the worker did not end in time and is left; what it began is found again");
            Ok(())
        }
    }
}
