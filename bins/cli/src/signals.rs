//! Ctrl-C and SIGTERM: the first asks the work to end in good order, a second one leaves at once.
//!
//! Leaving at once is safe, as being killed is: everything decided is stored, and the same command goes on.

use crate::{Exit, Failure, output};
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::sync::watch;

/// Listens from now on.
#[derive(Debug)]
pub(crate) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

/// How the work ended.
#[derive(Debug)]
pub(crate) enum Told<T> {
    /// By itself, or in good order after the signal that is named.
    Ended(T, Option<Exit>),
    /// It was left at once.
    Left(Exit),
}

impl Signals {
    /// Takes both signals over from their default, which is to die.
    pub(crate) fn listen() -> Result<Self, Failure> {
        let failed = |error| Failure::world(format!("failed to listen to signals: {error}"), "try again");
        let interrupt = signal(SignalKind::interrupt()).map_err(failed)?;
        let terminate = signal(SignalKind::terminate()).map_err(failed)?;
        Ok(Self { interrupt, terminate })
    }

    async fn next(&mut self) -> Exit {
        tokio::select! {
            _ = self.interrupt.recv() => Exit::Interrupted,
            _ = self.terminate.recv() => Exit::Terminated,
        }
    }
}

/// Carries `work` out; a signal turns `shutdown` to true.
pub(crate) async fn carry_out<F: Future>(
    mut signals: Signals,
    work: F,
    shutdown: watch::Sender<bool>,
) -> Told<F::Output> {
    tokio::pin!(work);
    let mut told = None;
    loop {
        tokio::select! {
            output = &mut work => return Told::Ended(output, told),
            exit = signals.next() => match told {
                None => {
                    output::note("ending in good order; the same command goes on later (a second signal leaves at once)");
                    shutdown.send_replace(true);
                    told = Some(exit);
                }
                Some(_) => return Told::Left(exit),
            },
        }
    }
}
