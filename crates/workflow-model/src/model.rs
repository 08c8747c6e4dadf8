//! What a workflow file says, as data. Texts stay as written, expressions and all, each with its place.

use crate::{Entry, Place, Text};

/// A workflow file that could be read. What in it GitHub would refuse, or what is not known here, stands in `remarks`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Workflow {
    /// The file, as the caller named it.
    pub file: String,
    /// What it is for, if the file says so itself in a line `# governance-role: …`.
    pub role: Option<Role>,
    /// Its name.
    pub name: Option<Text>,
    /// What its runs are called.
    pub run_name: Option<Text>,
    /// What starts it, in the order of the file.
    pub triggers: Vec<Trigger>,
    /// What its token may do, if it says so for all jobs.
    pub permissions: Option<Permissions>,
    /// Variables of all jobs.
    pub env: Vec<Entry>,
    /// Its jobs, in the order of the file.
    pub jobs: Vec<Job>,
    /// Keys that are not known here and values of the wrong shape, in the order in which they were met.
    pub remarks: Vec<Remark>,
}

/// What a workflow file of a release is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Role {
    /// Builds when it is asked to: it must hear the request and show the dispatch id.
    Worker,
    /// Publishes.
    Release,
    /// Checks a change.
    Check,
}

/// Something that starts a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Trigger {
    /// The event: `push`, `workflow_dispatch`, ….
    pub event: Text,
    /// The activity types that it is narrowed to; for `repository_dispatch` the event types. None: all of them.
    pub types: Option<Vec<Text>>,
    /// The inputs of `workflow_dispatch` and `workflow_call`.
    pub inputs: Vec<Input>,
}

/// An input of a workflow.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Input {
    /// Its name.
    pub name: Text,
    /// Its type, `string` if none is said.
    pub kind: Option<Text>,
    /// Whether it must be given.
    pub required: bool,
    /// What it is if it is not given.
    pub default: Option<Text>,
    /// What it may be, for the type `choice`.
    pub options: Vec<Text>,
}

/// What a token may do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Permissions {
    /// Where the value of `permissions` stands.
    pub place: Place,
    /// What is granted.
    pub grant: Grant,
}

/// What is granted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Grant {
    /// `read-all`
    ReadAll,
    /// `write-all`
    WriteAll,
    /// These scopes, and no other.
    Scopes(Vec<(Text, Access)>),
}

/// How far a scope is granted.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Access {
    /// Not at all.
    None,
    /// To look.
    Read,
    /// To change.
    Write,
}

/// A job.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Job {
    /// Its id.
    pub id: Text,
    /// Its name.
    pub name: Option<Text>,
    /// The ids of the jobs that it waits for.
    pub needs: Vec<Text>,
    /// Its condition, with or without `${{ }}`.
    pub condition: Option<Text>,
    /// Where it runs; none for a call of another workflow.
    pub runs_on: Option<RunsOn>,
    /// What its token may do; instead of what the workflow says, not beside it.
    pub permissions: Option<Permissions>,
    /// Variables of its steps.
    pub env: Vec<Entry>,
    /// What it gives to others.
    pub outputs: Vec<Entry>,
    /// How long it may run, in minutes, or an expression.
    pub timeout_minutes: Option<Text>,
    /// The workflow that it calls.
    pub uses: Option<Text>,
    /// What it hands to the workflow that it calls.
    pub with: Vec<Entry>,
    /// Its steps.
    pub steps: Vec<Step>,
}

/// Where a job runs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunsOn {
    /// The labels that a runner must have, all of them.
    pub labels: Vec<Text>,
    /// The group of runners.
    pub group: Option<Text>,
}

/// A step.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Step {
    /// Where it begins.
    pub place: Place,
    /// Its id.
    pub id: Option<Text>,
    /// Its name.
    pub name: Option<Text>,
    /// Its condition, with or without `${{ }}`.
    pub condition: Option<Text>,
    /// What a shell runs.
    pub run: Option<Text>,
    /// Which shell.
    pub shell: Option<Text>,
    /// The action that it runs.
    pub uses: Option<Text>,
    /// What it hands to the action.
    pub with: Vec<Entry>,
    /// Its variables.
    pub env: Vec<Entry>,
}

/// Something about the shape of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Remark {
    /// Where.
    pub place: Place,
    /// The way to it, such as `jobs.build.steps[0].run`.
    pub key: String,
    /// What sort of remark.
    pub kind: RemarkKind,
    /// What was found: a lower-case fragment.
    pub message: String,
}

/// What sort of remark it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum RemarkKind {
    /// A key that is not known here: GitHub refuses it, or it is newer than this program.
    UnknownKey,
    /// A value that GitHub refuses in this place, or a key that is missing.
    WrongShape,
}

impl Workflow {
    /// The trigger for an event, if the file has it.
    pub fn trigger(&self, event: &str) -> Option<&Trigger> {
        self.triggers.iter().find(|trigger| trigger.event.value == event)
    }

    /// Whether a `repository_dispatch` of this type starts it.
    pub fn listens_for(&self, event_type: &str) -> bool {
        self.trigger("repository_dispatch")
            .is_some_and(|trigger| match &trigger.types {
                Some(types) => types.iter().any(|known| known.value == event_type),
                None => true,
            })
    }

    /// Whether GitHub would accept the shape of the file, as far as it is known here.
    pub fn is_well_formed(&self) -> bool {
        self.remarks
            .iter()
            .all(|remark| remark.kind == RemarkKind::UnknownKey)
    }
}

impl Trigger {
    /// The input with this name.
    pub fn input(&self, name: &str) -> Option<&Input> {
        self.inputs.iter().find(|input| input.name.value == name)
    }
}
