//! A state file from beneath: as an older program had left it, or to look at what no command shows.

use sqlx::sqlite::SqliteConnectOptions;
use sqlx::{ConnectOptions as _, Connection as _, SqliteConnection};
use std::path::Path;

/// Runs statements on the file, in order; the number that the last one answers, if it does.
#[track_caller]
pub(crate) fn ask(state: &Path, statements: &[&'static str]) -> Option<i64> {
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    runtime.block_on(async {
        let mut connection: SqliteConnection = SqliteConnectOptions::new()
            .filename(state)
            .connect()
            .await
            .unwrap();
        let mut answer = None;
        for statement in statements {
            answer = sqlx::query_scalar(*statement)
                .fetch_optional(&mut connection)
                .await
                .unwrap();
        }
        connection.close().await.unwrap();
        answer
    })
}
