//! The orchestrator from outside: every pair of state and event, stories, properties, golden journals.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod facts;
mod golden;
mod laws;
mod plans;
mod properties;
mod proportional;
mod rows;
mod stories;
mod story;
mod tables;
mod transcript;
mod world;
