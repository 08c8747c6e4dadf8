//! Where the binary under test lies.

use crate::surroundings::must;
use std::path::PathBuf;

/// The built `governance`, found in the folder of the profile that the test executable itself was built with.
///
/// # Panics
///
/// If it has not been built; the message says how to.
#[track_caller]
pub fn binary() -> PathBuf {
    let own = must("find the test executable", std::env::current_exe());
    let found = own
        .ancestors()
        .skip(1)
        .take(3)
        .map(|folder| folder.join("governance"))
        .find(|path| path.is_file());
    found.unwrap_or_else(|| {
        panic!("no `governance` beside {}: build it with `cargo build --bin governance`, or use `cargo xtask test`", own.display())
    })
}
