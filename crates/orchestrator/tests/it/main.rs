//! The orchestrator from outside: every pair of state and event, stories, properties, golden journals.

#![allow(clippy::unwrap_used, clippy::expect_used)]

mod laws;
mod plans;
mod properties;
mod stories;
mod story;
mod tables;
mod transcript;
mod world;
