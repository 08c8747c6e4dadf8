//! Jobs and their steps.

use super::walk::{Walk, join};
use crate::yaml::{Node, Value};
use crate::{Job, RunsOn, Step, Text};

/// Keys of a job that are known and carry nothing that is asked about here.
const LEFT_ALONE_OF_JOB: &[&str] = &[
    "strategy",
    "concurrency",
    "defaults",
    "environment",
    "container",
    "services",
    "continue-on-error",
    "secrets",
    "snapshot",
];
/// The same of a step.
const LEFT_ALONE_OF_STEP: &[&str] = &["working-directory", "continue-on-error", "timeout-minutes"];

pub(super) fn jobs(walk: &mut Walk, node: &Node) -> Vec<Job> {
    let entries = walk.mapping("jobs", node);
    if entries.is_empty() {
        walk.wrong(node.place, "jobs", "there is no job");
    }
    entries.iter().map(|(id, node)| job(walk, id, node)).collect()
}

fn job(walk: &mut Walk, id: &Text, node: &Node) -> Job {
    let path = join("jobs", &id.value);
    if !is_job_id(&id.value) {
        walk.wrong(
            id.place,
            &path,
            "the id of a job is made of letters, digits, `-` and `_`, a letter or `_` first",
        );
    }
    let mut job = empty_job(id);
    for (key, value) in walk.mapping(&path, node) {
        let path = join(&path, &key.value);
        match key.value.as_str() {
            "name" => job.name = walk.text(&path, value),
            "needs" => job.needs = walk.texts(&path, value),
            "if" => job.condition = walk.text(&path, value),
            "runs-on" => job.runs_on = runs_on(walk, &path, value),
            "permissions" => job.permissions = walk.permissions(&path, value),
            "env" => job.env = walk.entries(&path, value),
            "outputs" => job.outputs = walk.entries(&path, value),
            "timeout-minutes" => job.timeout_minutes = walk.text(&path, value),
            "uses" => job.uses = walk.text(&path, value),
            "with" => job.with = walk.entries(&path, value),
            "steps" => job.steps = steps(walk, &path, value),
            known if LEFT_ALONE_OF_JOB.contains(&known) => {}
            unknown => walk.unknown(&join("jobs", &id.value), key, unknown),
        }
    }
    demand_work(walk, &path, &job);
    job
}

/// A job either calls a workflow or has a runner and steps.
fn demand_work(walk: &mut Walk, path: &str, job: &Job) {
    let place = job.id.place;
    match job.uses {
        Some(_) if !job.steps.is_empty() => {
            walk.wrong(place, path, "a job that calls a workflow has no steps")
        }
        Some(_) => {}
        None if job.steps.is_empty() => walk.missing(place, path, "steps", false),
        None if job.runs_on.is_none() => walk.missing(place, path, "runs-on", false),
        None => {}
    }
}

fn empty_job(id: &Text) -> Job {
    Job {
        id: id.clone(),
        name: None,
        needs: Vec::new(),
        condition: None,
        runs_on: None,
        permissions: None,
        env: Vec::new(),
        outputs: Vec::new(),
        timeout_minutes: None,
        uses: None,
        with: Vec::new(),
        steps: Vec::new(),
    }
}

fn is_job_id(id: &str) -> bool {
    let begins_well = id.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    begins_well
        && id
            .chars()
            .all(|letter| letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_'))
}

fn runs_on(walk: &mut Walk, path: &str, node: &Node) -> Option<RunsOn> {
    let mut runs_on = RunsOn {
        labels: Vec::new(),
        group: None,
    };
    match &node.value {
        Value::Null => return None,
        Value::Text(_) | Value::List(_) => runs_on.labels = walk.texts(path, node),
        Value::Mapping(entries) => {
            for (key, value) in entries {
                match key.value.as_str() {
                    "group" => runs_on.group = walk.text(path, value),
                    "labels" => runs_on.labels = walk.texts(path, value),
                    unknown => walk.unknown(path, key, unknown),
                }
            }
        }
    }
    Some(runs_on)
}

fn steps(walk: &mut Walk, path: &str, node: &Node) -> Vec<Step> {
    let Value::List(items) = &node.value else {
        walk.wrong(node.place, path, "a list of steps belongs here");
        return Vec::new();
    };
    items
        .iter()
        .enumerate()
        .map(|(index, node)| step(walk, &format!("{path}[{index}]"), node))
        .collect()
}

fn step(walk: &mut Walk, path: &str, node: &Node) -> Step {
    let mut step = Step {
        place: node.place,
        id: None,
        name: None,
        condition: None,
        run: None,
        shell: None,
        uses: None,
        with: Vec::new(),
        env: Vec::new(),
    };
    for (key, value) in walk.mapping(path, node) {
        let below = join(path, &key.value);
        match key.value.as_str() {
            "id" => step.id = walk.text(&below, value),
            "name" => step.name = walk.text(&below, value),
            "if" => step.condition = walk.text(&below, value),
            "run" => step.run = walk.text(&below, value),
            "shell" => step.shell = walk.text(&below, value),
            "uses" => step.uses = walk.text(&below, value),
            "with" => step.with = walk.entries(&below, value),
            "env" => step.env = walk.entries(&below, value),
            known if LEFT_ALONE_OF_STEP.contains(&known) => {}
            unknown => walk.unknown(path, key, unknown),
        }
    }
    match (&step.run, &step.uses) {
        (Some(_), Some(_)) => walk.wrong(node.place, path, "a step has `run` or `uses`, not both"),
        (None, None) => walk.wrong(node.place, path, "a step has `run` or `uses`"),
        (Some(_), None) | (None, Some(_)) => {}
    }
    if let Some(uses) = step.uses.as_ref().filter(|uses| is_workflow(&uses.value)) {
        walk.wrong(uses.place, path, "a workflow is called by a job, not by a step");
    }
    step
}

/// Whether `uses` names a workflow, which a step cannot run.
fn is_workflow(uses: &str) -> bool {
    let path = uses.split('@').next().unwrap_or(uses);
    path.contains(".github/workflows/") && (path.ends_with(".yml") || path.ends_with(".yaml"))
}
