//! What would stop a release before it is begun: how the App, its webhook and every repository of the plan are set up.
//!
//! Everything is looked at first (`gather`), and what was found is one value (`facts`); each check is a function from it to
//! findings, in a file of its own, and none of them looks at another. Nothing is changed on GitHub: every request is a GET. What GitHub
//! denies, or could not be asked, is a finding too: silence would read as health.

mod checks;
mod fact;
mod facts;
mod finding;
mod gather;
mod manifest;
mod pages;
mod role;

#[cfg(test)]
mod tests;

pub use checks::examine;
pub use facts::Facts;
pub use finding::{Code, Finding, Severity};
pub use gather::{LOOKS_AT, Unasked, gather};
