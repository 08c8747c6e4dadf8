//! What changed between two views of a release, one line each: for logs and pipes.

use crate::view::{plain, seconds};
use domain_types::ReleaseId;
use orchestrator::BuildState;
use runtime::{NodeProgress, Progress};

/// Characters of a reason: the cause stands at its end, behind long paths.
const REASON_CHARS_MAX: usize = 2000;

/// The lines; without an earlier view, how many builds were done before, and what does not simply wait.
pub(crate) fn changes(before: Option<&Progress>, now: &Progress) -> Vec<String> {
    let mut lines = Vec::new();
    lines.extend(if before.is_none() { done_before(now) } else { None });
    for (index, node) in now.nodes.iter().enumerate() {
        let told = match before.and_then(|before| before.nodes.get(index)) {
            Some(earlier) => (earlier.state, earlier.attempt) == (node.state, node.attempt),
            None => node.state == BuildState::Waiting || node.state.is_settled(),
        };
        if !told {
            lines.extend(node_line(node));
        }
    }
    if before.is_none_or(|before| before.phase.label() != now.phase.label()) {
        lines.push(format!(
            "{}: {}",
            name_of(&now.release),
            now.phase.label().replace('_', " ")
        ));
    }
    lines
}

/// `example 0.1.0` of `example@0.1.0/0123456789abcdef`.
fn name_of(release: &ReleaseId) -> String {
    let (name, _digest) = release.as_str().split_once('/').unwrap_or((release.as_str(), ""));
    name.replacen('@', " ", 1)
}

fn done_before(now: &Progress) -> Option<String> {
    let done = now.nodes.iter().filter(|node| node.state.satisfies()).count();
    (done > 0).then(|| {
        format!(
            "{done} of {} builds were done before and are kept",
            now.nodes.len()
        )
    })
}

fn node_line(node: &NodeProgress) -> Option<String> {
    let took = match (node.started, node.ended) {
        (Some(started), Some(ended)) => format!(" in {}", seconds(ended.milliseconds_since(started))),
        _ => String::new(),
    };
    let reason = match &node.failure {
        Some((kind, reason)) => format!(": {kind}: {}", plain(reason, REASON_CHARS_MAX)),
        None => String::new(),
    };
    let attempt = if node.attempt > 1 {
        format!(", attempt {}", node.attempt)
    } else {
        String::new()
    };
    Some(match node.state {
        // Asked for and queued follow each other within milliseconds: the line would say nothing.
        BuildState::Requested | BuildState::Queued => return None,
        BuildState::Waiting => match node.retry_due {
            Some(due) => format!("{}: failed{took}{reason}; tries again at {due}", node.id),
            None => format!("{}: waiting{reason}", node.id),
        },
        BuildState::Running => format!("{}: running{attempt}", node.id),
        BuildState::Succeeded => format!("{}: succeeded{took}{attempt}", node.id),
        BuildState::Failed => format!("{}: failed{took}{attempt}{reason}", node.id),
        BuildState::Skipped => format!("{}: skipped, since something it needs failed", node.id),
        BuildState::Reused => format!("{}: reused, an earlier release built exactly this", node.id),
    })
}
