//! The schema moves forward only, one migration per transaction, each with its checksum; and what is said of a database that was
//! looked at. The migrations themselves are each database's own.

use crate::StoreError;
use domain_types::Sha256Digest;
use std::path::Path;

/// What to do with a database that is absent, empty or behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OpenMode {
    /// Make it, or move its schema forward.
    CreateOrMigrate,
    /// Refuse: it must exist and have the newest schema.
    Existing,
}

/// From where to where the schema was moved.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Migrated {
    /// The schema before; 0 for a database that was made now.
    pub from: u32,
    /// The schema now.
    pub to: u32,
}

/// What a check found. Nothing was changed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CheckReport {
    /// The schema of the database.
    pub schema: u32,
    /// The schema of this program.
    pub newest: u32,
    /// The names of the checks that ran, in their order.
    pub checks: Vec<&'static str>,
    /// What is wrong; empty for a sound database.
    pub problems: Vec<Problem>,
}

/// One thing that is wrong.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Problem {
    /// The check that found it.
    pub check: &'static str,
    /// What it found.
    pub found: String,
}

impl CheckReport {
    /// Notes a check that ran and what it found.
    pub(crate) fn add(&mut self, check: &'static str, found: Vec<String>) {
        self.checks.push(check);
        let problem = |found| Problem { check, found };
        self.problems.extend(found.into_iter().map(problem));
    }
}

/// A step of the schema. Once released it is never changed; a correction is a new migration.
pub(crate) struct Migration {
    pub(crate) version: u32,
    pub(crate) name: &'static str,
    pub(crate) sql: &'static str,
}

impl Migration {
    /// SHA-256 of the text.
    pub(crate) fn checksum(&self) -> String {
        Sha256Digest::of(self.sql.as_bytes()).to_string()
    }
}

/// The schema that a program with these migrations writes.
pub(crate) fn newest(migrations: &[Migration]) -> u32 {
    migrations.last().map_or(0, |migration| migration.version)
}

/// What was applied to a database, in the order of the versions.
pub(crate) const APPLIED: &str = "SELECT version, checksum FROM schema_migration ORDER BY version";

/// Notes a migration: its version, its name, its checksum, the time.
pub(crate) const RECORD: &str =
    "INSERT INTO schema_migration (version, name, checksum, applied_at) VALUES ($1, $2, $3, $4)";

/// The schema of a database to which these were applied, if they are ours, in our order.
pub(crate) fn version(
    place: &Path,
    migrations: &[Migration],
    applied: &[(i64, String)],
) -> Result<u32, StoreError> {
    for (position, (version, checksum)) in applied.iter().enumerate() {
        let found = u32::try_from(*version).unwrap_or(u32::MAX);
        let Some(known) = migrations.get(position) else {
            return Err(StoreError::NewerSchema {
                path: place.to_owned(),
                found,
                newest: newest(migrations),
            });
        };
        if known.version != found || known.checksum() != *checksum {
            return Err(StoreError::ChangedMigration {
                path: place.to_owned(),
                version: found,
            });
        }
    }
    Ok(u32::try_from(applied.len()).unwrap_or(u32::MAX))
}

/// Refuses a database that is empty or behind.
pub(crate) fn require_newest(place: &Path, found: Schema, newest: u32) -> Result<(), StoreError> {
    match found {
        Schema::Empty => Err(StoreError::ForeignFile {
            path: place.to_owned(),
            found: "an empty database".to_owned(),
        }),
        Schema::Version(found) if found < newest => Err(StoreError::OlderSchema {
            path: place.to_owned(),
            found,
            newest,
        }),
        Schema::Version(_) => Ok(()),
    }
}

/// What a database is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Schema {
    /// Nothing was ever written to it.
    Empty,
    /// Ours, with all migrations up to this one.
    Version(u32),
}

impl Schema {
    /// The number of it; 0 for none.
    pub(crate) fn number(self) -> u32 {
        match self {
            Self::Empty => 0,
            Self::Version(version) => version,
        }
    }
}
