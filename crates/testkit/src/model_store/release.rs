//! Releases of the model, each with its builds and its journal, and which build can be used again.

use domain_types::{Platform, ReleaseId, RepoName, Sha256Digest, Timestamp};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use storage::{
    BuildRow, FoundBuild, JOURNAL_PAGE_MAX, JournalEntry, RELEASES_LISTED_MAX, ReleaseRow, ReleaseSummary,
    Step, StoredRelease,
};

/// The place of a release in the order of creation; it never changes.
pub(super) type Number = usize;

#[derive(Debug, Default)]
pub(super) struct Releases {
    stored: Vec<Stored>,
    numbers: BTreeMap<ReleaseId, Number>,
    /// Succeeded builds by reuse key; the last one is the newest.
    reusable: BTreeMap<Sha256Digest, BTreeSet<Reusable>>,
}

#[derive(Debug)]
pub(super) struct Stored {
    pub(super) id: ReleaseId,
    pub(super) row: ReleaseRow,
    pub(super) builds: Builds,
    created_at: Timestamp,
    updated_at: Timestamp,
    /// One entry per revision, from 1 without a gap.
    journal: Vec<JournalEntry>,
    /// Where in the journal the newest snapshot is.
    snapshot: Option<usize>,
}

/// The builds of a release, by repository and platform.
#[derive(Debug, Default)]
pub(super) struct Builds(Vec<StoredBuild>);

#[derive(Debug)]
struct StoredBuild {
    row: BuildRow,
    updated_at: Timestamp,
}

/// Where a succeeded build is. Ordered as the search wants it: the newest last, then the later release, then the earlier
/// repository and platform.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Reusable {
    updated_at: Timestamp,
    release: ReleaseId,
    repository: Reverse<RepoName>,
    platform: Reverse<Platform>,
}

impl Stored {
    fn new(step: &Step) -> Self {
        Self {
            id: step.release.clone(),
            row: step.row.clone(),
            builds: Builds::default(),
            created_at: step.at,
            updated_at: step.at,
            journal: Vec::new(),
            snapshot: None,
        }
    }

    pub(super) fn revision(&self) -> u64 {
        // A journal that does not fit in 64 bits does not fit in memory.
        u64::try_from(self.journal.len()).unwrap_or(u64::MAX)
    }

    fn append(&mut self, step: &Step) {
        if step.snapshot.is_some() {
            self.snapshot = Some(self.journal.len());
        }
        self.journal.push(JournalEntry {
            revision: step.revision,
            at: step.at,
            event_kind: step.event_kind.clone(),
            event: step.event.clone(),
            facts: step.facts.clone(),
            inbox: step.inbox.as_ref().map(|lease| lease.id),
            snapshot: step.snapshot.clone(),
        });
    }

    fn summary(&self) -> ReleaseSummary {
        ReleaseSummary {
            id: self.id.clone(),
            revision: self.revision(),
            created_at: self.created_at,
            updated_at: self.updated_at,
            row: self.row.clone(),
        }
    }
}

impl Builds {
    fn place(&self, repository: &RepoName, platform: &Platform) -> Result<usize, usize> {
        self.0.binary_search_by(|build| {
            (&build.row.repository, &build.row.platform).cmp(&(repository, platform))
        })
    }

    /// Stores a build; answers its place and the one that it replaces.
    fn put(&mut self, build: &BuildRow, updated_at: Timestamp) -> (usize, Option<StoredBuild>) {
        let stored = StoredBuild {
            row: build.clone(),
            updated_at,
        };
        match self.place(&build.repository, &build.platform) {
            Ok(place) => (place, Some(std::mem::replace(&mut self.0[place], stored))),
            Err(place) => {
                self.0.insert(place, stored);
                (place, None)
            }
        }
    }

    pub(super) fn rows(&self) -> impl Iterator<Item = &BuildRow> {
        self.0.iter().map(|build| &build.row)
    }
}

impl StoredBuild {
    /// Under which key it can be used again, if it can.
    fn reuse_key(&self) -> Option<&Sha256Digest> {
        self.row
            .reuse_key
            .as_ref()
            .filter(|_| self.row.state == "succeeded")
    }

    fn reusable(&self, release: &ReleaseId) -> Reusable {
        Reusable {
            updated_at: self.updated_at,
            release: release.clone(),
            repository: Reverse(self.row.repository.clone()),
            platform: Reverse(self.row.platform.clone()),
        }
    }
}

impl Releases {
    pub(super) fn number(&self, id: &ReleaseId) -> Option<Number> {
        self.numbers.get(id).copied()
    }

    pub(super) fn get(&self, id: &ReleaseId) -> Option<&Stored> {
        Some(&self.stored[self.number(id)?])
    }

    /// All releases, in the order of their creation.
    pub(super) fn all(&self) -> impl Iterator<Item = &Stored> {
        self.stored.iter()
    }

    pub(super) fn is_held(&self, number: Number) -> bool {
        self.stored[number].row.held
    }

    pub(super) fn is_ended(&self, number: Number) -> bool {
        self.stored[number].row.ended
    }

    /// Writes release, journal and builds of a step that was checked; answers the number of the release.
    pub(super) fn write(&mut self, step: &Step) -> Number {
        let number = self.number(&step.release).unwrap_or_else(|| self.create(step));
        let stored = &mut self.stored[number];
        stored.row.clone_from(&step.row);
        stored.updated_at = step.at;
        stored.append(step);
        for build in &step.builds {
            self.put_build(number, build, step.at);
        }
        number
    }

    fn create(&mut self, step: &Step) -> Number {
        let number = self.stored.len();
        self.stored.push(Stored::new(step));
        self.numbers.insert(step.release.clone(), number);
        number
    }

    fn put_build(&mut self, number: Number, build: &BuildRow, at: Timestamp) {
        let Stored { id, builds, .. } = &mut self.stored[number];
        let (place, replaced) = builds.put(build, at);
        if let Some(replaced) = &replaced
            && let Some(key) = replaced.reuse_key()
            && let Some(known) = self.reusable.get_mut(key)
        {
            known.remove(&replaced.reusable(id));
        }
        let stored = &builds.0[place];
        if let Some(key) = stored.reuse_key() {
            self.reusable.entry(*key).or_default().insert(stored.reusable(id));
        }
    }

    pub(super) fn load(&self, id: &ReleaseId) -> Option<StoredRelease> {
        let stored = self.get(id)?;
        let ReleaseSummary {
            id,
            revision,
            created_at,
            updated_at,
            row,
        } = stored.summary();
        Some(StoredRelease {
            id,
            revision,
            created_at,
            updated_at,
            row,
            builds: stored.builds.rows().cloned().collect(),
        })
    }

    pub(super) fn list(&self) -> Vec<ReleaseSummary> {
        let mut newest: Vec<_> = self.stored.iter().collect();
        newest.sort_by_key(|stored| Reverse((stored.created_at, &stored.id)));
        let listed = usize::try_from(RELEASES_LISTED_MAX).unwrap_or(usize::MAX);
        newest.into_iter().take(listed).map(Stored::summary).collect()
    }

    pub(super) fn journal(&self, id: &ReleaseId, after_revision: u64, limit: u32) -> Vec<JournalEntry> {
        let Some(stored) = self.get(id) else {
            return Vec::new();
        };
        // A number beyond the end of the journal reads nothing, however large it is.
        let read = usize::try_from(after_revision).unwrap_or(usize::MAX);
        let page = usize::try_from(limit.min(JOURNAL_PAGE_MAX)).unwrap_or(usize::MAX);
        stored.journal.iter().skip(read).take(page).cloned().collect()
    }

    pub(super) fn newest_snapshot(&self, id: &ReleaseId) -> Option<JournalEntry> {
        let stored = self.get(id)?;
        Some(stored.journal[stored.snapshot?].clone())
    }

    pub(super) fn find_build(&self, reuse_key: &Sha256Digest) -> Option<FoundBuild> {
        let newest = self.reusable.get(reuse_key)?.last()?;
        let builds = &self.get(&newest.release)?.builds;
        let place = builds.place(&newest.repository.0, &newest.platform.0).ok()?;
        Some(FoundBuild {
            release: newest.release.clone(),
            build: builds.0[place].row.clone(),
        })
    }
}
