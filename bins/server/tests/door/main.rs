//! The door, from outside: what it lets in, what it keeps out, and that what is kept out changes nothing.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall say where")]

mod api;
mod deliveries;
#[cfg(test)]
mod peers;
mod refusals;
mod stage;
