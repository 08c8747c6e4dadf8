//! A started binary: its standard error is read line by line as it comes, its signals are ours to send.

use crate::governance::Answer;
use crate::surroundings::must;
use rustix::process::{Pid, Signal, kill_process};
use std::io::{BufRead as _, BufReader, Read};
use std::process::Child;
use std::sync::mpsc::{Receiver, channel};
use std::thread::{JoinHandle, spawn};

/// A way to end a process from outside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stop {
    /// `kill -9`: nothing can be cleaned up.
    Kill,
    /// What a service manager sends.
    Terminate,
    /// What Ctrl-C sends.
    Interrupt,
}

/// A binary that runs. Dropping it kills it.
#[derive(Debug)]
pub struct Running {
    child: Child,
    lines: Receiver<String>,
    heard: String,
    output: Option<JoinHandle<String>>,
}

impl Running {
    pub(crate) fn new(mut child: Child) -> Running {
        let (sender, lines) = channel();
        if let Some(error) = child.stderr.take() {
            spawn(move || {
                let lines = BufReader::new(error).lines().map_while(Result::ok);
                lines
                    .take_while(|line| sender.send(line.clone()).is_ok())
                    .for_each(drop);
            });
        }
        let output = child.stdout.take().map(|mut stdout| {
            spawn(move || {
                let mut bytes = Vec::new();
                // A killed process leaves what it had printed.
                let _ = stdout.read_to_end(&mut bytes);
                String::from_utf8_lossy(&bytes).into_owned()
            })
        });
        Running {
            child,
            lines,
            heard: String::new(),
            output,
        }
    }

    /// Its process id.
    pub fn process(&self) -> u32 {
        self.child.id()
    }

    /// Waits until a line of its standard error has this text, and answers the line; `None` if it ended before.
    pub fn hears(&mut self, text: &str) -> Option<String> {
        while let Ok(line) = self.lines.recv() {
            self.heard.push_str(&line);
            self.heard.push('\n');
            if line.contains(text) {
                return Some(line);
            }
        }
        None
    }

    /// Sends a signal to exactly this process; builds that it started are not its process group. One that has ended is left alone.
    #[track_caller]
    pub fn stop(&mut self, how: Stop) {
        if self.has_ended() {
            return;
        }
        let signal = match how {
            Stop::Kill => Signal::KILL,
            Stop::Terminate => Signal::TERM,
            Stop::Interrupt => Signal::INT,
        };
        must(
            "send a signal",
            kill_process(Pid::from_child(&self.child), signal),
        );
    }

    /// Whether it has ended.
    #[track_caller]
    pub fn has_ended(&mut self) -> bool {
        must("look whether governance runs", self.child.try_wait()).is_some()
    }

    /// Waits for its end.
    #[track_caller]
    pub fn ends(mut self) -> Answer {
        let status = must("wait for governance", self.child.wait());
        while let Ok(line) = self.lines.recv() {
            self.heard.push_str(&line);
            self.heard.push('\n');
        }
        let output = self
            .output
            .take()
            .and_then(|reader| reader.join().ok())
            .unwrap_or_default();
        Answer {
            code: status.code(),
            output,
            error: std::mem::take(&mut self.heard),
        }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        // Either may fail only because it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}
