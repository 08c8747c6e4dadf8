//! The simulator from outside: what it answers, what it tells, and what it keeps on disk.

mod over_http;
mod peer;
mod stage;
