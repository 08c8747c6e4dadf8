//! Room for a store in a PostgreSQL server that many tests use at once.

use crate::StoreError;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// Makes an empty schema of this name, which is lower-case letters, digits and underscores, in place of the one that had it; answers the
/// address under which a store finds nothing else.
///
/// # Errors
/// What the database says.
pub async fn empty_schema(url: &str, name: &str) -> Result<String, StoreError> {
    let mut connection = PgConnection::connect(url).await?;
    let make = format!("DROP SCHEMA IF EXISTS {name} CASCADE; CREATE SCHEMA {name}");
    sqlx::raw_sql(AssertSqlSafe(make))
        .execute(&mut connection)
        .await?;
    connection.close().await?;
    let joined = if url.contains('?') { '&' } else { '?' };
    Ok(format!("{url}{joined}options[search_path]={name}"))
}
