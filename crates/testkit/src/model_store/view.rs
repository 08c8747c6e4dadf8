//! All rows of a model store as of one commit, to be looked at without copying: what an oracle judges by.

use super::Tables;
use super::release::Stored as StoredRelease;
use domain_types::{CommandId, ReleaseId, Timestamp};
use storage::{BuildRow, InboxId, InboxRow, IntentRow, ReleaseRow};

/// The rows of a store, for as long as nobody writes.
#[derive(Debug)]
pub struct Rows<'t>(&'t Tables);

/// A release, without its history.
#[derive(Debug, Clone, Copy)]
pub struct ReleaseView<'t> {
    /// Its identity.
    pub id: &'t ReleaseId,
    /// Its revision, which is also the length of its journal.
    pub revision: u64,
    /// The release row.
    pub row: &'t ReleaseRow,
}

/// A build and the release that it belongs to.
#[derive(Debug, Clone, Copy)]
pub struct BuildView<'t> {
    /// The release.
    pub release: &'t ReleaseId,
    /// The build.
    pub row: &'t BuildRow,
}

/// An intent and whether a hold of its release concerns it.
#[derive(Debug, Clone, Copy)]
pub struct IntentView<'t> {
    /// The intent and its fate so far.
    pub row: &'t IntentRow,
    /// Whether it may begin while its release is held.
    pub passes_hold: bool,
}

/// A timer that has not fired.
#[derive(Debug, Clone, Copy)]
pub struct TimerView<'t> {
    /// The release.
    pub release: &'t ReleaseId,
    /// Its name within the release.
    pub key: &'t str,
    /// When it is due.
    pub due: Timestamp,
    /// The kind of the inbox row that it becomes.
    pub kind: &'t str,
    /// The body of the inbox row that it becomes.
    pub body: &'t str,
    /// The revision that set it.
    pub revision: u64,
}

impl<'t> Rows<'t> {
    pub(super) fn of(tables: &'t Tables) -> Self {
        Self(tables)
    }

    /// All inbox rows, in the order of arrival.
    pub fn inbox(&self) -> impl Iterator<Item = &'t InboxRow> + use<'t> {
        self.0.inbox.rows()
    }

    /// One inbox row.
    pub fn inbox_row(&self, id: InboxId) -> Option<&'t InboxRow> {
        self.0.inbox.row(id)
    }

    /// All releases, in the order of their creation.
    pub fn releases(&self) -> impl Iterator<Item = ReleaseView<'t>> + use<'t> {
        self.0.releases.all().map(ReleaseView::of)
    }

    /// One release.
    pub fn release(&self, id: &ReleaseId) -> Option<ReleaseView<'t>> {
        self.0.releases.get(id).map(ReleaseView::of)
    }

    /// How many entries the journals of all releases have.
    pub fn journal_entries(&self) -> u64 {
        self.releases().map(|release| release.revision).sum()
    }

    /// All builds, by release, then by repository and platform.
    pub fn builds(&self) -> impl Iterator<Item = BuildView<'t>> + use<'t> {
        let of_release = |stored: &'t StoredRelease| {
            stored.builds.rows().map(|row| BuildView {
                release: &stored.id,
                row,
            })
        };
        self.0.releases.all().flat_map(of_release)
    }

    /// All intents, oldest first.
    pub fn intents(&self) -> impl Iterator<Item = IntentView<'t>> + use<'t> {
        self.0.outbox.rows().map(IntentView::of)
    }

    /// One intent.
    pub fn intent(&self, id: &CommandId) -> Option<IntentView<'t>> {
        self.0.outbox.get(id).map(IntentView::of)
    }

    /// All timers, by release and key.
    pub fn timers(&self) -> impl Iterator<Item = TimerView<'t>> + use<'t> {
        self.0.timers.rows().map(|(release, key, stored)| TimerView {
            release,
            key,
            due: stored.due,
            kind: &stored.kind,
            body: &stored.body,
            revision: stored.revision,
        })
    }
}

impl<'t> ReleaseView<'t> {
    fn of(stored: &'t StoredRelease) -> Self {
        Self {
            id: &stored.id,
            revision: stored.revision(),
            row: &stored.row,
        }
    }
}

impl<'t> IntentView<'t> {
    fn of(stored: &'t super::outbox::Stored) -> Self {
        Self {
            row: &stored.row,
            passes_hold: stored.passes_hold,
        }
    }
}
