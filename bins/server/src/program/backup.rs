//! `governance-app backup` and `governance-app restore`: a copy of the database, and a database of a copy.

use super::arguments::Format;
use super::database::Database;
use super::failure::Failure;
use super::output;
use super::understood::Understood;
use serde_json::json;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use storage::{StoreError, back_up_sqlite, restore_sqlite};

/// Copies the database into a new file, whether a server uses it or not.
pub(crate) async fn back_up(to: &Path, understood: &Understood, format: Format) -> Result<ExitCode, Failure> {
    let path = file_of(understood, "pg_dump")?;
    back_up_sqlite(&path, to).await.map_err(|error| told(&error))?;
    match format {
        Format::Text => output::result(&format!("{} is a copy of {}\n", to.display(), path.display()))?,
        Format::Json => output::json(&json!({
            "schema": "governance/backup/v1",
            "database": path.display().to_string(),
            "copy": to.display().to_string(),
        }))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// Makes the database of a copy.
pub(crate) async fn restore(
    copy: &Path,
    understood: &Understood,
    format: Format,
) -> Result<ExitCode, Failure> {
    let path = file_of(understood, "pg_restore")?;
    let doubted = restore_sqlite(copy, &path).await.map_err(|error| told(&error))?;
    match format {
        Format::Text => output::result(&format!(
            "{} is as {} was; {doubted} commands that were open then are looked for on GitHub before they are sent\n",
            path.display(),
            copy.display(),
        ))?,
        Format::Json => output::json(&json!({
            "schema": "governance/restored/v1",
            "database": path.display().to_string(),
            "copy": copy.display().to_string(),
            "commands_in_doubt": doubted,
        }))?,
    }
    Ok(ExitCode::SUCCESS)
}

/// The file that is meant, if the database is one.
fn file_of(understood: &Understood, tool: &str) -> Result<PathBuf, Failure> {
    match Database::of(understood)? {
        Database::Sqlite(path) => Ok(path),
        Database::Postgres(_) => Err(Failure::usage(
            format!("the database is PostgreSQL's, which has its own tools for this: {tool}"),
            "stop every server before restoring, and let nothing be open at the time of the copy",
        )),
    }
}

fn told(error: &StoreError) -> Failure {
    let help = if matches!(error, StoreError::CannotOpen { .. }) {
        "name a file that is not there yet; stop the server and move its database away before restoring"
    } else if matches!(error, StoreError::Corrupt { .. } | StoreError::ForeignFile { .. }) {
        "use another copy"
    } else if matches!(error, StoreError::NewerSchema { .. }) {
        "use the newer program"
    } else {
        "see that the disk has room and the folder may be written"
    };
    Failure::world(error.to_string(), help)
}
