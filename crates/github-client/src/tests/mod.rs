//! The client against a small stand-in on loopback that answers by script and remembers what it was asked.

mod clock;
mod stand_in;
mod traps;

pub(crate) use clock::HandWound;
