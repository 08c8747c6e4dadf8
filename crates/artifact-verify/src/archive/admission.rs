//! Which paths may stand together in one archive: no duplicates, also not by letter case, no file that is a folder.

use super::MemberPath;
use crate::{ArchiveRefusal, ArchiveRule};
use std::collections::BTreeMap;

/// What lies at a path.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    File,
    /// Named by an entry of its own.
    Folder,
    /// Known only as the parent of something.
    Parent,
}

/// The paths that came so far.
#[derive(Debug)]
pub(super) struct Admission {
    /// Folded path -> (path as it came, what it is).
    seen: BTreeMap<String, (String, Kind)>,
    entries: usize,
    entries_max: usize,
}

impl Admission {
    pub(super) fn new(entries_max: usize) -> Self {
        Self {
            seen: BTreeMap::new(),
            entries: 0,
            entries_max,
        }
    }

    /// Lets a file in, or says why not.
    pub(super) fn file(&mut self, path: &MemberPath) -> Result<(), ArchiveRefusal> {
        self.count()?;
        self.parents(path.as_str())?;
        self.place(path.as_str(), Kind::File)
    }

    /// Lets a folder in; `./` is the folder of the archive itself and counts only as an entry.
    pub(super) fn folder(&mut self, name: &[u8]) -> Result<(), ArchiveRefusal> {
        self.count()?;
        let name = name.strip_suffix(b"/").unwrap_or(name);
        if name == b"." {
            return Ok(());
        }
        let path = MemberPath::from_bytes(name)?;
        self.parents(path.as_str())?;
        self.place(path.as_str(), Kind::Folder)
    }

    fn count(&mut self) -> Result<(), ArchiveRefusal> {
        self.entries += 1;
        if self.entries > self.entries_max {
            return Err(ArchiveRefusal::container(ArchiveRule::TooManyEntries(
                self.entries_max,
            )));
        }
        Ok(())
    }

    fn parents(&mut self, path: &str) -> Result<(), ArchiveRefusal> {
        for (at, _) in path.match_indices('/') {
            self.place(&path[..at], Kind::Parent)?;
        }
        Ok(())
    }

    fn place(&mut self, path: &str, kind: Kind) -> Result<(), ArchiveRefusal> {
        let folded = path.to_ascii_lowercase();
        let Some((earlier, earlier_kind)) = self.seen.get_mut(&folded) else {
            self.seen.insert(folded, (path.to_owned(), kind));
            return Ok(());
        };
        let rule = match (*earlier_kind, kind) {
            _ if earlier != path => Some(ArchiveRule::CaseCollision),
            (Kind::File, Kind::File) | (Kind::Folder, Kind::Folder) => Some(ArchiveRule::Duplicate),
            (Kind::File, Kind::Folder | Kind::Parent) | (Kind::Folder | Kind::Parent, Kind::File) => {
                Some(ArchiveRule::FileAndFolder)
            }
            (Kind::Folder | Kind::Parent, Kind::Parent) => None,
            (Kind::Parent, Kind::Folder) => {
                *earlier_kind = Kind::Folder;
                None
            }
        };
        rule.map_or(Ok(()), |rule| Err(ArchiveRefusal::member(path.as_bytes(), rule)))
    }
}
