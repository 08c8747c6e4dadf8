//! Which build a tree's products belong to: the group of the build that last began in it.
//!
//! The note lies within the tree's own `.git`: it moves with the tree when a comparison puts it aside, and is gone when
//! the tree is laid out anew. So the trees of a workspace know their builds, whichever state file began them.

use crate::{Error, ProcessGroup, durable, end_group};
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

const GIT_FOLDER: &str = ".git";
const NOTE: &str = "governance-build";

/// Notes durably that this group builds in the tree; false for a folder that is no tree of ours.
pub(crate) fn move_in(tree: &Path, group: &ProcessGroup) -> Result<bool, Error> {
    if !is_tree(tree) {
        return Ok(false);
    }
    let path = note(tree);
    let text = serde_json::to_vec(group).map_err(|error| Error::io("write", &path)(error.into()))?;
    durable::write_whole(&path, &text).map(|()| true)
}

/// The build that last began in the tree. A note that cannot be read names nobody: its tree counts for no build.
pub(crate) fn tenant(tree: &Path) -> Result<Option<ProcessGroup>, Error> {
    if !is_tree(tree) {
        return Ok(None);
    }
    let text = durable::read_if_there(&note(tree))?;
    Ok(text.and_then(|text| serde_json::from_str(&text).ok()))
}

/// Ends the build that runs in the tree, if one does. Its products stay its own.
pub(crate) async fn quiet(tree: &Path) -> Result<(), Error> {
    match tenant(tree)? {
        Some(group) => end_group(&group, Duration::ZERO).await.map(|_| ()),
        None => Ok(()),
    }
}

/// Ends the build that runs in the tree, and forgets whose products lie in it: they are about to change.
pub(crate) async fn evict(tree: &Path) -> Result<(), Error> {
    quiet(tree).await?;
    if is_tree(tree) {
        durable::remove_file(&note(tree))
    } else {
        Ok(())
    }
}

fn is_tree(path: &Path) -> bool {
    fs::symlink_metadata(path.join(GIT_FOLDER)).is_ok_and(|metadata| metadata.is_dir())
}

fn note(tree: &Path) -> PathBuf {
    tree.join(GIT_FOLDER).join(NOTE)
}
