//! The client against a small stand-in on loopback that answers by script and remembers what it was asked.

mod clock;
mod examples;
mod pulls;
mod reads;
mod setup;
mod stand_in;
mod transfers;
mod traps;
mod writes;

pub(crate) use clock::HandWound;
