#![doc = include_str!("../README.md")]

mod change;
mod check;
mod classify;
mod code;
mod error;
mod finding;
mod key;
mod model;
mod names;
mod pattern;
mod place;
mod pool;
mod read;
mod requirement;
#[cfg(test)]
mod tests;
mod wording;
mod yaml;

pub use change::{Change, ChangedPath};
pub use check::check;
pub use classify::{Classification, Reason, classify};
pub use code::Code;
pub use domain_types::{CompoundThreshold, Login, SIGNATURES_MAX, Threshold, TierId};
pub use error::{RulesetError, RulesetErrorKind};
pub use finding::{Finding, Mode, Severity};
pub use model::Ruleset;
pub use place::{Located, Place, Spot};
pub use read::{FILES_MAX, read_ruleset};
pub use requirement::{Requirement, Source, Sources, Unanswerable, requirement, requirement_of_tier};
pub use yaml::{DEPTH_MAX, FILE_BYTES_MAX, NODES_MAX};
