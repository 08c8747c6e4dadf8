//! What stands between an honest release and its user: exchanged directories, reuse across tags, two names of one state,
//! places among the sources, releases that share a workspace, states of an older program, clocks that were ahead.

#![allow(clippy::unwrap_used, reason = "a play that cannot look has failed")]

mod clock;
mod exchange;
mod locks;
mod places;
mod put_back;
mod released;
mod schema;
mod sharing;
mod state_file;
mod tags;
