//! One event in, facts and commands out. Nobody acts here.

mod advance;
mod builds;
mod failing;
mod former_way;
mod operator;
mod stages;

pub use failing::RETRY_SECONDS_MAX;
#[cfg(test)]
mod tests;

use crate::projection::Projection;
use crate::{Decision, Event, Fact, Graph, OwnApproval, Phase, Recorded, Refused, ReleaseSpec, State};
use domain_types::ReleaseId;
use std::collections::BTreeSet;

/// Steps of a former way of releasing: one that builds, one that publishes, and some to spare.
const FORMER_STEPS_MAX: usize = 8;

/// Things that may be done once a release is public, in names: more than any organisation tells.
pub const FOLLOW_UPS_MAX: usize = 32;

/// What follows from one event.
///
/// The answer to the same state and event is the same for ever; the work is proportional to the nodes touched.
///
/// # Errors
/// [`Refused`] if the event changes nothing: the reason goes to its inbox row.
pub fn decide(state: &State, recorded: &Recorded) -> Result<Decision, Refused> {
    let at = recorded.at;
    let mut next = Projection::of(state);
    if let Event::Start { spec } = &recorded.event {
        start(&mut next, spec, at)?;
        return Ok(next.decision);
    }
    refuse_if_over(&next, &recorded.event)?;
    match &recorded.event {
        Event::Start { .. } => return Err(Refused::AlreadyStarted),
        Event::BuildQueued { node, attempt, run } => {
            builds::queued(&mut next, (node, *attempt), run.as_ref(), at)?;
        }
        Event::BuildStarted { node, attempt } => builds::started(&mut next, (node, *attempt), at)?,
        Event::BuildSucceeded {
            node,
            attempt,
            output,
        } => {
            builds::succeeded(&mut next, (node, *attempt), output, at)?;
        }
        Event::BuildReused {
            node,
            attempt,
            output,
            from,
        } => {
            builds::reused(&mut next, (node, *attempt), (output, from), at)?;
        }
        Event::BuildFailed {
            node,
            attempt,
            failure,
        } => builds::failed(&mut next, (node, *attempt), failure, at)?,
        Event::BuildInterrupted { node, attempt } => builds::interrupted(&mut next, (node, *attempt), at)?,
        Event::QueueTimeout { node, attempt } => builds::queue_timeout(&mut next, (node, *attempt), at)?,
        Event::RunTimeout { node, attempt } => builds::run_timeout(&mut next, (node, *attempt), at)?,
        Event::RetryDue { node, attempt } => builds::retry_due(&mut next, (node, *attempt), at)?,
        Event::StageDone { stage, manifest } => stages::done(&mut next, *stage, *manifest, at)?,
        Event::StageFailed { stage, failure } => stages::failed(&mut next, *stage, failure, at)?,
        Event::Approve { actor, plan_digest } => operator::approve(&mut next, actor, *plan_digest)?,
        Event::Sign { actor, manifest } => operator::sign(&mut next, actor, *manifest)?,
        Event::Pause { .. } => operator::pause(&mut next, at)?,
        Event::Resume { .. } => operator::resume(&mut next, at)?,
        Event::Retry { .. } => operator::retry(&mut next, at)?,
        Event::Cancel { .. } => operator::give_up(&mut next, Phase::Cancelled, recorded)?,
        Event::Supersede { by } => operator::supersede(&mut next, by, recorded)?,
        Event::Withdraw { .. } => operator::withdraw(&mut next, recorded)?,
        Event::FallBack { at_revision, .. } => {
            let is_stale = |seen| seen != state.revision() || !state.may_fall_back_by_itself();
            if at_revision.is_some_and(is_stale) {
                return Err(Refused::MovedOn);
            }
            former_way::begin(&mut next, recorded)?;
        }
        Event::FormerStepEnded {
            step,
            succeeded,
            detail,
        } => former_way::ended(&mut next, *step, (*succeeded, detail))?,
    }
    advance::advance(&mut next, at)?;
    Ok(next.decision)
}

fn start(next: &mut Projection<'_>, spec: &ReleaseSpec, at: domain_types::Timestamp) -> Result<(), Refused> {
    if next.header.phase != Phase::Unplanned {
        return Err(Refused::AlreadyStarted);
    }
    check_plan(spec)?;
    next.note(Fact::Planned {
        spec: Box::new(spec.clone()),
        at,
    })?;
    advance::advance(next, at)
}

fn check_plan(spec: &ReleaseSpec) -> Result<(), Refused> {
    Graph::of(spec)?;
    if spec.policy.attempts_max == 0 {
        return Err(Refused::BadPlan {
            because: "attempts_max = 0, expected at least 1".to_owned(),
        });
    }
    let distinct: BTreeSet<&String> = spec.follow_ups.iter().collect();
    if spec.former_way.len() > FORMER_STEPS_MAX {
        return Err(Refused::BadPlan {
            because: format!(
                "{} steps of the former way, expected at most {FORMER_STEPS_MAX}",
                spec.former_way.len()
            ),
        });
    }
    if distinct.len() < spec.follow_ups.len() || distinct.len() > FOLLOW_UPS_MAX {
        return Err(Refused::BadPlan {
            because: format!(
                "{} follow-ups, expected at most {FOLLOW_UPS_MAX}, each named once",
                spec.follow_ups.len()
            ),
        });
    }
    if spec.policy.own_approval == OwnApproval::Refused && spec.asked_by.is_none() {
        return Err(Refused::BadPlan {
            because: "whoever asks for it may not approve it, and nobody is named who asks".to_owned(),
        });
    }
    let expected = ReleaseId::new(&spec.name, &spec.version, &spec.plan_digest);
    if spec.id != expected {
        return Err(Refused::BadPlan {
            because: format!("its id is {}, expected {expected}", spec.id),
        });
    }
    Ok(())
}

fn refuse_if_over(next: &Projection<'_>, event: &Event) -> Result<(), Refused> {
    let phase = &next.header.phase;
    if *phase == Phase::Unplanned {
        return Err(Refused::NotStarted);
    }
    let may_follow = matches!(event, Event::Withdraw { .. } | Event::FormerStepEnded { .. });
    if phase.is_ended() && !may_follow {
        return Err(Refused::Ended { phase: phase.label() });
    }
    Ok(())
}
