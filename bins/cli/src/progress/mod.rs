//! Live progress on standard error: on a terminal one line per repository and an overall line with an estimate,
//! otherwise one line per change.

mod bars;
mod changes;
mod estimate;
mod log_line;

#[cfg(test)]
mod tests;

use crate::{clock, output};
use bars::Bars;
use changes::changes;
use dependency_graph::Plan;
use domain_types::BuildId;
use estimate::Pace;
use orchestrator::Phase;
use runtime::Progress;
use std::path::PathBuf;
use std::time::Duration;
use tokio::sync::watch;

/// How often the lines of a terminal are drawn again: often enough for seconds to count evenly.
const REDRAW: Duration = Duration::from_millis(250);

/// Where and how progress is shown.
pub(crate) struct Display {
    /// Standard error is a terminal that can redraw lines.
    pub(crate) on_terminal: bool,
    /// What is released.
    pub(crate) plan: Plan,
    /// Builds at the same time.
    pub(crate) runners: u32,
    /// The log of a build.
    pub(crate) log_of: Box<dyn Fn(&BuildId) -> PathBuf + Send + Sync>,
    /// How an order to this release is typed, by its verb.
    pub(crate) order: Box<dyn Fn(&str) -> String + Send + Sync>,
}

impl Display {
    /// What a person types where the release waits for one.
    fn way_on(&self, phase: &Phase) -> Option<String> {
        if phase.is_paused() {
            Some(format!("to go on: {}", (self.order)("resume")))
        } else {
            (*phase == Phase::AwaitingApproval).then(|| format!("to approve: {}", (self.order)("approve")))
        }
    }
}

/// Shows progress until the sender is gone.
pub(crate) async fn follow(display: Display, mut receiver: watch::Receiver<Option<Progress>>) {
    if display.on_terminal {
        draw(&display, &mut receiver).await;
        return;
    }
    let mut before: Option<Progress> = None;
    while receiver.changed().await.is_ok() {
        let Some(now) = receiver.borrow_and_update().clone() else {
            continue;
        };
        changes(before.as_ref(), &now)
            .iter()
            .for_each(|line| output::note(line));
        let way_on = display.way_on(&now.phase);
        if way_on != before.and_then(|before| display.way_on(&before.phase))
            && let Some(way_on) = way_on
        {
            output::note(&format!("help: {way_on}"));
        }
        before = Some(now);
    }
}

async fn draw(display: &Display, receiver: &mut watch::Receiver<Option<Progress>>) {
    let pace = Pace::new(&display.plan, display.runners);
    let mut bars = Bars::new();
    let mut redraw = clock::every(REDRAW);
    loop {
        let more = tokio::select! {
            changed = receiver.changed() => changed.is_ok(),
            _ = redraw.tick() => true,
        };
        let shown = receiver.borrow_and_update().clone();
        if let Some(progress) = &shown {
            bars.draw(progress, &pace, display, clock::now());
        }
        if !more {
            return;
        }
    }
}
