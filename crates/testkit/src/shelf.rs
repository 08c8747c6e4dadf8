//! What is collected, drafted and visible. What became visible is recorded each time it does.

use crate::marks::Mark;
use crate::oracle::Violation;
use crate::world::World;
use domain_types::{ReleaseId, Sha256Digest};
use orchestrator::{Failure, FailureKind};
use std::collections::BTreeMap;

#[derive(Debug, Default)]
struct Place {
    collected: Option<Sha256Digest>,
    draft: Option<Sha256Digest>,
    published: Vec<Sha256Digest>,
}

/// All releases' places.
#[derive(Debug, Default)]
pub(crate) struct Shelf(BTreeMap<ReleaseId, Place>);

impl Shelf {
    fn place(&mut self, release: &ReleaseId) -> &mut Place {
        self.0.entry(release.clone()).or_default()
    }

    /// What is visible of a release.
    pub(crate) fn published(&self, release: &ReleaseId) -> Option<Sha256Digest> {
        self.0.get(release)?.published.last().copied()
    }

    /// Something is left that was never published.
    pub(crate) fn has_leftovers(&self, release: &ReleaseId) -> bool {
        self.0
            .get(release)
            .is_some_and(|place| place.collected.is_some() || place.draft.is_some())
    }
}

pub(crate) fn collect(world: &World, release: &ReleaseId, manifest: Sha256Digest) {
    world.with(|inner| inner.shelf.place(release).collected = Some(manifest));
}

pub(crate) fn verify(world: &World, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Failure> {
    let collected = world.with(|inner| inner.shelf.place(release).collected);
    same(collected, manifest, "collected")
}

pub(crate) fn draft(world: &World, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Failure> {
    verify(world, release, manifest)?;
    world.with(|inner| inner.shelf.place(release).draft = Some(manifest));
    Ok(())
}

/// The draft becomes visible: this may happen once, and only for what was verified.
pub(crate) fn publish(world: &World, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Failure> {
    let draft = world.with(|inner| inner.shelf.place(release).draft);
    same(draft, manifest, "drafted")?;
    world.with(|inner| {
        let place = inner.shelf.place(release);
        place.published.push(manifest);
        let times = place.published.len();
        inner.tell("published", &[release.as_str()]);
        if times > 1 {
            inner.violated(Violation::of(
                "F3",
                format!("{release} is published {times} times"),
            ));
        }
        let checked = inner.oracle.check_publish(release, manifest);
        inner.check(checked);
    });
    Ok(())
}

pub(crate) fn discard(world: &World, release: &ReleaseId) {
    world.with(|inner| {
        let place = inner.shelf.place(release);
        (place.collected, place.draft) = (None, None);
        if !place.published.is_empty() {
            inner.mark(Mark::CancelTooLate);
            inner.violated(Violation::of(
                "E6",
                format!("{release} is discarded after it was published"),
            ));
        }
    });
}

fn same(found: Option<Sha256Digest>, expected: Sha256Digest, what: &str) -> Result<(), Failure> {
    if found == Some(expected) {
        return Ok(());
    }
    Err(Failure::new(
        FailureKind::Verification,
        format!("what is {what} is not the manifest"),
    ))
}
