#![doc = include_str!("../README.md")]

mod canonical;
mod checks;
mod component;
mod cycle;
mod entry;
mod error;
mod findings;
mod graph;
mod manifest;
mod names;
mod options;
mod plan;
mod problem;
mod read;
mod render;
mod requirement;
mod resolve;
mod restrict;

pub use component::Component;
pub use error::{PinDiffers, PlanError};
pub use manifest::{COMPONENTS_MAX, TEXT_BYTES_MAX};
pub use options::{PlanOptions, RepositoryOptions};
pub use plan::Plan;
pub use problem::{Problem, ProblemKind, Severity};
pub use read::{Reading, read_plan};
