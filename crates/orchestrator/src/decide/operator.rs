//! What people ask for.

use super::{advance::request_ready, builds};
use crate::projection::Projection;
use crate::{BuildState, Command, Fact, OwnApproval, Phase, Recorded, Refused, StallReason};
use domain_types::{ReleaseId, Sha256Digest, Timestamp, seeded_bug};

pub(super) fn approve(next: &mut Projection<'_>, actor: &str, plan: Sha256Digest) -> Result<(), Refused> {
    let expected = next.spec()?.plan_digest;
    if plan != expected && !seeded_bug("approval-of-another-plan") {
        return Err(Refused::WrongDigest {
            given: plan,
            expected,
        });
    }
    let spec = next.spec()?;
    let asked = spec.asked_by.as_deref();
    if spec.policy.own_approval == OwnApproval::Refused && asked.is_some_and(|asked| is_same(asked, actor)) {
        return Err(Refused::OwnApproval {
            actor: actor.to_owned(),
        });
    }
    if seeded_bug("approvals-counted-by-vote") && next.header.approvals.contains(actor) {
        let actor = format!("{actor} again");
        return next.note(Fact::Approved { actor });
    }
    if next.header.approvals.contains(actor) {
        return Err(Refused::AlreadyCounted {
            actor: actor.to_owned(),
        });
    }
    next.note(Fact::Approved {
        actor: actor.to_owned(),
    })
}

/// Whether two actors, such as `github:Alice` and `token:alice`, bear the same name: whoever gave both is taken for one person.
fn is_same(one: &str, other: &str) -> bool {
    let name = |actor: &str| actor.split_once(':').map_or(actor, |(_, name)| name).to_owned();
    name(one).eq_ignore_ascii_case(&name(other))
}

pub(super) fn sign(next: &mut Projection<'_>, actor: &str, manifest: Sha256Digest) -> Result<(), Refused> {
    let Some(expected) = next.header.manifest else {
        return Err(not_now(next, "sign"));
    };
    if manifest != expected {
        return Err(Refused::WrongDigest {
            given: manifest,
            expected,
        });
    }
    if next.header.signatures.contains(actor) {
        return Err(Refused::AlreadyCounted {
            actor: actor.to_owned(),
        });
    }
    next.note(Fact::Signed {
        actor: actor.to_owned(),
    })
}

pub(super) fn pause(next: &mut Projection<'_>, at: Timestamp) -> Result<(), Refused> {
    match next.header.phase.clone() {
        Phase::Paused { .. } | Phase::Stalled { .. } => Err(not_now(next, "pause")),
        from @ (Phase::Unplanned
        | Phase::Planned
        | Phase::AwaitingApproval
        | Phase::Building
        | Phase::Collecting
        | Phase::Verifying
        | Phase::AwaitingSignatures
        | Phase::Drafted
        | Phase::Published
        | Phase::Withdrawn
        | Phase::Rehearsed
        | Phase::Cancelled
        | Phase::Superseded { .. }
        | Phase::FellBack) => next.note(Fact::PhaseChanged {
            to: Phase::Paused { from: Box::new(from) },
            at,
        }),
    }
}

pub(super) fn resume(next: &mut Projection<'_>, at: Timestamp) -> Result<(), Refused> {
    let Phase::Paused { from } = next.header.phase.clone() else {
        return Err(not_now(next, "resume"));
    };
    next.note(Fact::PhaseChanged { to: *from, at })?;
    if seeded_bug("resume-requests-nothing") {
        return Ok(());
    }
    request_all(next, at)
}

pub(super) fn retry(next: &mut Projection<'_>, at: Timestamp) -> Result<(), Refused> {
    let Phase::Stalled { from, reason } = next.header.phase.clone() else {
        return Err(not_now(next, "retry"));
    };
    if !seeded_bug("budget-not-renewed") {
        next.note(Fact::BudgetRenewed)?;
    }
    if is_verification(&reason) && !seeded_bug("retry-keeps-the-broken-collection") {
        next.note(Fact::CollectionDiscarded)?;
    }
    let graph = next.graph();
    for position in 0..graph.len() {
        if seeded_bug("retry-leaves-the-skipped") && next.node(position).state == BuildState::Skipped {
            continue;
        }
        if matches!(
            next.node(position).state,
            BuildState::Failed | BuildState::Skipped
        ) && *from == Phase::Building
        {
            next.note(Fact::NodeReset {
                node: graph.spec(position).id.clone(),
            })?;
        }
    }
    next.note(Fact::PhaseChanged { to: *from, at })?;
    request_all(next, at)
}

pub(super) fn supersede(
    next: &mut Projection<'_>,
    by: &ReleaseId,
    recorded: &Recorded,
) -> Result<(), Refused> {
    if next.release()? == *by {
        return Err(Refused::SupersededByItself { by: by.clone() });
    }
    give_up(next, Phase::Superseded { by: by.clone() }, recorded)
}

/// Ends the release: what is in flight is stopped, what is drafted discarded. Never once publishing may be under way.
pub(super) fn give_up(next: &mut Projection<'_>, end: Phase, recorded: &Recorded) -> Result<(), Refused> {
    if is_publishing(next) && !seeded_bug("cancel-while-publishing") {
        return Err(Refused::Publishing);
    }
    for position in 0..next.graph().len() {
        builds::give_up(next, position, recorded.at)?;
    }
    if let Some((_, command)) = next.header.awaited.clone() {
        next.abandon(command);
    }
    next.order(Command::DiscardDraft);
    next.note(Fact::PhaseChanged {
        to: end,
        at: recorded.at,
    })
}

/// Whether the command to publish is out.
pub(super) fn is_publishing(next: &Projection<'_>) -> bool {
    *next.header.phase.behind() == Phase::Drafted && next.header.awaited.is_some()
}

/// Takes a release back that is public, or may be: where publishing has failed, nobody but whoever looks at its page can tell.
pub(super) fn withdraw(next: &mut Projection<'_>, recorded: &Recorded) -> Result<(), Refused> {
    if matches!(next.header.phase, Phase::Stalled { .. }) && next.header.may_be_public {
        return give_up(next, Phase::Withdrawn, recorded);
    }
    if next.header.phase != Phase::Published {
        return Err(not_now(next, "withdraw"));
    }
    next.note(Fact::PhaseChanged {
        to: Phase::Withdrawn,
        at: recorded.at,
    })
}

fn request_all(next: &mut Projection<'_>, at: Timestamp) -> Result<(), Refused> {
    let all: Vec<usize> = (0..next.graph().len()).collect();
    request_ready(next, &all, at)
}

fn is_verification(reason: &StallReason) -> bool {
    matches!(reason, StallReason::Stage { failure } if failure.kind.is_refusal())
}

fn not_now(next: &Projection<'_>, event: &'static str) -> Refused {
    Refused::NotNow {
        event,
        phase: next.header.phase.label(),
    }
}
