//! Counting what waits in SQLite. What is settled is not looked at.

use crate::backlog::{OPEN_INTENTS, PENDING_ROWS};
use crate::row;
use crate::{Backlog, StoreError};
use sqlx::SqliteConnection;

pub(super) async fn count(connection: &mut SqliteConnection) -> Result<Backlog, StoreError> {
    let pending = sqlx::query(PENDING_ROWS).fetch_one(&mut *connection).await?;
    let open = sqlx::query(OPEN_INTENTS).fetch_one(&mut *connection).await?;
    Ok(Backlog {
        pending: row::count(&pending, "pending")?,
        oldest: row::optional_time(&pending, "oldest")?,
        intents: row::count(&open, "intents")?,
        sending: row::count(&open, "sending")?,
        unknown: row::count(&open, "unknown")?,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{Claim, NewInboxRow, OpenMode, Store as _, open_sqlite};
    use domain_types::Timestamp;

    #[tokio::test]
    async fn what_waits_is_counted_and_what_is_decided_is_not() {
        let folder = tempfile::tempdir().unwrap();
        let at = Timestamp::from_seconds;
        let path = folder.path().join("state.db");
        let store = open_sqlite(&path, OpenMode::CreateOrMigrate, at(0))
            .await
            .unwrap();
        assert_eq!(store.backlog().await.unwrap(), Some(Backlog::default()));
        for second in [7, 5, 9] {
            let row = NewInboxRow {
                key: format!("key/{second}"),
                release: None,
                kind: "kind".to_owned(),
                body: "{}".to_owned(),
                actor: "actor".to_owned(),
            };
            let _ = store.append_inbox(&[row], at(second)).await.unwrap();
        }
        let claim = Claim {
            owner: "owner".to_owned(),
            now: at(10),
            lease_seconds: 60,
            release: None,
        };
        let first = store.claim_inbox(&claim).await.unwrap().unwrap();
        store.refuse_inbox(&first.lease, "because", at(11)).await.unwrap();
        let expected = Backlog {
            pending: 2,
            oldest: Some(at(5)),
            ..Backlog::default()
        };
        assert_eq!(store.backlog().await.unwrap(), Some(expected));
    }
}
