#![doc = include_str!("../README.md")]

mod archive;
mod configuration;
mod corrected;
mod documents;
mod others;
mod plain;
mod recipe;
mod ruleset;
mod signature;
mod statement;
mod sums;
mod target;
mod toml_text;
mod versions;
mod workflow;

pub use archive::{tar_gz, zip};
pub use configuration::configuration;
pub use documents::{release_evidence, release_manifest};
pub use recipe::recipe;
pub use ruleset::ruleset;
pub use signature::signature;
pub use statement::statement;
pub use sums::sha256sums;
pub use target::TARGETS;
pub use versions::versions_toml;
pub use workflow::{expression, workflow};
