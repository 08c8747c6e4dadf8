//! `${{ }}` of foreign text in a script: GitHub pastes the text into the script before a shell reads it, so whoever writes a
//! title, a branch name or an input can run whatever they like.

use super::Findings;
use crate::expression::expressions;
use crate::{Code, Entry, Expression, Job, Operator, Severity, Step, Text, Workflow};
use std::collections::BTreeSet;

/// Names whose values others choose, with everything below them.
const FOREIGN: &[&str] = &[
    "github.event",
    "github.head_ref",
    "github.base_ref",
    "github.ref",
    "github.ref_name",
    "inputs",
];
/// Below those: what GitHub itself makes, and no text.
const HARMLESS: &[&str] = &[
    "github.event.number",
    "github.event.after",
    "github.event.before",
    "github.event.pull_request.number",
    "github.event.pull_request.head.sha",
    "github.event.pull_request.base.sha",
    "github.event.issue.number",
    "github.event.repository.id",
    "github.event.workflow_run.id",
    "github.event.workflow_run.head_sha",
];
/// Functions that give a yes, a no or a digest, whatever they are given.
const GIVES_NO_TEXT: &[&str] = &[
    "contains",
    "startswith",
    "endswith",
    "hashfiles",
    "success",
    "failure",
    "always",
    "cancelled",
];

pub(super) fn check(workflow: &Workflow, findings: &mut Findings<'_>) {
    let inputs = inputs_without_text(workflow);
    let mut names = Names {
        harmless: &inputs,
        variables: BTreeSet::new(),
    };
    names.learn(&workflow.env);
    for job in &workflow.jobs {
        let mut names = names.clone();
        names.learn(&job.env);
        for (index, step) in job.steps.iter().enumerate() {
            let mut names = names.clone();
            names.learn(&step.env);
            for (key, script) in scripts(job, index, step) {
                look(script, &key, &names, findings);
            }
        }
    }
}

/// The texts of a step that something executes.
fn scripts<'s>(job: &Job, index: usize, step: &'s Step) -> Vec<(String, &'s Text)> {
    let path = format!("jobs.{}.steps[{index}]", job.id.value);
    let mut scripts = Vec::new();
    scripts.extend(step.run.as_ref().map(|run| (format!("{path}.run"), run)));
    let is_script = step
        .uses
        .as_ref()
        .is_some_and(|uses| uses.value.starts_with("actions/github-script@"));
    let of_action = step
        .with
        .iter()
        .find(|entry| is_script && entry.name.value == "script");
    scripts.extend(of_action.map(|entry| (format!("{path}.with.script"), &entry.value)));
    scripts
}

fn look(script: &Text, key: &str, names: &Names<'_>, findings: &mut Findings<'_>) {
    for (number, expression) in expressions(&script.value).iter().enumerate() {
        let Ok(expression) = expression else { continue };
        if let Some(name) = foreign(expression, names) {
            let message =
                format!("`{name}` is text of others, and `${{{{ }}}}` makes it a part of the script");
            findings.add(
                (Severity::Error, Code::ForeignTextInShell),
                (script.mark(number), key),
                message,
                "hand it over as a variable: under `env`, and then in quotes, as in \"$NAME\"",
            );
        }
    }
}

/// Inputs that can be nothing but a number or a yes or no, by every declaration of that name.
fn inputs_without_text(workflow: &Workflow) -> BTreeSet<String> {
    let inputs = || workflow.triggers.iter().flat_map(|trigger| &trigger.inputs);
    let is_text = |name: &str| {
        let same = inputs().filter(|input| input.name.value.eq_ignore_ascii_case(name));
        same.map(|input| input.kind.as_ref().map(|kind| kind.value.as_str()))
            .any(|kind| !matches!(kind, Some("boolean" | "number")))
    };
    let names = inputs().map(|input| input.name.value.to_ascii_lowercase());
    names
        .filter(|name| !is_text(name))
        .map(|name| format!("inputs.{name}"))
        .collect()
}

/// What is known about names at one place of the file.
#[derive(Clone)]
struct Names<'n> {
    harmless: &'n BTreeSet<String>,
    /// Variables that hold foreign text, as `env.name`.
    variables: BTreeSet<String>,
}

impl Names<'_> {
    /// Variables that are set here: an inner one hides an outer one.
    fn learn(&mut self, entries: &[Entry]) {
        for entry in entries {
            let name = format!("env.{}", entry.name.value.to_ascii_lowercase());
            let found = expressions(&entry.value.value);
            let is_foreign = found
                .iter()
                .flatten()
                .any(|expression| foreign(expression, self).is_some());
            match is_foreign {
                true => self.variables.insert(name),
                false => self.variables.remove(&name),
            };
        }
    }

    /// Whether a name, or something below it, is foreign.
    fn is_foreign(&self, name: &str) -> bool {
        let name = name.to_ascii_lowercase();
        if self.variables.contains(&name) || (name == "env" && !self.variables.is_empty()) {
            return true;
        }
        let below = |outer: &str| name.strip_prefix(outer).is_some_and(|rest| rest.starts_with('.'));
        let holds = |inner: &str| {
            inner
                .strip_prefix(name.as_str())
                .is_some_and(|rest| rest.starts_with('.'))
        };
        let is_harmless = HARMLESS.contains(&name.as_str()) || self.harmless.contains(&name);
        !is_harmless
            && FOREIGN
                .iter()
                .any(|known| *known == name || below(known) || holds(known))
    }
}

/// The foreign name whose text an expression gives, if there is one.
fn foreign(expression: &Expression, names: &Names<'_>) -> Option<String> {
    if let Some(name) = expression.dotted_name() {
        return names.is_foreign(&name).then_some(name);
    }
    match expression {
        Expression::Property { of, .. } | Expression::Index { of, .. } | Expression::All(of) => {
            foreign(of, names)
        }
        Expression::Call { function, arguments } => {
            let gives_text = !GIVES_NO_TEXT.contains(&function.to_ascii_lowercase().as_str());
            arguments
                .iter()
                .filter(|_| gives_text)
                .find_map(|argument| foreign(argument, names))
        }
        Expression::Binary {
            operator,
            left,
            right,
        } => match operator {
            Operator::Or => foreign(left, names).or_else(|| foreign(right, names)),
            // The left one is given only if it is empty, zero or a no.
            Operator::And => foreign(right, names),
            Operator::Equal
            | Operator::NotEqual
            | Operator::Less
            | Operator::LessOrEqual
            | Operator::Greater
            | Operator::GreaterOrEqual => None,
        },
        Expression::Null
        | Expression::Boolean(_)
        | Expression::Number(_)
        | Expression::Text(_)
        | Expression::Name(_)
        | Expression::Not(_) => None,
    }
}
