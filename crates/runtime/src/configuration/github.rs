//! `[github]` and `[github.release]`: which Apps speak for us, and with which secret GitHub signs what it sends.

use super::Secret;
use super::document::{Document, Value};
use super::values::{distinct, field, number, parsed, text, truth};
use domain_types::RepoName;
use std::path::PathBuf;
use toml::de::DeTable;

const KEYS: &[&str] = &[
    "app_id",
    "private_key_path",
    "webhook_secret",
    "webhook_secret_next",
    "owner",
    "api_url",
    "download_hosts",
    "dry_run",
    "release",
];

const RELEASE_KEYS: &[&str] = &["app_id", "private_key_path"];

/// Where GitHub's own API is.
const API_URL_DEFAULT: &str = "https://api.github.com";

/// One App: its number and its key.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct AppSettings {
    /// The App's number.
    pub app_id: Option<u64>,
    /// Its private key: a file, or the variable that holds the text.
    pub private_key: Option<Secret>,
}

/// `[github]`: the gate's App, the door's secrets, and where the API is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GithubSettings {
    /// The gate's App.
    pub app: AppSettings,
    /// `[github.release]`: the App that may write contents. Without it the gate's does.
    pub release: AppSettings,
    /// The organisation that the Apps are installed in, where a repository names no owner.
    pub owner: Option<RepoName>,
    /// Where the API is, without a slash at its end.
    pub api_url: String,
    /// Hosts to which a download may lead beside GitHub's own: those of a GitHub Enterprise Server.
    pub download_hosts: Vec<String>,
    /// What GitHub signs its deliveries with.
    pub webhook_secret: Option<Secret>,
    /// What it will sign them with: both count while the secret is being changed.
    pub webhook_secret_next: Option<Secret>,
    /// Nothing is enforced, and what is written says so.
    pub dry_run: bool,
}

impl Default for GithubSettings {
    fn default() -> Self {
        Self {
            app: AppSettings::default(),
            release: AppSettings::default(),
            owner: None,
            api_url: API_URL_DEFAULT.to_owned(),
            download_hosts: Vec::new(),
            webhook_secret: None,
            webhook_secret_next: None,
            dry_run: false,
        }
    }
}

/// Reads `[github]`; where the table is absent, the defaults.
pub(super) fn read(document: &mut Document, root: &DeTable<'_>) -> GithubSettings {
    let mut settings = GithubSettings::default();
    let Some(table) = document.table("", root, "github") else {
        return settings;
    };
    document.check_keys("github", table, KEYS);
    settings.app = app(document, table);
    settings.owner = field(document, table, "owner", parsed);
    if let Some(api_url) = field(document, table, "api_url", url) {
        settings.api_url = api_url;
    }
    settings.download_hosts = field(document, table, "download_hosts", distinct).unwrap_or_default();
    settings.webhook_secret = field(document, table, "webhook_secret", secret);
    settings.webhook_secret_next = field(document, table, "webhook_secret_next", secret);
    settings.dry_run = field(document, table, "dry_run", truth).unwrap_or_default();
    if let Some(release) = document.table("github.", table, "release") {
        document.check_keys("github.release", release, RELEASE_KEYS);
        settings.release = app(document, release);
    }
    settings
}

fn app(document: &mut Document, table: &DeTable<'_>) -> AppSettings {
    AppSettings {
        app_id: field(document, table, "app_id", |document, key, value| {
            number(document, key, value, 1..=u64::MAX, "ids")
        }),
        private_key: field(document, table, "private_key_path", key_place),
    }
}

/// A path, `file:PATH`, or `env:NAME` for a variable that holds the key itself.
fn key_place(document: &mut Document, key: &str, value: &Value<'_>) -> Option<Secret> {
    Some(match secret(document, key, value)? {
        Secret::Inline(path) => Secret::File(PathBuf::from(path)),
        elsewhere @ (Secret::Environment(_) | Secret::File(_)) => elsewhere,
    })
}

/// An address that requests are made of.
pub(super) fn url(document: &mut Document, key: &str, value: &Value<'_>) -> Option<String> {
    let text = text(document, key, value)?;
    let host = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"));
    let is_whole = host.is_some_and(|host| !host.is_empty() && !host.starts_with('/'));
    if !is_whole || text.contains(char::is_whitespace) {
        let message = format!("`{key}` is not an address");
        document.problem_at(
            value.span(),
            message,
            "write it whole, as `https://github.example.org`",
        );
        return None;
    }
    Some(text.trim_end_matches('/').to_owned())
}

/// A secret, or where it is.
pub(super) fn secret(document: &mut Document, key: &str, value: &Value<'_>) -> Option<Secret> {
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
