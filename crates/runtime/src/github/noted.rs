//! The note of a dispatch: it is stored before anything is sent, so what was never noted was never sent.

use super::dispatch::Handle;
use crate::book;
use crate::error::sentence;
use crate::ports::Unfinished;
use domain_types::BuildId;
use orchestrator::{Command, Failure, FailureKind};
use storage::{IntentRow, Store};

/// What was noted when a build was last about to be begun; none if it never was.
///
/// # Errors
/// In doubt if the store does not answer; a failure if the note is damaged.
pub(super) async fn noted(store: &dyn Store, build: &BuildId) -> Result<Option<Handle>, Unfinished> {
    let rows = store.intents(&build.release).await;
    let rows = rows.map_err(|error| Unfinished::Unknown {
        reason: sentence(&error),
    })?;
    let begins = |row: &&IntentRow| {
        let command = book::command(&row.intent.body);
        matches!(command, Ok(Command::StartBuild { build: begun, priority: _ }) if begun == *build)
    };
    let handle = rows
        .iter()
        .find(begins)
        .and_then(|row| row.intent.handle.as_deref());
    Ok(handle.map(read).transpose()?)
}

/// A note as it was written.
///
/// # Errors
/// If it is damaged.
pub(super) fn read(handle: &str) -> Result<Handle, Failure> {
    serde_json::from_str(handle).map_err(|error| {
        Failure::new(
            FailureKind::Source,
            format!("a stored dispatch is damaged: {error}"),
        )
    })
}
