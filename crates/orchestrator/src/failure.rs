//! How a build or a stage failed, and whether trying again makes sense.
//!
//! The patterns are data (`failure_patterns.txt`): one per line, the first that occurs in a line of the log decides.
//! Classification happens before the event is recorded, so a newer table never changes an old journal.

use serde::{Deserialize, Serialize};
use std::fmt;

/// Whether trying again makes sense.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureClass {
    /// The surroundings failed: again, within the limits.
    Transient,
    /// The thing itself fails: not again by itself.
    Permanent,
    /// Nobody can tell: once more, then permanent.
    Unknown,
}

/// What failed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum FailureKind {
    /// The machine that ran it went away.
    RunnerLost,
    /// No space left.
    DiskFull,
    /// A cache or registry copy is damaged.
    CorruptCache,
    /// A name, connection or server failed.
    Network,
    /// Somebody else holds a lock.
    Lock,
    /// The source does not compile.
    CompileError,
    /// A test says no.
    TestFailure,
    /// The lock file does not fit, or a dependency cannot be resolved.
    DependencyResolution,
    /// The command or a tool it needs is not there.
    MissingTool,
    /// It was asked for, and nothing began to wait or to run because of that.
    NoRun,
    /// It was queued longer than allowed.
    QueueTimeout,
    /// It ran longer than allowed.
    RunTimeout,
    /// It ended well and a declared artifact is not there.
    MissingArtifact,
    /// A second build gave other bytes.
    NotReproducible,
    /// Sources could not be laid out.
    Source,
    /// A check said no.
    Verification,
    /// A check said no to what is public already.
    Public,
    /// Our own process was ended too often while it ran.
    InterruptedTooOften,
    /// No pattern fits.
    Unknown,
}

impl FailureKind {
    /// Whether trying again makes sense.
    pub fn class(self) -> FailureClass {
        match self {
            Self::RunnerLost | Self::DiskFull | Self::CorruptCache | Self::Network | Self::Lock => {
                FailureClass::Transient
            }
            Self::CompileError
            | Self::TestFailure
            | Self::DependencyResolution
            | Self::MissingTool
            | Self::NoRun
            | Self::QueueTimeout
            | Self::RunTimeout
            | Self::MissingArtifact
            | Self::NotReproducible
            | Self::Source
            | Self::Verification
            | Self::Public
            | Self::InterruptedTooOften => FailureClass::Permanent,
            Self::Unknown => FailureClass::Unknown,
        }
    }

    /// A check said no.
    pub fn is_refusal(self) -> bool {
        matches!(self, Self::Verification | Self::Public)
    }

    /// A limit in time was reached.
    pub fn is_timeout(self) -> bool {
        matches!(self, Self::QueueTimeout | Self::RunTimeout)
    }

    /// The surroundings failed rather than what is released: disk, network, lock, machine.
    pub fn is_of_the_world(self) -> bool {
        self.class() == FailureClass::Transient
    }

    fn of_word(word: &str) -> Option<Self> {
        Some(match word {
            "runner_lost" => Self::RunnerLost,
            "disk_full" => Self::DiskFull,
            "corrupt_cache" => Self::CorruptCache,
            "network" => Self::Network,
            "lock" => Self::Lock,
            "compile_error" => Self::CompileError,
            "test_failure" => Self::TestFailure,
            "dependency_resolution" => Self::DependencyResolution,
            "missing_tool" => Self::MissingTool,
            _ => return None,
        })
    }
}

impl fmt::Display for FailureKind {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::RunnerLost => "runner lost",
            Self::DiskFull => "disk full",
            Self::CorruptCache => "corrupt cache",
            Self::Network => "network",
            Self::Lock => "lock held",
            Self::CompileError => "compile error",
            Self::TestFailure => "test failure",
            Self::DependencyResolution => "dependency resolution",
            Self::MissingTool => "missing tool",
            Self::NoRun => "no run appeared",
            Self::QueueTimeout => "queued too long",
            Self::RunTimeout => "ran too long",
            Self::MissingArtifact => "missing artifact",
            Self::NotReproducible => "not reproducible",
            Self::Source => "sources",
            Self::Verification => "verification",
            Self::Public => "public, and not as it should be",
            Self::InterruptedTooOften => "interrupted too often",
            Self::Unknown => "unknown",
        })
    }
}

/// A failure as it is recorded.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Failure {
    /// What failed.
    pub kind: FailureKind,
    /// One sentence for people.
    pub reason: String,
    /// The last lines of the log, escaped, bounded by whoever made them.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub log_tail: Vec<String>,
    /// Where the whole log is, if there is one.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub log: Option<String>,
}

impl Failure {
    /// A failure without a log.
    pub fn new(kind: FailureKind, reason: impl Into<String>) -> Self {
        Self {
            kind,
            reason: reason.into(),
            log_tail: Vec::new(),
            log: None,
        }
    }
}

const PATTERNS: &str = include_str!("failure_patterns.txt");

/// What the last lines of a log say. Surroundings are looked for first: a full disk makes compilers fail too.
pub fn classify<'a>(log_tail: impl IntoIterator<Item = &'a str> + Clone) -> FailureKind {
    patterns()
        .find(|(_, pattern)| {
            log_tail
                .clone()
                .into_iter()
                .any(|line| contains_ignoring_case(line, pattern))
        })
        .map_or(FailureKind::Unknown, |(kind, _)| kind)
}

fn patterns() -> impl Iterator<Item = (FailureKind, &'static str)> {
    PATTERNS.lines().filter_map(|line| {
        let (word, pattern) = line.split_once('|')?;
        Some((FailureKind::of_word(word.trim())?, pattern.trim()))
    })
}

fn contains_ignoring_case(line: &str, pattern: &str) -> bool {
    line.as_bytes()
        .windows(pattern.len())
        .any(|window| window.eq_ignore_ascii_case(pattern.as_bytes()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_line_of_the_table_is_read() {
        for line in PATTERNS
            .lines()
            .filter(|line| !line.starts_with('#') && !line.trim().is_empty())
        {
            let (word, pattern) = line
                .split_once('|')
                .unwrap_or_else(|| panic!("no bar in {line:?}"));
            assert!(FailureKind::of_word(word.trim()).is_some(), "{line}");
            assert!(!pattern.trim().is_empty(), "{line}");
        }
        assert!(patterns().count() > 30);
    }

    #[test]
    fn only_what_may_pass_is_of_the_world_and_only_a_limit_in_time_is_a_timeout() {
        use FailureKind::*;
        for kind in [RunnerLost, DiskFull, CorruptCache, Network, Lock] {
            assert!(kind.is_of_the_world() && !kind.is_timeout(), "{kind}");
        }
        for kind in [QueueTimeout, RunTimeout] {
            assert!(!kind.is_of_the_world() && kind.is_timeout(), "{kind}");
        }
        for kind in [
            CompileError,
            TestFailure,
            MissingTool,
            NoRun,
            Verification,
            Unknown,
        ] {
            assert!(!kind.is_of_the_world() && !kind.is_timeout(), "{kind}");
        }
    }

    #[test]
    fn real_log_lines_are_classified() {
        let rows = [
            (
                "error: failed to write target/x: No space left on device (os error 28)",
                FailureKind::DiskFull,
            ),
            (
                "warning: spurious network error (2 tries remaining): Could not resolve host: index",
                FailureKind::Network,
            ),
            (
                "error: failed to unpack package `x v1.0.0`",
                FailureKind::CorruptCache,
            ),
            (
                "The runner has received a shutdown signal.",
                FailureKind::RunnerLost,
            ),
            (
                "E: Could not get lock /var/lib/dpkg/lock-frontend",
                FailureKind::Lock,
            ),
            (
                "error[E0425]: cannot find value `x` in this scope",
                FailureKind::CompileError,
            ),
            (
                "test result: FAILED. 1 passed; 1 failed;",
                FailureKind::TestFailure,
            ),
            (
                "error: the lock file Cargo.lock needs to be updated but --locked was passed",
                FailureKind::DependencyResolution,
            ),
            ("sh: 1: protoc: command not found", FailureKind::MissingTool),
            ("something happened", FailureKind::Unknown),
        ];
        for (line, kind) in rows {
            assert_eq!(classify([line]), kind, "{line}");
        }
    }

    #[test]
    fn surroundings_win_over_what_they_cause() {
        let log = [
            "error: could not compile `x` (lib) due to 1 previous error",
            "No space left on device",
        ];
        assert_eq!(classify(log), FailureKind::DiskFull);
    }
}
