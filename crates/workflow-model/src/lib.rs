#![doc = include_str!("../README.md")]

mod check;
mod error;
mod expression;
mod finding;
mod model;
mod parse;
mod place;
mod template;
#[cfg(test)]
mod tests;
mod wording;
mod yaml;

pub use check::{Expectations, check, judge_as_worker};
pub use error::{BadLabel, WorkflowError, WorkflowErrorKind};
pub use expression::{
    EXPRESSION_CHARACTERS_MAX, EXPRESSION_DEPTH_MAX, EXPRESSION_LINKS_MAX, Expression, ExpressionError,
    ExpressionErrorKind, Operator, Part, evaluate_text, parse_expression, parse_template,
};
pub use finding::{Code, Finding, Severity};
pub use model::{
    Access, Grant, Input, Job, Permissions, Remark, RemarkKind, Role, RunsOn, Step, Trigger, Workflow,
};
pub use parse::parse_workflow;
pub use place::{Entry, Place, Text};
pub use template::{Language, RunnerLabel, WorkflowChoices, WorkflowFile, write_workflows};
pub use yaml::{DEPTH_MAX, NODES_MAX, TEXT_BYTES_MAX, WORKFLOW_BYTES_MAX};
