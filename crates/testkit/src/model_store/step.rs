//! Writing one step in the model: first whether anything forbids it, in the order in which a database would find out,
//! then everything that follows from the event.

use super::Tables;
use super::limits::{refused, require, require_body, require_known, require_rows, require_word};
use super::outbox::Owner;
use domain_types::{CommandId, Subject};
use std::collections::BTreeSet;
use storage::{BUILD_STATES, NewIntent, RELEASE_PHASES, Step, StoreError, TIMER_KEY_BYTES_MAX};

pub(super) fn commit(tables: &mut Tables, step: &Step) -> Result<(), StoreError> {
    check(tables, step)?;
    let release = tables.releases.write(step);
    if let Some(lease) = &step.inbox {
        tables.inbox.settle(lease.id, step.revision, step.at);
    }
    let subject = Subject::Release(step.release.clone());
    for intent in &step.intents {
        tables
            .outbox
            .put(Owner::Release(release), &subject, step.at, intent);
    }
    for id in &step.abandoned {
        tables.outbox.abandon(id, step.at);
    }
    for id in &step.slots_freed {
        tables.outbox.free_slot(id);
    }
    for key in &step.timers_cleared {
        tables.timers.clear(&step.release, key);
    }
    for timer in &step.timers_set {
        tables.timers.set(&step.release, step.revision, timer);
    }
    Ok(())
}

fn check(tables: &Tables, step: &Step) -> Result<(), StoreError> {
    check_sizes(step)?;
    check_words(step)?;
    check_commands(step)?;
    check_revision(tables, step)?;
    check_version(tables, step)?;
    if let Some(lease) = &step.inbox {
        tables.inbox.require_held(lease)?;
    }
    require_known("the phase", &step.row.phase, &RELEASE_PHASES)?;
    for build in &step.builds {
        require_known("the state of a build", &build.state, &BUILD_STATES)?;
    }
    check_intents(tables, &step.intents)
}

fn check_words(step: &Step) -> Result<(), StoreError> {
    for build in &step.builds {
        require_body("the build body", &build.body)?;
    }
    check_intent_words(&step.intents)?;
    for timer in &step.timers_set {
        require("the timer key", "bytes", timer.key.len(), TIMER_KEY_BYTES_MAX)?;
        require_word("the timer kind", &timer.kind)?;
        require_body("the timer body", &timer.body)?;
    }
    Ok(())
}

/// Whether the words of intents are within the limits.
pub(super) fn check_intent_words(intents: &[NewIntent]) -> Result<(), StoreError> {
    for intent in intents {
        require_word("the intent kind", &intent.kind)?;
        require_body("the intent body", &intent.body)?;
        if let Some(pool) = &intent.pool {
            require_word("the pool", pool)?;
        }
    }
    Ok(())
}

fn check_sizes(step: &Step) -> Result<(), StoreError> {
    require_word("the event kind", &step.event_kind)?;
    require_body("the event", &step.event)?;
    require_body("the facts", &step.facts)?;
    require_body("the release body", &step.row.body)?;
    require_body("the snapshot", step.snapshot.as_deref().unwrap_or_default())?;
    require_rows("the list of builds", step.builds.len())?;
    require_rows("the list of intents", step.intents.len())?;
    require_rows("the list of freed slots", step.slots_freed.len())?;
    require_rows("the list of abandoned commands", step.abandoned.len())?;
    let timers = step.timers_set.len().max(step.timers_cleared.len());
    require_rows("the list of timers", timers)
}

fn check_commands(step: &Step) -> Result<(), StoreError> {
    let made = step.intents.iter().map(|intent| &intent.id);
    let named = made.chain(&step.slots_freed).chain(&step.abandoned);
    check_owned(&Subject::Release(step.release.clone()), named)
}

/// A command belongs to whom it was decided for.
pub(super) fn check_owned<'c>(
    subject: &Subject,
    mut commands: impl Iterator<Item = &'c CommandId>,
) -> Result<(), StoreError> {
    match commands.find(|id| !id.is_of(subject)) {
        Some(foreign) => Err(refused(format!("command {foreign} is none of {subject}"))),
        None => Ok(()),
    }
}

/// One release of a name and version is active or published at a time.
fn check_version(tables: &Tables, step: &Step) -> Result<(), StoreError> {
    let (name, version) = (&step.row.name, &step.row.version);
    let mut others = tables.releases.all().filter(|other| other.id != step.release);
    let is_occupied = step.row.occupies
        && others.any(|other| other.row.occupies && other.row.name == *name && other.row.version == *version);
    if is_occupied {
        return Err(StoreError::VersionOccupied {
            name: name.to_string(),
            version: version.to_string(),
        });
    }
    Ok(())
}

/// A new release begins with revision 1; every other step builds upon the stored revision.
fn check_revision(tables: &Tables, step: &Step) -> Result<(), StoreError> {
    let stored = tables.releases.get(&step.release).map(|stored| stored.revision());
    if step.revision.checked_sub(1) == Some(stored.unwrap_or(0)) {
        return Ok(());
    }
    Err(conflict(step, stored))
}

fn conflict(step: &Step, found: Option<u64>) -> StoreError {
    StoreError::RevisionConflict {
        subject: Subject::Release(step.release.clone()),
        expected: step.revision.saturating_sub(1),
        found,
    }
}

/// Whether none of these intents is stored.
pub(super) fn check_intents(tables: &Tables, intents: &[NewIntent]) -> Result<(), StoreError> {
    let mut named = BTreeSet::new();
    for intent in intents {
        if tables.outbox.knows(&intent.id) || !named.insert(&intent.id) {
            return Err(refused(format!("intent {} is stored already", intent.id)));
        }
    }
    Ok(())
}
