//! What GitHub reads from a workflow file before anything runs: its name, what it listens for, its inputs and its jobs.

use serde::Deserialize;
use serde_json::Value;
use std::collections::BTreeMap;

/// A workflow file, as far as it decides what is started.
#[derive(Debug, Clone, Default, Deserialize)]
pub(crate) struct WorkflowFile {
    name: Option<String>,
    #[serde(rename = "run-name")]
    pub(crate) run_name: Option<String>,
    #[serde(default)]
    on: Value,
    #[serde(default)]
    jobs: BTreeMap<String, Value>,
}

impl WorkflowFile {
    /// Reads a file; `None` if it is no workflow.
    pub(crate) fn read(text: &[u8]) -> Option<Self> {
        serde_saphyr::from_str(std::str::from_utf8(text).ok()?).ok()
    }

    /// The workflow's name: its own, or its path.
    pub(crate) fn name<'a>(&'a self, path: &'a str) -> &'a str {
        self.name.as_deref().unwrap_or(path)
    }

    /// What stands below the trigger; null if it stands there without settings. `None` if the file does not listen for it.
    pub(crate) fn trigger(&self, event: &str) -> Option<&Value> {
        match &self.on {
            Value::String(one) => (one == event).then_some(&Value::Null),
            Value::Array(list) => list.iter().any(|one| one == event).then_some(&Value::Null),
            Value::Object(map) => map.get(event),
            Value::Null | Value::Bool(_) | Value::Number(_) => None,
        }
    }

    /// Whether the file listens for this event with this activity type.
    pub(crate) fn listens(&self, event: &str, activity: &str) -> bool {
        self.trigger(event)
            .is_some_and(|trigger| allows(trigger, "types", activity))
    }

    /// Whether a push of this ref starts the workflow.
    pub(crate) fn listens_for_push(&self, git_ref: &str) -> bool {
        let Some(trigger) = self.trigger("push") else {
            return false;
        };
        let has_any = |keys: &[&str]| keys.iter().any(|key| !trigger[*key].is_null());
        match (
            git_ref.strip_prefix("refs/heads/"),
            git_ref.strip_prefix("refs/tags/"),
        ) {
            (Some(branch), _) if has_any(&["branches"]) => allows(trigger, "branches", branch),
            (Some(_), _) => !has_any(&["tags"]),
            (_, Some(tag)) if has_any(&["tags"]) => allows(trigger, "tags", tag),
            (_, Some(_)) => !has_any(&["branches"]),
            _ => false,
        }
    }

    /// The inputs that a manual start declares: name, whether it must be given, and what it is otherwise.
    pub(crate) fn inputs(&self) -> Vec<Input> {
        let declared = self
            .trigger("workflow_dispatch")
            .and_then(|trigger| trigger["inputs"].as_object());
        declared
            .into_iter()
            .flatten()
            .map(|(name, settings)| Input {
                name: name.clone(),
                is_required: settings["required"].as_bool().unwrap_or(false),
                default: settings.get("default").map(plain),
            })
            .collect()
    }

    /// The jobs' names, in the order of their ids.
    pub(crate) fn jobs(&self) -> Vec<(String, Vec<String>)> {
        let labels = |job: &Value| match job["runs-on"].as_array() {
            Some(list) => list.iter().map(plain).collect(),
            None => vec![plain(&job["runs-on"])],
        };
        self.jobs
            .iter()
            .map(|(id, job)| (job["name"].as_str().unwrap_or(id).to_owned(), labels(job)))
            .collect()
    }
}

/// An input of a manual start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Input {
    pub(crate) name: String,
    pub(crate) is_required: bool,
    pub(crate) default: Option<String>,
}

/// A value as the text that a workflow sees.
pub(crate) fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// Whether a filter, if there is one, lets a word pass. A pattern may hold `*`.
fn allows(trigger: &Value, key: &str, word: &str) -> bool {
    let filter = &trigger[key];
    match filter.as_array() {
        _ if filter.is_null() => true,
        Some(list) => list.iter().any(|one| matches(&plain(one), word)),
        None => matches(&plain(filter), word),
    }
}

fn matches(pattern: &str, word: &str) -> bool {
    match pattern.split_once('*') {
        None => pattern == word,
        Some((start, rest)) => word.strip_prefix(start).is_some_and(|tail| {
            let rest = rest.trim_start_matches('*');
            tail.char_indices()
                .map(|(at, _)| at)
                .chain([tail.len()])
                .any(|at| matches(rest, &tail[at..]))
        }),
    }
}

/// A `run-name` with its expressions filled in. What a name stands for is asked of `lookup`; an expression is a chain of names and
/// texts joined by `||`, of which the first that is not empty counts.
pub(crate) fn fill_in(template: &str, lookup: &dyn Fn(&str) -> String) -> String {
    let mut filled = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("${{") {
        filled.push_str(before);
        let Some((expression, tail)) = after.split_once("}}") else {
            return filled;
        };
        let value = expression
            .split("||")
            .map(|term| term_value(term.trim(), lookup))
            .find(|value| !value.is_empty());
        filled.push_str(&value.unwrap_or_default());
        rest = tail;
    }
    filled.push_str(rest);
    filled
}

fn term_value(term: &str, lookup: &dyn Fn(&str) -> String) -> String {
    match term.strip_prefix('\'').and_then(|term| term.strip_suffix('\'')) {
        Some(text) => text.to_owned(),
        None => lookup(term),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::WORKER_WORKFLOW;

    #[test]
    fn the_worker_contract_is_read_as_github_reads_it() {
        let file = WorkflowFile::read(WORKER_WORKFLOW.as_bytes()).unwrap();
        assert_eq!(file.name(".github/workflows/build.yml"), "build");
        assert!(file.listens("repository_dispatch", "build-request"));
        assert!(!file.listens("repository_dispatch", "build-chain"));
        assert!(!file.listens_for_push("refs/heads/main"));
        assert_eq!(file.inputs().len(), 6);
        assert_eq!(
            file.jobs(),
            [("build".to_owned(), vec!["ubuntu-latest".to_owned()])]
        );
    }

    #[test]
    fn a_run_name_takes_the_first_name_that_is_not_empty() {
        let lookup = |name: &str| {
            if name == "b.c" {
                "x".to_owned()
            } else {
                String::new()
            }
        };
        assert_eq!(fill_in("n ${{ a || b.c }} [${{ 'y' }}]", &lookup), "n x [y]");
    }

    #[test]
    fn a_push_starts_what_its_filters_allow() {
        let check = |on: &str, git_ref: &str, expected: bool| {
            let file =
                WorkflowFile::read(format!("on:\n  push:\n    {on}\njobs: {{}}\n").as_bytes()).unwrap();
            assert_eq!(file.listens_for_push(git_ref), expected, "{on} {git_ref}");
        };
        check("tags: ['v*']", "refs/tags/v1", true);
        check("tags: ['v*']", "refs/tags/w1", false);
        check("tags: ['v*']", "refs/heads/main", false);
        check("branches: [main]", "refs/heads/main", true);
        check("branches: [main]", "refs/tags/v1", false);
    }
}
