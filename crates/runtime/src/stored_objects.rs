//! What both publishers put releases together from, artifacts by their digest, and the folder that they do it in.

use artifact_verify::Objects;
use domain_types::Sha256Digest;
use local_build::ObjectStore;
use std::io::{ErrorKind, Read};
use std::path::Path;

/// The store of artifacts, as whoever assembles a release reads it.
pub(crate) struct StoredObjects<'a>(pub(crate) &'a ObjectStore);

impl Objects for StoredObjects<'_> {
    fn open(&self, digest: &Sha256Digest) -> std::io::Result<Box<dyn Read + '_>> {
        let opened = self.0.open_object(digest).map_err(std::io::Error::other)?;
        Ok(Box::new(opened))
    }
}

/// Removes a folder with everything in it; one that is not there is removed.
///
/// # Errors
/// Whatever keeps it from being removed; part of it may be gone.
pub(crate) fn remove_folder(folder: &Path) -> std::io::Result<()> {
    match std::fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(error),
        Ok(()) | Err(_) => Ok(()),
    }
}
