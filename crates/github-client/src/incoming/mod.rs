//! What GitHub sends unasked. Nothing here does IO: bodies come in as bytes, answers go out as values.

pub mod webhook;
