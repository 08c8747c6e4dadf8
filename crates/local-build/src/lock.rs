//! One process at a time: an exclusive lock on a file that says who holds it.
//!
//! The lock belongs to the open file, so the kernel gives it back when its holder dies, however it dies.

use crate::{Error, durable};
use std::fs::{File, OpenOptions, TryLockError};
use std::io::{Read as _, Seek as _, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};

/// Bytes of a holder's text that are read back: one line about a process.
const HOLDER_BYTES_MAX: u64 = 1000;
/// Times that the lock file may vanish between its opening and its locking before we give up.
const OPENINGS_MAX: usize = 10;

/// An exclusive lock, held until dropped or until this process ends.
///
/// Proof that nobody else works on what the file stands for. The file itself is never removed: removing it would let
/// two processes lock two files of the same name.
#[derive(Debug)]
#[must_use = "the lock is given back when this is dropped"]
pub struct HeldLock {
    path: PathBuf,
    _file: File,
}

impl HeldLock {
    /// Takes the lock at once or says who has it. `holder` is one line about us: process id, command, since when.
    ///
    /// # Errors
    /// [`Error::LockHeld`] with the holder's own line, [`Error::Io`].
    pub fn acquire(path: &Path, holder: &str) -> Result<Self, Error> {
        if let Some(folder) = path.parent() {
            durable::create_folder(folder)?;
        }
        let mut file = lock(path)?;
        name_holder(&mut file, holder).map_err(Error::io("write", path))?;
        Ok(Self {
            path: path.to_owned(),
            _file: file,
        })
    }

    /// The lock file.
    pub fn path(&self) -> &Path {
        &self.path
    }
}

/// The lock on a folder of sources: `<source root>/.lock`.
#[derive(Debug)]
#[must_use = "the lock is given back when this is dropped"]
pub struct SourceLock {
    root: PathBuf,
    _lock: HeldLock,
}

impl SourceLock {
    /// Name of the lock file within the source root.
    pub const FILE: &'static str = ".lock";

    /// Takes the lock of this source root, which is created if need be.
    ///
    /// # Errors
    /// As [`HeldLock::acquire`].
    pub fn acquire(root: &Path, holder: &str) -> Result<Self, Error> {
        let lock = HeldLock::acquire(&root.join(Self::FILE), holder)?;
        let root = root.canonicalize().map_err(Error::io("resolve", root))?;
        Ok(Self { root, _lock: lock })
    }

    /// The source root, absolute and without symbolic links.
    pub fn root(&self) -> &Path {
        &self.root
    }
}

/// The locked file that lies at the path: one that was removed between opening and locking would lock nobody out.
fn lock(path: &Path) -> Result<File, Error> {
    for _ in 0..OPENINGS_MAX {
        let file = open(path)?;
        match file.try_lock() {
            Ok(()) if lies_at(&file, path) => return Ok(file),
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => {
                return Err(Error::LockHeld {
                    path: path.to_owned(),
                    by: holder_of(file),
                });
            }
            Err(TryLockError::Error(source)) => return Err(Error::io("lock", path)(source)),
        }
    }
    let vanished = std::io::Error::other("somebody keeps removing it");
    Err(Error::io("lock", path)(vanished))
}

/// Never through a symbolic link: the holder's name would overwrite whatever it points to.
fn open(path: &Path) -> Result<File, Error> {
    let no_link = i32::try_from(rustix::fs::OFlags::NOFOLLOW.bits()).unwrap_or_default();
    OpenOptions::new()
        .read(true)
        .write(true)
        .create(true)
        .truncate(false)
        .custom_flags(no_link)
        .open(path)
        .map_err(Error::io("open", path))
}

fn lies_at(file: &File, path: &Path) -> bool {
    match (file.metadata(), std::fs::symlink_metadata(path)) {
        (Ok(locked), Ok(found)) => (locked.dev(), locked.ino()) == (found.dev(), found.ino()),
        (Err(_), _) | (_, Err(_)) => false,
    }
}

fn name_holder(file: &mut File, holder: &str) -> std::io::Result<()> {
    file.set_len(0)?;
    file.rewind()?;
    file.write_all(holder.lines().next().unwrap_or_default().as_bytes())?;
    file.sync_all()
}

fn holder_of(file: File) -> String {
    let mut text = Vec::new();
    let read = file.take(HOLDER_BYTES_MAX).read_to_end(&mut text);
    let line = String::from_utf8_lossy(&text)
        .chars()
        .filter(|c| !c.is_control())
        .collect::<String>();
    if read.is_err() || line.is_empty() {
        "another process that has just begun".to_owned()
    } else {
        line
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_holder_is_told_who_the_first_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("deep/state.db.lock");
        let first = HeldLock::acquire(&path, "process 7, release 0.1.0, since 06:00").unwrap();
        let refused = HeldLock::acquire(&path, "process 8").unwrap_err();
        assert!(
            matches!(&refused, Error::LockHeld { by, .. } if by == "process 7, release 0.1.0, since 06:00"),
            "{refused}"
        );
        drop(first);
        let again = HeldLock::acquire(&path, "process 9").unwrap();
        assert_eq!(std::fs::read_to_string(again.path()).unwrap(), "process 9");
    }

    #[test]
    fn a_link_in_the_place_of_the_lock_file_is_not_followed() {
        let folder = tempfile::tempdir().unwrap();
        let (precious, path) = (
            folder.path().join("precious"),
            folder.path().join("state.db.lock"),
        );
        std::fs::write(&precious, "precious").unwrap();
        std::os::unix::fs::symlink(&precious, &path).unwrap();
        let refused = HeldLock::acquire(&path, "process 7").unwrap_err();
        assert!(matches!(refused, Error::Io { doing: "open", .. }), "{refused}");
        assert_eq!(std::fs::read(&precious).unwrap(), b"precious");
    }
}
