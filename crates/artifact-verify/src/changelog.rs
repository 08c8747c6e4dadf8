//! The changelog: what has come in since the last release, for people who read a release's page.

use crate::{ComponentRange, EVIDENCE_NAME, Landing, RangeCommit};
use std::fmt::Write as _;

/// Characters of a changelog: half of what a page on the forge takes.
const CHANGELOG_CHARS_MAX: usize = 60_000;

/// Characters of a commit's name that are shown: enough to find it.
const COMMIT_CHARS: usize = 10;

/// Writing to a `String` cannot fail.
macro_rules! add_line {
    ($text:expr, $($argument:tt)*) => {{ let _infallible = writeln!($text, $($argument)*); }};
}

/// What has come in since the last release, by component, the newest first. Empty where nothing was kept.
///
/// Titles of commits are foreign: they stand between backticks, where the page obeys nothing, and cannot begin a comment. What finds no
/// room is counted: the evidence has it.
pub fn render_changelog(ranges: &[ComponentRange]) -> String {
    if ranges.is_empty() {
        return String::new();
    }
    let mut text = "## Changes\n".to_owned();
    for range in ranges {
        component(&mut text, range);
    }
    text
}

fn component(text: &mut String, range: &ComponentRange) {
    add_line!(text, "\n### {}\n", range.repository);
    let Some(since) = &range.since else {
        text.push_str("There is no earlier release of it to compare this one with.\n");
        return;
    };
    if let Some(untold) = &range.untold {
        let (version, untold) = (&since.version, code(untold));
        add_line!(
            text,
            "Nobody can tell what has come in since {version}: {untold}."
        );
        return;
    }
    add_line!(text, "{}\n", summary(range));
    let shown = commits(text, range);
    let unshown = range.total.saturating_sub(shown);
    if unshown > 0 {
        let is_named = range.unnamed() == 0;
        let place = match is_named {
            true => format!("`{EVIDENCE_NAME}` names them"),
            false => format!("of these {} are named nowhere", range.unnamed()),
        };
        add_line!(text, "- and {unshown} older commits; {place}");
    }
}

/// How much has come in, in a sentence.
pub(crate) fn summary(range: &ComponentRange) -> String {
    let version = range.since.as_ref().map(|since| since.version.to_string());
    let since = version.unwrap_or_else(|| "the beginning".to_owned());
    let mut said = match range.total {
        0 => format!("Nothing has come in since {since}."),
        1 => format!("1 commit since {since}."),
        many => format!("{many} commits since {since}."),
    };
    let ungoverned = range.ungoverned().count();
    if ungoverned > 0 {
        let _infallible = write!(said, " Without a green verdict: {ungoverned}.");
    }
    if range.lacking > 0 {
        let _infallible = write!(said, " Not in it any more, of {since}: {}.", range.lacking);
    }
    said
}

/// Writes as many commits as there is room for; answers how many.
fn commits(text: &mut String, range: &ComponentRange) -> u64 {
    let mut shown = 0;
    for commit in &range.commits {
        let line = commit_line(commit, &range.source);
        if text.chars().count() + line.chars().count() > CHANGELOG_CHARS_MAX {
            break;
        }
        text.push_str(&line);
        shown += 1;
    }
    shown
}

fn commit_line(commit: &RangeCommit, source: &str) -> String {
    let name: String = commit.commit.as_str().chars().take(COMMIT_CHARS).collect();
    let title = code(&commit.title);
    let by = commit
        .pull_request
        .map(|number| format!(" ({source}#{number})"))
        .unwrap_or_default();
    let verdict = match commit.landing {
        Landing::Governed => governed(commit),
        Landing::PastTheGate | Landing::Unwritten | Landing::Pushed | Landing::Unasked => {
            format!("**without a green verdict**: {}", code(&commit.said))
        }
    };
    format!("- `{name}` {title}{by}: {verdict}\n")
}

fn governed(commit: &RangeCommit) -> String {
    let mut names: Vec<String> = commit.signers.iter().map(|login| code(login)).collect();
    match (names.is_empty(), commit.more_signers) {
        (_, 0) => {}
        (true, 1) => names.push("1 person".to_owned()),
        (true, many) => names.push(format!("{many} people")),
        (false, more) => names.push(format!("{more} more")),
    }
    let mode = if commit.is_dry_run { ", in dry run" } else { "" };
    match names.as_slice() {
        [] => format!("all rules hold{mode}"),
        names => format!("all rules hold{mode}, signed by {}", names.join(", ")),
    }
}

/// A foreign text that a page shows and does not obey: between backticks there are no links, mentions, tags or marks. The beginning of a
/// comment is broken, because pages are searched for ours.
fn code(text: &str) -> String {
    let plain = text.replace('`', "'").replace("<!--", "<! --");
    match plain.trim() {
        "" => "(no title)".to_owned(),
        plain => format!("`{plain}`"),
    }
}

#[cfg(test)]
mod tests;
