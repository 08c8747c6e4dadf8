#![doc = include_str!("../README.md")]

mod artifacts;
mod build;
mod durable;
mod error;
mod git;
mod group;
mod lock;
mod log;
mod objects;
mod process_table;
mod recipe;
mod repository;
mod run_folder;
mod script;
mod surroundings;

pub use artifacts::{Artifact, BuildOutput, FOUND_MAX, collect_artifacts};
pub use build::{BuildOrder, EarlierProducts, Limits, RunningBuild, StartedBuild, start_build};
pub use error::Error;
pub use git::Git;
pub use group::{END_GRACE, GroupEnd, KILL_SECONDS_MAX, ProcessGroup, end_group};
pub use lock::{HeldLock, SourceLock};
pub use log::{LOG_TAIL_LINES, log_tail};
pub use objects::ObjectStore;
pub use recipe::{ArtifactRule, Presence, Recipe, TreePath};
pub use repository::DirtyFiles;
pub use run_folder::{BuildEnd, Exit, Found, inspect, recorded_group, settle};
pub use surroundings::{HANDED_ON, Surroundings, SurroundingsOrder, Variation, surroundings};
