//! A state file as the commands that look after releases use it: open it, find a release, see who works on it.

use crate::commands::database::of_store;
use crate::{Exit, Failure, clock, failure};
use domain_types::{ReleaseName, ReleaseVersion};
use orchestrator::State;
use runtime::RuntimeError;
use runtime::local::Places;
use std::collections::BTreeSet;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use storage::{OpenMode, ReleaseSummary, SqliteStore, Store, open_sqlite};

/// Versions that a message lists.
const VERSIONS_SHOWN_MAX: usize = 10;

/// Opens a state file that exists and has the newest schema.
pub(crate) async fn open(state: &Path) -> Result<SqliteStore, Failure> {
    open_sqlite(state, OpenMode::Existing, clock::now())
        .await
        .map_err(|error| of_store(&error))
}

/// The release of this version (and name, where one is given): the one that occupies the version, else the newest.
pub(crate) async fn find(
    store: &SqliteStore,
    version: &ReleaseVersion,
    name: Option<&ReleaseName>,
) -> Result<ReleaseSummary, Failure> {
    let all = store.list_releases().await.map_err(|error| of_store(&error))?;
    let fits =
        |row: &ReleaseSummary| row.row.version == *version && name.is_none_or(|name| row.row.name == *name);
    let found: Vec<&ReleaseSummary> = all.iter().filter(|row| fits(row)).collect();
    let names: BTreeSet<&str> = found.iter().map(|row| row.row.name.as_str()).collect();
    if names.len() > 1 {
        let names = names.into_iter().collect::<Vec<_>>().join(", ");
        let text = format!("version {version} was released under several names: {names}");
        return Err(Failure::usage(text, "say which with `--name NAME`"));
    }
    let chosen = found.iter().find(|row| row.row.occupies).or(found.first());
    chosen
        .map(|row| (*row).clone())
        .ok_or_else(|| unknown(version, &all))
}

fn unknown(version: &ReleaseVersion, all: &[ReleaseSummary]) -> Failure {
    let known: BTreeSet<&ReleaseVersion> = all.iter().map(|row| &row.row.version).collect();
    let known: Vec<String> = known
        .into_iter()
        .rev()
        .take(VERSIONS_SHOWN_MAX)
        .map(ToString::to_string)
        .collect();
    let help = if known.is_empty() {
        "this state file holds no release; start one with `governance release local`".to_owned()
    } else {
        format!(
            "it holds {}; `governance release list` shows all",
            known.join(", ")
        )
    };
    Failure::usage(format!("no release {version} in this state file"), &help)
}

/// The whole state of a release.
pub(crate) async fn load(store: &SqliteStore, row: &ReleaseSummary) -> Result<State, Failure> {
    let state = runtime::load(store, &row.id)
        .await
        .map_err(|error| of_runtime(&error))?;
    state.ok_or_else(|| {
        Failure::world(
            format!("release {} is gone", row.id),
            "run the same command again",
        )
    })
}

/// The lock that whoever works on this state file holds.
pub(crate) fn lock_of(state: &Path) -> PathBuf {
    Places::new(Path::new("."), Some(state), Path::new(".")).state_lock()
}

/// Whether a process holds the lock, without touching it: a look must not keep anybody from starting.
///
/// Read from the kernel's list of locks (proc(5)) by inode; where there is no such list, nobody is said to hold it.
pub(crate) fn is_worked_on(state: &Path) -> bool {
    let inode = std::fs::metadata(lock_of(state)).map(|metadata| metadata.ino());
    let locks = std::fs::read_to_string("/proc/locks");
    inode
        .and_then(|inode| locks.map(|locks| holds(&locks, inode)))
        .unwrap_or(false)
}

/// Lines are `1: FLOCK ADVISORY WRITE 4711 08:01:123456 0 EOF`.
pub(super) fn holds(locks: &str, inode: u64) -> bool {
    let suffix = format!(":{inode}");
    let mut held = locks.lines().filter_map(|line| {
        line.split_whitespace()
            .find(|word| word.matches(':').count() == 2)
    });
    held.any(|place| place.ends_with(&suffix))
}

/// A failure of the runtime, by what a person can do about it.
pub(crate) fn of_runtime(error: &RuntimeError) -> Failure {
    let again = "mend the cause and run the same command again; what was done is kept";
    match error {
        RuntimeError::Store(error) => of_store(error),
        RuntimeError::File { source, .. } if source.kind() == ErrorKind::NotFound => {
            Failure::usage(failure::chain(error), "check the path")
        }
        RuntimeError::Effect(_)
        | RuntimeError::Remains { .. }
        | RuntimeError::Port { .. }
        | RuntimeError::File { .. } => Failure::world(failure::chain(error), again),
        RuntimeError::Encode { .. }
        | RuntimeError::Decode { .. }
        | RuntimeError::UnknownVersion { .. }
        | RuntimeError::Corrupt { .. }
        | RuntimeError::Invariant { .. }
        | RuntimeError::NoSuchRelease { .. }
        | RuntimeError::NotOfARelease { .. }
        | RuntimeError::InDoubt { .. }
        | RuntimeError::Contended { .. }
        | RuntimeError::TaskDied { .. } => {
            let help = "check the state file with `governance db check`, and report this as a bug";
            Failure::new(Exit::World, failure::chain(error), help)
        }
    }
}
