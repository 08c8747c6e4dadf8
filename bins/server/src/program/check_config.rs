//! `governance-app check-config`: what the configuration means, without any secret.

use super::arguments::Format;
use super::database::Database;
use super::failure::Failure;
use super::output;
use super::understood::Understood;
use runtime::configuration::{AppSettings, GovernanceSettings, TriggerSettings};
use runtime::github::GithubPlaces;
use serde_json::{Value, json};
use std::fmt::Write as _;
use std::process::ExitCode;

/// Says it.
pub(crate) async fn run(understood: &Understood, format: Format) -> Result<ExitCode, Failure> {
    let server = understood.server()?;
    let database = Database::of(understood)?;
    for (key, app) in [
        ("private_key_path", &understood.configuration.github.app),
        (
            "release.private_key_path",
            &understood.configuration.github.release,
        ),
    ] {
        if let Some(secret) = &app.private_key {
            understood.resolve(key, secret)?;
        }
    }
    let mut document = document(understood, server.webhook_secrets.count(), &database);
    if let Some(governance) = &understood.configuration.governance {
        document["governance"] = landed(understood, governance).await;
    }
    match format {
        Format::Json => output::json(&document)?,
        Format::Text => output::result(&lines(&document))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn document(understood: &Understood, webhook_secrets: usize, database: &Database) -> Value {
    let configuration = &understood.configuration;
    let (github, release) = (&configuration.github, &configuration.release);
    let repositories: serde_json::Map<String, Value> = configuration
        .repositories
        .iter()
        .map(|(name, settings)| {
            let settings = json!({
                "repo": settings.repo.as_ref().map(ToString::to_string),
                "workflow": settings.workflow,
                "event_type": settings.event_type,
                "worker": settings.worker,
                "optional": settings.optional,
            });
            (name.to_string(), settings)
        })
        .collect();
    json!({
        "schema": "governance/configuration/v1",
        "file": understood.file,
        "github": {
            "api_url": github.api_url,
            "owner": github.owner,
            "dry_run": github.dry_run,
            "app": app(&github.app),
            "release": app(&github.release),
            "webhook_secrets": webhook_secrets,
        },
        "server": {
            "host": configuration.server.host,
            "port": configuration.server.port,
            "tokens_file": configuration.server.tokens_file,
        },
        "database": { "url": database.shown() },
        "release": {
            "name": release.name,
            "repository": release.repository.as_ref().map(ToString::to_string),
            "platforms": release.platforms,
            "approvals_required": release.approvals_required,
            "allow_token_approvals": release.allow_token_approvals,
            "changelog": release.changelog,
            "triggers": triggers(&release.triggers),
        },
        "repositories": repositories,
    })
}

/// Whether what lands is compared, and whether it can be. Nothing is kept anywhere for that question.
async fn landed(understood: &Understood, governance: &GovernanceSettings) -> Value {
    if !governance.compare_landed {
        return json!({ "compare_landed": false });
    }
    let mirrors = super::github::mirrors(understood, &GithubPlaces::new("".into()));
    let git = match mirrors.version().await {
        Ok(version) => version.to_owned(),
        Err(error) => format!("what lands cannot be compared: {error}"),
    };
    json!({ "compare_landed": true, "git": git })
}

fn app(app: &AppSettings) -> Value {
    json!({ "app_id": app.app_id, "private_key": app.private_key.is_some() })
}

fn triggers(triggers: &TriggerSettings) -> Value {
    let names = |logins: &std::collections::BTreeSet<runtime::configuration::Login>| {
        logins.iter().map(ToString::to_string).collect::<Vec<_>>()
    };
    json!({
        "production": names(&triggers.production),
        "prerelease": names(&triggers.prerelease),
    })
}

/// Every value on a line of its own, below the name of its section.
fn lines(document: &Value) -> String {
    let mut text = String::new();
    write_lines(&mut text, "", document);
    text
}

fn write_lines(text: &mut String, path: &str, value: &Value) {
    let Some(object) = value.as_object() else {
        let shown = match value {
            Value::Null => "not set".to_owned(),
            Value::String(word) => word.clone(),
            Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
        };
        // Writing to a text does not fail.
        let _ = writeln!(text, "{path} = {shown}");
        return;
    };
    for (key, value) in object {
        let below = if path.is_empty() {
            key.clone()
        } else {
            format!("{path}.{key}")
        };
        write_lines(text, &below, value);
    }
}
