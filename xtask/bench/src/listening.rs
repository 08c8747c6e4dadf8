//! A program that listens: started, asked where, and killed when it is not needed any more.

use crate::clock::{Moment, wait};
use crate::connection::Connection;
use anyhow::{Context as _, Result, bail};
use std::io::{BufRead as _, BufReader, Read};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::time::Duration;

/// Milliseconds between two questions whether it is ready.
const ASKING_MILLISECONDS: u64 = 2;

/// Questions whether it is ready, at most: ten seconds of them.
const ASKED_MAX: usize = 5_000;

/// Where a program says `{"address": "HOST:PORT"}`, in its first line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Says {
    /// On standard output.
    Output,
    /// On standard error.
    Error,
}

/// A program that runs. Dropping it kills it.
#[derive(Debug)]
pub(crate) struct Listening {
    child: Child,
    address: SocketAddr,
}

impl Listening {
    /// Starts it, and waits until it says where it listens.
    pub(crate) fn start(mut command: Command, says: Says) -> Result<Self> {
        command
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null());
        match says {
            Says::Output => command.stdout(Stdio::piped()).stderr(Stdio::inherit()),
            Says::Error => command.stderr(Stdio::piped()),
        };
        let mut child = command
            .spawn()
            .with_context(|| format!("failed to start {}", command.get_program().display()))?;
        let said: Box<dyn Read + Send> = match says {
            Says::Output => Box::new(child.stdout.take().context("no standard output")?),
            Says::Error => Box::new(child.stderr.take().context("no standard error")?),
        };
        match address(said) {
            Ok(address) => Ok(Self { child, address }),
            Err(error) => {
                // It may have ended already, which is why it said nothing.
                let _ = child.kill();
                let _ = child.wait();
                Err(error)
            }
        }
    }

    /// Where it listens.
    pub(crate) fn address(&self) -> SocketAddr {
        self.address
    }

    /// Its process.
    pub(crate) fn process(&self) -> u32 {
        self.child.id()
    }

    /// Waits until it answers 200 under `/health/ready`; says how long after `began` it did.
    pub(crate) async fn ready(&self, began: Moment) -> Result<Duration> {
        let mut connection = Connection::to(self.address);
        for _ in 0..ASKED_MAX {
            if connection.get("/health/ready").await?.status == 200 {
                return Ok(began.elapsed());
            }
            wait(Duration::from_millis(ASKING_MILLISECONDS)).await;
        }
        bail!("the server was not ready after {ASKED_MAX} questions")
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        // Either may fail only because it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

/// Reads the first line; what is said later is read by nobody, but the process has to be able to write.
fn address(said: Box<dyn Read + Send>) -> Result<SocketAddr> {
    let mut said = BufReader::new(said);
    let mut line = String::new();
    said.read_line(&mut line)?;
    let told: Result<serde_json::Value, _> = serde_json::from_str(&line);
    let told = told.with_context(|| format!("it does not say where it listens but: {line}"))?;
    let address = told["address"].as_str().context("it says no address")?;
    drop(std::thread::spawn(move || {
        std::io::copy(&mut said, &mut std::io::sink())
    }));
    Ok(address.parse()?)
}
