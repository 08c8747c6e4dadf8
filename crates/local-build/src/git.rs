//! Runs git so that nothing of the user's surroundings has a say and nothing of the user's repository changes.
//!
//! Neither system nor user configuration is read, `GIT_*` variables are not handed on, optional locks and replace
//! references are off, and a folder inside of some outer repository is not taken for a repository.

use crate::{CommandTie, Error};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::Command;

/// Where programs are looked for if the surroundings name no PATH.
const PATH_DEFAULT: &str = "/usr/local/bin:/usr/bin:/bin";
/// Bytes of an answer that are kept; the longest answers are lists of files, of which only the first are shown.
const ANSWER_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Bytes of git's complaints that are kept for the error message.
const MESSAGE_BYTES_MAX: u64 = 16 * 1024;
/// Lines of git's complaints that an error message repeats.
const MESSAGE_LINES_MAX: usize = 5;

/// Settings that hold for every command, against whatever the repository itself configures.
const SETTINGS: [&str; 13] = [
    "core.fsmonitor=false",
    "core.untrackedCache=false",
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "gc.auto=0",
    "maintenance.auto=false",
    "advice.detachedHead=false",
    // A commit graph repeats trees and times of commits, and nothing compares it with the commits themselves.
    "core.commitGraph=false",
    // What a pattern of ours means, and where it is looked for, is not the repository's to say.
    "grep.patternType=default",
    "grep.extendedRegexp=false",
    "submodule.recurse=false",
    // The person who releases named this folder; that it belongs to another user (containers) is no reason to stop.
    "safe.directory=*",
];

/// Which git is used, and the PATH it is found on.
#[derive(Debug, Clone)]
pub struct Git {
    path: String,
    tie: Option<CommandTie>,
}

/// What a git command answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) command: String,
    pub(crate) folder: PathBuf,
    pub(crate) status: ExitStatus,
    pub(crate) output: Vec<u8>,
    pub(crate) message: String,
}

impl Git {
    /// Seconds that one git command may take: a checkout of a large repository from a cold disk takes minutes.
    pub const COMMAND_SECONDS_MAX: u64 = 900;

    /// The git on the `PATH` of these surroundings; nothing else of them is used.
    pub fn new(base: &BTreeMap<String, String>) -> Self {
        Self {
            path: base
                .get("PATH")
                .cloned()
                .unwrap_or_else(|| PATH_DEFAULT.to_owned()),
            tie: None,
        }
    }

    /// The same, for work in source trees: a successor waits for commands that outlive us.
    pub fn tied(self, tie: CommandTie) -> Self {
        Self {
            tie: Some(tie),
            ..self
        }
    }

    /// Runs a command whose failure is an error.
    pub(crate) async fn run(&self, folder: &Path, arguments: &[&str]) -> Result<Answer, Error> {
        let answer = self.ask(folder, arguments).await?;
        if answer.status.success() {
            Ok(answer)
        } else {
            Err(answer.into_error())
        }
    }

    /// Runs a command whose failure is an answer.
    pub(crate) async fn ask(&self, folder: &Path, arguments: &[&str]) -> Result<Answer, Error> {
        self.ask_with(folder, arguments, &[]).await
    }

    /// Runs a command with further settings, whatever characters are in their names.
    pub(crate) async fn ask_with(
        &self,
        folder: &Path,
        arguments: &[&str],
        settings: &[(String, &str)],
    ) -> Result<Answer, Error> {
        let command = format!("git {}", arguments.join(" "));
        let limit = Duration::from_secs(Self::COMMAND_SECONDS_MAX);
        match tokio::time::timeout(limit, self.output(folder, arguments, settings)).await {
            Ok(Ok((status, output, message))) => Ok(Answer {
                command,
                folder: folder.to_owned(),
                status,
                output,
                message: last_lines(&message),
            }),
            Ok(Err(error)) => Err(error),
            Err(_) => {
                let seconds = Self::COMMAND_SECONDS_MAX;
                Err(Error::GitTooSlow {
                    command,
                    folder: folder.to_owned(),
                    seconds,
                })
            }
        }
    }

    async fn output(
        &self,
        folder: &Path,
        arguments: &[&str],
        settings: &[(String, &str)],
    ) -> Result<(ExitStatus, Vec<u8>, Vec<u8>), Error> {
        let mut command = self.command(folder, arguments);
        command.env("GIT_CONFIG_COUNT", settings.len().to_string());
        for (index, (key, value)) in settings.iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{index}"), key);
            command.env(format!("GIT_CONFIG_VALUE_{index}"), value);
        }
        if let Some(tie) = &self.tie {
            command.stdin(tie.stdin().map_err(Error::io("run git in", folder))?);
        }
        let mut child = command.spawn().map_err(|source| spawn_error(folder, source))?;
        let output = bounded(child.stdout.take(), ANSWER_BYTES_MAX);
        let message = bounded(child.stderr.take(), MESSAGE_BYTES_MAX);
        let (status, output, message) = tokio::join!(child.wait(), output, message);
        let read = Error::io("run git in", folder);
        let all = status.and_then(|status| Ok((status, output?, message?)));
        all.map_err(read)
    }

    fn command(&self, folder: &Path, arguments: &[&str]) -> Command {
        let mut command = Command::new("git");
        command
            .env_clear()
            .env("PATH", &self.path)
            .env("HOME", "/nonexistent")
            .env("LC_ALL", "C")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_ATTR_NOSYSTEM", "1")
            .env("GIT_OPTIONAL_LOCKS", "0")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("GIT_GRAFT_FILE", "/dev/null")
            .env("GIT_NO_LAZY_FETCH", "1");
        if let Some(above) = folder.parent() {
            command.env("GIT_CEILING_DIRECTORIES", above);
        }
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command.args(arguments).current_dir(folder);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .kill_on_drop(true);
        command
    }
}

impl Answer {
    /// The answer as one line of text.
    pub(crate) fn line(&self) -> String {
        String::from_utf8_lossy(&self.output)
            .trim_end_matches('\n')
            .to_owned()
    }

    /// The answer as lines of text.
    pub(crate) fn lines(&self) -> Vec<String> {
        String::from_utf8_lossy(&self.output)
            .lines()
            .map(str::to_owned)
            .collect()
    }

    pub(crate) fn into_error(self) -> Error {
        let exit = self.status.to_string();
        Error::GitFailed {
            command: self.command,
            folder: self.folder,
            exit,
            message: self.message,
        }
    }

    pub(crate) fn not_understood(&self) -> Error {
        let answer = self.line().chars().take(80).collect();
        Error::GitAnswer {
            command: self.command.clone(),
            folder: self.folder.clone(),
            answer,
        }
    }
}

/// Reads to the end, keeps the first bytes: a writer that is not read from would wait for ever.
async fn bounded(stream: Option<impl AsyncRead + Unpin>, bytes_max: u64) -> std::io::Result<Vec<u8>> {
    let mut kept = Vec::new();
    if let Some(mut stream) = stream {
        (&mut stream).take(bytes_max).read_to_end(&mut kept).await?;
        tokio::io::copy(&mut stream, &mut tokio::io::sink()).await?;
    }
    Ok(kept)
}

fn spawn_error(folder: &Path, source: std::io::Error) -> Error {
    if folder.is_dir() {
        Error::GitAbsent { source }
    } else {
        Error::NotARepository {
            path: folder.to_owned(),
        }
    }
}

fn last_lines(message: &[u8]) -> String {
    let text = String::from_utf8_lossy(message);
    let lines: Vec<&str> = text.lines().collect();
    lines[lines.len().saturating_sub(MESSAGE_LINES_MAX)..].join("; ")
}
