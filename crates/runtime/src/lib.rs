#![doc = include_str!("../README.md")]

mod book;
mod clock;
mod codec;
pub mod configuration;
mod content;
mod cores;
mod engine;
mod error;
mod follow_up;
#[cfg(feature = "github")]
pub mod gate;
#[cfg(feature = "github")]
pub mod github;
mod inbox_worker;
pub mod local;
mod log;
pub mod ports;
mod progress;
mod release_directory;
mod release_performer;
mod rules_folder;
mod spec;
mod stored_objects;
mod tenancy;
mod verified;

pub use book::{check_release, command, inbox_row, load};
pub use clock::SystemClock;
pub use engine::{Door, Ended, Engine};
pub use error::RuntimeError;
pub use inbox_worker::{InboxWorker, Moved, Taken, TakenRow};
pub use progress::{NodeProgress, Progress};
pub use release_directory::ReleaseDirectory;
pub use release_performer::ReleasePerformer;
pub use rules_folder::{RulesFolderError, read_rules_folder};
pub use tenancy::Tenancy;

#[cfg(test)]
mod tests;
