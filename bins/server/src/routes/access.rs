//! Who is asking: the token of a request, and whether it may do what is asked.

use crate::parts::Shared;
use crate::problem::Problem;
use crate::tokens::{Scope, Token, find};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};

const REMEDY: &str = "draw a token with `governance-app token new NAME --scope SCOPE --expires DAYS` and send it as `Authorization: Bearer TOKEN`";

/// The actor behind a request that may do this: `token:NAME`.
///
/// # Errors
/// 401 without a token that counts, 403 if it may not do this, 503 if the tokens cannot be read.
pub(super) async fn actor(shared: &Shared, headers: &HeaderMap, scope: Scope) -> Result<String, Problem> {
    let unknown = |detail: &str| Problem::new(StatusCode::UNAUTHORIZED, detail, REMEDY);
    let mut values = headers.get_all(AUTHORIZATION).iter();
    let only = values.next().filter(|_| values.next().is_none());
    let text = only
        .and_then(|value| value.to_str().ok())
        .and_then(|value| value.strip_prefix("Bearer "))
        .ok_or_else(|| unknown("the request bears no token"))?;
    let tokens = tokens(shared).await?;
    let token = find(&tokens, text).ok_or_else(|| unknown("the token is not known"))?;
    if token.expires <= shared.clock.now() {
        return Err(unknown("the token has expired"));
    }
    if token.scope < scope {
        let detail = format!("the token `{}` may {}, not {scope}", token.name, token.scope);
        return Err(Problem::new(StatusCode::FORBIDDEN, detail, REMEDY));
    }
    Ok(format!("token:{}", token.name))
}

/// Read anew for every request, beside the other requests.
async fn tokens(shared: &Shared) -> Result<Vec<Token>, Problem> {
    let source = shared.configuration.tokens.clone();
    let read = tokio::task::spawn_blocking(move || source.read()).await;
    let failed = |reason: String| {
        tracing::error!(error = reason, "failed to read the tokens of the API");
        Problem::unavailable("the tokens of the API cannot be read")
    };
    match read {
        Ok(Ok(tokens)) => Ok(tokens),
        Ok(Err(error)) => Err(failed(error.to_string())),
        Err(error) => Err(failed(error.to_string())),
    }
}
