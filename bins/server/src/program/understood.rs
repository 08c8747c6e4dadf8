//! The configuration with everything that it points to: the file, the variables that win over it, the secrets.

use super::failure::Failure;
use super::surroundings::Surroundings;
use crate::configuration::{ServerConfiguration, TokenApprovals};
use crate::tokens::TokenSource;
use crate::webhook_secret::{WeakSecret, WebhookSecret, WebhookSecrets};
use runtime::configuration::{
    CONFIGURATION_BYTES_MAX, Configuration, FILE_NAME_DEFAULT, Secret, read_configuration,
};
use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::{Path, PathBuf};

/// Longest file of a secret in bytes: a private key has four thousand.
const SECRET_FILE_BYTES_MAX: u64 = 64 * 1024;

/// Where programs are looked for if nobody says.
const PATH_DEFAULT: &str = "/usr/local/bin:/usr/bin:/bin";

/// The configuration, and what resolves its secrets.
pub(crate) struct Understood {
    pub(crate) configuration: Configuration,
    /// The file that was read, if there was one.
    pub(crate) file: Option<PathBuf>,
    surroundings: Surroundings,
}

/// Reads the file and lets the variables win.
pub(crate) fn read(file: Option<&Path>, surroundings: &Surroundings) -> Result<Understood, Failure> {
    let path = file.unwrap_or(Path::new(FILE_NAME_DEFAULT));
    let text = read_text(path, CONFIGURATION_BYTES_MAX as u64 + 1);
    let (mut configuration, found) = match text {
        Ok(text) => (parse(path, &text, surroundings)?, true),
        Err(error) if error.kind() == ErrorKind::NotFound && file.is_none() => {
            (Configuration::without_file(&surroundings.defaults()), false)
        }
        Err(error) => {
            let text = format!("failed to read {}: {error}", path.display());
            return Err(Failure::usage(
                text,
                "name the configuration with `--config FILE`",
            ));
        }
    };
    let overridden = configuration.override_by(&surroundings.variables);
    overridden.map_err(|problems| {
        let message =
            |problem: &runtime::configuration::VariableProblem| (problem.to_string(), String::new());
        Failure::usage_of(problems.iter().map(message))
    })?;
    Ok(Understood {
        configuration,
        file: found.then(|| path.to_owned()),
        surroundings: surroundings.clone(),
    })
}

fn parse(path: &Path, text: &str, surroundings: &Surroundings) -> Result<Configuration, Failure> {
    let name = path.display().to_string();
    read_configuration(&name, text, &surroundings.defaults()).map_err(|problems| {
        let message =
            |problem: &runtime::configuration::Problem| (problem.to_string(), problem.remedy.clone());
        Failure::usage_of(problems.iter().map(message))
    })
}

fn read_text(path: &Path, bytes_max: u64) -> std::io::Result<String> {
    let mut text = String::new();
    File::open(path)?.take(bytes_max).read_to_string(&mut text)?;
    Ok(text)
}

impl Understood {
    /// What a secret of the configuration is. The text must not be shown.
    pub(crate) fn resolve(&self, key: &str, secret: &Secret) -> Result<String, Failure> {
        match secret {
            Secret::Inline(text) => Ok(text.clone()),
            Secret::Environment(name) => self.surroundings.variables.get(name).cloned().ok_or_else(|| {
                let text = format!("`{key}` is to come from the variable {name}, which is not set");
                Failure::usage(text, "set it, or name another place")
            }),
            Secret::File(path) => {
                let text = read_text(path, SECRET_FILE_BYTES_MAX).map_err(|error| {
                    let text = format!("`{key}` is to come from {}: {error}", path.display());
                    Failure::usage(text, "put it there, or name another place")
                })?;
                let line = text.strip_suffix('\n').unwrap_or(&text);
                Ok(line.strip_suffix('\r').unwrap_or(line).to_owned())
            }
        }
    }

    /// Where programs are looked for.
    pub(crate) fn path(&self) -> String {
        let path = self.surroundings.variables.get("PATH");
        path.map_or(PATH_DEFAULT, String::as_str).to_owned()
    }

    /// Everything that the server needs to know, or all that is missing.
    pub(crate) fn server(&self) -> Result<ServerConfiguration, Failure> {
        let settings = &self.configuration;
        let tokens = match &settings.server.tokens_file {
            Some(path) => TokenSource::File(path.clone()),
            None => TokenSource::Nobody,
        };
        tokens
            .read()
            .map_err(|error| Failure::usage(error, "mend the file of tokens, or name another one"))?;
        Ok(ServerConfiguration {
            host: settings.server.host.clone(),
            port: settings.server.port,
            webhook_secrets: self.webhook_secrets()?,
            tokens,
            token_approvals: match settings.release.allow_token_approvals {
                true => TokenApprovals::Allowed,
                false => TokenApprovals::Refused,
            },
        })
    }

    fn webhook_secrets(&self) -> Result<WebhookSecrets, Failure> {
        let github = &self.configuration.github;
        let secret = |key: &str, secret: &Secret| {
            let text = self.resolve(key, secret)?;
            WebhookSecret::new(text).map_err(|error| weak(key, error))
        };
        let Some(current) = &github.webhook_secret else {
            return Err(Failure::usage(
                "`webhook_secret` in [github] is not set: nobody could tell GitHub's deliveries from forged ones",
                "write `webhook_secret = \"file:PATH\"`, or set GITHUB_WEBHOOK_SECRET",
            ));
        };
        let current = secret("webhook_secret", current)?;
        let next = github.webhook_secret_next.as_ref();
        let next = next.map(|next| secret("webhook_secret_next", next)).transpose()?;
        WebhookSecrets::new(current, next).map_err(|error| weak("webhook_secret_next", error))
    }
}

fn weak(key: &str, error: WeakSecret) -> Failure {
    Failure::usage(
        format!("`{key}` in [github]: {error}"),
        "draw one with `openssl rand -hex 32`, and set the same in the settings of the GitHub App",
    )
}
