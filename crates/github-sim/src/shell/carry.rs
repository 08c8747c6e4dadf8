//! The one way to the model: time is told, something is asked, and what follows is carried out.

use super::clock::{self, Clock};
use super::deliver::{self, Hook};
use super::disk;
use crate::error::SimError;
use crate::model::{Effect, GitHub};
use crate::truth::{Happened, Truth};
use domain_types::Timestamp;
use std::path::PathBuf;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use tokio::sync::{Notify, watch};

/// Something that is done once, as soon as something else has happened: whoever asked for that has no answer yet.
pub(crate) struct Plot {
    pub(crate) is_it: Box<dyn Fn(&Happened) -> bool + Send>,
    pub(crate) act: Box<dyn FnOnce() + Send>,
}

/// What all parts of the shell share.
pub(crate) struct Shell {
    pub(crate) model: Mutex<GitHub>,
    pub(crate) clock: Clock,
    pub(crate) data: PathBuf,
    pub(crate) api: String,
    /// Wakes whoever waits for the next due time, because it may have changed.
    pub(crate) changed: Notify,
    /// Becomes true when everything shall end.
    pub(crate) stop: watch::Sender<bool>,
    /// How many lines the truth has.
    pub(crate) told: watch::Sender<usize>,
    /// What somebody waits for, and does then.
    pub(crate) plots: Mutex<Vec<Plot>>,
    /// How many webhooks are on their way.
    pub(crate) sending: watch::Sender<usize>,
    pub(crate) answering: AtomicUsize,
    pub(crate) uploads: AtomicU64,
    pub(crate) hooks: deliver::HookClient,
    pub(crate) runtime: tokio::runtime::Handle,
}

impl Shell {
    /// Lets something be done to the model, at the right time, and carries out what follows.
    pub(crate) fn with<R>(
        self: &Arc<Self>,
        act: impl FnOnce(&mut GitHub, Timestamp) -> R,
    ) -> Result<R, SimError> {
        let hooks;
        let result;
        let due;
        {
            let mut model = self.model.lock().unwrap_or_else(PoisonError::into_inner);
            let now = self.now(&model);
            model.advance(now);
            result = act(&mut model, now);
            let after = model.now();
            model.advance(after);
            hooks = self.carry_out(model.take_effects())?;
            let seen = self.told.send_replace(model.truth().len());
            due = self.due_plots(model.truth().get(seen..).unwrap_or_default());
        }
        for plot in due {
            (plot.act)();
        }
        for hook in hooks {
            deliver::send(self, hook);
        }
        self.changed.notify_one();
        Ok(result)
    }

    /// The plots for which something of this was waited, taken out: none is carried out twice.
    fn due_plots(&self, happened: &[Truth]) -> Vec<Plot> {
        let mut plots = self.plots.lock().unwrap_or_else(PoisonError::into_inner);
        let is_due = |plot: &mut Plot| happened.iter().any(|line| (plot.is_it)(&line.what));
        plots.extract_if(.., is_due).collect()
    }

    fn now(&self, model: &GitHub) -> Timestamp {
        match self.clock {
            Clock::Real { .. } => clock::wall(),
            Clock::Hand => model.now(),
        }
    }

    fn carry_out(&self, effects: Vec<Effect>) -> Result<Vec<Hook>, SimError> {
        let mut hooks = Vec::new();
        for effect in effects {
            match effect {
                Effect::InitRepository { folder } => disk::init_repository(&self.repository(&folder))?,
                Effect::MoveRepository { from, to } => {
                    disk::move_repository(&self.repository(&from), &self.repository(&to))?
                }
                Effect::WriteObject { folder, object } => {
                    disk::write_object(&self.repository(&folder), &object)?
                }
                Effect::WriteRef { folder, name, sha } => {
                    disk::write_ref(&self.repository(&folder), &name, sha.as_deref())?;
                }
                Effect::Send {
                    delivery,
                    url,
                    headers,
                    body,
                } => hooks.push(Hook {
                    delivery,
                    url,
                    headers,
                    body,
                }),
            }
        }
        Ok(hooks)
    }

    /// Where the next upload lies.
    pub(crate) fn next_upload(&self) -> PathBuf {
        let number = self.uploads.fetch_add(1, Ordering::Relaxed);
        self.data.join("uploads").join(number.to_string())
    }

    pub(crate) fn repository(&self, folder: &str) -> PathBuf {
        self.data.join("repositories").join(folder)
    }

    /// Waits for the next due time or a change, again and again, until the end.
    pub(crate) async fn keep_time(self: Arc<Self>) {
        let mut stop = self.stop.subscribe();
        loop {
            let due = self
                .model
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .next_due();
            let changed = self.changed.notified();
            let wait = async {
                match due {
                    None => changed.await,
                    Some(due) => {
                        let milliseconds = due.milliseconds_since(clock::wall()).max(1);
                        let wait = std::time::Duration::from_millis(milliseconds);
                        // Whether it was the time or a change: the model is asked again either way.
                        let _ = tokio::time::timeout(wait, changed).await;
                    }
                }
            };
            tokio::select! {
                () = wait => {}
                _ = stop.wait_for(|is_over| *is_over) => return,
            }
            let now = clock::wall();
            let is_due = |due: Timestamp| due <= now;
            let next = self
                .model
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .next_due();
            if next.is_some_and(is_due) && self.with(|_, _| ()).is_err() {
                return;
            }
        }
    }
}
