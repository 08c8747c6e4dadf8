//! `[repositories.NAME]`: where a repository lies and how it is built.

use super::document::{Document, Value, kind, shown};
use super::release::SECONDS_MAX;
use super::values::{
    argument, commands, distinct, field, inner_path, list, number, parsed, platforms, truth,
};
use domain_types::{AssetName, Platform, RepoName};
use std::collections::BTreeMap;
use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;
use toml::de::DeTable;

const KEYS: &[&str] = &[
    "path",
    "repo",
    "aliases",
    "optional",
    "platforms",
    "build",
    "test",
    "env",
    "queued_seconds_max",
    "running_seconds_max",
    "expected_seconds",
    "artifacts",
    "workflow",
    "event_type",
    "worker",
];

/// `[owner/]name` of a repository on the forge.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ForgeRepository {
    /// The owner; where absent, the organisation that the App is installed in.
    pub owner: Option<RepoName>,
    /// The repository's name on the forge, which need not be its name in the manifest.
    pub name: RepoName,
}

impl FromStr for ForgeRepository {
    type Err = domain_types::Invalid;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text.split_once('/') {
            Some((owner, name)) => Ok(Self {
                owner: Some(owner.parse()?),
                name: name.parse()?,
            }),
            None => Ok(Self {
                owner: None,
                name: text.parse()?,
            }),
        }
    }
}

impl fmt::Display for ForgeRepository {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.owner {
            Some(owner) => write!(out, "{owner}/{}", self.name),
            None => write!(out, "{}", self.name),
        }
    }
}

/// How far the workflow that builds a repository keeps the contract of a worker.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum WorkerKind {
    /// Its runs show the id that was sent with the request.
    #[default]
    ByDispatchId,
    /// It knows no such id: which run is ours is told by repository, workflow, sender and time alone.
    Legacy,
}

impl WorkerKind {
    /// Whether it is of the usual kind.
    pub fn is_by_dispatch_id(&self) -> bool {
        *self == Self::ByDispatchId
    }
}

impl FromStr for WorkerKind {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        match text {
            "by-dispatch-id" => Ok(Self::ByDispatchId),
            "legacy" => Ok(Self::Legacy),
            _ => Err(format!(
                "there is no worker {text:?}, expected \"by-dispatch-id\" or \"legacy\""
            )),
        }
    }
}

/// A file that a build leaves behind and the release takes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct ArtifactSetting {
    /// Its name in the archive, without `.exe`.
    pub name: AssetName,
    /// Its path within the repository after the build, parts separated by `/`.
    pub path: String,
}

/// `[repositories.NAME]`. An empty table is the default of each.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct RepositorySettings {
    /// The folder, relative to the workspace.
    pub path: Option<PathBuf>,
    /// The repository on the forge, where its name differs.
    pub repo: Option<ForgeRepository>,
    /// Other names that `requires` and folders may use.
    pub aliases: Vec<RepoName>,
    /// A failure of this component does not block the release.
    pub optional: bool,
    /// Platforms to build for; absent: those of `[release]`.
    pub platforms: Option<Vec<Platform>>,
    /// The commands that build it, each a program and its arguments; absent: cargo.
    pub build: Option<Vec<Vec<String>>>,
    /// The commands that test it, after the build.
    pub test: Vec<Vec<String>>,
    /// Variables of those commands, beyond the short allow-list.
    pub env: BTreeMap<String, String>,
    /// Seconds that a build may wait for a runner.
    pub queued_seconds_max: Option<u64>,
    /// Seconds that a build may run.
    pub running_seconds_max: Option<u64>,
    /// Seconds that a build usually takes: the weight on the critical path.
    pub expected_seconds: Option<u64>,
    /// Files that the release takes; absent: the manifest's binaries from `target/release`.
    pub artifacts: Option<Vec<ArtifactSetting>>,
    /// The workflow file on the forge; not used by a local release.
    pub workflow: Option<String>,
    /// The event type of a dispatch on the forge; not used by a local release.
    pub event_type: Option<String>,
    /// What its workflow knows of dispatch ids; not used by a local release.
    pub worker: WorkerKind,
}

/// Reads all `[repositories.NAME]`.
pub(super) fn read_all(
    document: &mut Document,
    root: &DeTable<'_>,
) -> BTreeMap<RepoName, RepositorySettings> {
    let mut repositories = BTreeMap::new();
    let Some(tables) = document.table("", root, "repositories") else {
        return repositories;
    };
    for (key, value) in tables {
        let Some(table) = value.get_ref().as_table() else {
            let message = format!(
                "`repositories.{}` is {}, expected a table",
                shown(key.get_ref()),
                kind(value)
            );
            document.problem_at(
                value.span(),
                message,
                "write `[repositories.NAME]` on a line of its own",
            );
            continue;
        };
        let settings = read(document, &format!("repositories.{}", shown(key.get_ref())), table);
        match key.get_ref().parse::<RepoName>() {
            Ok(name) => {
                repositories.insert(name, settings);
            }
            Err(error) => {
                document.problem_at(key.span(), error.to_string(), "name a repository of the manifest")
            }
        }
    }
    check_aliases(document, tables, &repositories);
    repositories
}

fn read(document: &mut Document, path: &str, table: &DeTable<'_>) -> RepositorySettings {
    document.check_keys(path, table, KEYS);
    let seconds = |document: &mut Document, key: &str, value: &Value<'_>| {
        number(document, key, value, 1..=SECONDS_MAX, "seconds")
    };
    RepositorySettings {
        path: field(document, table, "path", folder),
        repo: field(document, table, "repo", parsed),
        aliases: field(document, table, "aliases", distinct).unwrap_or_default(),
        optional: field(document, table, "optional", truth).unwrap_or_default(),
        platforms: field(document, table, "platforms", platforms),
        build: field(document, table, "build", build_commands),
        test: field(document, table, "test", commands).unwrap_or_default(),
        env: field(document, table, "env", variables).unwrap_or_default(),
        queued_seconds_max: field(document, table, "queued_seconds_max", seconds),
        running_seconds_max: field(document, table, "running_seconds_max", seconds),
        expected_seconds: field(document, table, "expected_seconds", seconds),
        artifacts: field(document, table, "artifacts", artifacts),
        workflow: field(document, table, "workflow", argument),
        event_type: field(document, table, "event_type", argument),
        worker: field(document, table, "worker", parsed).unwrap_or_default(),
    }
}

fn folder(document: &mut Document, key: &str, value: &Value<'_>) -> Option<PathBuf> {
    let text = argument(document, key, value)?;
    if text.is_empty() {
        document.problem_at(
            value.span(),
            format!("`{key}` is empty"),
            "name the folder, relative to the workspace",
        );
        return None;
    }
    Some(PathBuf::from(text))
}

fn build_commands(document: &mut Document, key: &str, value: &Value<'_>) -> Option<Vec<Vec<String>>> {
    commands(document, key, value).filter(|commands| !commands.is_empty())
}

fn variables(document: &mut Document, key: &str, value: &Value<'_>) -> Option<BTreeMap<String, String>> {
    let Some(table) = value.get_ref().as_table() else {
        let message = format!("`{key}` is {}, expected a table of variables", kind(value));
        document.problem_at(value.span(), message, "write `env = { NAME = \"value\" }`");
        return None;
    };
    let mut variables = BTreeMap::new();
    for (name, value) in table {
        if !is_variable_name(name.get_ref()) {
            let message = format!("{:?} is not the name of a variable", shown(name.get_ref()));
            document.problem_at(
                name.span(),
                message,
                "use letters, digits and _, not beginning with a digit",
            );
        } else if let Some(text) = argument(document, &shown(name.get_ref()), value) {
            variables.insert(name.get_ref().to_string(), text);
        }
    }
    Some(variables)
}

fn is_variable_name(name: &str) -> bool {
    let begins_well = name
        .bytes()
        .next()
        .is_some_and(|first| first.is_ascii_alphabetic() || first == b'_');
    begins_well
        && name
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
}

/// `{ NAME = "path" }`, or a list of paths, or a list of `{ name = ..., path = ... }`.
fn artifacts(document: &mut Document, key: &str, value: &Value<'_>) -> Option<Vec<ArtifactSetting>> {
    let mut artifacts: Vec<ArtifactSetting> = Vec::new();
    if let Some(table) = value.get_ref().as_table() {
        for (name, path) in table {
            let place = inner_path(document, key, path);
            artifacts.extend(place.and_then(|place| named(document, name.get_ref(), place, path)));
        }
        return Some(artifacts);
    }
    for item in list(document, key, value)? {
        let Some(artifact) = artifact(document, key, item) else {
            continue;
        };
        if artifacts.iter().any(|other| other.name == artifact.name) {
            let message = format!("`{key}` lists `{}` twice", artifact.name);
            document.problem_at(item.span(), message, "give one of them another name");
        } else {
            artifacts.push(artifact);
        }
    }
    Some(artifacts)
}

fn artifact(document: &mut Document, key: &str, item: &Value<'_>) -> Option<ArtifactSetting> {
    let Some(table) = item.get_ref().as_table() else {
        let path = inner_path(document, key, item)?;
        let name = path.rsplit('/').next().unwrap_or_default().to_owned();
        return named(document, &name, path, item);
    };
    document.check_keys(key, table, &["name", "path"]);
    let name = field(document, table, "name", argument);
    let path = field(document, table, "path", inner_path);
    if !table.contains_key("name") || !table.contains_key("path") {
        let message = format!("an item of `{key}` lacks name or path");
        document.problem_at(
            item.span(),
            message,
            "write `{ name = \"tool\", path = \"target/release/tool\" }`",
        );
    }
    named(document, &name?, path?, item)
}

fn named(document: &mut Document, name: &str, path: String, place: &Value<'_>) -> Option<ArtifactSetting> {
    match name.parse() {
        Ok(name) => Some(ArtifactSetting { name, path }),
        Err(error) => {
            let remedy = "give it another name: `artifacts = { NAME = \"path\" }`";
            document.problem_at(place.span(), format!("`artifacts`: {error}"), remedy);
            None
        }
    }
}

/// No alias may be another repository's name or alias: `requires` could not tell them apart.
fn check_aliases(
    document: &mut Document,
    tables: &DeTable<'_>,
    repositories: &BTreeMap<RepoName, RepositorySettings>,
) {
    let mut owners: BTreeMap<&RepoName, &RepoName> = repositories.keys().map(|name| (name, name)).collect();
    for (name, settings) in repositories {
        for alias in &settings.aliases {
            let owner = *owners.entry(alias).or_insert(name);
            let own_name = alias == name;
            if owner == name && !own_name {
                continue;
            }
            let offset = alias_offset(tables, name, alias);
            let message = format!("alias `{alias}` of `{name}` already means `{owner}`");
            document.problem(offset, message, "remove the alias here or there");
        }
    }
}

fn alias_offset(tables: &DeTable<'_>, name: &RepoName, alias: &RepoName) -> usize {
    let aliases = tables
        .get(name.as_str())
        .and_then(|table| table.get_ref().get("aliases"));
    let items = aliases.and_then(|aliases| aliases.get_ref().as_array());
    let item = items.and_then(|items| {
        items
            .iter()
            .find(|item| item.get_ref().as_str() == Some(alias.as_str()))
    });
    item.map_or(0, |item| item.span().start)
}
