//! Releases on GitHub: plans from a tag, builds as runs of GitHub Actions, and one GitHub release at the end.
//!
//! One datum's way: a webhook becomes an inbox row (the server's door); `gatherer` reads the tag's manifest and appends the
//! start with everything frozen (`frozen`), what has come in since the last release among it (`ranges`); the engine hands each build to `backend`, which dispatches a workflow and follows
//! its run (`follow`); what GitHub says of the run is judged (`run_identity`), its artifacts are stored by digest (`outcome`);
//! `publisher` drafts, uploads, compares and publishes.

mod apps;
mod artifact;
mod as_found;
mod backend;
mod beside;
mod catch_up;
mod check_facts;
mod correlate;
mod dispatch;
pub mod doctor;
mod first_looks;
mod follow;
mod follow_up;
mod followers;
mod former_way;
mod frozen;
mod gate_hints;
mod gatherer;
mod landed_trees;
mod last_heard;
mod legacy_workers;
mod merge_queue;
mod mirrors;
mod noted;
mod of_head;
mod one_moment;
mod outcome;
mod places;
mod planning;
mod publisher;
mod pull_requests;
mod pushes;
mod ranges;
mod reconcile;
mod refusals;
mod restore;
mod rivals;
mod rules_keeper;
mod rules_repository;
mod run_identity;
mod said;
mod shown;
mod tagging;
mod tags;
mod work;
mod workshop;

#[cfg(test)]
mod tests;

pub use apps::Apps;
pub use dispatch::{DispatchId, dispatch_id};
pub use follow_up::{FrozenCall, FrozenFollowUp};
pub use frozen::{FrozenComponent, FrozenRelease, FullName, NewTag};
pub use gate_hints::GateHints;
pub use landed_trees::GithubLandedTrees;
pub use last_heard::LastHeard;
pub use places::GithubPlaces;
pub use planning::{PlanRefusal, Wish, is_rehearsal, plan_tag, rehearsal_name};
pub use pull_requests::GithubPullRequests;
pub use refusals::RefusedWish;
pub use rules_keeper::{RulesKeeper, RulesLook};
pub use rules_repository::RulesRepository;
pub use run_identity::{Deviation, ExpectedRun};
pub use work::{Desk, GateParts, work};
pub use workshop::Workshop;
