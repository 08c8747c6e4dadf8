//! What to type next.

use domain_types::ReleaseVersion;
use orchestrator::Phase;
use std::path::Path;

/// A sentence, and the command where there is one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Advice {
    pub(crate) sentence: String,
    pub(crate) command: Option<String>,
}

/// What to do about a release in this phase; `worked_on` says whether a process works on the state file now.
pub(crate) fn advise(phase: &Phase, version: &ReleaseVersion, state: &Path, worked_on: bool) -> Advice {
    let order = |verb: &str| format!("governance release {verb} {version} --state {}", quoted(state));
    let (sentence, command) = match phase {
        Phase::Paused { .. } => ("it is paused; to go on:", Some(order("resume"))),
        Phase::AwaitingApproval => (
            "it waits for approvals, one per user name; yours is given with:",
            Some(order("approve")),
        ),
        Phase::Stalled { .. } => (
            "mend the cause, then type the same `governance release local` command again: it tries again what failed, \
             with a fresh budget",
            None,
        ),
        Phase::Published => (
            "it is published; verify what lies in its directory:",
            Some(verify()),
        ),
        Phase::Withdrawn => (
            "it was withdrawn; release another version with `governance release local`",
            None,
        ),
        Phase::Rehearsed => (
            "it was rehearsed, and nothing was published; `governance release start` releases it",
            None,
        ),
        Phase::Cancelled | Phase::Superseded { .. } | Phase::FellBack => (
            "it has ended for good; release another version, or this one from other tags, with `governance release local`",
            None,
        ),
        Phase::Unplanned
        | Phase::Planned
        | Phase::Building
        | Phase::Collecting
        | Phase::Verifying
        | Phase::AwaitingSignatures
        | Phase::Drafted
            if worked_on =>
        {
            ("a process works on it; look again with:", Some(order("show")))
        }
        Phase::Unplanned
        | Phase::Planned
        | Phase::Building
        | Phase::Collecting
        | Phase::Verifying
        | Phase::AwaitingSignatures
        | Phase::Drafted => (
            "no process works on it; the same `governance release local` command as before goes on with it",
            None,
        ),
    };
    Advice {
        sentence: sentence.to_owned(),
        command,
    }
}

fn verify() -> String {
    "governance artifacts verify DIR".to_owned()
}

/// A path as a shell takes it.
pub(crate) fn quoted(path: &Path) -> String {
    let text = path.display().to_string();
    let plain =
        |c: char| c.is_ascii_alphanumeric() || matches!(c, '/' | '.' | '_' | '-' | '+' | '@' | '=' | ',');
    if !text.is_empty() && text.chars().all(plain) {
        text
    } else {
        format!("'{}'", text.replace('\'', r"'\''"))
    }
}
