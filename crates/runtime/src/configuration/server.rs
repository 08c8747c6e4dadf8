//! `[server]` and `[database]`: where the server listens and where it writes everything down.

use super::Secret;
use super::document::{Document, Value};
use super::github::secret;
use super::values::{argument, field, number};
use std::path::PathBuf;
use toml::de::DeTable;

const PORT_MAX: u64 = 65_535;
const PORT_DEFAULT: u16 = 8080;
/// Only this machine: whoever wants more says so.
const HOST_DEFAULT: &str = "127.0.0.1";

/// `[server]`: where the server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSettings {
    /// The host's address or name.
    pub host: String,
    /// The port; 0: one that is free.
    pub port: u16,
    /// The file of the API's tokens; absent: nobody may use the API.
    pub tokens_file: Option<PathBuf>,
}

impl Default for ServerSettings {
    fn default() -> Self {
        Self {
            host: HOST_DEFAULT.to_owned(),
            port: PORT_DEFAULT,
            tokens_file: None,
        }
    }
}

/// `[database]`: where everything is written down.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DatabaseSettings {
    /// `sqlite:PATH` or `postgres://...`, which may hold a password.
    pub url: Option<Secret>,
}

/// Reads `[server]`; where the table is absent, the defaults.
pub(super) fn read_server(document: &mut Document, root: &DeTable<'_>) -> ServerSettings {
    let mut settings = ServerSettings::default();
    let Some(table) = document.table("", root, "server") else {
        return settings;
    };
    document.check_keys("server", table, &["host", "port", "tokens_file"]);
    if let Some(host) = field(document, table, "host", filled) {
        settings.host = host;
    }
    let port = field(document, table, "port", |document, key, value| {
        number(document, key, value, 0..=PORT_MAX, "ports")
    });
    settings.port = port
        .and_then(|port| u16::try_from(port).ok())
        .unwrap_or(settings.port);
    settings.tokens_file = field(document, table, "tokens_file", filled).map(PathBuf::from);
    settings
}

/// Reads `[database]`; where the table is absent, the defaults.
pub(super) fn read_database(document: &mut Document, root: &DeTable<'_>) -> DatabaseSettings {
    let Some(table) = document.table("", root, "database") else {
        return DatabaseSettings::default();
    };
    document.check_keys("database", table, &["url"]);
    DatabaseSettings {
        url: field(document, table, "url", secret),
    }
}

fn filled(document: &mut Document, key: &str, value: &Value<'_>) -> Option<String> {
    let text = argument(document, key, value)?;
    if text.is_empty() {
        let remedy = format!("write a value, or leave `{key}` out");
        document.problem_at(value.span(), format!("`{key}` is empty"), &remedy);
        return None;
    }
    Some(text)
}
