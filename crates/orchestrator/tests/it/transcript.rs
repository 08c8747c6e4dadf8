//! A decision as a few lines for people to compare.

use crate::plans::short;
use crate::world::World;
use orchestrator::{AttemptOutcome, Command, Decision, Fact, Phase, StallReason};

pub(crate) fn of(world: &World, decision: &Decision) -> String {
    let mut lines: Vec<String> = decision.facts.iter().map(fact).collect();
    lines.extend(decision.commands.iter().map(command));
    for timer in &decision.timers_set {
        let seconds = timer.due.milliseconds_since(world.now) / 1000;
        lines.push(format!("timer {} in {seconds} s", timer.key));
    }
    lines.iter().map(|line| format!("    {line}\n")).collect()
}

pub(crate) fn phase(phase: &Phase) -> String {
    match phase {
        Phase::Paused { from } => format!("paused({})", self::phase(from)),
        Phase::Stalled { from, reason } => format!("stalled({}: {})", self::phase(from), stall(reason)),
        Phase::Superseded { by } => format!("superseded by {by}"),
        Phase::Unplanned
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
        | Phase::FellBack => phase.label().to_owned(),
    }
}

fn stall(reason: &StallReason) -> String {
    match reason {
        StallReason::Builds { blocking, first } => format!("{blocking} blocking, first {}", short(first)),
        StallReason::Stage { failure } => failure.kind.to_string(),
    }
}

fn fact(fact: &Fact) -> String {
    let label = fact.label();
    match fact {
        Fact::Planned { spec, .. } => format!("{label} {} nodes", spec.nodes.len()),
        Fact::PhaseChanged { to, .. } => format!("phase {}", phase(to)),
        Fact::StageRequested { stage, .. } | Fact::StageDone { stage, .. } | Fact::StageFailed { stage } => {
            format!("{label} {stage:?}")
        }
        Fact::AttemptRequested { node, attempt, .. } => format!("{label} {}#{attempt}", short(node)),
        Fact::AttemptEnded { node, outcome, .. } => format!("{label} {} {}", short(node), ended(outcome)),
        Fact::NodeSkipped { node, because } => format!("{label} {} because {}", short(node), short(because)),
        Fact::AttemptQueued { node, run: Some(run) } => format!(
            "{label} {}, run {}, waits for {:?}",
            short(node),
            run.id,
            run.waits_for
        ),
        Fact::AttemptQueued { node, run: None }
        | Fact::AttemptStarted { node, .. }
        | Fact::Built { node, .. }
        | Fact::Reused { node, .. }
        | Fact::RetryScheduled { node, .. }
        | Fact::RetryReleased { node }
        | Fact::NodeFailed { node }
        | Fact::NodeReset { node } => format!("{label} {}", short(node)),
        Fact::BudgetRenewed | Fact::CollectionDiscarded => label.to_owned(),
        Fact::Approved { actor } | Fact::Signed { actor } => format!("{label} {actor}"),
        Fact::FormerStepEnded { step, succeeded, .. } => format!("{label} {step} {succeeded}"),
    }
}

fn ended(outcome: &AttemptOutcome) -> String {
    match outcome {
        AttemptOutcome::Failed { failure } => format!("failed ({})", failure.kind),
        AttemptOutcome::Succeeded
        | AttemptOutcome::Reused { .. }
        | AttemptOutcome::Interrupted
        | AttemptOutcome::Cancelled => outcome.label().to_owned(),
    }
}

fn command(command: &Command) -> String {
    match command {
        Command::RunStage { .. } | Command::DiscardDraft => format!("! {}", command.label()),
        Command::FollowUp { name } | Command::BeginFormerStep { name, .. } => {
            format!("! {} {name}", command.label())
        }
        Command::StartBuild { build, priority } => {
            format!(
                "! start {}#{} priority {priority}",
                short(&build.node),
                build.attempt
            )
        }
        Command::StopBuild { build } => format!("! stop {}#{}", short(&build.node), build.attempt),
    }
}
