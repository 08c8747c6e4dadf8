//! The simulator from outside: what it answers, what it tells, and what it keeps on disk.

#[cfg(test)]
mod behaviours;
#[cfg(test)]
mod gh;
#[cfg(test)]
mod ledger;
#[cfg(test)]
mod octokit;
#[cfg(test)]
mod openapi;
#[cfg(test)]
mod over_http;
#[cfg(test)]
mod peer;
#[cfg(test)]
mod play;
#[cfg(test)]
mod programs;
#[cfg(test)]
mod stage;
#[cfg(test)]
mod webhook_schemas;
