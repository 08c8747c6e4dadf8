//! Artifacts by content: a file named after its digest, so that what was verified is what is published.

use crate::{Error, durable};
use domain_types::{DigestWriter, Sha256Digest};
use std::fs::{self, File, OpenOptions};
use std::io::{Read, Write};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

/// Bytes read at a time: SHA-256 is fastest with it, larger ones leave the processor's cache.
pub(crate) const BUFFER_BYTES: usize = 64 * 1024;
/// Names of files that are being written; swept when the store is opened.
const TEMPORARY: &str = ".new-";
/// Objects never change.
const OBJECT_MODE: u32 = 0o444;

/// A folder of objects `<64 hex>`. One process uses it at a time (the lock on the state); its threads may share it.
#[derive(Debug, Clone)]
pub struct ObjectStore {
    root: PathBuf,
    written: Arc<AtomicU64>,
}

impl ObjectStore {
    /// Opens the store, creating its folder; removes what a process that died was writing.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn open(root: &Path) -> Result<Self, Error> {
        durable::create_folder(root)?;
        for entry in fs::read_dir(root).map_err(Error::io("read", root))? {
            let entry = entry.map_err(Error::io("read", root))?;
            if entry.file_name().to_string_lossy().starts_with(TEMPORARY) {
                durable::remove_file(&entry.path())?;
            }
        }
        Ok(Self {
            root: root.to_owned(),
            written: Arc::default(),
        })
    }

    /// Where the object of this digest lies, if it is there.
    pub fn path(&self, digest: &Sha256Digest) -> PathBuf {
        self.root.join(digest.hex())
    }

    /// Stores the bytes and says their digest and number. They are durable on return; before it nothing is visible.
    ///
    /// An object that is there already is replaced by the same bytes, which heals a damaged one.
    ///
    /// # Errors
    /// [`Error::Io`].
    pub fn put(&self, source: impl Read) -> Result<(Sha256Digest, u64), Error> {
        let number = self.written.fetch_add(1, Ordering::Relaxed);
        let temporary = self.root.join(format!("{TEMPORARY}{number}"));
        let stored = self.write_object(&temporary, source);
        if stored.is_err() {
            // The first error is the one to report; what is left is swept when the store is opened next.
            let _ = fs::remove_file(&temporary);
        }
        stored
    }

    fn write_object(&self, temporary: &Path, source: impl Read) -> Result<(Sha256Digest, u64), Error> {
        let write = Error::io("write", temporary);
        let write_bytes = || {
            let mut file = OpenOptions::new()
                .write(true)
                .create_new(true)
                .mode(OBJECT_MODE)
                .open(temporary)?;
            let digested = copy_and_digest(source, &mut file)?;
            file.sync_all()?;
            Ok(digested)
        };
        let (digest, bytes) = write_bytes().map_err(write)?;
        let path = self.path(&digest);
        fs::rename(temporary, &path).map_err(Error::io("write", &path))?;
        durable::sync_folder(&self.root)?;
        Ok((digest, bytes))
    }

    /// Reads the whole object and compares its digest; says the number of its bytes.
    ///
    /// # Errors
    /// [`Error::ObjectMissing`], [`Error::ObjectDamaged`], [`Error::Io`].
    pub fn verify(&self, digest: &Sha256Digest) -> Result<u64, Error> {
        self.copy_out(digest, std::io::sink())
    }

    /// Copies the object, comparing its digest on the way; says the number of its bytes. On an error what was written to
    /// `target` must not be used.
    ///
    /// # Errors
    /// As [`ObjectStore::verify`].
    pub fn copy_out(&self, digest: &Sha256Digest, target: impl Write) -> Result<u64, Error> {
        let (found, bytes) = copy_and_digest(self.open_object(digest)?, target)
            .map_err(Error::io("read", &self.path(digest)))?;
        if found == *digest {
            Ok(bytes)
        } else {
            Err(Error::ObjectDamaged {
                digest: *digest,
                found,
            })
        }
    }

    /// The object as a file to read from; its digest is not compared.
    ///
    /// # Errors
    /// [`Error::ObjectMissing`], [`Error::Io`].
    pub fn open_object(&self, digest: &Sha256Digest) -> Result<File, Error> {
        let path = self.path(digest);
        match File::open(&path) {
            Ok(file) => Ok(file),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => Err(Error::ObjectMissing {
                digest: *digest,
                store: self.root.clone(),
            }),
            Err(error) => Err(Error::io("read", &path)(error)),
        }
    }
}

fn copy_and_digest(mut source: impl Read, mut target: impl Write) -> std::io::Result<(Sha256Digest, u64)> {
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut digest = DigestWriter::new();
    loop {
        match source.read(&mut buffer) {
            Ok(0) => break,
            Ok(count) => {
                digest.update(&buffer[..count]);
                target.write_all(&buffer[..count])?;
            }
            Err(error) if error.kind() == std::io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    let bytes = digest.bytes();
    Ok((digest.finish(), bytes))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn objects_are_found_by_their_digest_and_compared_when_read() {
        let folder = tempfile::tempdir().unwrap();
        let store = ObjectStore::open(folder.path()).unwrap();
        let bytes = vec![7; 3 * BUFFER_BYTES + 1];
        let (digest, size) = store.put(bytes.as_slice()).unwrap();
        assert_eq!((digest, size), (Sha256Digest::of(&bytes), bytes.len() as u64));
        assert_eq!(store.put(bytes.as_slice()).unwrap().0, digest);
        assert_eq!(store.verify(&digest).unwrap(), size);
        fs::remove_file(store.path(&digest)).unwrap();
        assert!(matches!(store.verify(&digest), Err(Error::ObjectMissing { .. })));
        fs::write(store.path(&digest), b"other").unwrap();
        let found = Sha256Digest::of(b"other");
        assert!(matches!(store.verify(&digest), Err(Error::ObjectDamaged { found: f, .. }) if f == found));
        store.put(bytes.as_slice()).unwrap();
        assert_eq!(store.verify(&digest).unwrap(), size);
    }

    #[test]
    fn what_a_dead_process_was_writing_is_swept() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join(".new-0"), b"half").unwrap();
        let store = ObjectStore::open(folder.path()).unwrap();
        store.put(&b"whole"[..]).unwrap();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 1);
    }
}
