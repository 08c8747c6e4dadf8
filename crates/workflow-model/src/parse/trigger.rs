//! What starts a workflow: `on` in its three notations, a text, a list, a mapping.

use super::walk::{Walk, join};
use crate::yaml::{Node, Value};
use crate::{Input, Text, Trigger};

/// Keys of events that narrow them and are not asked about here.
const LEFT_ALONE: &[&str] = &[
    "branches",
    "branches-ignore",
    "tags",
    "tags-ignore",
    "paths",
    "paths-ignore",
    "workflows",
    "cron",
    "outputs",
    "secrets",
];
/// Types that an input of `workflow_dispatch` can have; `workflow_call` knows the first three.
const INPUT_KINDS: &[&str] = &["string", "boolean", "number", "choice", "environment"];
/// How many of them `workflow_call` knows.
const INPUT_KINDS_OF_CALLS: usize = 3;

pub(super) fn triggers(walk: &mut Walk, node: &Node) -> Vec<Trigger> {
    match &node.value {
        Value::Mapping(entries) => entries
            .iter()
            .map(|(event, node)| trigger(walk, event, node))
            .collect(),
        Value::List(_) | Value::Text(_) => walk.texts("on", node).into_iter().map(bare).collect(),
        Value::Null => {
            walk.wrong(node.place, "on", "nothing starts this workflow");
            Vec::new()
        }
    }
}

fn bare(event: Text) -> Trigger {
    Trigger {
        event,
        types: None,
        inputs: Vec::new(),
    }
}

fn trigger(walk: &mut Walk, event: &Text, node: &Node) -> Trigger {
    let path = join("on", &event.value);
    let mut trigger = bare(event.clone());
    if event.value == "schedule" {
        return trigger;
    }
    for (key, value) in walk.mapping(&path, node) {
        match key.value.as_str() {
            "types" => trigger.types = Some(walk.texts(&join(&path, "types"), value)),
            "inputs" => {
                trigger.inputs = inputs(
                    walk,
                    &join(&path, "inputs"),
                    value,
                    event.value == "workflow_call",
                )
            }
            known if LEFT_ALONE.contains(&known) => {}
            unknown => walk.unknown(&path, key, unknown),
        }
    }
    trigger
}

fn inputs(walk: &mut Walk, path: &str, node: &Node, is_call: bool) -> Vec<Input> {
    let mut inputs = Vec::new();
    for (name, node) in walk.mapping(path, node) {
        inputs.push(input(walk, &join(path, &name.value), name, node));
        let kind = inputs.last().and_then(|input| input.kind.clone());
        let kinds = if is_call {
            &INPUT_KINDS[..INPUT_KINDS_OF_CALLS]
        } else {
            INPUT_KINDS
        };
        if let Some(kind) = kind.filter(|kind| !kinds.contains(&kind.value.as_str())) {
            let message = format!("the type of an input is one of {}", kinds.join(", "));
            walk.wrong(kind.place, &join(path, &name.value), message);
        }
    }
    inputs
}

fn input(walk: &mut Walk, path: &str, name: &Text, node: &Node) -> Input {
    let mut input = Input {
        name: name.clone(),
        kind: None,
        required: false,
        default: None,
        options: Vec::new(),
    };
    for (key, value) in walk.mapping(path, node) {
        let path = join(path, &key.value);
        match key.value.as_str() {
            "type" => input.kind = walk.text(&path, value),
            "required" => input.required = walk.is_true(&path, value),
            "default" => input.default = walk.text(&path, value),
            "options" => input.options = walk.texts(&path, value),
            "description" | "deprecationMessage" => {}
            unknown => walk.unknown(&path, key, unknown),
        }
    }
    input
}
