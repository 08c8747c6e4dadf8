#![doc = include_str!("../README.md")]

mod carry;
mod error;
mod patience;
mod performer;

pub use carry::{Carried, Now, carry_out};
pub use error::EffectError;
pub use patience::{DELAY_SECONDS_FIRST, DELAY_SECONDS_MAX, SENDS_MAX, UNKNOWNS_MAX};
pub use performer::{HandleNotRecorded, HandleWriter, Performed, Performer, Probed, Reply};

#[cfg(test)]
mod tests;
