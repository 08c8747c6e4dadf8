//! What ran when, as bars over one time axis.

use super::{AttemptView, ReleaseView, seconds};
use domain_types::Timestamp;

/// Characters of the axis: with a name before it, it fits into 100 columns.
const AXIS_CHARS: usize = 60;

/// One line per build that ever ran, and a line about the axis; nothing if none did.
pub(crate) fn render(view: &ReleaseView, now: Timestamp) -> String {
    let ran = |attempt: &&AttemptView| attempt.running;
    let attempts = || {
        view.builds
            .iter()
            .flat_map(|build| build.attempts.iter().filter(ran))
    };
    let Some(first) = attempts().map(|attempt| attempt.started).min() else {
        return String::new();
    };
    let last = attempts()
        .map(|attempt| attempt.ended.unwrap_or(now))
        .max()
        .unwrap_or(now);
    let axis = Axis {
        first,
        milliseconds: last.milliseconds_since(first).max(1),
    };
    let builds = || {
        view.builds
            .iter()
            .filter(|build| build.attempts.iter().any(|attempt| attempt.running))
    };
    let width = builds()
        .map(|build| view.label(build).chars().count())
        .max()
        .unwrap_or(0);
    let mut lines = String::new();
    for build in builds() {
        let bars = axis.bars(build.attempts.iter().filter(ran), now);
        lines.push_str(&format!("{:<width$}  |{bars}|\n", view.label(build)));
    }
    let span = seconds(axis.milliseconds);
    lines.push_str(&format!(
        "{:<width$}   {} to {}: {span}\n",
        "",
        clock(first),
        clock(last)
    ));
    lines.push_str(&format!(
        "{:<width$}   # succeeded  x failed  ~ interrupted  > running\n",
        ""
    ));
    lines
}

struct Axis {
    first: Timestamp,
    milliseconds: u64,
}

impl Axis {
    fn column(&self, at: Timestamp) -> usize {
        let columns = AXIS_CHARS as u64;
        let column = at.milliseconds_since(self.first).saturating_mul(columns) / self.milliseconds;
        usize::try_from(column.min(columns)).unwrap_or(AXIS_CHARS)
    }

    fn bars<'a>(&self, attempts: impl Iterator<Item = &'a AttemptView>, now: Timestamp) -> String {
        let mut bars = vec![' '; AXIS_CHARS];
        for attempt in attempts {
            let begin = self.column(attempt.started).min(AXIS_CHARS - 1);
            let end = self.column(attempt.ended.unwrap_or(now)).max(begin + 1);
            bars[begin..end].fill(mark(attempt));
        }
        bars.into_iter().collect()
    }
}

fn mark(attempt: &AttemptView) -> char {
    match attempt.outcome {
        None => '>',
        Some("succeeded" | "reused") => '#',
        Some("interrupted" | "cancelled") => '~',
        Some(_) => 'x',
    }
}

/// `HH:MM:SS` of a time, UTC.
fn clock(at: Timestamp) -> String {
    at.to_string().get(11..19).unwrap_or_default().to_owned()
}
