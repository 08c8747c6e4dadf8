//! A release for people: where it stands, a table of builds, failures with the end of their logs, what ran when, and
//! what to type next.

use super::reasons::words;
use super::table::CELL_CHARS_MAX;
use super::{Advice, BuildView, ReleaseView, Table, gantt, plain, seconds};
use domain_types::Timestamp;
use orchestrator::BuildState;

/// Characters of a log line that are shown.
const LOG_LINE_CHARS_MAX: usize = 200;
/// Characters of a reason told outside of the table: the cause stands at its end, behind long paths.
const REASON_CHARS_MAX: usize = 2000;

/// The whole page.
pub(crate) fn render(view: &ReleaseView, advice: &Advice, now: Timestamp) -> String {
    let mut page = heading(view, now);
    page.push('\n');
    page.push_str(&builds(view, now));
    for build in view
        .builds
        .iter()
        .filter(|build| build.state == BuildState::Failed)
    {
        page.push_str(&failure(view, build));
    }
    let chart = gantt::render(view, now);
    if !chart.is_empty() {
        page.push_str(&format!("\nWhat ran when\n{chart}"));
    }
    page.push_str(&format!("\nNext: {}\n", advice.sentence));
    if let Some(command) = &advice.command {
        page.push_str(&format!("  {command}\n"));
    }
    page
}

fn heading(view: &ReleaseView, now: Timestamp) -> String {
    let mut text = format!(
        "Release {} {}: {}\n",
        view.name,
        view.version,
        words(view.phase.label())
    );
    if let Some(because) = &view.because {
        text.push_str(&format!("because {}\n", plain(because, REASON_CHARS_MAX)));
    }
    if let Some(started) = view.started {
        let took = seconds(view.ended.unwrap_or(now).milliseconds_since(started));
        let until = view
            .ended
            .map(|ended| format!(", ended {ended}"))
            .unwrap_or_default();
        text.push_str(&format!("started {started}{until} ({took})\n"));
    }
    text.push_str(&format!("plan {}\n", view.plan_digest));
    text
}

fn builds(view: &ReleaseView, now: Timestamp) -> String {
    let mut table = Table::new(&["build", "state", "attempt", "time", "why"]);
    for build in &view.builds {
        let dash = || "-".to_owned();
        let optional = if build.optional { " (optional)" } else { "" };
        table.row(vec![
            view.label(build),
            format!("{}{optional}", build.state),
            build
                .attempt()
                .map_or_else(dash, |attempt| attempt.number.to_string()),
            build.elapsed_milliseconds(now).map_or_else(dash, seconds),
            build.because.clone().unwrap_or_default(),
        ]);
    }
    table.render()
}

fn failure(view: &ReleaseView, build: &BuildView) -> String {
    let mut text = String::new();
    let because = build.because.as_deref().unwrap_or_default();
    if because.chars().count() > CELL_CHARS_MAX {
        let because = plain(because, REASON_CHARS_MAX);
        text.push_str(&format!("\nWhy {} failed\n  {because}\n", view.label(build)));
    }
    if build.log_tail.is_empty() && build.log.is_none() {
        return text;
    }
    text.push_str(&format!("\nThe end of the log of {}\n", view.label(build)));
    for line in &build.log_tail {
        text.push_str(&format!("  {}\n", plain(line, LOG_LINE_CHARS_MAX)));
    }
    if let Some(log) = &build.log {
        text.push_str(&format!("  (all of it: {log})\n"));
    }
    text
}
