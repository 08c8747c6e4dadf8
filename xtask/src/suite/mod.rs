//! The whole suite: tests, then doctests, with one plain summary at the end, preceded by what was not run and why.

pub(crate) mod node_modules;
pub(crate) mod postgres;
mod runner;
mod summary;
mod tools;

use crate::checks::timed;
use crate::report;
use anyhow::Result;
use std::path::Path;
use std::process::ExitCode;
use tools::Tool;

/// Runs everything whose name contains one of `filters`, or everything. `require_all` installs absent tools, or fails.
pub(crate) fn run(root: &Path, require_all: bool, filters: &[String]) -> Result<ExitCode> {
    let absent = match require_all {
        true => tools::install_absent()?,
        false => tools::absent(),
    };
    let server = postgres::Server::start()?;
    let url = server.as_ref().map(postgres::Server::url);
    let (tests, tests_seconds) = timed(|| runner::tests(root, filters, url.as_deref()));
    drop(server);
    let (doctests, doctests_seconds) = timed(|| runner::doctests(root, filters));
    let (tests, doctests) = (tests?, doctests?);
    report::print(&format!("tests: {tests}, after {tests_seconds:.1} s"));
    report::print(&format!("doctests: {doctests}, after {doctests_seconds:.1} s"));
    let total = tests.plus(&doctests);
    for line in not_run(&absent) {
        report::print(&line);
    }
    report::print(&total.to_string());
    Ok(if total.is_good() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

/// A line for each absent tool: what was not run because of it, and how to get it.
fn not_run(absent: &[&Tool]) -> Vec<String> {
    let line = |tool: &&Tool| {
        format!(
            "not run: {}, because {} is absent; install with `{}`",
            tool.serves,
            tool.name,
            tool.install.command()
        )
    };
    absent.iter().map(line).collect()
}
