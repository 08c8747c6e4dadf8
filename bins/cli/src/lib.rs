#![doc = include_str!("../README.md")]

mod arguments;
mod clock;
mod commands;
mod demo;
mod exit;
mod failure;
mod output;
mod planning;
mod progress;
mod run;
mod signals;
mod surroundings;
mod view;

pub use exit::Exit;
pub use run::run;
pub use surroundings::{Surroundings, arguments_of_this_process};

pub(crate) use failure::Failure;
pub(crate) use run::block_on;
