//! The one configuration format of server and command line: TOML text in, a typed [`Configuration`] out.
//!
//! What it is for: every value is understood here, once, or refused with its place (file, line, column), what was
//! expected and what to write instead; all problems at once. A value that cannot be understood is never replaced by
//! a default. What it does not do: read files, the environment or secrets, or judge whether a repository exists.
//! The sections of the server (`[github]`, `[server]`, `[database]`) do not concern a local release, nor does
//! `[governance]`.

mod document;
mod follow_up;
mod former_way;
mod github;
mod governance;
mod overrides;
mod planning;
mod problem;
mod release;
mod repository;
mod secret;
mod server;
mod triggers;
mod values;

#[cfg(test)]
mod tests;

pub use follow_up::{FollowUpCall, FollowUpSettings};
pub use former_way::{FormerStep, FormerWaySettings};
pub use github::{AppSettings, GithubSettings};
pub use governance::{GovernanceSettings, RulesSource};
pub use overrides::VariableProblem;
pub use problem::Problem;
pub use release::{Defaults, ReleaseSettings};
pub use repository::{ArtifactSetting, ForgeRepository, RepositorySettings, WorkerKind};
pub use secret::Secret;
pub use server::{DatabaseSettings, ServerSettings};
pub use triggers::{InvalidLogin, Login, TriggerSettings};

use document::Document;
use domain_types::RepoName;
use std::collections::BTreeMap;
use std::path::PathBuf;

/// Longest configuration text in bytes: thousands of repositories fit, a file that is no configuration does not.
pub const CONFIGURATION_BYTES_MAX: usize = 1024 * 1024;

/// Name of the configuration file where none is given on the command line.
pub const FILE_NAME_DEFAULT: &str = "governance-app.toml";

/// What is configured: how to release, and the repositories by name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Configuration {
    /// `[release]`.
    pub release: ReleaseSettings,
    /// `[repositories.NAME]`, by the name that the manifest uses.
    pub repositories: BTreeMap<RepoName, RepositorySettings>,
    /// `[github]`; not used by a local release.
    pub github: GithubSettings,
    /// `[server]`; not used by a local release.
    pub server: ServerSettings,
    /// `[database]`; not used by a local release.
    pub database: DatabaseSettings,
    /// `[governance]`; absent: no pull request is looked at. Not used by a local release.
    pub governance: Option<GovernanceSettings>,
}

impl Configuration {
    /// What holds where no configuration file exists.
    pub fn without_file(defaults: &Defaults) -> Self {
        Self {
            release: ReleaseSettings::default_of(defaults),
            repositories: BTreeMap::new(),
            github: GithubSettings::default(),
            server: ServerSettings::default(),
            database: DatabaseSettings::default(),
            governance: None,
        }
    }

    /// The settings of a repository of the manifest: the table of its name, else the table that has it as an alias,
    /// else those of an empty table.
    pub fn repository(&self, name: &RepoName) -> RepositorySettings {
        self.entry(name)
            .map(|(_, settings)| settings.clone())
            .unwrap_or_default()
    }

    /// Where in a workspace the repository may lie, best first: its configured path, else its name in the manifest,
    /// its name in the configuration, then its aliases.
    pub fn folder_candidates(&self, name: &RepoName) -> Vec<PathBuf> {
        let Some((configured, settings)) = self.entry(name) else {
            return vec![PathBuf::from(name.as_str())];
        };
        if let Some(path) = &settings.path {
            return vec![path.clone()];
        }
        let others = std::iter::once(configured)
            .chain(&settings.aliases)
            .filter(|other| *other != name);
        std::iter::once(name)
            .chain(others)
            .map(|name| PathBuf::from(name.as_str()))
            .collect()
    }

    fn entry(&self, name: &RepoName) -> Option<(&RepoName, &RepositorySettings)> {
        let by_alias = || {
            self.repositories
                .iter()
                .find(|(_, settings)| settings.aliases.contains(name))
        };
        self.repositories.get_key_value(name).or_else(by_alias)
    }

    /// Seconds that a build of this repository may wait for a runner.
    pub fn queued_seconds_max(&self, name: &RepoName) -> u64 {
        let own = self
            .entry(name)
            .and_then(|(_, settings)| settings.queued_seconds_max);
        own.unwrap_or(self.release.queued_seconds_max)
    }

    /// Seconds that a build of this repository may run.
    pub fn running_seconds_max(&self, name: &RepoName) -> u64 {
        let own = self
            .entry(name)
            .and_then(|(_, settings)| settings.running_seconds_max);
        own.unwrap_or(self.release.running_seconds_max)
    }
}

/// Reads a configuration text; `file` is its name in problems.
///
/// # Errors
/// Every problem of the text, in the order of their places; never an empty list.
pub fn read_configuration(
    file: &str,
    text: &str,
    defaults: &Defaults,
) -> Result<Configuration, Vec<Problem>> {
    let mut document = Document::new(file, text);
    if text.len() > CONFIGURATION_BYTES_MAX {
        let message = format!(
            "this file has {} bytes, at most {CONFIGURATION_BYTES_MAX} are read",
            text.len()
        );
        document.problem(0, message, "name the configuration file, not another one");
        return Err(document.into_problems());
    }
    let root = document.parse(text);
    let keys = [
        "release",
        "repositories",
        "github",
        "server",
        "database",
        "governance",
    ];
    document.check_keys("", &root, &keys);
    let configuration = Configuration {
        release: release::read(&mut document, &root, defaults),
        repositories: repository::read_all(&mut document, &root),
        github: github::read(&mut document, &root),
        server: server::read_server(&mut document, &root),
        database: server::read_database(&mut document, &root),
        governance: governance::read(&mut document, &root),
    };
    let problems = document.into_problems();
    if problems.is_empty() {
        Ok(configuration)
    } else {
        Err(problems)
    }
}
