//! What every test of this crate begins with.

use dependency_graph::{Plan, PlanOptions, Problem, Reading, RepositoryOptions, read_plan};
use domain_types::RepoName;

pub(crate) fn name(text: &str) -> RepoName {
    text.parse().unwrap()
}

pub(crate) fn names(text: &str) -> Vec<RepoName> {
    text.split_whitespace().map(name).collect()
}

/// The options of a configuration that says nothing.
pub(crate) fn plain() -> PlanOptions {
    PlanOptions::new("commons".parse().unwrap(), vec!["linux-x86_64".parse().unwrap()])
}

/// Adds an alias to the configuration.
pub(crate) fn with_alias(mut options: PlanOptions, repository: &str, aliases: &str) -> PlanOptions {
    let aliases = names(aliases);
    options.repositories.insert(
        name(repository),
        RepositoryOptions {
            aliases,
            ..RepositoryOptions::default()
        },
    );
    options
}

/// Adds an expected duration to the configuration.
pub(crate) fn with_seconds(mut options: PlanOptions, repository: &str, seconds: u64) -> PlanOptions {
    options
        .repositories
        .entry(name(repository))
        .or_default()
        .expected_seconds = Some(seconds);
    options
}

pub(crate) fn read(text: &str, options: &PlanOptions) -> Reading {
    read_plan("versions.toml", text, options).unwrap_or_else(|problems| panic!("{}", shown(&problems)))
}

/// A plan of components of version 0.1.0, from lines `name: what it requires`.
pub(crate) fn plan_of(lines: &str) -> Plan {
    read(&manifest_of(lines), &plain()).plan
}

pub(crate) fn manifest_of(lines: &str) -> String {
    let entry = |line: &str| {
        let (name, requires) = line.split_once(':').unwrap();
        let requires: Vec<String> = requires
            .split_whitespace()
            .map(|need| format!("{need:?}"))
            .collect();
        let requires = requires.join(", ");
        format!(
            "{} = {{ version = \"0.1.0\", git_tag = \"v0.1.0\", requires = [{requires}] }}\n",
            name.trim()
        )
    };
    let lines = lines.lines().map(str::trim).filter(|line| !line.is_empty());
    format!("[versions]\n{}", lines.map(entry).collect::<String>())
}

pub(crate) fn shown(problems: &[Problem]) -> String {
    problems.iter().map(|problem| format!("{problem}\n")).collect()
}

/// Names separated by blanks.
pub(crate) fn line<'n>(names: impl IntoIterator<Item = &'n RepoName>) -> String {
    names
        .into_iter()
        .map(RepoName::as_str)
        .collect::<Vec<_>>()
        .join(" ")
}

/// Waves as `{a b} {c}`.
pub(crate) fn waves(plan: &Plan) -> String {
    plan.waves()
        .into_iter()
        .map(|wave| format!("{{{}}}", line(wave)))
        .collect::<Vec<_>>()
        .join(" ")
}

/// A manifest of `fixtures/manifests`.
macro_rules! fixture {
    ($file:literal) => {
        include_str!(concat!("../../../../fixtures/manifests/", $file))
    };
}
