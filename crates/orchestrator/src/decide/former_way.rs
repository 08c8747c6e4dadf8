//! The former way of releasing: begun once in place of this one, step by step, and never taken for verified.

use super::operator;
use crate::projection::Projection;
use crate::state::former_step;
use crate::{Command, Fact, Phase, Recorded, Refused};

/// Ends the release in favour of its former way, and begins that, if there is one. It needs the same approvals.
pub(super) fn begin(next: &mut Projection<'_>, recorded: &Recorded) -> Result<(), Refused> {
    let spec = next.spec()?;
    let (given, required) = (next.header.approvals.len(), spec.policy.approvals_required);
    if !spec.former_way.is_empty() && given < required as usize {
        return Err(Refused::NotApproved { given, required });
    }
    if next.header.may_be_public && !operator::is_publishing(next) {
        return Err(Refused::MayBePublic);
    }
    operator::give_up(next, Phase::FellBack, recorded)?;
    order(next, &spec.former_way, 0);
    Ok(())
}

/// A step has ended: the next one begins if it went well.
pub(super) fn ended(
    next: &mut Projection<'_>,
    step: u32,
    (succeeded, detail): (bool, &str),
) -> Result<(), Refused> {
    let steps = next.spec()?.former_way.clone();
    if former_step(&next.header, steps.len()) != Some(step) {
        return Err(Refused::NotNow {
            event: "the end of such a step",
            phase: next.header.phase.label(),
        });
    }
    next.note(Fact::FormerStepEnded {
        step,
        succeeded,
        detail: detail.to_owned(),
    })?;
    if succeeded {
        order(next, &steps, step + 1);
    }
    Ok(())
}

fn order(next: &mut Projection<'_>, steps: &[String], step: u32) {
    if let Some(name) = steps.get(step as usize).cloned() {
        next.order(Command::BeginFormerStep { step, name });
    }
}
