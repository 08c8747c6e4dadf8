//! The sections of the server. A local release does not use them; their known keys are checked for their kind, so
//! that one file serves both programs and a mistake shows early. Other keys there are the server's to judge.

use super::Secret;
use super::document::{Document, Value};
use super::values::{field, number, text, truth};
use toml::de::DeTable;

const PORT_MAX: u64 = 65_535;

/// Checks `[github]`, `[github.release]`, `[server]`, `[database]` and `[governance]`.
pub(super) fn check(document: &mut Document, root: &DeTable<'_>) {
    if let Some(github) = document.table("", root, "github") {
        check_app(document, github);
        if let Some(release) = document.table("github.", github, "release") {
            check_app(document, release);
        }
    }
    if let Some(server) = document.table("", root, "server") {
        field(document, server, "host", text_owned);
        field(document, server, "port", |document, key, value| {
            number(document, key, value, 0..=PORT_MAX, "ports")
        });
    }
    if let Some(database) = document.table("", root, "database") {
        field(document, database, "url", secret);
    }
    if let Some(governance) = document.table("", root, "governance") {
        field(document, governance, "source", text_owned);
        field(document, governance, "genesis_digest", text_owned);
    }
}

fn check_app(document: &mut Document, app: &DeTable<'_>) {
    field(document, app, "app_id", |document, key, value| {
        number(document, key, value, 1..=u64::MAX, "ids")
    });
    field(document, app, "private_key_path", secret);
    field(document, app, "webhook_secret", secret);
    field(document, app, "api_url", text_owned);
    field(document, app, "dry_run", truth);
}

fn text_owned(document: &mut Document, key: &str, value: &Value<'_>) -> Option<String> {
    text(document, key, value).map(str::to_owned)
}

fn secret(document: &mut Document, key: &str, value: &Value<'_>) -> Option<Secret> {
    let secret = Secret::parse(text(document, key, value)?);
    if secret.is_none() {
        let message = format!("`{key}` names no secret");
        document.problem_at(
            value.span(),
            message,
            "write `env:NAME`, `file:PATH` or the secret itself",
        );
    }
    secret
}
