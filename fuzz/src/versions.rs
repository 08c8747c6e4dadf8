//! `versions.toml`, read with a configuration that says nothing and with one that says much.

use super::plain::{assert_one_line, assert_within, is_hidden};
use super::toml_text::{list, quoted};
use dependency_graph::{
    COMPONENTS_MAX, Component, Plan, PlanOptions, Problem, RepositoryOptions, Severity, TEXT_BYTES_MAX,
    read_plan,
};
use domain_types::RepoName;
use std::collections::BTreeSet;

/// Problems of one manifest: 200 errors, 200 warnings, and one that says how many errors were left out.
const PROBLEMS_MAX: usize = 401;

/// Everything that [`read_plan`] promises.
pub fn versions_toml(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    for options in [plain_options(), rich_options()] {
        match read_plan("versions.toml", text, &options) {
            Ok(reading) => {
                assert!(text.len() <= TEXT_BYTES_MAX);
                assert!(
                    reading
                        .warnings
                        .iter()
                        .all(|problem| problem.severity == Severity::Warning)
                );
                demand_places(text, &reading.warnings);
                demand_plan(&reading.plan);
                demand_same_when_written(&reading.plan, &options);
            }
            Err(problems) => {
                assert!(problems.iter().any(|problem| problem.severity == Severity::Error));
                demand_places(text, &problems);
            }
        }
    }
}

fn parsed<T: std::str::FromStr>(text: &str) -> T {
    text.parse().unwrap_or_else(|_| panic!("{text} is legal"))
}

fn plain_options() -> PlanOptions {
    PlanOptions::new(parsed("commons"), vec![parsed("linux-x86_64")])
}

/// Aliases, platforms, weights and an order beside the requirements, about names that the corpus uses.
fn rich_options() -> PlanOptions {
    let mut options = plain_options();
    options.version = Some(parsed("0.1.0"));
    let node = RepositoryOptions {
        aliases: vec![parsed("b"), parsed("reference-node")],
        optional: true,
        platforms: Some(vec![parsed("windows-x86_64"), parsed("linux-x86_64")]),
        expected_seconds: Some(90),
    };
    options.repositories.insert(parsed("node"), node);
    options
        .after
        .insert(parsed("c"), vec![parsed("a"), parsed("node")]);
    options
}

fn demand_places(text: &str, problems: &[Problem]) {
    assert!(problems.len() <= PROBLEMS_MAX);
    let places: Vec<(usize, usize)> = problems
        .iter()
        .map(|problem| (problem.line, problem.column))
        .collect();
    assert!(places.is_sorted(), "{places:?}");
    for problem in problems {
        assert_within(text, problem.line, problem.column);
        assert_one_line(&problem.message);
        assert_one_line(&problem.remedy);
    }
}

/// Complete, acyclic, every question about its order answered in the same way, and the same after it was stored.
fn demand_plan(plan: &Plan) {
    assert!((1..=COMPONENTS_MAX).contains(&plan.components().len()));
    let mut done: BTreeSet<RepoName> = BTreeSet::new();
    for name in plan.order() {
        assert_eq!(plan.ready(&done).first(), Some(&name));
        done.insert(name.clone());
    }
    assert_eq!(done.len(), plan.components().len());
    assert_eq!(plan.waves().into_iter().flatten().count(), done.len());
    let weights = plan
        .critical_path()
        .into_iter()
        .filter_map(|name| plan.component(name))
        .map(Component::weight);
    let longest = plan
        .components()
        .iter()
        .map(|component| plan.remaining_path(&component.name))
        .max();
    assert_eq!(Some(weights.sum::<u64>()), longest);
    let stored = serde_json::to_string(plan).unwrap_or_else(|error| panic!("{error}"));
    let again: Plan = serde_json::from_str(&stored).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!((again.digest(), &again), (plan.digest(), plan));
    for shown in [plan.to_text(), plan.to_json(), plan.to_dot(), plan.to_mermaid()] {
        assert!(
            !shown.chars().any(|letter| is_hidden(letter) && letter != '\n'),
            "{shown:?}"
        );
    }
}

/// Written as a manifest, in another order and form than it came, the plan is read back.
fn demand_same_when_written(plan: &Plan, options: &PlanOptions) {
    let entries: String = plan.components().iter().rev().map(entry).collect();
    let text = format!("[versions]\n{entries}");
    match read_plan("versions.toml", &text, options) {
        Ok(reading) => assert_eq!(reading.plan, *plan, "{text}"),
        Err(problems) => panic!("{}\nin\n{text}", problems[0]),
    }
}

fn entry(component: &Component) -> String {
    let name = quoted(component.name.as_str());
    if component.version == component.tag.as_str() {
        return format!("{name} = {}\n", quoted(&component.version));
    }
    let mut fields = format!(
        "version = {}, git_tag = {}",
        quoted(&component.version),
        quoted(component.tag.as_str())
    );
    if let Some(commit) = &component.commit {
        fields += &format!(", git_commit = {}", quoted(commit.as_str()));
    }
    let (requires, binaries) = (list(&component.requires), list(&component.binaries));
    format!("{name} = {{ {fields}, requires = {requires}, binaries = {binaries} }}\n")
}
