//! A simulator that runs: how it is started, how its clock is wound, and how it ends.

use super::carry::{Plot, Shell};
use super::clock::{self, Clock};
use super::{deliver, serve};
use crate::error::SimError;
use crate::exchange::Host;
use crate::faults::Faults;
use crate::limits::Limits;
use crate::model::{GitHub, ModelSetup};
use crate::shell::disk::failed;
use crate::truth::{Happened, Truth};
use crate::workers::Workers;
use domain_types::Timestamp;
use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;
use tokio::sync::{Notify, watch};

/// How a simulator is set up.
pub struct Setup {
    /// The folder for repositories and uploads. It is made if it is not there.
    pub data: PathBuf,
    /// How the time passes.
    pub clock: Clock,
    /// The seed of all chance but the keys of Apps.
    pub seed: u64,
    /// What may go wrong.
    pub faults: Faults,
    /// How much may be used.
    pub limits: Limits,
    /// What the runs do.
    pub workers: Box<dyn Workers>,
}

/// A simulator that runs. It ends with [`Running::stop`], or when its runtime does.
#[derive(Clone)]
pub struct Running {
    pub(crate) shell: Arc<Shell>,
}

/// Starts a simulator on a free port of loopback.
///
/// # Errors
///
/// If the data folder cannot be made or no port can be had.
pub async fn start(setup: Setup) -> Result<Running, SimError> {
    start_on(setup, 0).await
}

/// Starts a simulator on this port of loopback; 0 is any free one.
///
/// # Errors
///
/// If the data folder cannot be made or the port cannot be had.
pub async fn start_on(setup: Setup, port: u16) -> Result<Running, SimError> {
    std::fs::create_dir_all(&setup.data).map_err(failed("create", &setup.data))?;
    // What an earlier one left there would mix with ours: nothing of a simulator outlives it but files.
    if setup.data.join("repositories").exists() {
        return Err(SimError::Taken {
            what: "simulator's folder",
            name: setup.data.display().to_string(),
        });
    }
    let (listener, api) = bind(port).await?;
    let (storage_listener, storage) = bind(0).await?;
    let model = GitHub::new(ModelSetup {
        api: api.clone(),
        storage,
        start: clock::wall(),
        speed: setup.clock.speed(),
        seed: setup.seed,
        faults: setup.faults,
        limits: setup.limits,
        workers: setup.workers,
    });
    let shell = Arc::new(Shell {
        model: Mutex::new(model),
        clock: setup.clock,
        data: setup.data,
        api,
        changed: Notify::new(),
        stop: watch::Sender::new(false),
        told: watch::Sender::new(0),
        plots: Mutex::default(),
        sending: watch::Sender::new(0),
        answering: AtomicUsize::new(0),
        uploads: AtomicU64::new(1),
        hooks: deliver::hook_client(),
        runtime: tokio::runtime::Handle::current(),
    });
    tokio::spawn(serve::listen(Arc::clone(&shell), listener, Host::Api));
    tokio::spawn(serve::listen(Arc::clone(&shell), storage_listener, Host::Storage));
    if let Clock::Real { .. } = setup.clock {
        tokio::spawn(Arc::clone(&shell).keep_time());
    }
    Ok(Running { shell })
}

async fn bind(port: u16) -> Result<(TcpListener, String), SimError> {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, port))
        .await
        .map_err(SimError::Listen)?;
    let address = listener.local_addr().map_err(SimError::Listen)?;
    Ok((listener, format!("http://{address}")))
}

impl Running {
    /// The API's address, without a slash at its end.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.shell.api
    }

    /// The host that downloads are redirected to: on loopback as well, on a port of its own.
    #[must_use]
    pub fn download_host(&self) -> &'static str {
        "127.0.0.1"
    }

    /// Where a repository lies on disk.
    #[must_use]
    pub fn repository_folder(&self, owner: &str, name: &str) -> PathBuf {
        let folder = format!("{owner}/{name}.git");
        self.shell.data.join("repositories").join(folder)
    }

    /// The time that it is for the simulator.
    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.model(|model| model.now())
    }

    /// Winds a hand-wound clock on. Everything that comes due meanwhile happens, in its order.
    ///
    /// # Errors
    ///
    /// If the disk refuses what follows.
    pub fn advance(&self, duration: Duration) -> Result<(), SimError> {
        let milliseconds = i64::try_from(duration.as_millis()).unwrap_or(i64::MAX);
        self.shell.with(|model, now| {
            let to = now.milliseconds().saturating_add(milliseconds);
            model.advance(Timestamp::from_milliseconds(to));
        })
    }

    /// When something happens next by itself.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.model(|model| model.next_due())
    }

    /// Whether no request is being answered and no webhook is on its way.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.shell.answering.load(Ordering::Relaxed) == 0 && *self.shell.sending.borrow() == 0
    }

    /// Waits until no webhook is on its way any more.
    pub async fn settled(&self) {
        let mut sending = self.shell.sending.subscribe();
        // The sender lives as long as we do.
        let _ = sending.wait_for(|count| *count == 0).await;
    }

    /// Everything that has happened.
    #[must_use]
    pub fn truth(&self) -> Vec<Truth> {
        self.model(|model| model.truth().to_vec())
    }

    /// Does something, once, as soon as something of this kind has happened. If that was asked for by a request, then before its
    /// answer is sent: so a play can put its hand between any two requests.
    pub fn once(
        &self,
        is_it: impl Fn(&Happened) -> bool + Send + 'static,
        act: impl FnOnce(&Running) + Send + 'static,
    ) {
        let running = Arc::downgrade(&self.shell);
        let act = Box::new(move || {
            if let Some(shell) = running.upgrade() {
                act(&Running { shell });
            }
        });
        let plot = Plot {
            is_it: Box::new(is_it),
            act,
        };
        let mut plots = self.shell.plots.lock().unwrap_or_else(PoisonError::into_inner);
        plots.push(plot);
    }

    /// How many lines [`Running::truth`] has.
    #[must_use]
    pub fn truth_len(&self) -> usize {
        *self.shell.told.borrow()
    }

    /// Waits until what has happened is as asked, and answers it.
    pub async fn until(&self, is_so: impl Fn(&[Truth]) -> bool) -> Vec<Truth> {
        let mut told = self.shell.told.subscribe();
        loop {
            told.mark_unchanged();
            let truth = self.truth();
            if is_so(&truth) {
                return truth;
            }
            // The sender lives as long as we do.
            let _ = told.changed().await;
        }
    }

    /// Other faults from now on.
    pub fn set_faults(&self, faults: Faults) {
        self.model(|model| model.set_faults(faults));
    }

    /// Ends everything: connections break, webhooks are not sent any more.
    pub fn stop(&self) {
        self.shell.stop.send_replace(true);
    }

    fn model<R>(&self, ask: impl FnOnce(&mut GitHub) -> R) -> R {
        ask(&mut self.shell.model.lock().unwrap_or_else(PoisonError::into_inner))
    }
}
