#![doc = include_str!("../README.md")]

mod binary;
mod component;
mod gate;
mod governance;
mod organisation;
mod processes;
mod release;
mod repository;
mod running;
mod surroundings;

pub use binary::binary;
pub use component::Component;
pub use gate::{Gate, until};
pub use governance::{Answer, Governance};
pub use organisation::Organisation;
pub use processes::{Process, processes_below};
pub use release::{EVIDENCE, ReleaseFolder};
pub use repository::{Contents, Repository, contents};
pub use running::{Running, Stop};
