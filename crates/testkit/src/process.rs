//! A simulated process: it lives until it is killed, and whatever it was about to do then never happens.

use std::sync::atomic::{AtomicBool, Ordering};

/// One start of a process.
#[derive(Debug)]
pub(crate) struct Process {
    /// Which of the processes.
    pub(crate) number: u32,
    /// Which start of it, counted from 0.
    pub(crate) incarnation: u32,
    alive: AtomicBool,
}

impl Process {
    pub(crate) fn new(number: u32, incarnation: u32) -> Self {
        Self {
            number,
            incarnation,
            alive: AtomicBool::new(true),
        }
    }

    /// The name under which it holds leases.
    pub(crate) fn owner(&self) -> String {
        format!("process-{}-{}", self.number, self.incarnation)
    }

    pub(crate) fn is_alive(&self) -> bool {
        self.alive.load(Ordering::SeqCst)
    }

    /// From here on nothing that it does has an effect.
    pub(crate) fn kill(&self) {
        self.alive.store(false, Ordering::SeqCst);
    }

    /// Returns if it is alive, and never otherwise: the dead do not go on.
    pub(crate) async fn survives(&self) {
        if !self.is_alive() {
            std::future::pending::<()>().await;
        }
    }
}
