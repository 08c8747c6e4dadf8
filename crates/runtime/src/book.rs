//! Reads and writes releases in the store: rows to a state, a decision to one step.

use crate::RuntimeError;
use crate::codec::{Snapshot, decode, encode};
use domain_types::{CommandId, NodeId, ReleaseId, Sha256Digest, Timestamp, seeded_bug};
use orchestrator::{Command, Decision, Event, Fact, Header, Node, NodeSpec, Phase, Recorded, State, Timer};
use std::collections::{BTreeMap, BTreeSet};
use storage::{
    BODY_BYTES_MAX, BuildRow, Hold, InboxLease, NewInboxRow, NewIntent, NewTimer, PoolCapacity, ReleaseRow,
    Step, Store,
};

/// Revisions between two snapshots at least: replay of so many takes milliseconds.
const SNAPSHOT_EVERY_MIN: u64 = 256;

/// The pool that builds of all releases share: its slots are the runners.
pub(crate) const RUNNERS: &str = "runners";

/// Pools of builds that are alone, in pools: few enough for one claim, many enough that two repositories seldom share one.
const ALONE_POOLS: usize = 32;

/// The pool of builds that are never in flight beside another that names the same. Those of different names may share one, and then wait
/// for each other without need: pools are few, as all of them are served at every claim, whatever was configured when a build was asked for.
fn alone_pool(name: &str) -> String {
    let digest = Sha256Digest::of(name.as_bytes());
    let number = usize::from(digest.as_bytes()[0]) % ALONE_POOLS;
    format!("alone-{number}")
}

/// The pools of builds that are alone, for whoever serves all releases.
pub(crate) fn alone_pools() -> impl Iterator<Item = PoolCapacity> {
    (0..ALONE_POOLS).map(|number| PoolCapacity {
        pool: format!("alone-{number}"),
        slots: 1,
    })
}

/// The release as stored, or none.
pub async fn load(store: &dyn Store, id: &ReleaseId) -> Result<Option<State>, RuntimeError> {
    let Some(stored) = store.load_release(id).await? else {
        return Ok(None);
    };
    let first = store.journal(id, 0, 1).await?;
    let spec = match first
        .first()
        .map(|entry| decode::<Vec<Fact>>(&entry.facts))
        .transpose()?
        .as_deref()
    {
        Some([Fact::Planned { spec, .. }, ..]) => (**spec).clone(),
        Some(_) | None => return Err(RuntimeError::NoSuchRelease { release: id.clone() }),
    };
    let header: Header = decode(&stored.row.body)?;
    let mut rows = Vec::with_capacity(stored.builds.len());
    for build in &stored.builds {
        let node = domain_types::NodeId {
            repository: build.repository.clone(),
            platform: build.platform.clone(),
        };
        rows.push((node, decode::<Node>(&build.body)?));
    }
    State::from_rows(spec, header, rows, stored.revision)
        .map(Some)
        .map_err(|source| RuntimeError::Corrupt {
            release: id.clone(),
            source,
        })
}

/// Brings the known state of a release up to what is stored: by its rows if it is not known, by the journal behind it
/// otherwise. Stays unknown if there is no such release.
///
/// # Errors
/// The store's, or [`RuntimeError::Corrupt`]: then it is no longer known.
pub(crate) async fn refresh(
    store: &dyn Store,
    id: &ReleaseId,
    known: &mut BTreeMap<ReleaseId, State>,
) -> Result<(), RuntimeError> {
    let state = match known.remove(id) {
        Some(state) => Some(moved_on(store, id, state).await?),
        None => load(store, id).await?,
    };
    if let Some(state) = state {
        known.insert(id.clone(), state);
    }
    Ok(())
}

async fn moved_on(store: &dyn Store, id: &ReleaseId, mut state: State) -> Result<State, RuntimeError> {
    loop {
        let page = store
            .journal(id, state.revision(), storage::JOURNAL_PAGE_MAX)
            .await?;
        for entry in &page {
            state
                .advance(&decode::<Vec<Fact>>(&entry.facts)?)
                .map_err(|source| RuntimeError::Corrupt {
                    release: id.clone(),
                    source,
                })?;
        }
        if page.len() < storage::JOURNAL_PAGE_MAX as usize {
            return Ok(state);
        }
    }
}

/// An inbox row for an event.
///
/// # Errors
/// [`RuntimeError::Encode`].
pub fn inbox_row(
    release: &ReleaseId,
    key: String,
    event: &Event,
    actor: &str,
) -> Result<NewInboxRow, RuntimeError> {
    Ok(NewInboxRow {
        key,
        release: Some(release.clone()),
        kind: event.label().to_owned(),
        body: encode(event)?,
        actor: actor.to_owned(),
    })
}

/// The one transaction that follows from a decision; `after` is the state with its facts applied.
pub(crate) fn step(
    after: &State,
    recorded: &Recorded,
    decision: &Decision,
    inbox: InboxLease,
) -> Result<Step, RuntimeError> {
    let Some(spec) = after.spec() else {
        let source = orchestrator::Violation {
            id: "E1",
            subject: "the release".to_owned(),
            what: "it has no plan",
        };
        return Err(RuntimeError::Invariant {
            release: unknown_release(),
            source,
        });
    };
    let release = spec.id.clone();
    let revision = after.revision();
    let snapshot = match revision.is_multiple_of(snapshot_every(spec.nodes.len())) {
        true => Snapshot::of(after).as_ref().map(encode).transpose()?,
        false => None,
    };
    Ok(Step {
        revision,
        at: recorded.at,
        inbox: Some(inbox),
        event_kind: recorded.event.label().to_owned(),
        event: encode(&recorded.event)?,
        facts: if seeded_bug("last-fact-not-journalled") {
            encode(&decision.facts[..decision.facts.len().saturating_sub(1)].to_vec())?
        } else {
            encode(&decision.facts)?
        },
        row: release_row(after, spec)?,
        builds: touched_rows(after, decision)?,
        intents: intents((&release, after), &decision.commands)?,
        slots_freed: decision.slots_freed.clone(),
        abandoned: decision.abandoned.clone(),
        timers_set: decision
            .timers_set
            .iter()
            .map(new_timer)
            .collect::<Result<_, _>>()?,
        timers_cleared: decision.timers_cleared.iter().map(ToString::to_string).collect(),
        // The journal says the same in smaller pieces: what no row can hold is left out, and stops nobody.
        snapshot: snapshot.filter(|snapshot| snapshot.len() <= BODY_BYTES_MAX),
        release,
    })
}

/// Revisions between two snapshots. One is as large as the release: so many revisions share its cost that none of them pays more in a
/// large release than in a small one.
fn snapshot_every(nodes: usize) -> u64 {
    u64::try_from(nodes).map_or(SNAPSHOT_EVERY_MIN, |nodes| nodes.max(SNAPSHOT_EVERY_MIN))
}

fn unknown_release() -> ReleaseId {
    let digest = domain_types::Sha256Digest::of(b"");
    #[allow(clippy::expect_used, reason = "two literals that are legal by their tests")]
    ReleaseId::new(
        &"unknown".parse().expect("legal"),
        &"0.0.0".parse().expect("legal"),
        &digest,
    )
}

fn release_row(after: &State, spec: &orchestrator::ReleaseSpec) -> Result<ReleaseRow, RuntimeError> {
    let phase = after.phase();
    Ok(ReleaseRow {
        name: spec.name.clone(),
        version: spec.version.clone(),
        plan_digest: spec.plan_digest,
        phase: phase.label().to_owned(),
        held: is_held(phase),
        ended: phase.is_ended(),
        occupies: !phase.is_given_up() && !seeded_bug("version-not-occupied"),
        body: encode(after.header())?,
    })
}

/// Nothing new may be begun for it.
fn is_held(phase: &Phase) -> bool {
    phase.is_paused() && !seeded_bug("held-release-begins")
}

fn touched_rows(after: &State, decision: &Decision) -> Result<Vec<BuildRow>, RuntimeError> {
    if decision
        .facts
        .iter()
        .any(|fact| matches!(fact, Fact::Planned { .. }))
    {
        return after.nodes().map(|(spec, node)| build_row(spec, node)).collect();
    }
    let mut touched: BTreeSet<_> = decision.facts.iter().filter_map(Fact::node).collect();
    if seeded_bug("last-row-not-stored") {
        touched.pop_last();
    }
    touched
        .into_iter()
        .filter_map(|id| Some((after.graph().spec(after.graph().position(id)?), after.node(id)?)))
        .map(|(spec, node)| build_row(spec, node))
        .collect()
}

fn build_row(spec: &NodeSpec, node: &Node) -> Result<BuildRow, RuntimeError> {
    Ok(BuildRow {
        repository: spec.id.repository.clone(),
        platform: spec.id.platform.clone(),
        attempt: node.attempt_number(),
        state: node.state.label().to_owned(),
        reuse_key: node.output.as_ref().map(|output| output.reuse_key),
        body: encode(node)?,
    })
}

fn intents(
    (release, after): (&ReleaseId, &State),
    commands: &[Command],
) -> Result<Vec<NewIntent>, RuntimeError> {
    let intent = |(index, command): (usize, &Command)| {
        let (priority, pool, hold) = match command {
            Command::StartBuild { build, priority } => {
                let priority = i64::try_from(*priority).unwrap_or(i64::MAX);
                let spec = after
                    .graph()
                    .position(&build.node)
                    .map(|node| after.graph().spec(node));
                let alone = spec.and_then(|spec| spec.alone.as_deref());
                let pool = alone.map_or_else(|| RUNNERS.to_owned(), alone_pool);
                (priority, Some(pool), Hold::Obeys)
            }
            Command::RunStage { .. } => (i64::MAX, None, Hold::Obeys),
            // What obeys is withdrawn when its release is over, and these come when it is, or end it.
            Command::StopBuild { .. }
            | Command::DiscardDraft
            | Command::FollowUp { .. }
            | Command::BeginFormerStep { .. } => (i64::MAX, None, Hold::Passes),
        };
        let id = CommandId::new(release, after.revision(), index);
        Ok(NewIntent {
            hold,
            id,
            kind: command.label().to_owned(),
            body: encode(command)?,
            priority,
            pool,
        })
    };
    commands.iter().enumerate().map(intent).collect()
}

fn new_timer(timer: &Timer) -> Result<NewTimer, RuntimeError> {
    Ok(NewTimer {
        key: timer.key.to_string(),
        due: timer.due,
        kind: timer.event.label().to_owned(),
        body: encode(&timer.event)?,
    })
}

/// Folds the journal of a release from its first entry to the revision of its rows, and compares the two. A release may
/// move meanwhile.
///
/// # Errors
/// [`RuntimeError::Corrupt`] if they differ or the journal does not fold.
pub async fn check_release(store: &dyn Store, id: &ReleaseId) -> Result<u64, RuntimeError> {
    let corrupt = |source| RuntimeError::Corrupt {
        release: id.clone(),
        source,
    };
    let stored = load(store, id).await?;
    let stored = stored.ok_or_else(|| RuntimeError::NoSuchRelease { release: id.clone() })?;
    let mut folded = State::unplanned();
    while folded.revision() < stored.revision() {
        let page = store
            .journal(id, folded.revision(), storage::JOURNAL_PAGE_MAX)
            .await?;
        if page.is_empty() {
            break;
        }
        for entry in page.iter().filter(|entry| entry.revision <= stored.revision()) {
            folded
                .advance(&decode::<Vec<Fact>>(&entry.facts)?)
                .map_err(corrupt)?;
        }
    }
    if stored != folded {
        let what = format!(
            "its rows differ from its journal at revision {}",
            folded.revision()
        );
        return Err(corrupt(orchestrator::Corrupt { what }));
    }
    Ok(folded.revision())
}

/// What a node needs, with the digest of each output that is there, in name order.
pub(crate) fn needs_of(state: &State, node: &NodeId) -> Vec<(NodeId, Sha256Digest)> {
    let Some(position) = state.graph().position(node) else {
        return Vec::new();
    };
    let output_of = |&need: &usize| {
        let id = &state.graph().spec(need).id;
        Some((id.clone(), state.node(id)?.output.as_ref()?.digest()))
    };
    state
        .graph()
        .needs(position)
        .iter()
        .filter_map(output_of)
        .collect()
}

/// The event of an inbox row.
pub(crate) fn recorded(body: &str, at: Timestamp) -> Result<Recorded, RuntimeError> {
    Ok(Recorded {
        event: decode(body)?,
        at,
    })
}

/// The command of a stored intent, from its body.
///
/// # Errors
/// [`RuntimeError::Decode`] or [`RuntimeError::UnknownVersion`]: another program wrote it.
pub fn command(body: &str) -> Result<Command, RuntimeError> {
    decode(body)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::spec;
    use orchestrator::{Event, decide};
    use storage::InboxId;

    #[test]
    fn as_many_revisions_share_a_snapshot_as_there_are_nodes_and_never_few() {
        for (nodes, every) in [(0, 256), (1, 256), (256, 256), (257, 257), (2_000, 2_000)] {
            assert_eq!(snapshot_every(nodes), every, "{nodes} nodes");
        }
    }

    /// The step of an event upon a state, which it moves on.
    fn next(state: &mut State, event: Event) -> Step {
        let at = Timestamp::from_milliseconds(1_764_000_000_000);
        let recorded = Recorded { event, at };
        let decision = decide(state, &recorded).unwrap();
        state.advance(&decision.facts).unwrap();
        let lease = InboxLease {
            id: InboxId(1),
            owner: "somebody".to_owned(),
            epoch: 1,
        };
        step(state, &recorded, &decision, lease).unwrap()
    }

    #[test]
    fn a_step_carries_a_snapshot_when_it_is_time_and_only_then() {
        let mut state = State::unplanned();
        let spec = Box::new(spec());
        assert_eq!(next(&mut state, Event::Start { spec }).snapshot, None);
        let mut with = Vec::new();
        while state.revision() < 600 {
            let actor = "somebody".to_owned();
            let event = match state.phase().is_paused() {
                true => Event::Resume { actor },
                false => Event::Pause { actor },
            };
            let step = next(&mut state, event);
            with.extend(step.snapshot.map(|_| step.revision));
        }
        assert_eq!(with, [256, 512]);
    }

    #[test]
    fn what_is_built_alone_shares_a_pool_of_one_slot_with_its_like_and_takes_no_runner() {
        let mut alone = spec();
        alone.nodes[0].alone = Some("example/a".to_owned());
        alone.nodes[1].needs.clear();
        let mut state = State::unplanned();
        let _ = next(
            &mut state,
            Event::Start {
                spec: Box::new(alone),
            },
        );
        let done = Event::StageDone {
            stage: orchestrator::Stage::Sources,
            manifest: None,
        };
        let pools: Vec<String> = next(&mut state, done)
            .intents
            .into_iter()
            .filter_map(|intent| intent.pool)
            .collect();
        assert_eq!(pools, [alone_pool("example/a"), RUNNERS.to_owned()]);
        let served: Vec<PoolCapacity> = alone_pools().collect();
        let of_one = |name: &str| {
            served
                .iter()
                .any(|pool| pool.pool == alone_pool(name) && pool.slots == 1)
        };
        assert!(["example/a", "example/b", ""].into_iter().all(of_one));
        assert!(served.len() < storage::POOLS_MAX);
    }
}
