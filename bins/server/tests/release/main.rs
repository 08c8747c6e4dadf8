//! Whole releases by the real `governance-app`, over HTTP, on a simulated GitHub.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall say where")]

mod doctor;
mod house;
mod kills;
mod stories;
mod whole;
