#![doc = include_str!("../README.md")]

mod artifacts;
mod build;
mod command_tie;
mod compare;
mod durable;
mod error;
mod git;
mod group;
mod lock;
mod log;
mod objects;
mod outside;
mod process_table;
mod recipe;
mod repository;
mod reviewed;
mod run_folder;
mod script;
mod sources;
mod surroundings;
mod tenant;
mod tree;

pub use artifacts::{Artifact, BuildOutput, FOUND_MAX, collect_artifacts, put_artifact_back};
pub use build::{BuildOrder, EarlierProducts, Limits, RunningBuild, StartedBuild, start_build};
pub use command_tie::CommandTie;
pub use compare::{
    ComparisonOrder, Difference, Reproduced, compare_artifacts, prepare_second_tree, rebuild_for_comparison,
    restore_first_tree, restore_first_trees, second_home,
};
pub use error::Error;
pub use git::Git;
pub use group::{END_GRACE, GroupEnd, KILL_SECONDS_MAX, ProcessGroup, end_group};
pub use lock::{HeldLock, SourceLock};
pub use log::{LOG_TAIL_LINES, log_tail};
pub use objects::ObjectStore;
pub use outside::outside_settings;
pub use recipe::{ArtifactRule, Presence, Recipe, TreePath};
pub use repository::DirtyFiles;
pub use reviewed::Reviewed;
pub use run_folder::{BuildEnd, Exit, Found, inspect, recorded_group, settle};
pub use sources::{LayOutOrder, Source, SourceTree, TreeOrigin, lay_out_sources, renew_tree};
pub use surroundings::{HANDED_ON, Surroundings, SurroundingsOrder, Variation, surroundings};
