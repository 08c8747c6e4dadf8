//! The repositories on disk: what the model makes is written as git itself would, so that any git can clone and check it.

use crate::error::SimError;
use crate::objects::GitObject;
use flate2::Compression;
use flate2::write::ZlibEncoder;
use std::fs;
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};

/// Makes an empty bare repository.
pub(crate) fn init_repository(folder: &Path) -> Result<(), SimError> {
    for below in ["objects", "refs/heads", "refs/tags"] {
        let path = folder.join(below);
        fs::create_dir_all(&path).map_err(failed("create", &path))?;
    }
    write(&folder.join("HEAD"), b"ref: refs/heads/main\n")?;
    let config = b"[core]\n\trepositoryformatversion = 0\n\tfilemode = true\n\tbare = true\n";
    write(&folder.join("config"), config)
}

/// Lets a repository lie somewhere else.
pub(crate) fn move_repository(from: &Path, to: &Path) -> Result<(), SimError> {
    fs::rename(from, to).map_err(failed("move", from))
}

/// Writes a loose object; one that is there already is the same.
pub(crate) fn write_object(folder: &Path, object: &GitObject) -> Result<(), SimError> {
    let (first, rest) = object.sha.split_at(2);
    let path = folder.join("objects").join(first).join(rest);
    if path.exists() {
        return Ok(());
    }
    let mut encoder = ZlibEncoder::new(Vec::new(), Compression::fast());
    let packed = encoder.write_all(&object.bytes).and_then(|()| encoder.finish());
    write(&path, &packed.map_err(failed("pack", &path))?)
}

/// Lets a ref name an object, or removes it.
pub(crate) fn write_ref(folder: &Path, name: &str, sha: Option<&str>) -> Result<(), SimError> {
    let path = folder.join(name);
    match sha {
        Some(sha) => write(&path, format!("{sha}\n").as_bytes()),
        None if path.exists() => fs::remove_file(&path).map_err(failed("remove", &path)),
        None => Ok(()),
    }
}

/// Writes a file.
pub(crate) fn write(path: &Path, bytes: &[u8]) -> Result<(), SimError> {
    if let Some(parent) = path.parent() {
        fs::create_dir_all(parent).map_err(failed("create", parent))?;
    }
    fs::write(path, bytes).map_err(failed("write", path))
}

/// The error of an operation on a path.
pub(crate) fn failed(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> SimError {
    let path: PathBuf = path.to_owned();
    move |source| SimError::Io { doing, path, source }
}
