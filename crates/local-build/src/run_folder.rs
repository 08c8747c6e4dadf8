//! The folder of one attempt: its log, its process group, its status. What a later process learns of it.

use crate::{Error, LOG_TAIL_LINES, ProcessGroup, durable, end_group, log_tail, tenant};
use domain_types::Timestamp;
use std::ffi::OsString;
use std::fmt;
use std::os::unix::ffi::{OsStrExt as _, OsStringExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

/// Exit codes above this are how a shell reports a signal: 128 and its number.
const SHELL_SIGNAL_BASE: i32 = 128;
/// The highest signal number of Linux.
const SIGNAL_MAX: i32 = 64;

/// How a build's commands ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, serde::Serialize, serde::Deserialize)]
pub enum Exit {
    /// Exit code; 0 is success.
    Code(i32),
    /// Ended by this signal. A program that itself exits with 129 to 192 counts as such, as in every shell.
    Signal(i32),
}

impl Exit {
    /// Whether all commands succeeded.
    pub fn is_success(self) -> bool {
        self == Self::Code(0)
    }

    pub(crate) fn of_shell(code: i32) -> Self {
        if (SHELL_SIGNAL_BASE + 1..=SHELL_SIGNAL_BASE + SIGNAL_MAX).contains(&code) {
            Self::Signal(code - SHELL_SIGNAL_BASE)
        } else {
            Self::Code(code)
        }
    }
}

impl fmt::Display for Exit {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(out, "exit code {code}"),
            Self::Signal(signal) => write!(out, "signal {signal}"),
        }
    }
}

/// The end of a build's commands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BuildEnd {
    /// How they ended.
    pub exit: Exit,
    /// The command that failed, on one line; nothing on success, or if the shell itself was ended.
    pub command: Option<String>,
    /// The last lines of the log, control characters escaped; at most [`LOG_TAIL_LINES`].
    pub log_tail: Vec<String>,
    /// When the build last wrote something: the end, as the file system saw it.
    pub ended: Timestamp,
}

/// What became of a build that an earlier process began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Found {
    /// Members of its group live: end the group, then look again.
    Alive,
    /// It finished; its outcome counts.
    Finished(BuildEnd),
    /// It was interrupted and left no outcome, or its tree has been built in again since and holds nothing of it.
    Gone,
}

/// The files of one attempt's folder.
#[derive(Debug, Clone)]
pub(crate) struct RunFolder(PathBuf);

impl RunFolder {
    pub(crate) fn new(path: &Path) -> Self {
        Self(path.to_owned())
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.0.join("log")
    }

    pub(crate) fn script(&self) -> PathBuf {
        self.0.join("commands.sh")
    }

    fn status(&self) -> PathBuf {
        self.0.join("status")
    }

    fn group(&self) -> PathBuf {
        self.0.join("group")
    }

    fn tree(&self) -> PathBuf {
        self.0.join("tree")
    }

    /// Creates the folder, empty but for what others put there.
    pub(crate) fn make_ready(&self) -> Result<(), Error> {
        durable::create_folder(&self.0)?;
        [
            self.status(),
            self.status().with_extension("new"),
            self.tree(),
            self.group(),
            self.log(),
        ]
        .iter()
        .try_for_each(|path| durable::remove_file(path))
    }

    pub(crate) fn record_group(&self, group: &ProcessGroup) -> Result<(), Error> {
        let path = self.group();
        let text = serde_json::to_vec(group).map_err(|error| Error::io("write", &path)(error.into()))?;
        durable::write_whole(&path, &text)
    }

    /// In which tree it builds; only for trees that know their builds.
    pub(crate) fn record_tree(&self, tree: &Path) -> Result<(), Error> {
        durable::write_whole(&self.tree(), tree.as_os_str().as_bytes())
    }

    /// What a finished build came to. A success counts only as long as its tree still holds its products: another
    /// release, with a state file of its own, may have built there since.
    fn found(&self, group: &ProcessGroup) -> Result<Found, Error> {
        Ok(match self.end()? {
            Some(end) if !end.exit.is_success() || self.still_has_its_tree(group)? => Found::Finished(end),
            Some(_) | None => Found::Gone,
        })
    }

    fn still_has_its_tree(&self, group: &ProcessGroup) -> Result<bool, Error> {
        let path = self.tree();
        match std::fs::read(&path) {
            Ok(tree) => {
                let tree = PathBuf::from(OsString::from_vec(tree));
                Ok(tenant::tenant(&tree)?.as_ref() == Some(group))
            }
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(true),
            Err(error) => Err(Error::io("read", &path)(error)),
        }
    }

    pub(crate) fn recorded_group(&self) -> Result<Option<ProcessGroup>, Error> {
        let path = self.group();
        let Some(text) = durable::read_if_there(&path)? else {
            return Ok(None);
        };
        serde_json::from_str(&text)
            .map(Some)
            .map_err(|_| Error::DamagedRun { path })
    }

    /// The durable outcome, if the commands came to an end.
    pub(crate) fn end(&self) -> Result<Option<BuildEnd>, Error> {
        let path = self.status();
        let Some(text) = durable::read_if_there(&path)? else {
            return Ok(None);
        };
        let (exit, command) = parse_status(&text).ok_or(Error::DamagedRun { path: path.clone() })?;
        Ok(Some(BuildEnd {
            exit,
            command,
            log_tail: self.log_tail()?,
            ended: changed_at(&path)?,
        }))
    }

    /// The end of a shell that left no status: it was ended itself, or the disk was full.
    pub(crate) fn end_without_status(&self, exit: Exit) -> Result<BuildEnd, Error> {
        Ok(BuildEnd {
            exit,
            command: None,
            log_tail: self.log_tail()?,
            ended: changed_at(&self.log())?,
        })
    }

    fn log_tail(&self) -> Result<Vec<String>, Error> {
        log_tail(&self.log(), LOG_TAIL_LINES)
    }
}

/// The process group that the attempt in this folder recorded before it began; nothing if it never came so far.
///
/// # Errors
/// [`Error::DamagedRun`], [`Error::Io`].
pub fn recorded_group(run_folder: &Path) -> Result<Option<ProcessGroup>, Error> {
    RunFolder::new(run_folder).recorded_group()
}

/// What became of the build in this run folder whose group an earlier process stored.
///
/// # Errors
/// [`Error::DamagedRun`], [`Error::Io`].
pub fn inspect(run_folder: &Path, group: &ProcessGroup) -> Result<Found, Error> {
    if group.lives()? {
        return Ok(Found::Alive);
    }
    RunFolder::new(run_folder).found(group)
}

/// Ends the group if it lives, and then says what became of the build: finished, or gone. Never [`Found::Alive`].
///
/// Afterwards nothing of it runs, and its tree may be built in again. May be repeated after a crash.
///
/// # Errors
/// As [`end_group`] and [`inspect`].
pub async fn settle(run_folder: &Path, group: &ProcessGroup, grace: Duration) -> Result<Found, Error> {
    end_group(group, grace).await?;
    RunFolder::new(run_folder).found(group)
}

fn parse_status(text: &str) -> Option<(Exit, Option<String>)> {
    let (first, rest) = text.split_once('\n')?;
    let code: i32 = first.strip_prefix("exit ")?.parse().ok()?;
    let command = rest.strip_suffix('\n')?;
    let exit = Exit::of_shell(code);
    Some((exit, (!command.is_empty()).then(|| command.to_owned())))
}

fn changed_at(path: &Path) -> Result<Timestamp, Error> {
    let changed = std::fs::metadata(path).and_then(|metadata| metadata.modified());
    let changed = changed.map_err(Error::io("read the time of", path))?;
    let since_epoch = changed.duration_since(SystemTime::UNIX_EPOCH).unwrap_or_default();
    Ok(Timestamp::from_milliseconds(
        i64::try_from(since_epoch.as_millis()).unwrap_or(i64::MAX),
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_read_or_refused_as_a_whole() {
        let command = Some("cargo build".to_owned());
        let rows = [
            ("exit 0\n\n", Some((Exit::Code(0), None))),
            (
                "exit 101\ncargo build\n",
                Some((Exit::Code(101), command.clone())),
            ),
            ("exit 137\ncargo build\n", Some((Exit::Signal(9), command))),
            ("", None),
            ("exit 0\n", None),
            ("exit 0\ncargo", None),
            ("exit x\n\n", None),
            ("done\n\n", None),
        ];
        for (text, expected) in rows {
            assert_eq!(parse_status(text), expected, "{text:?}");
        }
    }
}
