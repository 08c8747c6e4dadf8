//! What landed, against real git: repositories are made, merged and tampered with by hand.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall say where")]

mod forge;
mod landings;
mod troubles;
