//! `governance release list`: the releases of a state file.

use super::state_file;
use crate::arguments::Format;
use crate::commands::database::of_store;
use crate::view::Table;
use crate::{Exit, Failure, output};
use serde_json::json;
use std::path::Path;
use storage::{ReleaseSummary, Store};

/// Digits of a plan's digest in the table: enough to tell plans apart.
const DIGEST_CHARS: usize = 12;

/// Writes the list, newest first.
pub(crate) async fn run(state: &Path, format: Format) -> Result<Exit, Failure> {
    let store = state_file::open(state).await?;
    let rows = store.list_releases().await.map_err(|error| of_store(&error))?;
    match format {
        Format::Json => output::json(&json!({
            "schema": "governance/release-list/v1",
            "releases": rows.iter().map(entry).collect::<Vec<_>>(),
        }))?,
        Format::Text if rows.is_empty() => output::result("no releases\n")?,
        Format::Text => output::result(&table(&rows))?,
    }
    Ok(Exit::Yes)
}

fn entry(row: &ReleaseSummary) -> serde_json::Value {
    json!({
        "release": row.row.name,
        "version": row.row.version,
        "state": row.row.phase,
        "plan_digest": row.row.plan_digest,
        "created": row.created_at,
        "updated": row.updated_at,
    })
}

fn table(rows: &[ReleaseSummary]) -> String {
    let mut table = Table::new(&["release", "version", "state", "started", "last moved", "plan"]);
    for row in rows {
        table.row(vec![
            row.row.name.to_string(),
            row.row.version.to_string(),
            row.row.phase.replace('_', " "),
            row.created_at.to_string(),
            row.updated_at.to_string(),
            row.row.plan_digest.hex().chars().take(DIGEST_CHARS).collect(),
        ]);
    }
    table.render()
}
