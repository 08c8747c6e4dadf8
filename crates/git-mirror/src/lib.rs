#![doc = include_str!("../README.md")]

mod compared;
mod error;
mod git;
mod limits;
mod mirror;
mod mirrors;
mod remote;
mod way;

pub use compared::{Compared, Deviation, Landing, PATHS_NAMED_MAX, Way, What};
pub use error::Error;
pub use limits::Limits;
pub use mirrors::Mirrors;
pub use remote::{Remote, Token};

#[cfg(test)]
mod tests;
