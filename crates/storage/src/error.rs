//! Why a store did not do what it was asked, by what the caller can do about it.

use domain_types::Subject;
use std::path::PathBuf;

/// The cause as the database told it; kept for the log, not to be matched on.
pub type Cause = Box<dyn std::error::Error + Send + Sync + 'static>;

/// A store refused or failed.
///
/// Texts fit "failed to …: ". Unless a variant says otherwise, nothing was changed. A database of a server stands, without its password, where
/// a file has its path.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Somebody else moved the release, or decided about the pull request: load it again and decide again.
    #[error("{subject} is at revision {found:?}, not at {expected}: it was moved meanwhile")]
    RevisionConflict {
        /// The release or the pull request.
        subject: Subject,
        /// The revision that the step or decision builds upon.
        expected: u64,
        /// The revision that is stored; none if there is no such subject.
        found: Option<u64>,
    },
    /// Another ruleset was accepted meanwhile: read the newest one and judge again what may follow upon it.
    #[error(
        "ruleset {version} does not follow upon {newest}, the newest: another one was accepted meanwhile"
    )]
    RulesetConflict {
        /// The version that was to be accepted.
        version: u64,
        /// The newest version; 0 if none was accepted yet.
        newest: u64,
    },
    /// The lease expired and was given to another owner, or its row is already settled.
    #[error("the lease on {row} (epoch {epoch}) is lost: another owner has it, or the row is settled")]
    LeaseLost {
        /// The leased row: an inbox number, a command id or a pull request.
        row: String,
        /// The epoch that the caller held.
        epoch: u64,
    },
    /// Another release of that name and version is active or published.
    #[error("version {version} of {name} is occupied by another release that is active or published")]
    VersionOccupied {
        /// The name of the release.
        name: String,
        /// Its version.
        version: String,
    },
    /// A word, reference or combination that the schema forbids: a bug of the caller.
    #[error("the database refuses the row: {rule}")]
    Constraint {
        /// The constraint, in the words of the database.
        rule: String,
    },
    /// A text or list above its limit.
    #[error("{what} has {found} {unit}, the limit is {max}")]
    TooLarge {
        /// What is too large.
        what: &'static str,
        /// `bytes` or `rows`.
        unit: &'static str,
        /// How large it is.
        found: usize,
        /// How large it may be.
        max: usize,
    },
    /// Another process kept the database locked for longer than [`crate::BUSY_SECONDS_MAX`]. Retryable.
    #[error("the database is locked by another process: {source}")]
    Busy {
        /// The database's own words.
        source: Cause,
    },
    /// The disk (or the page limit of the database) is full. Retryable once there is space.
    #[error("the disk that holds the database is full: {source}")]
    Full {
        /// The database's own words.
        source: Cause,
    },
    /// Reading, writing or fsync failed. Whether the last write lasts is unknown until the database is opened
    /// again; this store answers everything else with [`StoreError::Stopped`].
    #[error("the disk that holds the database failed: {source}")]
    Io {
        /// The database's own words.
        source: Cause,
    },
    /// An earlier [`StoreError::Io`] stopped this store: after a failed fsync nothing may be assumed. Open it again.
    #[error("the store stopped after a disk failure and must be opened again")]
    Stopped,
    /// The file contradicts itself. Restore it from a backup; for a local release, delete the state and run again.
    #[error("the database is corrupt: {reason}")]
    Corrupt {
        /// What contradicts what.
        reason: String,
    },
    /// There is no such file, or it cannot be opened.
    #[error("{path} cannot be opened: {source}")]
    CannotOpen {
        /// The database file.
        path: PathBuf,
        /// Why.
        source: Cause,
    },
    /// The file is not a database of this program; it was not changed.
    #[error("{path} is not a database of governance-app: {found}")]
    ForeignFile {
        /// The file.
        path: PathBuf,
        /// What it is instead.
        found: String,
    },
    /// The file was written by a newer version of this program.
    #[error("{path} has schema {found}, this program knows up to {newest}: use the newer program")]
    NewerSchema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// The newest schema of this program.
        newest: u32,
    },
    /// The file's schema is older than this program's, and the caller did not ask to migrate it.
    #[error("{path} has schema {found}, this program needs {newest}: run `governance db migrate`")]
    OlderSchema {
        /// The file.
        path: PathBuf,
        /// Its schema.
        found: u32,
        /// The newest schema of this program.
        newest: u32,
    },
    /// A migration that was applied to the file is not the one that this program carries.
    #[error("migration {version} of {path} is not the one of this program: checksums differ")]
    ChangedMigration {
        /// The file.
        path: PathBuf,
        /// The number of the migration.
        version: u32,
    },
    /// The SQLite library has a known corruption race.
    #[error("SQLite {found} is too old: {needed} is needed (corruption race in the write-ahead log)")]
    SqliteTooOld {
        /// The version found.
        found: String,
        /// The lowest version accepted.
        needed: &'static str,
    },
    /// Locks and shared memory do not work over this file system.
    #[error("{path} lies on a network file system ({kind}): put the state on a local disk")]
    NetworkFileSystem {
        /// The file.
        path: PathBuf,
        /// The kind of file system.
        kind: &'static str,
    },
    /// The connection to the database was lost, or its server ended. Whether the last write was done is unknown: read again by key.
    /// Retryable.
    #[error("the connection to the database was lost, and whether the write was done is unknown: {source}")]
    Disconnected {
        /// The database's own words.
        source: Cause,
    },
    /// The server is set up so that it may lose what it acknowledged.
    #[error("{path} may lose what it acknowledged: {found}")]
    ForgetfulServer {
        /// The database, without its password.
        path: PathBuf,
        /// The setting that says so.
        found: String,
    },
    /// The server is older than what this program was checked against.
    #[error("{path} is served by PostgreSQL {found}: {needed} is needed")]
    ServerTooOld {
        /// The database, without its password.
        path: PathBuf,
        /// The number of its version, as the server has it.
        found: u32,
        /// The lowest that is accepted.
        needed: u32,
    },
    /// Somebody else works on the database, beside whom nobody may.
    #[error("{by} works on {path}")]
    Occupied {
        /// The database, without its password.
        path: PathBuf,
        /// Who it is, as far as it can be told.
        by: &'static str,
    },
    /// Anything else that the database says.
    #[error("the database failed: {source}")]
    Database {
        /// The database's own words.
        source: Cause,
    },
}

impl StoreError {
    /// Whether the same call may succeed later without anybody changing the program or the file.
    ///
    /// A [`StoreError::RevisionConflict`] is not retryable as it stands: the step must be decided anew.
    pub fn is_retryable(&self) -> bool {
        matches!(
            self,
            Self::Busy { .. } | Self::Full { .. } | Self::Disconnected { .. }
        )
    }

    /// Whether the caller lost a race, so that dropping its work is right: somebody else does it.
    pub fn is_lost_race(&self) -> bool {
        matches!(
            self,
            Self::RevisionConflict { .. } | Self::RulesetConflict { .. } | Self::LeaseLost { .. }
        )
    }
}
