//! Runs the built binary and keeps what it answered.

use crate::binary::binary;
use crate::running::Running;
use crate::surroundings::{environment, must};
use serde_json::Value;
use std::ffi::OsString;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// A command line of `governance`.
#[derive(Debug, Clone)]
pub struct Governance {
    arguments: Vec<OsString>,
    environment: Vec<(String, OsString)>,
}

/// How it ended and what it said.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub output: String,
    /// Standard error.
    pub error: String,
}

impl Default for Governance {
    fn default() -> Governance {
        Governance::new()
    }
}

impl Governance {
    /// Without arguments.
    pub fn new() -> Governance {
        Governance {
            arguments: Vec::new(),
            environment: Vec::new(),
        }
    }

    /// Further arguments.
    pub fn args<I: IntoIterator<Item = S>, S: Into<OsString>>(mut self, more: I) -> Governance {
        self.arguments.extend(more.into_iter().map(Into::into));
        self
    }

    /// A further option with a path.
    pub fn option(self, name: &str, path: &Path) -> Governance {
        self.args([OsString::from(name), path.into()])
    }

    /// A further environment variable.
    pub fn env(mut self, name: &str, value: impl Into<OsString>) -> Governance {
        self.environment.push((name.to_owned(), value.into()));
        self
    }

    /// Runs it to its end.
    #[track_caller]
    pub fn run(&self) -> Answer {
        Answer::from(must("run governance", self.command().output()))
    }

    /// Runs it to its end and answers what it printed as JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        let answer = self.clone().args(["--format", "json"]).run();
        must(
            &format!("read as JSON: {answer}"),
            serde_json::from_str(&answer.output),
        )
    }

    /// Starts it, to be listened to, interrupted or killed.
    #[track_caller]
    pub fn start(&self) -> Running {
        let mut command = self.command();
        command.stdout(Stdio::piped()).stderr(Stdio::piped());
        Running::new(must("start governance", command.spawn()))
    }

    fn command(&self) -> Command {
        let mut command = Command::new(binary());
        command
            .args(&self.arguments)
            .stdin(Stdio::null())
            .env_clear()
            .envs(environment());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command
    }
}

impl Answer {
    /// The answer, if it ended with this exit code.
    ///
    /// # Panics
    ///
    /// With everything it said, if it ended otherwise.
    #[track_caller]
    pub fn ends_with(self, code: i32) -> Answer {
        assert_eq!(self.code, Some(code), "expected exit code {code}\n{self}");
        self
    }

    /// The answer, if its outputs, taken together, have all these texts.
    ///
    /// # Panics
    ///
    /// With everything it said, if one is missing.
    #[track_caller]
    pub fn says(self, texts: &[&str]) -> Answer {
        for text in texts {
            let said = self.error.contains(text) || self.output.contains(text);
            assert!(said, "expected to read {text:?}\n{self}");
        }
        self
    }
}

impl From<Output> for Answer {
    fn from(output: Output) -> Answer {
        Answer {
            code: output.status.code(),
            output: String::from_utf8_lossy(&output.stdout).into_owned(),
            error: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }
}

impl std::fmt::Display for Answer {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(
            f,
            "exit code {:?}\n--- output\n{}\n--- error\n{}",
            self.code, self.output, self.error
        )
    }
}
