//! A release as a flat directory of this machine. What a release may hold is decided in artifact-verify; here is only
//! what a file system needs: nothing but regular files, no link ever followed, bytes made durable on demand.

use artifact_verify::{EntryRule, Error, OpenedFile, RELEASE_FILES_MAX, ReleaseFiles, ReleaseSink};
use domain_types::AssetName;
use std::collections::BTreeSet;
use std::fs::{self, File, FileType, Metadata, OpenOptions};
use std::io::{self, BufReader, BufWriter, Write};
use std::path::{Path, PathBuf};

/// Characters of a foreign name that a message repeats: enough to recognise it, too few to flood a log.
const NAME_CHARS_MAX: usize = 80;

/// The files of a release in one folder.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseDirectory {
    path: PathBuf,
}

impl ReleaseDirectory {
    /// The folder at this path, which need not exist yet.
    pub fn new(path: impl Into<PathBuf>) -> Self {
        Self { path: path.into() }
    }

    /// Where it lies.
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Makes every file and the folder itself durable. A crash before it may lose files; after it, none.
    ///
    /// # Errors
    /// As [`ReleaseFiles::names`], and what the file system says; an error of a flush means that the bytes may be lost.
    pub fn sync(&self) -> Result<(), Error> {
        for name in self.names()? {
            File::open(self.path.join(name.as_str()))?.sync_all()?;
        }
        Ok(File::open(&self.path)?.sync_all()?)
    }
}

impl ReleaseFiles for ReleaseDirectory {
    fn names(&self) -> Result<BTreeSet<AssetName>, Error> {
        let mut names = BTreeSet::new();
        for entry in fs::read_dir(&self.path)? {
            let entry = entry?;
            let name = entry.file_name();
            let foreign = |rule| Error::ForeignEntry {
                name: shown(&name.to_string_lossy()),
                rule,
            };
            let kind = entry.file_type()?;
            if let Some(rule) = refused_kind(kind) {
                return Err(foreign(rule));
            }
            let legal = name.to_str().and_then(|name| name.parse().ok());
            names.insert(legal.ok_or_else(|| foreign(EntryRule::Name))?);
            if names.len() > RELEASE_FILES_MAX {
                return Err(foreign(EntryRule::TooMany));
            }
        }
        Ok(names)
    }

    fn open(&self, name: &AssetName) -> Result<OpenedFile<'_>, Error> {
        let path = self.path.join(name.as_str());
        let foreign = |rule| Error::ForeignEntry {
            name: shown(name.as_str()),
            rule,
        };
        let seen = fs::symlink_metadata(&path).map_err(|error| missing_or_io(name, error))?;
        if let Some(rule) = refused_kind(seen.file_type()) {
            return Err(foreign(rule));
        }
        let file = File::open(&path).map_err(|error| missing_or_io(name, error))?;
        let opened = file.metadata()?;
        if !is_same_file(&seen, &opened) {
            return Err(foreign(EntryRule::Exchanged));
        }
        Ok(OpenedFile {
            size: opened.len(),
            reader: Box::new(BufReader::new(file)),
        })
    }

    fn each(&self, jobs: usize, work: &(dyn Fn(usize) + Sync)) {
        crate::cores::each(jobs, work);
    }
}

impl ReleaseSink for ReleaseDirectory {
    /// A crash meanwhile leaves an incomplete file: write into a folder that nobody takes for a release, and rename it.
    fn create(&mut self, name: &AssetName) -> io::Result<Box<dyn Write + '_>> {
        let path = self.path.join(name.as_str());
        match fs::remove_file(&path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
            Ok(()) | Err(_) => {}
        }
        // `create_new` never writes through a link that somebody put there.
        let file = OpenOptions::new().write(true).create_new(true).open(&path)?;
        Ok(Box::new(BufWriter::new(file)))
    }
}

fn shown(name: &str) -> String {
    name.chars().take(NAME_CHARS_MAX).collect()
}

fn refused_kind(kind: FileType) -> Option<EntryRule> {
    if kind.is_symlink() {
        return Some(EntryRule::Link);
    }
    if kind.is_dir() {
        return Some(EntryRule::Folder);
    }
    (!kind.is_file()).then_some(EntryRule::Special)
}

fn missing_or_io(name: &AssetName, error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::NotFound {
        Error::FileMissing(name.clone())
    } else {
        error.into()
    }
}

/// Whether what was opened is what was looked at, and no link that took its place in between.
#[cfg(unix)]
fn is_same_file(seen: &Metadata, opened: &Metadata) -> bool {
    use std::os::unix::fs::MetadataExt as _;
    (seen.dev(), seen.ino()) == (opened.dev(), opened.ino())
}

/// Other systems give no identity of a file; there the kind must suffice.
#[cfg(not(unix))]
fn is_same_file(_seen: &Metadata, opened: &Metadata) -> bool {
    opened.is_file()
}

#[cfg(test)]
#[cfg(unix)]
mod tests {
    use super::*;
    use std::io::Read as _;
    use std::os::unix::fs::symlink;
    use std::os::unix::net::UnixListener;

    /// A folder of this test alone, gone when the test ends.
    struct Folder(tempfile::TempDir);

    impl Folder {
        fn new() -> Self {
            Self(tempfile::tempdir().unwrap())
        }

        fn path(&self) -> &Path {
            self.0.path()
        }

        fn release(&self) -> ReleaseDirectory {
            ReleaseDirectory::new(self.path())
        }
    }

    fn name(text: &str) -> AssetName {
        text.parse().unwrap()
    }

    #[test]
    fn what_is_written_is_listed_read_and_replaced() {
        let folder = Folder::new();
        let mut release = folder.release();
        for content in ["first", "again"] {
            release
                .create(&name("a.txt"))
                .unwrap()
                .write_all(content.as_bytes())
                .unwrap();
            release.sync().unwrap();
            assert_eq!(release.names().unwrap(), BTreeSet::from([name("a.txt")]));
            let mut opened = release.open(&name("a.txt")).unwrap();
            let mut read = String::new();
            opened.reader.read_to_string(&mut read).unwrap();
            assert_eq!((opened.size, read.as_str()), (5, content));
        }
        assert!(matches!(release.open(&name("b.txt")), Err(Error::FileMissing(_))));
    }

    #[test]
    fn nothing_is_written_through_a_link() {
        let (folder, outside) = (Folder::new(), Folder::new());
        fs::write(outside.path().join("precious"), "precious").unwrap();
        symlink(outside.path().join("precious"), folder.path().join("a.txt")).unwrap();
        folder
            .release()
            .create(&name("a.txt"))
            .unwrap()
            .write_all(b"new")
            .unwrap();
        assert_eq!(fs::read(outside.path().join("precious")).unwrap(), b"precious");
        assert_eq!(fs::read(folder.path().join("a.txt")).unwrap(), b"new");
    }

    fn check(test: &str, make: impl Fn(&Path), expected: EntryRule) {
        let folder = Folder::new();
        fs::write(folder.path().join("good"), "").unwrap();
        make(folder.path());
        match folder.release().names() {
            Err(Error::ForeignEntry { rule, .. }) => assert_eq!(rule, expected, "{test}"),
            other => panic!("{test}: {other:?}"),
        }
        if expected != EntryRule::Name {
            assert!(
                matches!(
                    folder.release().open(&name("bad")),
                    Err(Error::ForeignEntry { .. })
                ),
                "{test}"
            );
            assert!(folder.release().sync().is_err(), "{test}");
        }
    }

    #[test]
    fn whatever_is_no_plain_file_is_refused_by_name() {
        check(
            "link",
            |at| symlink("good", at.join("bad")).unwrap(),
            EntryRule::Link,
        );
        check(
            "dangling",
            |at| symlink("nowhere", at.join("bad")).unwrap(),
            EntryRule::Link,
        );
        check(
            "folder",
            |at| fs::create_dir(at.join("bad")).unwrap(),
            EntryRule::Folder,
        );
        check(
            "socket",
            |at| drop(UnixListener::bind(at.join("bad")).unwrap()),
            EntryRule::Special,
        );
        check(
            "space",
            |at| fs::write(at.join("a b"), "").unwrap(),
            EntryRule::Name,
        );
        check(
            "hidden",
            |at| fs::write(at.join(".hidden"), "").unwrap(),
            EntryRule::Name,
        );
    }
}
