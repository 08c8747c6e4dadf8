//! Where the files of a release lie: a directory (in the runtime), or memory (here).

use crate::{Error, Objects, ReadSeek};
use domain_types::{AssetName, Sha256Digest};
use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Cursor, Read, Write};

/// A file of a release, opened.
pub struct OpenedFile<'a> {
    /// Its size in bytes, as the medium says.
    pub size: u64,
    /// Its bytes, from the start.
    pub reader: Box<dyn ReadSeek + 'a>,
}

/// The files of one release, flat. Several are read at once.
pub trait ReleaseFiles: Sync {
    /// The names of all files.
    ///
    /// # Errors
    /// [`Error::ForeignEntry`] for anything that no release holds: links, folders, devices, illegal names;
    /// [`Error::Io`] if it cannot be listed.
    fn names(&self) -> Result<BTreeSet<AssetName>, Error>;

    /// Opens a file; never follows a link.
    ///
    /// # Errors
    /// [`Error::FileMissing`], [`Error::ForeignEntry`] if it is no regular file, [`Error::Io`].
    fn open(&self, name: &AssetName) -> Result<OpenedFile<'_>, Error>;

    /// Does each of so many jobs, which read files; several at a time if whoever holds the files has the hands for that. Nothing is
    /// judged by who does a job, or when.
    fn each(&self, jobs: usize, work: &(dyn Fn(usize) + Sync)) {
        (0..jobs).for_each(work);
    }
}

/// Where the files of a release are written to.
pub trait ReleaseSink {
    /// Begins a new file; what lay there under this name is replaced. The writer is flushed and dropped when the
    /// file is complete; making it durable is the sink's own matter.
    ///
    /// # Errors
    /// What the medium says.
    fn create(&mut self, name: &AssetName) -> io::Result<Box<dyn Write + '_>>;
}

/// A release in memory, for tests and for programs that embed this crate.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct MemoryFiles {
    /// The bytes by name.
    pub files: BTreeMap<AssetName, Vec<u8>>,
}

impl ReleaseFiles for MemoryFiles {
    fn names(&self) -> Result<BTreeSet<AssetName>, Error> {
        Ok(self.files.keys().cloned().collect())
    }

    fn open(&self, name: &AssetName) -> Result<OpenedFile<'_>, Error> {
        let bytes = self
            .files
            .get(name)
            .ok_or_else(|| Error::FileMissing(name.clone()))?;
        Ok(OpenedFile {
            size: bytes.len() as u64,
            reader: Box::new(Cursor::new(bytes)),
        })
    }
}

impl ReleaseSink for MemoryFiles {
    fn create(&mut self, name: &AssetName) -> io::Result<Box<dyn Write + '_>> {
        let bytes = self.files.entry(name.clone()).or_default();
        bytes.clear();
        Ok(Box::new(bytes))
    }
}

/// Contents in memory, by digest.
#[derive(Debug, Clone, Default)]
pub struct MemoryObjects {
    objects: BTreeMap<Sha256Digest, Vec<u8>>,
}

impl MemoryObjects {
    /// Keeps these bytes; gives their digest.
    pub fn insert(&mut self, bytes: &[u8]) -> Sha256Digest {
        let digest = Sha256Digest::of(bytes);
        self.objects.insert(digest, bytes.to_vec());
        digest
    }
}

impl Objects for MemoryObjects {
    fn open(&self, digest: &Sha256Digest) -> io::Result<Box<dyn Read + '_>> {
        let bytes = self.objects.get(digest).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(bytes.as_slice()))
    }
}
