//! The lines of a terminal: one per build, and one for the whole.

use super::Display;
use super::estimate::Pace;
use super::log_line::last_line;
use crate::view::{plain, seconds};
use domain_types::{BuildId, Timestamp};
use indicatif::{MultiProgress, ProgressBar, ProgressDrawTarget, ProgressStyle};
use orchestrator::BuildState;
use runtime::{NodeProgress, Progress};

/// Lines of builds: more do not fit a terminal, and what is not shown is in `release show`.
const LINES_MAX: usize = 40;
/// Characters of a log line.
const LOG_CHARS_MAX: usize = 60;
/// Redraws in a second, at most.
const REDRAWS_PER_SECOND: u8 = 10;

/// The lines as they stand on the terminal; they stay there at the end.
#[derive(Debug)]
pub(crate) struct Bars {
    all: MultiProgress,
    builds: Vec<ProgressBar>,
    whole: Option<ProgressBar>,
}

impl Bars {
    /// No lines yet.
    pub(crate) fn new() -> Self {
        let target = ProgressDrawTarget::stderr_with_hz(REDRAWS_PER_SECOND);
        Self {
            all: MultiProgress::with_draw_target(target),
            builds: Vec::new(),
            whole: None,
        }
    }

    /// Brings the lines to this view.
    pub(crate) fn draw(&mut self, progress: &Progress, pace: &Pace, display: &Display, now: Timestamp) {
        let shown = progress.nodes.iter().take(LINES_MAX);
        let width = shown
            .clone()
            .map(|node| node.id.to_string().chars().count())
            .max()
            .unwrap_or(0);
        if self.whole.is_none() {
            self.builds = shown.clone().map(|_| self.line()).collect();
            self.whole = Some(self.line());
        }
        for (node, bar) in shown.zip(&self.builds) {
            let log =
                (node.state == BuildState::Running).then(|| (display.log_of)(&build_of(progress, node)));
            let log = log.and_then(|path| last_line(&path)).unwrap_or_default();
            bar.set_message(build_line(node, width, &log, now));
        }
        if let Some(whole) = &self.whole {
            let mut line = whole_line(progress, pace, now);
            if let Some(way_on) = display.way_on(&progress.phase) {
                line.push_str(&format!("; {way_on}"));
            }
            whole.set_message(line);
        }
    }

    fn line(&self) -> ProgressBar {
        let bar = self.all.add(ProgressBar::new_spinner());
        if let Ok(style) = ProgressStyle::with_template("{wide_msg}") {
            bar.set_style(style);
        }
        bar
    }
}

impl Drop for Bars {
    fn drop(&mut self) {
        self.builds
            .iter()
            .chain(&self.whole)
            .for_each(ProgressBar::abandon);
    }
}

fn build_of(progress: &Progress, node: &NodeProgress) -> BuildId {
    BuildId {
        release: progress.release.clone(),
        node: node.id.clone(),
        attempt: node.attempt,
    }
}

/// `name  state  elapsed  attempt  last log line or reason`.
pub(super) fn build_line(node: &NodeProgress, width: usize, log: &str, now: Timestamp) -> String {
    let elapsed = match (node.state, node.started) {
        (BuildState::Running, Some(started)) => seconds(now.milliseconds_since(started)),
        (BuildState::Succeeded | BuildState::Failed, Some(started)) => {
            seconds(node.ended.unwrap_or(now).milliseconds_since(started))
        }
        _ => String::new(),
    };
    let attempt = if node.attempt > 1 {
        format!("attempt {}", node.attempt)
    } else {
        String::new()
    };
    let note = match (&node.failure, node.retry_due) {
        (Some((kind, _)), Some(due)) => format!("{kind}; tries again at {due}"),
        (Some((kind, reason)), None) => format!("{kind}: {reason}"),
        (None, _) => log.to_owned(),
    };
    let note = plain(&note, LOG_CHARS_MAX);
    let line = format!(
        "{:<width$}  {:<9}  {elapsed:>8}  {attempt:<9}  {note}",
        node.id.to_string(),
        node.state
    );
    line.trim_end().to_owned()
}

/// `3 of 6 done, building, 12 s, about 20 s left`.
pub(super) fn whole_line(progress: &Progress, pace: &Pace, now: Timestamp) -> String {
    let done = progress
        .nodes
        .iter()
        .filter(|node| node.state.is_settled())
        .count();
    let mut line = format!(
        "{done} of {} done, {}",
        progress.nodes.len(),
        progress.phase.label().replace('_', " ")
    );
    if let Some(started) = progress.started {
        line.push_str(&format!(", {}", seconds(now.milliseconds_since(started))));
    }
    match pace.milliseconds_left(progress, now) {
        Some(left) if done < progress.nodes.len() => {
            line.push_str(&format!(", about {} left", seconds(left)))
        }
        Some(_) | None => {}
    }
    line
}
