//! Runs git so that nothing but what is said here has a say, within limits, and ends it with everything that it started.

use crate::{Error, Limits, Remote};
use rustix::process::{Pid, Signal, kill_process_group};
use std::path::Path;
use std::process::{ExitStatus, Stdio};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::process::{Child, Command};

/// Bytes of an answer that are kept: the longest are lists of paths, of which the first are named.
const ANSWER_BYTES_MAX: u64 = 4 * 1024 * 1024;
/// Bytes of git's complaints that are kept.
const MESSAGE_BYTES_MAX: u64 = 16 * 1024;
/// Lines of git's complaints that are repeated.
const MESSAGE_LINES_MAX: usize = 3;
/// Characters of git's complaints that are repeated.
const MESSAGE_CHARS_MAX: usize = 400;
/// Bytes of the unit in which a POSIX shell limits the size of files.
const BLOCK_BYTES: u64 = 512;
/// Bytes of the unit in which a shell limits memory.
const KIBIBYTE: u64 = 1024;

/// Sets the limits, then becomes git: they hold for everything that git starts, from its first moment on. A limit cannot be set where a
/// stricter one holds.
const LIMITED: &str = "ulimit -f \"$1\" 2>/dev/null; ulimit -v \"$2\" 2>/dev/null; shift 2; exec git \"$@\"";

/// Settings that hold for every command, against whatever a mirror configures.
const SETTINGS: [&str; 19] = [
    "core.hooksPath=/dev/null",
    "core.attributesFile=/dev/null",
    "core.fsmonitor=false",
    "core.commitGraph=false",
    "core.multiPackIndex=false",
    "credential.helper=",
    "diff.external=",
    "fetch.recurseSubmodules=false",
    "fetch.writeCommitGraph=false",
    "gc.auto=0",
    "http.followRedirects=false",
    "http.lowSpeedLimit=1000",
    "http.lowSpeedTime=30",
    "maintenance.auto=false",
    "merge.renormalize=false",
    "protocol.version=2",
    "submodule.recurse=false",
    // The mirror is ours, also where its folder belongs to another user (containers).
    "safe.directory=*",
    "log.showSignature=false",
];

/// The git of a `PATH`, within limits.
#[derive(Debug, Clone)]
pub(crate) struct Git {
    pub(crate) path: String,
    pub(crate) limits: Limits,
}

/// Where a command runs, and with whom it speaks.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place<'p> {
    /// The repository.
    pub(crate) folder: &'p Path,
    /// Where it comes from.
    pub(crate) remote: Option<&'p Remote>,
    /// The folder in that one into which objects are written; none where they are kept with the others.
    pub(crate) aside: Option<&'p str>,
}

/// What a command came to.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) command: String,
    pub(crate) status: ExitStatus,
    pub(crate) output: Vec<u8>,
    pub(crate) message: String,
}

/// A process with all that it started: who lets go of it ends them.
struct Group(Child);

impl Drop for Group {
    fn drop(&mut self) {
        // No id: it has ended and was waited for, and its id may be another's.
        let id = self.0.id().and_then(|id| i32::try_from(id).ok());
        if let Some(group) = id.and_then(Pid::from_raw) {
            // It may have ended this moment.
            let _ = kill_process_group(group, Signal::KILL);
        }
    }
}

impl Git {
    /// Runs a command whose failure is an error.
    pub(crate) async fn run(&self, place: Place<'_>, words: &[&str]) -> Result<Answer, Error> {
        let answer = self.ask(place, words).await?;
        match answer.status.success() {
            true => Ok(answer),
            false => Err(answer.into_error()),
        }
    }

    /// Runs a command whose failure is an answer.
    pub(crate) async fn ask(&self, place: Place<'_>, words: &[&str]) -> Result<Answer, Error> {
        let mut command = self.command(place.folder, words);
        if let Some(aside) = place.aside {
            // By their names in the folder in which it runs: a colon in that one's own would part the list.
            command.env("GIT_OBJECT_DIRECTORY", aside);
            command.env("GIT_ALTERNATE_OBJECT_DIRECTORIES", "objects");
        }
        let settings = place.remote.map(Remote::settings).unwrap_or_default();
        command.env("GIT_CONFIG_COUNT", settings.len().to_string());
        for (index, (key, value)) in settings.iter().enumerate() {
            command.env(format!("GIT_CONFIG_KEY_{index}"), key);
            command.env(format!("GIT_CONFIG_VALUE_{index}"), value);
        }
        let child = command.spawn().map_err(|source| Error::GitAbsent { source })?;
        let mut group = Group(child);
        let output = bounded(group.0.stdout.take(), ANSWER_BYTES_MAX);
        let message = bounded(group.0.stderr.take(), MESSAGE_BYTES_MAX);
        let (status, output, message) = tokio::join!(group.0.wait(), output, message);
        let all = status.and_then(|status| Ok((status, output?, message?)));
        let (status, output, message) = all.map_err(Error::io("run git in", place.folder))?;
        let command = words.first().copied().unwrap_or_default().to_owned();
        let message = last_lines(&message);
        // The shell says so where there is no git to become.
        if status.code() == Some(127) {
            let source = std::io::Error::new(std::io::ErrorKind::NotFound, message);
            return Err(Error::GitAbsent { source });
        }
        Ok(Answer {
            command,
            status,
            output,
            message,
        })
    }

    fn command(&self, folder: &Path, words: &[&str]) -> Command {
        let mut command = Command::new("/bin/sh");
        command.args(["-c", LIMITED, "git"]);
        command.arg((self.limits.file_bytes_max / BLOCK_BYTES).to_string());
        command.arg((self.limits.memory_bytes_max / KIBIBYTE).to_string());
        for setting in SETTINGS {
            command.args(["-c", setting]);
        }
        command
            .args(words)
            .current_dir(folder)
            .env_clear()
            // What is no repository any more is none, whatever lies above it.
            .env("GIT_CEILING_DIRECTORIES", folder.parent().unwrap_or(folder))
            .env("PATH", &self.path)
            .env("HOME", "/nonexistent")
            .env("LC_ALL", "C")
            .env("GIT_CONFIG_NOSYSTEM", "1")
            .env("GIT_CONFIG_SYSTEM", "/dev/null")
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_ATTR_NOSYSTEM", "1")
            .env("GIT_TERMINAL_PROMPT", "0")
            .env("GIT_ASKPASS", "/bin/false")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .env("GIT_GRAFT_FILE", "/dev/null")
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .process_group(0)
            .kill_on_drop(true);
        command
    }
}

impl Answer {
    /// The first line.
    pub(crate) fn line(&self) -> String {
        let text = String::from_utf8_lossy(&self.output);
        text.lines().next().unwrap_or_default().to_owned()
    }

    pub(crate) fn lines(&self) -> Vec<String> {
        let text = String::from_utf8_lossy(&self.output);
        text.lines().map(str::to_owned).collect()
    }

    /// The first line as something of ours.
    pub(crate) fn parsed<T: std::str::FromStr>(&self) -> Result<T, Error> {
        let line = self.line();
        line.parse().map_err(|_| self.not_understood())
    }

    pub(crate) fn not_understood(&self) -> Error {
        Error::GitAnswer {
            command: self.command.clone(),
            answer: self.line().chars().take(80).collect(),
        }
    }

    pub(crate) fn into_error(self) -> Error {
        Error::GitFailed {
            exit: self.status.to_string(),
            command: self.command,
            message: self.message,
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

/// The last lines, without what would move the cursor of whoever reads them.
fn last_lines(message: &[u8]) -> String {
    let text = String::from_utf8_lossy(message);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let last = lines[lines.len().saturating_sub(MESSAGE_LINES_MAX)..].join("; ");
    let plain = last.chars().filter(|letter| !letter.is_control());
    plain.take(MESSAGE_CHARS_MAX).collect()
}
