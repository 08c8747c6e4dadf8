//! Whole releases by the real `governance-app`, over HTTP, on a simulated GitHub.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall say where")]
#![allow(
    clippy::print_stderr,
    reason = "whoever plays for long wants to read what was played"
)]
#![allow(
    clippy::wildcard_enum_match_arm,
    reason = "of everything that can happen, a play looks at a little"
)]

/// A number from the environment: how much is played, only whoever starts it knows.
#[allow(
    clippy::disallowed_methods,
    reason = "the suite plays what is written here; a soak asks for more"
)]
fn from_environment(name: &str, otherwise: u64) -> u64 {
    std::env::var(name).map_or(otherwise, |number| number.parse().unwrap())
}

mod doctor;
mod doubts;
mod faults;
mod house;
mod kills;
mod legacy;
#[path = "../gate/maintainer.rs"]
mod maintainer;
mod ranges;
mod runs;
#[path = "../served/mod.rs"]
mod served;
mod stories;
mod whole;
mod wishes;
mod wound;
