//! Reports about the stages of the release as a whole.

use crate::projection::Projection;
use crate::{Command, Fact, Failure, FailureKind, Phase, Refused, Stage, StallReason};
use domain_types::{Sha256Digest, Timestamp, seeded_bug};

pub(super) fn done(
    next: &mut Projection<'_>,
    stage: Stage,
    manifest: Option<Sha256Digest>,
    at: Timestamp,
) -> Result<(), Refused> {
    awaited(next, stage)?;
    let fits = match stage {
        Stage::Sources => true,
        Stage::Collect => manifest.is_some(),
        Stage::Verify | Stage::Draft | Stage::Publish => {
            manifest.is_some()
                && (manifest == next.header.manifest || seeded_bug("another-manifest-accepted"))
        }
    };
    if !fits {
        // A refusal would leave the stage awaited for ever; as a failure it is collected and verified anew.
        let reason = format!("{stage} does not name the manifest of this release");
        return failed(next, stage, &Failure::new(FailureKind::Verification, reason), at);
    }
    next.note(Fact::StageDone { stage, manifest })?;
    match stage {
        Stage::Publish => {
            for name in next.spec()?.follow_ups.clone() {
                next.order(Command::FollowUp { name });
            }
            next.note(Fact::PhaseChanged {
                to: Phase::Published,
                at,
            })
        }
        Stage::Sources | Stage::Collect | Stage::Verify | Stage::Draft => Ok(()),
    }
}

pub(super) fn failed(
    next: &mut Projection<'_>,
    stage: Stage,
    failure: &Failure,
    at: Timestamp,
) -> Result<(), Refused> {
    awaited(next, stage)?;
    // Whoever reports it may not be who carries it out: what was not sent yet is not wanted any more.
    if let Some((_, command)) = next.header.awaited.clone() {
        next.abandon(command);
    }
    next.note(Fact::StageFailed { stage })?;
    let from = Box::new(retried_from(&next.header.phase, failure.kind));
    let reason = StallReason::Stage {
        failure: failure.clone(),
    };
    let stalled = Phase::Stalled { from, reason };
    let to = if next.header.phase.is_paused() {
        Phase::Paused {
            from: Box::new(stalled),
        }
    } else {
        stalled
    };
    next.note(Fact::PhaseChanged { to, at })
}

/// What failed verification is collected anew; everything else goes on where it stood.
fn retried_from(phase: &Phase, kind: FailureKind) -> Phase {
    let behind = phase.behind();
    let is_built = !matches!(behind, Phase::Planned | Phase::AwaitingApproval);
    if kind.is_refusal() && is_built {
        Phase::Collecting
    } else {
        behind.clone()
    }
}

fn awaited(next: &Projection<'_>, stage: Stage) -> Result<(), Refused> {
    match &next.header.awaited {
        Some((expected, _)) if *expected == stage => Ok(()),
        Some(_) | None => Err(Refused::StageNotAwaited { stage }),
    }
}
