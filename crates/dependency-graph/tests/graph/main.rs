//! Tests of the room from outside: manifests in, plans or problems out.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    reason = "a test that cannot begin fails"
)]

mod brute_force;
#[macro_use]
mod common;
mod errors;
mod plan;
mod properties;
mod render;
mod variants;
