//! Pull requests at the real server's gate, over HTTP, on a simulated GitHub whose clock is wound by hand.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall say where")]
#![allow(
    dead_code,
    reason = "the house and its clock are shared with plays that look at other sides of them"
)]

mod beginnings;
mod companions;
mod cost;
mod edges;
mod emergency;
mod endings;
mod hand;
mod house;
mod landed;
mod legacy_text;
mod lowering;
mod maintainer;
mod mode;
mod queue;
mod rebuilding;
mod recalled;
mod references;
mod reports;
mod rules;
#[path = "../served/mod.rs"]
mod served;
mod stories;
mod surfaces;
mod taken_back;
#[path = "../release/wound.rs"]
mod wound;
