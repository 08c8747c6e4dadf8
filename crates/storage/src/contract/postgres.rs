//! Room for a store in a PostgreSQL server that many tests use at once.

use crate::StoreError;
use sqlx::{AssertSqlSafe, Connection as _, PgConnection};

/// The variable that names the server to the tests; `cargo xtask test` sets it.
const SERVER: &str = "HOUSE_TESTS_POSTGRES";

/// The address of the server that tests may use; without one they say so and do nothing.
#[expect(
    clippy::disallowed_methods,
    clippy::print_stderr,
    reason = "which server there is, only whoever starts the tests knows; and whoever reads what they print must not believe that they ran"
)]
pub fn test_server() -> Option<String> {
    let named = std::env::var(SERVER).ok();
    if named.is_none() {
        eprintln!("not run: {SERVER} names no PostgreSQL server");
    }
    named
}

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
