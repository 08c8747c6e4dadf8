//! Everything that must be in order before a change lands, the tests aside. The quick checks come first.

use crate::command::Call;
use crate::{layers, report, tidy};
use anyhow::{Context as _, Result, bail};
use std::path::Path;
use std::process::ExitCode;
use std::time::Instant;

/// A named check.
type Check = (&'static str, fn(&Path) -> Result<()>);

const CHECKS: [Check; 7] = [
    ("fmt", fmt),
    ("locks", locks),
    ("tidy", house_rules),
    ("layers", arrows),
    ("deny", deny),
    ("clippy", clippy),
    ("docs", docs),
];

/// Runs every check, goes on after a failure, and names all that failed.
pub(crate) fn run(root: &Path) -> Result<ExitCode> {
    let mut failed = Vec::new();
    for (name, check) in CHECKS {
        report::say(&format!("== {name}"));
        let (outcome, seconds) = timed(|| check(root));
        match outcome {
            Ok(()) => report::say(&format!("== {name}: in order ({seconds:.1} s)")),
            Err(error) => {
                report::say(&format!("== {name}: failed ({seconds:.1} s): {error:#}"));
                failed.push(name);
            }
        }
    }
    if failed.is_empty() {
        return Ok(ExitCode::SUCCESS);
    }
    report::say(&format!("ci: failed: {}", failed.join(", ")));
    Ok(ExitCode::FAILURE)
}

/// The outcome of some work, and how many seconds it took.
#[allow(
    clippy::disallowed_methods,
    reason = "how long a check took is told to the developer and decides nothing"
)]
pub(crate) fn timed<T>(work: impl FnOnce() -> T) -> (T, f32) {
    let began = Instant::now();
    let outcome = work();
    (outcome, began.elapsed().as_secs_f32())
}

/// The benchmarks are no member of the workspace and are asked for on their own.
fn fmt(root: &Path) -> Result<()> {
    Call::new("cargo")
        .args(["fmt", "--all", "--check"])
        .inside(root)
        .run()?;
    Call::new("cargo")
        .args(["fmt", "--check"])
        .inside(&root.join("xtask/bench"))
        .run()
}

/// What is no member of the workspace has a lock file of its own, which nothing else here reads.
fn locks(root: &Path) -> Result<()> {
    for folder in ["xtask/bench", "fuzz"] {
        let fits = Call::new("cargo").args(["update", "--workspace", "--locked", "--quiet"]);
        fits.inside(&root.join(folder)).run().with_context(|| {
            format!("{folder}/Cargo.lock does not fit; run `cargo update --workspace` in that folder")
        })?;
    }
    Ok(())
}

fn house_rules(root: &Path) -> Result<()> {
    in_order(&tidy::check(root)?)
}

fn arrows(root: &Path) -> Result<()> {
    in_order(&layers::check(root)?)
}

fn deny(root: &Path) -> Result<()> {
    let deny = Call::new("cargo").args(["deny", "--version"]);
    if !deny.succeeds() {
        bail!("cargo-deny is absent; install with `cargo install --locked cargo-deny`");
    }
    Call::new("cargo")
        .args(["deny", "--workspace", "check", "bans", "licenses", "sources"])
        .inside(root)
        .run()
}

fn clippy(root: &Path) -> Result<()> {
    let call = Call::new("cargo").args(["clippy", "--workspace", "--all-targets", "--", "-D", "warnings"]);
    call.inside(root).run()
}

fn docs(root: &Path) -> Result<()> {
    let call = Call::new("cargo").args(["doc", "--workspace", "--no-deps", "--document-private-items"]);
    call.env("RUSTDOCFLAGS", "-D warnings").inside(root).run()
}

fn in_order(broken: &[report::Broken]) -> Result<()> {
    broken.iter().for_each(|rule| report::say(&rule.to_string()));
    match broken.len() {
        0 => Ok(()),
        count => bail!("{count} broken rule(s), see above"),
    }
}
