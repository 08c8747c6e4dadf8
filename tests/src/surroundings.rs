//! What a play takes from the machine: where programs and toolchains lie, and nothing else of the environment.

use std::collections::BTreeMap;
use std::ffi::OsString;

/// Variables that a build needs to find its tools. Everything else, the user's git configuration above all, stays outside.
const TAKEN: [&str; 7] = [
    "PATH",
    "HOME",
    "CARGO_HOME",
    "RUSTUP_HOME",
    "RUSTUP_TOOLCHAIN",
    "TMPDIR",
    "LLVM_PROFILE_FILE",
];

/// The environment of every program that a play starts.
#[allow(
    clippy::disallowed_methods,
    reason = "the one place where the plays read the environment"
)]
pub(crate) fn environment() -> BTreeMap<OsString, OsString> {
    let mut taken: BTreeMap<OsString, OsString> = TAKEN
        .iter()
        .filter_map(|name| Some((OsString::from(name), std::env::var_os(name)?)))
        .collect();
    for (name, value) in [
        ("GIT_CONFIG_GLOBAL", "/dev/null"),
        ("GIT_CONFIG_NOSYSTEM", "1"),
        ("LC_ALL", "C"),
    ] {
        taken.insert(name.into(), value.into());
    }
    taken
}

/// The value, or a play that ends with what failed. A play has nobody to hand an error to.
#[track_caller]
pub(crate) fn must<T, E: std::fmt::Display>(what: &str, result: Result<T, E>) -> T {
    match result {
        Ok(value) => value,
        Err(error) => panic!("failed to {what}: {error}"),
    }
}
