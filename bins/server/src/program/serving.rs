//! `governance-app serve`: opens the database, starts the server, and ends it in good order at SIGTERM or Ctrl-C.

use super::arguments::Format;
use super::database::Database;
use super::failure::Failure;
use super::github;
use super::output;
use super::understood::Understood;
use crate::parts::Parts;
use crate::serve::{ServerError, serve};
use runtime::SystemClock;
use runtime::ports::Clock as _;
use serde_json::json;
use std::net::SocketAddr;
use std::process::ExitCode;
use std::sync::Arc;
use storage::OpenMode;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::{Notify, watch};
use tracing::Level;

/// Left at once after a second Ctrl-C: what shells expect.
const INTERRUPTED: u8 = 130;
/// Left at once after a second SIGTERM.
const TERMINATED: u8 = 143;

/// Serves until a signal comes.
pub(crate) async fn run(understood: &Understood, format: Format) -> Result<ExitCode, Failure> {
    start_log(format, Level::INFO);
    let signals = Signals::listen()?;
    let (shutdown, watched) = watch::channel(false);
    let announce = Box::new(move |address| announce(address, format));
    let serving = until(understood, announce, watched);
    match until_signal(serving, signals, shutdown).await {
        Told::Ended(ended, _) => ended.map(|()| ExitCode::SUCCESS),
        Told::Left(code) => Ok(ExitCode::from(code)),
    }
}

/// Serves until `shutdown` turns true; tells `announce` where it listens.
pub(crate) async fn until(
    understood: &Understood,
    announce: Box<dyn FnOnce(SocketAddr) + Send>,
    shutdown: watch::Receiver<bool>,
) -> Result<(), Failure> {
    let configuration = understood.server()?;
    let database = Database::of(understood)?;
    let store = database
        .open(OpenMode::CreateOrMigrate, SystemClock.now())
        .await?;
    let doorbell = Arc::new(Notify::new());
    let github = github::worker(understood, (&store, &database), &doorbell, shutdown.clone()).await?;
    let (worker, readings, reception) = match github {
        Some(github) => (Some(github.worker), Some(github.readings), github.reception),
        None => (None, None, None),
    };
    let parts = Parts {
        store: store as _,
        clock: Arc::new(SystemClock),
        doorbell,
        worker,
        readings,
        reception,
        announce,
    };
    serve(configuration, parts, shutdown).await.map_err(of_server)
}

fn announce(address: SocketAddr, format: Format) {
    output::note(&match format {
        Format::Text => format!("listening on http://{address}\n"),
        Format::Json => {
            let line = json!({ "schema": "governance/listening/v1", "address": address.to_string() });
            format!("{line}\n")
        }
    });
}

/// To standard error, in the form that was asked for.
pub(super) fn start_log(format: Format, least: Level) {
    let log = tracing_subscriber::fmt()
        .with_writer(std::io::stderr)
        .with_max_level(least)
        .with_ansi(false);
    // An error says that whoever called has a log already.
    let _ = match format {
        Format::Text => log.try_init(),
        Format::Json => log.json().try_init(),
    };
}

fn of_server(error: ServerError) -> Failure {
    let help = match &error {
        ServerError::Listen { .. } => "choose another host or port in [server], or end who listens there",
        ServerError::Worker { .. } | ServerError::WorkerEnded => {
            "see the log; started again, it goes on where it was"
        }
        ServerError::Settle { .. } => "look after the disk of the database, then start again",
    };
    Failure::world(error, help)
}

/// Those that ask us to end.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    /// Takes both signals over from their default, which is to die.
    pub(super) fn listen() -> Result<Self, Failure> {
        let failed = |error| Failure::world(format!("failed to listen to signals: {error}"), "try again");
        Ok(Self {
            interrupt: signal(SignalKind::interrupt()).map_err(failed)?,
            terminate: signal(SignalKind::terminate()).map_err(failed)?,
        })
    }

    async fn next(&mut self) -> u8 {
        tokio::select! {
            _ = self.interrupt.recv() => INTERRUPTED,
            _ = self.terminate.recv() => TERMINATED,
        }
    }
}

/// How something came to its end.
pub(super) enum Told<T> {
    /// By itself, or in good order after one signal, whose code is here.
    Ended(T, Option<u8>),
    /// At once, after a second one.
    Left(u8),
}

/// Does something until it ends or a second signal comes; the first one turns `shutdown` true.
pub(super) async fn until_signal<F: Future>(
    serving: F,
    mut signals: Signals,
    shutdown: watch::Sender<bool>,
) -> Told<F::Output> {
    tokio::pin!(serving);
    let mut told = None;
    loop {
        tokio::select! {
            ended = &mut serving => return Told::Ended(ended, told),
            code = signals.next() => {
                if told.is_some() {
                    return Told::Left(code);
                }
                told = Some(code);
                output::note("ending in good order; a second signal leaves at once\n");
                shutdown.send_replace(true);
            }
        }
    }
}
