//! What goes wrong with a call of the store: whether it is the last one of its process, fails, takes its time, or is stuck until the
//! lease under which it is made is lost.

use super::{FaultyStore, pair_before};
use crate::marks::Mark;
use crate::script::{Hosting, StoreFault};
use storage::{IntentLease, Step, StoreError};

/// Milliseconds that a process may be stuck that has the store to itself: nobody else is there to take over.
const ALONE_MILLISECONDS_MAX: u32 = 8_000;

/// Milliseconds between two looks of who is stuck whether the lease is lost.
const OUTSTAYED_LOOK_MILLISECONDS: u64 = 5_000;

/// Looks after which who is stuck never comes back: ten minutes, in which somebody takes over unless all are dead.
const OUTSTAYED_LOOKS_MAX: u32 = 120;

fn told(done: &str) -> StoreError {
    StoreError::Database {
        source: format!("the connection is lost, and the call was {done}").into(),
    }
}

impl FaultyStore {
    /// What goes wrong with a call, if it is not the end of the process.
    pub(super) async fn enter(&self, call: &'static str) -> Option<StoreFault> {
        self.process.survives().await;
        let fault = self.occasion(call);
        self.linger(fault).await;
        fault
    }

    /// What goes wrong with this call. Whoever would be stuck in a call that must not last is stuck in the next one that may.
    fn occasion(&self, call: &'static str) -> Option<StoreFault> {
        let is_own = self.world.script.hosting == Hosting::Own;
        let may_last = matches!(call, "finish_intent" | "commit_step" | "record_handle");
        self.world.with(|inner| {
            inner.tell(call, &[&self.process.owner()]);
            match inner.store_fault() {
                Some(StoreFault::Stuck(milliseconds)) if is_own => {
                    Some(StoreFault::Slow(milliseconds.min(ALONE_MILLISECONDS_MAX)))
                }
                Some(StoreFault::Stuck(milliseconds)) if !may_last => {
                    inner.postponed = Some(milliseconds);
                    None
                }
                None if may_last => inner.postponed.take().map(StoreFault::Stuck),
                fault => fault,
            }
        })
    }

    async fn linger(&self, fault: Option<StoreFault>) {
        match fault {
            Some(StoreFault::Slow(milliseconds) | StoreFault::Stuck(milliseconds)) => {
                self.world.sleep(milliseconds.into()).await;
                // Something may have come due meanwhile that nobody was woken for.
                self.world.with(|inner| inner.stir());
            }
            Some(
                StoreFault::DieBefore | StoreFault::DieAfter | StoreFault::FailBefore | StoreFault::FailAfter,
            )
            | None => {}
        }
        self.process.survives().await;
    }

    /// Enters a call whose lease somebody else renews meanwhile: who is stuck does not.
    pub(super) async fn enter_leased(&self, call: &'static str, lease: &IntentLease) -> Option<StoreFault> {
        self.process.survives().await;
        let held = (self.process.owner(), lease.id.clone());
        let fault = self.occasion(call);
        if let Some(StoreFault::Stuck(_)) = fault {
            self.world.with(|inner| inner.stuck.insert(held.clone()));
            // Before an effect nobody may come back with a lease that has run out and is nobody else's yet.
            if call == "record_handle" {
                self.outstay(lease).await;
            }
        }
        self.linger(fault).await;
        self.world.with(|inner| inner.stuck.remove(&held));
        fault
    }

    /// Returns when the lease is somebody else's, or its intent is settled. Who waits in vain is dead.
    async fn outstay(&self, lease: &IntentLease) {
        for _ in 0..OUTSTAYED_LOOKS_MAX {
            if !self.world.with(|inner| inner.oracle.rights.holds(lease)) {
                return;
            }
            self.world.sleep(OUTSTAYED_LOOK_MILLISECONDS).await;
            self.process.survives().await;
        }
        self.die().await;
    }

    /// What goes wrong with a commit: what the script aims at, or whatever comes next.
    pub(super) async fn enter_commit(&self, step: &Step) -> Option<StoreFault> {
        self.process.survives().await;
        let aimed = self.world.with(|inner| {
            let pair = inner.has_aim().then(|| pair_before(inner, step)).flatten()?;
            let fault = inner.aimed_fault(&pair)?;
            inner.tell("commit_step", &[&self.process.owner(), "as aimed"]);
            Some(fault)
        });
        match aimed {
            Some(fault) => Some(fault),
            None => self.enter("commit_step").await,
        }
    }

    /// The process is dead from here on.
    pub(super) async fn die(&self) {
        self.process.kill();
        self.process.survives().await;
    }

    /// Whether the call is told to have failed although nothing, or everything, was done.
    pub(super) async fn before(&self, fault: Option<StoreFault>) -> Result<(), StoreError> {
        match fault {
            Some(StoreFault::DieBefore) => self.die().await,
            Some(StoreFault::FailBefore) => {
                self.world.with(|inner| inner.mark(Mark::StoreFailed));
                return Err(told("not done"));
            }
            Some(
                StoreFault::DieAfter | StoreFault::FailAfter | StoreFault::Slow(_) | StoreFault::Stuck(_),
            )
            | None => {}
        }
        Ok(())
    }

    pub(super) async fn after<T>(
        &self,
        fault: Option<StoreFault>,
        answer: Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        self.world.with(|inner| inner.calls += 1);
        match fault {
            Some(StoreFault::DieAfter) => self.die().await,
            Some(StoreFault::FailAfter) => return Err(told("done")),
            Some(
                StoreFault::DieBefore | StoreFault::FailBefore | StoreFault::Slow(_) | StoreFault::Stuck(_),
            )
            | None => {}
        }
        answer
    }
}
