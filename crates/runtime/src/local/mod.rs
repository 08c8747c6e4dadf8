//! Releases of local git repositories: no GitHub, no server.

mod backend;
mod content;
mod freeze;
mod live;
mod places;
mod publisher;
mod recipes;
mod release;
mod report;
mod sources;
mod spec;

pub use freeze::{FreezeError, Frozen, FrozenRepository, freeze};
pub use places::Places;
pub use recipes::{RecipeProblem, recipe_of};
pub use release::{Identity, LocalOutcome, LocalRelease, Refusal, Reproducibility, Reuse, release_local};
