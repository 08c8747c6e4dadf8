//! Ctrl-C and the signal to end, for commands that take hours: the first one is noted, so that what was done can be written down.
//! A program that we started gets Ctrl-C itself, from the terminal.

use crate::report;
use anyhow::{Context as _, Result};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use tokio::signal::unix::{SignalKind, signal};

/// Whether we were asked to end.
#[derive(Debug, Clone, Default)]
pub(crate) struct Interrupt(Arc<AtomicBool>);

impl Interrupt {
    /// From now on the signals end nothing by themselves.
    pub(crate) fn heard() -> Result<Interrupt> {
        let interrupt = Interrupt::default();
        let noted = interrupt.clone();
        let runtime = tokio::runtime::Builder::new_current_thread()
            .enable_io()
            .build()
            .context("failed to listen for signals")?;
        let guard = runtime.enter();
        let [mut interrupted, mut terminated] = [
            signal(SignalKind::interrupt()).context("failed to listen for Ctrl-C")?,
            signal(SignalKind::terminate()).context("failed to listen for the signal to end")?,
        ];
        drop(guard);
        let listen = move || {
            runtime.block_on(async {
                loop {
                    tokio::select! {
                        _ = interrupted.recv() => {}
                        _ = terminated.recv() => {}
                    }
                    noted.0.store(true, Ordering::SeqCst);
                    report::say("asked to end: what was done is written down");
                }
            })
        };
        std::thread::Builder::new()
            .name("signals".to_owned())
            .spawn(listen)
            .context("failed to start the thread for signals")?;
        Ok(interrupt)
    }

    /// Whether a signal came.
    pub(crate) fn is_asked(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
