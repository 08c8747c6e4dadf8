//! `governance-app migrate`: makes the database, or moves its schema forward.

use super::arguments::Format;
use super::database::Database;
use super::failure::Failure;
use super::output;
use super::understood::Understood;
use runtime::SystemClock;
use runtime::ports::Clock as _;
use serde_json::json;
use std::process::ExitCode;
use storage::OpenMode;

/// Does it; again changes nothing.
pub(crate) async fn run(understood: &Understood, format: Format) -> Result<ExitCode, Failure> {
    let database = Database::of(understood)?;
    database
        .open(OpenMode::CreateOrMigrate, SystemClock.now())
        .await
        .map(drop)?;
    match format {
        Format::Text => output::result(&format!("{} has the newest schema\n", database.shown()))?,
        Format::Json => output::json(&json!({
            "schema": "governance/migrated/v1",
            "database": database.shown(),
        }))?,
    }
    Ok(ExitCode::SUCCESS)
}
