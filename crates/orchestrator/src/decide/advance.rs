//! Moves a release on as far as it can go by itself. The one place where phases follow each other.

use crate::projection::Projection;
use crate::{BuildState, Command, Fact, Phase, Refused, Stage, StallReason};
use domain_types::{BuildId, Timestamp, seeded_bug};

/// Phases in a row that one event can cause; more would be a circle.
const STEPS_MAX: usize = 16;

pub(super) fn advance(next: &mut Projection<'_>, at: Timestamp) -> Result<(), Refused> {
    for _ in 0..STEPS_MAX {
        let Some(to) = following(next, at)? else {
            return Ok(());
        };
        next.note(Fact::PhaseChanged { to, at })?;
    }
    Err(Refused::Impossible {
        because: format!("more than {STEPS_MAX} phases from one event"),
    })
}

/// The phase that follows at once, if any; commands of the present phase are given on the way.
fn following(next: &mut Projection<'_>, at: Timestamp) -> Result<Option<Phase>, Refused> {
    let policy = next.spec()?.policy;
    match next.header.phase.clone() {
        Phase::Planned if next.header.sources_ready || policy.approval_first => {
            Ok(Some(Phase::AwaitingApproval))
        }
        Phase::Planned => request_stage(next, Stage::Sources),
        Phase::AwaitingApproval => {
            let enough = next.header.approvals.len() >= policy.approvals_required as usize;
            if !enough {
                return Ok(None);
            }
            if !next.header.sources_ready {
                return request_stage(next, Stage::Sources);
            }
            next.note(Fact::PhaseChanged {
                to: Phase::Building,
                at,
            })?;
            let all: Vec<usize> = (0..next.graph().len()).collect();
            request_ready(next, &all, at)?;
            Ok(None)
        }
        Phase::Building => Ok(after_builds(next)),
        Phase::Collecting if next.header.manifest.is_some() => Ok(Some(Phase::Verifying)),
        Phase::Collecting => request_stage(next, Stage::Collect),
        Phase::Verifying if next.header.verified || seeded_bug("verification-skipped") => {
            Ok(Some(Phase::AwaitingSignatures))
        }
        Phase::Verifying => request_stage(next, Stage::Verify),
        Phase::AwaitingSignatures if next.header.drafted => Ok(Some(Phase::Drafted)),
        Phase::AwaitingSignatures => {
            let signatures = next.header.signatures.len() + usize::from(seeded_bug("one-signature-short"));
            if signatures >= policy.signatures_required as usize {
                if seeded_bug("publish-before-the-draft") {
                    return request_stage(next, Stage::Publish);
                }
                return request_stage(next, Stage::Draft);
            }
            Ok(None)
        }
        Phase::Drafted if policy.rehearsal => {
            next.order(Command::DiscardDraft);
            Ok(Some(Phase::Rehearsed))
        }
        Phase::Drafted => request_stage(next, Stage::Publish),
        Phase::Unplanned
        | Phase::Published
        | Phase::Withdrawn
        | Phase::Paused { .. }
        | Phase::Stalled { .. }
        | Phase::Rehearsed
        | Phase::Cancelled
        | Phase::Superseded { .. }
        | Phase::FellBack => Ok(None),
    }
}

fn request_stage(next: &mut Projection<'_>, stage: Stage) -> Result<Option<Phase>, Refused> {
    if next.header.awaited.is_none() {
        let command = next.next_command_id()?;
        next.note(Fact::StageRequested { stage, command })?;
        next.order(Command::RunStage { stage });
        if seeded_bug("publish-requested-twice") && stage == Stage::Publish {
            next.order(Command::RunStage { stage });
        }
    }
    Ok(None)
}

fn after_builds(next: &Projection<'_>) -> Option<Phase> {
    if next.header.unsettled > 0 {
        return None;
    }
    let graph = next.graph();
    let anything = (0..graph.len()).any(|position| next.node(position).state.satisfies());
    if next.header.blocking == 0 && anything {
        return Some(Phase::Collecting);
    }
    let first = (0..graph.len())
        .find(|&position| next.node(position).state == BuildState::Failed)
        .map(|position| graph.spec(position).id.clone())?;
    let reason = StallReason::Builds {
        blocking: next.header.blocking,
        first,
    };
    Some(Phase::Stalled {
        from: Box::new(Phase::Building),
        reason,
    })
}

/// Asks for every node of these that can begin, longest remaining path first.
pub(super) fn request_ready(
    next: &mut Projection<'_>,
    positions: &[usize],
    at: Timestamp,
) -> Result<(), Refused> {
    if next.header.phase != Phase::Building {
        return Ok(());
    }
    let graph = next.graph();
    let mut ready: Vec<usize> = positions
        .iter()
        .copied()
        .filter(|&position| next.node(position).is_ready())
        .collect();
    ready.sort_by_key(|&position| (std::cmp::Reverse(graph.spec(position).remaining_path), position));
    for position in ready {
        let command = next.next_command_id()?;
        let spec = graph.spec(position);
        let attempt = next.node(position).attempt_number() + 1;
        next.note(Fact::AttemptRequested {
            node: spec.id.clone(),
            attempt,
            command,
            at,
        })?;
        let build = BuildId {
            release: next.release()?,
            node: spec.id.clone(),
            attempt,
        };
        next.order(Command::StartBuild {
            build,
            priority: spec.remaining_path,
        });
    }
    Ok(())
}
