//! Servers beside each other, or one rebuild and nobody else.

use super::TestSchema;
use crate::{PostgresPlace, Presence, StoreError, enter_postgres};

async fn enter(schema: &TestSchema, presence: Presence) -> Result<PostgresPlace, StoreError> {
    enter_postgres(&schema.url, presence).await
}

fn refused(entered: Result<PostgresPlace, StoreError>) -> String {
    match entered {
        Err(StoreError::Occupied { by, .. }) => by.to_owned(),
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn servers_work_beside_each_other_and_beside_no_rebuild() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let one = enter(&schema, Presence::Shared).await.unwrap();
    let mut other = enter(&schema, Presence::Shared).await.unwrap();
    let alone = enter(&schema, Presence::Alone).await;
    assert_eq!(refused(alone), "a server or another rebuild");
    one.leave().await;
    other.keep().await.unwrap();
    let alone = enter(&schema, Presence::Alone).await;
    assert_eq!(refused(alone), "a server or another rebuild");
    other.leave().await;
    let alone = enter(&schema, Presence::Alone).await.unwrap();
    assert_eq!(refused(enter(&schema, Presence::Shared).await), "a rebuild");
    let second = enter(&schema, Presence::Alone).await;
    assert_eq!(refused(second), "a server or another rebuild");
    // Other schemas are other databases.
    let elsewhere = TestSchema::new().await.unwrap();
    enter(&elsewhere, Presence::Shared).await.unwrap().leave().await;
    alone.leave().await;
    enter(&schema, Presence::Shared).await.unwrap().leave().await;
}

/// Ends every connection that holds a lock of a place, as a server that goes down would.
async fn cut(schema: &TestSchema) {
    use sqlx::Connection as _;
    let mut connection = sqlx::PgConnection::connect(&schema.url).await.unwrap();
    let cut = "SELECT COUNT(pg_terminate_backend(pid, 5000)) FROM pg_locks WHERE locktype = 'advisory' AND \
               ((classid::bigint << 32) | objid::bigint) = hashtextextended('governance-app ' || current_schema()::text, 0)";
    let many: i64 = sqlx::query_scalar(cut).fetch_one(&mut connection).await.unwrap();
    assert_eq!(many, 1);
}

#[tokio::test]
async fn a_place_whose_connection_is_lost_is_taken_again_by_a_server_and_by_no_rebuild() {
    let Some(schema) = TestSchema::new().await else {
        return;
    };
    let mut server = enter(&schema, Presence::Shared).await.unwrap();
    cut(&schema).await;
    server.keep().await.unwrap();
    assert_eq!(
        refused(enter(&schema, Presence::Alone).await),
        "a server or another rebuild"
    );
    // Somebody comes in before it looks.
    cut(&schema).await;
    let mut alone = enter(&schema, Presence::Alone).await.unwrap();
    let kept = server.keep().await;
    assert!(matches!(kept, Err(StoreError::Occupied { .. })), "{kept:?}");
    cut(&schema).await;
    let kept = alone.keep().await;
    assert!(matches!(kept, Err(StoreError::Disconnected { .. })), "{kept:?}");
    server.keep().await.unwrap();
}
