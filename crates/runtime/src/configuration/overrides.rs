//! Variables of the environment that win over the file. They are given as data: only binaries read the environment.

use super::{Configuration, Secret};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;

/// A variable that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct VariableProblem {
    /// Its name.
    pub variable: &'static str,
    /// What was expected: a lower-case fragment.
    pub message: &'static str,
}

impl fmt::Display for VariableProblem {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "the variable {} {}", self.variable, self.message)
    }
}

impl std::error::Error for VariableProblem {}

type Apply = fn(&mut Configuration, &str) -> Result<(), &'static str>;

/// Every variable that counts, and what it does.
const VARIABLES: [(&str, Apply); 7] = [
    ("GITHUB_APP_ID", app_id),
    ("GITHUB_PRIVATE_KEY_PATH", private_key),
    ("GITHUB_WEBHOOK_SECRET", webhook_secret),
    ("DATABASE_URL", database_url),
    ("DRY_RUN_MODE", dry_run),
    ("SERVER_HOST", host),
    ("SERVER_PORT", port),
];

impl Configuration {
    /// Lets these variables win; others do not concern it.
    ///
    /// # Errors
    /// Every variable that cannot be understood.
    pub fn override_by(&mut self, variables: &BTreeMap<String, String>) -> Result<(), Vec<VariableProblem>> {
        let mut problems = Vec::new();
        for (variable, apply) in VARIABLES {
            let Some(value) = variables.get(variable) else {
                continue;
            };
            let applied = match value.trim().is_empty() {
                true => Err("is empty: give it a value, or unset it"),
                false => apply(self, value),
            };
            if let Err(message) = applied {
                problems.push(VariableProblem { variable, message });
            }
        }
        if problems.is_empty() {
            Ok(())
        } else {
            Err(problems)
        }
    }
}

fn app_id(configuration: &mut Configuration, value: &str) -> Result<(), &'static str> {
    let id = value.parse().ok().filter(|id: &u64| *id > 0);
    configuration.github.app.app_id = Some(id.ok_or("is not the number of an App")?);
    Ok(())
}

fn private_key(configuration: &mut Configuration, value: &str) -> Result<(), &'static str> {
    configuration.github.app.private_key = Some(Secret::File(PathBuf::from(value)));
    Ok(())
}

fn webhook_secret(configuration: &mut Configuration, value: &str) -> Result<(), &'static str> {
    configuration.github.webhook_secret = Some(Secret::Inline(value.to_owned()));
    Ok(())
}

fn database_url(configuration: &mut Configuration, value: &str) -> Result<(), &'static str> {
    configuration.database.url = Some(Secret::Inline(value.to_owned()));
    Ok(())
}

fn dry_run(configuration: &mut Configuration, value: &str) -> Result<(), &'static str> {
    configuration.github.dry_run = match value.to_ascii_lowercase().as_str() {
        "true" | "1" => true,
        "false" | "0" => false,
        _ => return Err("is neither true nor false"),
    };
    Ok(())
}

fn host(configuration: &mut Configuration, value: &str) -> Result<(), &'static str> {
    configuration.server.host = value.to_owned();
    Ok(())
}

fn port(configuration: &mut Configuration, value: &str) -> Result<(), &'static str> {
    configuration.server.port = value.parse().map_err(|_| "is not a port from 0 to 65535")?;
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::configuration::Defaults;

    fn overridden(variables: &[(&str, &str)]) -> Result<Configuration, String> {
        let defaults = Defaults {
            runners: 1,
            platform: "linux-x86_64".parse().unwrap(),
        };
        let mut configuration = Configuration::without_file(&defaults);
        let owned = |(name, value): &(&str, &str)| ((*name).to_owned(), (*value).to_owned());
        match configuration.override_by(&variables.iter().map(owned).collect()) {
            Ok(()) => Ok(configuration),
            Err(problems) => Err(problems.iter().map(|problem| format!("{problem}\n")).collect()),
        }
    }

    #[test]
    fn each_variable_wins() {
        let configuration = overridden(&[
            ("GITHUB_APP_ID", "7"),
            ("GITHUB_PRIVATE_KEY_PATH", "/key.pem"),
            ("GITHUB_WEBHOOK_SECRET", "x"),
            ("DATABASE_URL", "sqlite:a.db"),
            ("DRY_RUN_MODE", "TRUE"),
            ("SERVER_HOST", "::"),
            ("SERVER_PORT", "0"),
            ("HOME", ""),
        ])
        .unwrap();
        assert_eq!(configuration.github.app.app_id, Some(7));
        assert_eq!(
            configuration.github.app.private_key,
            Some(Secret::File(PathBuf::from("/key.pem")))
        );
        assert_eq!(
            configuration.github.webhook_secret,
            Some(Secret::Inline("x".to_owned()))
        );
        assert_eq!(
            configuration.database.url,
            Some(Secret::Inline("sqlite:a.db".to_owned()))
        );
        assert!(configuration.github.dry_run);
        assert_eq!(
            (configuration.server.host.as_str(), configuration.server.port),
            ("::", 0)
        );
    }

    #[test]
    fn what_cannot_be_understood_is_never_a_default() {
        let problems = overridden(&[
            ("DRY_RUN_MODE", "yes"),
            ("GITHUB_APP_ID", "0"),
            ("GITHUB_WEBHOOK_SECRET", " "),
            ("SERVER_PORT", "65536"),
        ])
        .unwrap_err();
        assert_eq!(
            problems,
            "the variable GITHUB_APP_ID is not the number of an App\n\
             the variable GITHUB_WEBHOOK_SECRET is empty: give it a value, or unset it\n\
             the variable DRY_RUN_MODE is neither true nor false\n\
             the variable SERVER_PORT is not a port from 0 to 65535\n"
        );
    }
}
