//! The simulator from outside: what it answers, what it tells, and what it keeps on disk.

#[cfg(test)]
mod over_http;
#[cfg(test)]
mod peer;
#[cfg(test)]
mod stage;
