//! Whether a release can be put where it shall lie, asked before anything is built for it. Looks only, and says
//! nothing about a place that is taken: whether that is this release or another is judged with the state at hand.

use crate::Failure;
use rustix::fs::{Access, access};
use std::path::Path;

/// Refuses a place where nothing can be created.
pub(super) fn check_place(out: &Path) -> Result<(), Failure> {
    let Some(nearest) = out.ancestors().skip(1).find(|folder| folder.exists()) else {
        return Ok(());
    };
    if is_taken(out) {
        return Ok(());
    }
    let folder = nearest.display();
    if !nearest.is_dir() {
        return Err(Failure::usage(
            format!("{folder} is not a folder"),
            "name another place with `--out DIR`",
        ));
    }
    access(nearest, Access::WRITE_OK | Access::EXEC_OK).map_err(|error| {
        Failure::world(
            format!("failed to find room for the release in {folder}: {error}"),
            "name a folder that can be written to with `--out DIR`, or change its owner or mode",
        )
    })
}

fn is_taken(out: &Path) -> bool {
    let is_empty = std::fs::read_dir(out).is_ok_and(|mut entries| entries.next().is_none());
    out.symlink_metadata().is_ok() && !is_empty
}
