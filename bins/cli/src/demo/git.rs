//! Makes a git repository of a folder: one commit, one tag, the same object ids on every machine.

use crate::Failure;
use std::path::Path;
use std::process::{Command, Stdio};

/// Who commits: nobody, in a domain that can never exist (RFC 2606).
const IDENTITY: (&str, &str) = ("Example Organisation", "organisation@example.invalid");
/// When: fixed, so that the demo is the same everywhere.
const DATE: &str = "2025-01-01T00:00:00Z";

/// Commits everything in `folder` and tags it. `search_path` is where `git` is found; neither the user's nor the
/// system's git configuration, nor any hook or template, takes part.
pub(crate) fn make_repository(folder: &Path, tag: &str, search_path: &str) -> Result<(), Failure> {
    let steps: [&[&str]; 4] = [
        &["init", "--quiet", "--initial-branch=main", "--template="],
        &["add", "--all"],
        &["commit", "--quiet", "--message", "Begin the example"],
        &["tag", "--annotate", "--message", "The example's release", tag],
    ];
    steps.iter().try_for_each(|step| run(folder, step, search_path))
}

fn run(folder: &Path, arguments: &[&str], search_path: &str) -> Result<(), Failure> {
    let output = clean_git(folder, search_path)
        .args(arguments)
        .output()
        .map_err(|error| {
            Failure::world(
                format!("failed to run git: {error}"),
                "install git (on Debian: `apt-get install git`)",
            )
        })?;
    if output.status.success() {
        return Ok(());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().to_owned();
    let text = format!(
        "failed to run `git {}` in {}: {said}",
        arguments.join(" "),
        folder.display()
    );
    Err(Failure::world(
        text,
        "mend the cause and run the same command again",
    ))
}

fn clean_git(folder: &Path, search_path: &str) -> Command {
    let (name, mail) = IDENTITY;
    let mut git = Command::new("git");
    git.current_dir(folder)
        .stdin(Stdio::null())
        .env_clear()
        .env("PATH", search_path)
        .env("HOME", folder);
    git.env("LC_ALL", "C")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CONFIG_GLOBAL", "/dev/null");
    git.env("GIT_AUTHOR_NAME", name)
        .env("GIT_AUTHOR_EMAIL", mail)
        .env("GIT_AUTHOR_DATE", DATE);
    git.env("GIT_COMMITTER_NAME", name)
        .env("GIT_COMMITTER_EMAIL", mail)
        .env("GIT_COMMITTER_DATE", DATE);
    git
}
