//! A copy of the file while it is in use, and a file made of such a copy.
//!
//! What is restored is older than the world: what was only meant to be done then may have been done since. So every open command of a restored
//! file is in doubt, and is looked for before it is done.

use super::connection::options;
use super::open::{cannot_open, connect_existing, read_schema, require_local_disk};
use crate::StoreError;
use crate::schema::Schema;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use std::fs::File;
use std::io;
use std::path::{Path, PathBuf};

/// The kind of commands that set the status of a pull request, of which only the newest counts.
const STATUS_KIND: &str = "pull_request_status";

/// Copies a database as it is at one moment into a new file. Whoever has it open goes on meanwhile.
///
/// # Errors
/// [`StoreError::CannotOpen`] for a file that is not there or a copy that is there already, [`StoreError::ForeignFile`],
/// [`StoreError::ChangedMigration`], [`StoreError::NewerSchema`], or what the database says. Nothing half-written is left under the copy's name.
pub async fn back_up_sqlite(path: &Path, to: &Path) -> Result<(), StoreError> {
    require_free(to)?;
    let mut connection = connect_existing(path).await?;
    require_ours(&mut connection, path).await?;
    let part = part_of(to)?;
    let text = part
        .to_str()
        .ok_or_else(|| not_writable(to, "its name is not UTF-8".into()))?;
    sqlx::query("VACUUM INTO $1")
        .bind(text)
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    // Whoever may not read the database may not read its copy either.
    let allowed = std::fs::metadata(path).map(|found| found.permissions());
    let narrowed = allowed.and_then(|allowed| std::fs::set_permissions(&part, allowed));
    narrowed.map_err(|error| not_writable(to, error.into()))?;
    let mut copied = connect_existing(&part).await?;
    require_whole(&mut copied).await?;
    copied.close().await?;
    put_in_place(&part, to).map_err(|error| not_writable(to, error.into()))
}

/// Makes a database of a copy, in which every open command is in doubt. How many those are.
///
/// # Errors
/// As [`back_up_sqlite`]; [`StoreError::CannotOpen`] also where there is a database already, and [`StoreError::Corrupt`] for a copy that is
/// damaged.
pub async fn restore_sqlite(copy: &Path, to: &Path) -> Result<u64, StoreError> {
    require_local_disk(to)?;
    require_free(to)?;
    let log = beside(to, "-wal");
    require_free(&log)?;
    let part = part_of(to)?;
    std::fs::copy(copy, &part).map_err(|error| StoreError::CannotOpen {
        path: copy.to_owned(),
        source: error.into(),
    })?;
    let doubted = doubt(&part, copy).await;
    if doubted.is_err() {
        // What cannot be removed is written over by the next try.
        let _ = std::fs::remove_file(&part);
    }
    let doubted = doubted?;
    put_in_place(&part, to).map_err(|error| not_writable(to, error.into()))?;
    Ok(doubted)
}

/// Looks whether the copy is whole, and puts its open commands in doubt.
async fn doubt(part: &Path, copy: &Path) -> Result<u64, StoreError> {
    let connection = options(part).connect().await;
    let mut connection = connection.map_err(|error| cannot_open(copy, error))?;
    require_ours(&mut connection, copy).await?;
    require_whole(&mut connection).await?;
    // A status of then may stand against a newer one, and its absence proves nothing: the next look orders it anew.
    sqlx::query(
        "UPDATE outbox SET state = 'abandoned', settled_at = created_at, slot_held = 0, lease_owner = NULL, lease_until = NULL, \
         epoch = epoch + 1 WHERE state IN ('intent', 'sending', 'unknown') AND kind = $1",
    )
    .bind(STATUS_KIND)
    .execute(&mut connection)
    .await?;
    let doubted = sqlx::query(
        "UPDATE outbox SET state = 'unknown', sends = max(sends, 1), sent_at = COALESCE(sent_at, created_at), \
         lease_owner = NULL, lease_until = NULL, epoch = epoch + 1 WHERE state IN ('intent', 'sending')",
    )
    .execute(&mut connection)
    .await?;
    connection.close().await?;
    Ok(doubted.rows_affected())
}

async fn require_ours(connection: &mut SqliteConnection, path: &Path) -> Result<(), StoreError> {
    match read_schema(connection, path).await? {
        Schema::Version(_) => Ok(()),
        Schema::Empty => Err(StoreError::ForeignFile {
            path: path.to_owned(),
            found: "an empty database".to_owned(),
        }),
    }
}

async fn require_whole(connection: &mut SqliteConnection) -> Result<(), StoreError> {
    let found: Vec<String> = sqlx::query_scalar("PRAGMA integrity_check(1)")
        .fetch_all(&mut *connection)
        .await?;
    if found != ["ok"] {
        return Err(StoreError::Corrupt {
            reason: found.join("; "),
        });
    }
    let broken = sqlx::query("PRAGMA foreign_key_check")
        .fetch_all(&mut *connection)
        .await?;
    match broken.len() {
        0 => Ok(()),
        rows => Err(StoreError::Corrupt {
            reason: format!("{rows} rows refer to others that are not there"),
        }),
    }
}

fn require_free(path: &Path) -> Result<(), StoreError> {
    match path.symlink_metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        Err(error) => Err(not_writable(path, error.into())),
        Ok(_) => Err(not_writable(
            path,
            "it is there already, and nothing is written over".into(),
        )),
    }
}

fn not_writable(path: &Path, source: crate::error::Cause) -> StoreError {
    StoreError::CannotOpen {
        path: path.to_owned(),
        source,
    }
}

/// The name under which a file is written until it is whole. What an earlier try left there goes.
fn part_of(path: &Path) -> Result<PathBuf, StoreError> {
    let part = beside(path, ".part");
    match std::fs::remove_file(&part) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(not_writable(&part, error.into())),
        Ok(()) | Err(_) => Ok(part),
    }
}

fn beside(path: &Path, ending: &str) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(ending);
    PathBuf::from(name)
}

/// The whole file under its own name, durably.
fn put_in_place(part: &Path, to: &Path) -> io::Result<()> {
    File::open(part)?.sync_all()?;
    std::fs::hard_link(part, to)?;
    std::fs::remove_file(part)?;
    File::open(super::doorway::folder_of(to))?.sync_all()
}
