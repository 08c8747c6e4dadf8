//! Files that are either whole or absent after a crash: temporary, fsync, rename, fsync of the folder.

use crate::Error;
use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Times that a folder is emptied again because somebody still writes into it: a git command that outlived its killed
/// master gives up as soon as the folders that it writes into are gone.
const EMPTYINGS_MAX: usize = 100;
/// Mode of the files that are written for ourselves: they may repeat configuration that is not everybody's.
const PRIVATE_MODE: u32 = 0o600;

/// Creates the folder and all above it.
pub(crate) fn create_folder(path: &Path) -> Result<(), Error> {
    fs::create_dir_all(path).map_err(Error::io("create", path))
}

/// Makes renames and creations within this folder last.
pub(crate) fn sync_folder(path: &Path) -> Result<(), Error> {
    File::open(path)
        .and_then(|folder| folder.sync_all())
        .map_err(Error::io("sync", path))
}

/// Replaces the file as a whole. If we die before the return the old content or none is there, never a part.
pub(crate) fn write_whole(path: &Path, bytes: &[u8]) -> Result<(), Error> {
    let temporary = path.with_extension("new");
    let write = || {
        let mut file = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(true)
            .mode(PRIVATE_MODE)
            .open(&temporary)?;
        file.write_all(bytes)?;
        file.sync_all()?;
        fs::rename(&temporary, path)
    };
    write().map_err(Error::io("write", path))?;
    path.parent().map_or(Ok(()), sync_folder)
}

/// Removes a file that may be absent.
pub(crate) fn remove_file(path: &Path) -> Result<(), Error> {
    absent_is_fine(fs::remove_file(path)).map_err(Error::io("remove", path))
}

/// Removes a folder, or whatever else lies there, that may be absent. A symbolic link is removed, not followed.
pub(crate) fn remove_tree(path: &Path) -> Result<(), Error> {
    let removed = || match fs::symlink_metadata(path) {
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
        Err(error) => Err(error),
    };
    let filled_again = |result: &std::io::Result<()>| matches!(result, Err(error) if error.kind() == std::io::ErrorKind::DirectoryNotEmpty);
    let mut emptyings = 1;
    let mut result = removed();
    while filled_again(&result) && emptyings < EMPTYINGS_MAX {
        result = removed();
        emptyings += 1;
    }
    absent_is_fine(result).map_err(Error::io("remove", path))
}

/// The whole small file, or nothing if it is absent.
pub(crate) fn read_if_there(path: &Path) -> Result<Option<String>, Error> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some(text)),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(Error::io("read", path)(error)),
    }
}

fn absent_is_fine(result: std::io::Result<()>) -> std::io::Result<()> {
    match result {
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => Ok(()),
        other => other,
    }
}
