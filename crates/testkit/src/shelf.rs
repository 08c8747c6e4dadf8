//! What is collected, drafted and visible. What became visible is recorded each time it does.

use crate::marks::Mark;
use crate::oracle::{Violation, require};
use crate::script::StageTrouble;
use crate::world::World;
use domain_types::{ReleaseId, Sha256Digest};
use orchestrator::{Failure, FailureKind, Stage};
use std::collections::{BTreeMap, BTreeSet};

#[derive(Debug, Default)]
struct Place {
    collected: Option<Sha256Digest>,
    draft: Option<Sha256Digest>,
    published: Vec<Sha256Digest>,
    /// What somebody looked at, byte for byte, and found to be the manifest.
    verified: BTreeSet<Sha256Digest>,
    /// Stages that failed as the script says, by their position in its list.
    failed: BTreeSet<usize>,
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

/// Whether the script lets a stage fail this time. Sources are laid out for whichever release waits for them.
///
/// # Errors
/// As the script says.
pub(crate) fn trouble(world: &World, stage: Stage, release: Option<&ReleaseId>) -> Result<(), Failure> {
    world.with(|inner| {
        for (plan, script) in world.plans.iter().zip(&world.script.releases) {
            if script.stages.is_empty() {
                continue;
            }
            let id = &plan.spec.id;
            let concerned = match release {
                Some(release) => release == id,
                None => inner.oracle.awaits(id, stage),
            };
            let failed = &mut inner.shelf.place(id).failed;
            let has_failed = |stage: Stage| {
                failed
                    .iter()
                    .any(|position| script.stages[*position].stage == stage)
            };
            let is_due =
                |trouble: &StageTrouble| trouble.stage == stage && trouble.after.is_none_or(has_failed);
            let mut left = script.stages.iter().enumerate();
            let next = left.find(|(position, trouble)| is_due(trouble) && !failed.contains(position));
            if let (true, Some((position, trouble))) = (concerned, next) {
                failed.insert(position);
                return Err(Failure::new(trouble.failure, "as the script says"));
            }
        }
        Ok(())
    })
}

pub(crate) fn collect(world: &World, release: &ReleaseId, manifest: Sha256Digest) {
    world.with(|inner| inner.shelf.place(release).collected = Some(manifest));
}

pub(crate) fn verify(world: &World, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Failure> {
    is_collected(world, release, manifest)?;
    world.with(|inner| inner.shelf.place(release).verified.insert(manifest));
    Ok(())
}

fn is_collected(world: &World, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Failure> {
    let collected = world.with(|inner| inner.shelf.place(release).collected);
    same(collected, manifest, "collected")
}

pub(crate) fn draft(world: &World, release: &ReleaseId, manifest: Sha256Digest) -> Result<(), Failure> {
    is_collected(world, release, manifest)?;
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
        let looked = inner.shelf.place(release).verified.contains(&manifest);
        let looked = require("E4", looked, || {
            format!("{release} is published, and nobody verified {manifest}")
        });
        let checked = inner.oracle.check_publish(release, manifest);
        inner.check(checked.and(looked));
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
