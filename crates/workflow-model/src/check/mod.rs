//! What is wrong with a workflow file that a release leans on. Each rule is a file; none of them looks at another.

mod dispatch;
mod expressions;
mod foreign;
mod labels;
mod needs;
mod permissions;
mod pins;
mod shape;

use crate::{Code, Finding, Place, Role, Severity, Workflow, wording};
use std::collections::BTreeSet;

/// Event type of a `repository_dispatch` that asks for a build, unless configured otherwise.
const EVENT_TYPE_DEFAULT: &str = "build-request";
/// Inputs that a request by `workflow_dispatch` carries; GitHub refuses one with an input that is not declared.
const INPUTS_DEFAULT: [&str; 6] = [
    "version",
    "commit",
    "platform",
    "release_id",
    "dispatch_id",
    "clean_cache",
];

/// What the asking side expects of a worker's workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expectations {
    /// The event type of a `repository_dispatch`.
    pub event_type: String,
    /// The inputs of a `workflow_dispatch`.
    pub inputs: BTreeSet<String>,
    /// The input, and the key of the payload, that makes a run's name its own.
    pub dispatch_id: String,
    /// The file must be a worker's: it will be asked to build.
    pub must_listen: bool,
}

impl Default for Expectations {
    /// A worker's workflow, asked in the usual way.
    fn default() -> Self {
        Self {
            event_type: EVENT_TYPE_DEFAULT.to_owned(),
            inputs: INPUTS_DEFAULT.map(str::to_owned).into(),
            dispatch_id: "dispatch_id".to_owned(),
            must_listen: true,
        }
    }
}

/// Everything that there is to say about a file, in its order.
pub fn check(workflow: &Workflow, expectations: &Expectations) -> Vec<Finding> {
    let mut findings = Findings {
        file: &workflow.file,
        findings: Vec::new(),
    };
    if judge_as_worker(workflow, expectations) {
        dispatch::listener(workflow, expectations, &mut findings);
        dispatch::run_name(workflow, expectations, &mut findings);
    }
    permissions::check(workflow, &mut findings);
    foreign::check(workflow, &mut findings);
    labels::check(workflow, &mut findings);
    pins::check(workflow, &mut findings);
    expressions::check(workflow, &mut findings);
    shape::check(workflow, &mut findings);
    let mut findings = findings.findings;
    findings.sort_by(|one, other| {
        (one.place(), one.severity, one.code).cmp(&(other.place(), other.severity, other.code))
    });
    findings
}

/// Whether a file is asked to build. What a file says of itself decides; else it is if it must be, or if it hears the request.
pub fn judge_as_worker(workflow: &Workflow, expectations: &Expectations) -> bool {
    match workflow.role {
        Some(Role::Worker) => true,
        Some(Role::Release | Role::Check) => false,
        None => expectations.must_listen || dispatch::hears(workflow, expectations),
    }
}

/// The findings so far, and the file that they are about.
struct Findings<'f> {
    file: &'f str,
    findings: Vec<Finding>,
}

impl Findings<'_> {
    fn add(
        &mut self,
        (severity, code): (Severity, Code),
        (place, key): (Place, &str),
        message: String,
        remedy: &str,
    ) {
        self.findings.push(Finding {
            severity,
            code,
            file: self.file.to_owned(),
            line: place.line,
            column: place.column,
            key: wording::message(key),
            message: wording::message(&message),
            remedy: wording::message(remedy),
        });
    }
}
