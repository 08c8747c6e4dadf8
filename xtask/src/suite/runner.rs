//! Starts the test runners: nextest where it is installed, plain cargo otherwise.

use super::postgres;
use super::summary::Summary;
use crate::command::{Call, Listen};
use anyhow::Result;
use std::path::Path;

/// Every crate's README and documentation examples.
pub(super) fn doctests(root: &Path, filters: &[String]) -> Result<Summary> {
    let call = Call::new("cargo").args(["test", "--doc", "--workspace", "--no-fail-fast", "--"]);
    listen(
        &call.args(filters).inside(root),
        Listen::Output,
        Summary::hear_cargo_test,
    )
}

/// Every other test. The binaries are built first, for the flows start them; together with the tests, or whatever both rest upon would be
/// built twice, with and without what only the tests ask of it. Tests that want a PostgreSQL server are told where it is.
pub(super) fn tests(root: &Path, filters: &[String], server: Option<&str>) -> Result<Summary> {
    let told = |call: Call| match server {
        Some(url) => call.env(postgres::VARIABLE, url),
        None => call,
    };
    Call::new("cargo")
        .args(["build", "--workspace", "--bins", "--tests"])
        .inside(root)
        .run()?;
    if has_nextest() {
        return listen(
            &told(nextest(root, filters)),
            Listen::Error,
            Summary::hear_nextest,
        );
    }
    let call = Call::new("cargo").args([
        "test",
        "--workspace",
        "--lib",
        "--bins",
        "--tests",
        "--no-fail-fast",
        "--",
    ]);
    listen(
        &told(call.args(filters).inside(root)),
        Listen::Output,
        Summary::hear_cargo_test,
    )
}

/// Whether `cargo nextest` can be run.
pub(super) fn has_nextest() -> bool {
    Call::new("cargo").args(["nextest", "--version"]).succeeds()
}

fn nextest(root: &Path, filters: &[String]) -> Call {
    let call = Call::new("cargo").args([
        "nextest",
        "run",
        "--workspace",
        "--no-fail-fast",
        "--no-tests",
        "pass",
    ]);
    call.args(filters).inside(root)
}

fn listen(call: &Call, to: Listen, hear: fn(&mut Summary, &str)) -> Result<Summary> {
    let mut summary = Summary::default();
    let well = call.listen(to, |line| hear(&mut summary, line))?;
    Ok(summary.ended(well))
}
