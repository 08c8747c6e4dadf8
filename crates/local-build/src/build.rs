//! Begins a build behind a gate and waits for its end.
//!
//! The order that makes a crash harmless: the shell is there but waits; the caller stores its group durably; the gate is
//! opened. If we die before that, the gate's pipe closes and the shell ends without having done anything.

use crate::run_folder::RunFolder;
use crate::{
    BuildEnd, END_GRACE, Error, Exit, ProcessGroup, Recipe, Surroundings, durable, end_group, script, tenant,
};
use rustix::process::{Pid, Resource, Rlimit};
use std::fs::{File, OpenOptions};
use std::os::unix::fs::OpenOptionsExt as _;
use std::os::unix::process::ExitStatusExt as _;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use tokio::io::AsyncWriteExt as _;
use tokio::process::{Child, Command};

const SHELL: &str = "/bin/sh";
/// Logs may repeat what a build prints of its environment: for the owner alone.
const LOG_MODE: u32 = 0o600;
/// The folder of build products that cargo keeps in a tree.
const CARGO_TARGET: &str = "target";

/// What is to be built where.
#[derive(Debug, Clone)]
pub struct BuildOrder {
    /// The source tree, absolute.
    pub tree: PathBuf,
    /// The folder of this attempt, of its own: `log`, `status`, `group`, `commands.sh`.
    pub run_folder: PathBuf,
    /// What is run.
    pub recipe: Recipe,
    /// In which environment.
    pub surroundings: Surroundings,
    /// Bounds of every process of the build.
    pub limits: Limits,
    /// What is done with the products of earlier attempts.
    pub earlier: EarlierProducts,
}

/// Bounds that the kernel holds every process of a build to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes of any one file, the log included; a process that writes more ends with SIGXFSZ (signal 25).
    pub file_bytes_max: u64,
    /// File descriptors of one process.
    pub open_files_max: u64,
}

impl Default for Limits {
    /// 8 GiB, the largest archive that is accepted; 4096 descriptors, what linkers of large programs need.
    fn default() -> Self {
        Self {
            file_bytes_max: 8 * 1024 * 1024 * 1024,
            open_files_max: 4096,
        }
    }
}

/// What happens to `target/` before a build.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EarlierProducts {
    /// It stays: an interrupted build goes on where it was.
    Keep,
    /// It is removed: the last attempt found it damaged.
    Discard,
}

/// A build that waits for [`StartedBuild::begin`]. Dropping it instead ends it before it did anything.
#[derive(Debug)]
#[must_use = "nothing is built before `begin`"]
pub struct StartedBuild {
    child: Child,
    group: ProcessGroup,
    tree: PathBuf,
    folder: RunFolder,
}

/// A build that runs. Dropping it lets it run on: the group is stored, whoever comes next ends it.
#[derive(Debug)]
#[must_use = "wait for its end"]
pub struct RunningBuild {
    child: Child,
    group: ProcessGroup,
    folder: RunFolder,
}

/// Starts the build's shell in a process group of its own, waiting at its gate.
///
/// The group is recorded in the run folder and in the tree too. If we die before the return, nothing of the build ran.
///
/// # Errors
/// [`Error::BadRecipe`], [`Error::GateLost`] if the shell ended at once, [`Error::Io`].
pub async fn start_build(order: &BuildOrder) -> Result<StartedBuild, Error> {
    order.recipe.check()?;
    let folder = RunFolder::new(&order.run_folder);
    folder.make_ready()?;
    if order.earlier == EarlierProducts::Discard {
        durable::remove_tree(&order.tree.join(CARGO_TARGET))?;
    }
    let text = script::script(&order.recipe, &order.run_folder, order.surroundings.umask);
    durable::write_whole(&folder.script(), text.as_bytes())?;
    let mut child = spawn(order, &folder)?;
    match prepare(&child, &folder, order) {
        Ok(Some(group)) => Ok(StartedBuild {
            child,
            group,
            tree: order.tree.clone(),
            folder,
        }),
        Ok(None) => Err(gate_lost(&order.tree, &mut child).await),
        Err(error) => {
            // The gate closes with the child's standard input.
            drop(child.stdin.take());
            let _ = child.wait().await;
            Err(error)
        }
    }
}

impl StartedBuild {
    /// The group: to be stored durably before [`StartedBuild::begin`].
    pub fn group(&self) -> &ProcessGroup {
        &self.group
    }

    /// Opens the gate.
    ///
    /// # Errors
    /// [`Error::GateLost`] if the shell is gone.
    pub async fn begin(mut self) -> Result<RunningBuild, Error> {
        let mut opened = false;
        if let Some(mut gate) = self.child.stdin.take() {
            opened = gate.write_all(script::BEGIN.as_bytes()).await.is_ok() && gate.flush().await.is_ok();
        }
        if !opened {
            return Err(gate_lost(&self.tree, &mut self.child).await);
        }
        Ok(RunningBuild {
            child: self.child,
            group: self.group,
            folder: self.folder,
        })
    }
}

impl RunningBuild {
    /// The group; ending it ends the build, and [`RunningBuild::wait`] returns.
    pub fn group(&self) -> &ProcessGroup {
        &self.group
    }

    /// The log, written while the build runs.
    pub fn log(&self) -> PathBuf {
        self.folder.log()
    }

    /// Waits until the commands ended and nothing of the group lives. Cancel safe: it can be called again.
    ///
    /// What a build leaves running in its group is ended: it has no business any more.
    ///
    /// # Errors
    /// As [`end_group`]; [`Error::DamagedRun`], [`Error::Io`].
    pub async fn wait(&mut self) -> Result<BuildEnd, Error> {
        let status = self
            .child
            .wait()
            .await
            .map_err(Error::io("wait for", Path::new(SHELL)))?;
        end_group(&self.group, END_GRACE).await?;
        match self.folder.end()? {
            Some(end) => Ok(end),
            None => self.folder.end_without_status(exit_of(status)),
        }
    }
}

fn spawn(order: &BuildOrder, folder: &RunFolder) -> Result<Child, Error> {
    let path = folder.log();
    let log = OpenOptions::new()
        .append(true)
        .create(true)
        .mode(LOG_MODE)
        .open(&path);
    let log = log.map_err(Error::io("create", &path))?;
    let again: File = log.try_clone().map_err(Error::io("open", &path))?;
    Command::new(SHELL)
        .arg(folder.script())
        .env_clear()
        .envs(&order.surroundings.variables)
        .current_dir(&order.tree)
        .process_group(0)
        .stdin(Stdio::piped())
        .stdout(log)
        .stderr(again)
        .spawn()
        .map_err(Error::io("begin a build in", &order.tree))
}

/// Bounds and records the waiting shell; nothing if it ended meanwhile.
fn prepare(child: &Child, folder: &RunFolder, order: &BuildOrder) -> Result<Option<ProcessGroup>, Error> {
    let limits = &order.limits;
    let Some(id) = child.id() else { return Ok(None) };
    let Some(group) = ProcessGroup::of_leader(id)? else {
        return Ok(None);
    };
    for (resource, most) in [
        (Resource::Core, 0),
        (Resource::Fsize, limits.file_bytes_max),
        (Resource::Nofile, limits.open_files_max),
    ] {
        let limit = Rlimit {
            current: Some(most),
            maximum: Some(most),
        };
        let id = i32::try_from(id).ok().and_then(Pid::from_raw);
        rustix::process::prlimit(id, resource, limit)
            .map_err(|error| Error::io("limit the build in", &folder.log())(error.into()))?;
    }
    if tenant::move_in(&order.tree, &group)? {
        folder.record_tree(&order.tree)?;
    }
    folder.record_group(&group)?;
    Ok(Some(group))
}

async fn gate_lost(tree: &Path, child: &mut Child) -> Error {
    match child.wait().await {
        Ok(status) => Error::GateLost {
            tree: tree.to_owned(),
            exit: status.to_string(),
        },
        Err(error) => Error::io("wait for", Path::new(SHELL))(error),
    }
}

fn exit_of(status: ExitStatus) -> Exit {
    match (status.code(), status.signal()) {
        (Some(code), _) => Exit::of_shell(code),
        (None, signal) => Exit::Signal(signal.unwrap_or_default()),
    }
}
