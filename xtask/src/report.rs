//! What a check found, and how it is said.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// One broken rule: where, what is wrong and what to do. `line` 0 means the whole file.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Broken {
    pub(crate) file: PathBuf,
    pub(crate) line: usize,
    pub(crate) what: String,
}

impl Broken {
    /// A broken rule at a line of a file; line 0 for the whole file.
    pub(crate) fn at(file: &Path, line: usize, what: impl Into<String>) -> Broken {
        Broken {
            file: file.to_owned(),
            line,
            what: what.into(),
        }
    }
}

impl fmt::Display for Broken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file.display(), self.what),
            line => write!(f, "{}:{line}: {}", self.file.display(), self.what),
        }
    }
}

/// Says a line to the developer, on standard error.
#[allow(
    clippy::print_stderr,
    reason = "the one place where xtask speaks beside its results"
)]
pub(crate) fn say(line: &str) {
    eprintln!("{line}");
}

/// Prints a result line, on standard output.
#[allow(clippy::print_stdout, reason = "the one place where xtask prints results")]
pub(crate) fn print(line: &str) {
    println!("{line}");
}

/// Says every broken rule and turns the list into an exit code.
pub(crate) fn conclude(check: &str, broken: &[Broken]) -> ExitCode {
    for rule in broken {
        say(&rule.to_string());
    }
    if broken.is_empty() {
        say(&format!("{check}: in order"));
        return ExitCode::SUCCESS;
    }
    say(&format!("{check}: {} broken rule(s)", broken.len()));
    ExitCode::FAILURE
}
