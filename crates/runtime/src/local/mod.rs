//! Releases of local git repositories: no GitHub, no server.

mod backend;
mod freeze;
mod live;
mod locks;
mod places;
mod publisher;
mod recipes;
mod refusal;
mod release;
mod report;
mod sources;

pub use freeze::{FreezeError, Frozen, FrozenRepository, freeze};
pub use places::{Places, state_lock_of};
pub use recipes::{RecipeProblem, recipe_of};
pub use refusal::Refusal;
pub use release::{Identity, LocalOutcome, LocalRelease, Reproducibility, Reuse, release_local};

#[cfg(test)]
mod tests;
