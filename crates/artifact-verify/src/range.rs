//! What lies between a component's commit in the last release and its commit in this one: every commit, the pull request that brought it,
//! who signed that, and what the gate said of it. Words only: nobody is judged here.

use crate::DocumentRule;
use crate::document::ascending;
use crate::evidence::line;
use domain_types::{CommitSha, ReleaseVersion, RepoName};
use serde::{Deserialize, Serialize};

/// Commits of one component that a range names: as many as one reads of a comparison on the forge, and more are counted.
pub const RANGE_COMMITS_MAX: usize = 300;

/// Characters of a commit's title that are kept: what is longer is no title.
const TITLE_CHARS_MAX: usize = 100;

/// The commits of one component since the last release.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct ComponentRange {
    /// The component.
    pub repository: RepoName,
    /// Where it lies on the forge: `owner/name`.
    pub source: String,
    /// Where the range ends: the commit of this release.
    pub commit: CommitSha,
    /// Where it begins; none if there is no earlier release of this component.
    pub since: Option<RangeStart>,
    /// Why nobody can tell which commits these are, in one line; none where it is known.
    pub untold: Option<String>,
    /// How many commits there are; those that are not named below are older.
    pub total: u64,
    /// How many commits of the last release this one does not have.
    pub lacking: u64,
    /// The commits, the newest first.
    pub commits: Vec<RangeCommit>,
}

/// Where a range begins: what the release before had.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RangeStart {
    /// The version of that release.
    pub version: ReleaseVersion,
    /// Its commit of this component, which does not belong to the range.
    pub commit: CommitSha,
}

/// A commit of a range.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct RangeCommit {
    /// The commit.
    pub commit: CommitSha,
    /// The first line of its message, as [`commit_title`] keeps it. Whoever may push wrote it: it has to be escaped wherever it is shown.
    pub title: String,
    /// The number of the pull request that brought it, as far as that is known.
    pub pull_request: Option<u64>,
    /// What the gate has to do with it.
    pub landing: Landing,
    /// What the gate said last before the merge, or what else is to be known, in one line.
    pub said: String,
    /// Who signed, as the verdict names them.
    pub signers: Vec<String>,
    /// How many more signed that the verdict does not name.
    pub more_signers: u64,
    /// Whether the gate of its repository held nobody back.
    pub is_dry_run: bool,
}

/// How a commit has come to where it was released from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Landing {
    /// By a pull request whose last verdict before the merge was green.
    Governed,
    /// By a pull request that was merged although its last verdict was not green.
    PastTheGate,
    /// By a pull request of whose merge the gate has written nothing down that fits.
    Unwritten,
    /// By no pull request.
    Pushed,
    /// Nobody asked how: there is no gate, or there were too many to ask for.
    Unasked,
}

impl RangeCommit {
    /// Whether a green verdict stands behind it.
    pub fn is_governed(&self) -> bool {
        self.landing == Landing::Governed
    }
}

impl ComponentRange {
    /// How many commits there are that are not named.
    pub fn unnamed(&self) -> u64 {
        let named = u64::try_from(self.commits.len()).unwrap_or(u64::MAX);
        self.total.saturating_sub(named)
    }

    /// The commits that no green verdict stands behind.
    pub fn ungoverned(&self) -> impl Iterator<Item = &RangeCommit> {
        self.commits.iter().filter(|commit| !commit.is_governed())
    }
}

/// The title of a commit as a range keeps it: the first line of its message, without what a terminal or a page would obey or not show, cut
/// to a hundred characters.
pub fn commit_title(message: &str) -> String {
    let first = message.lines().next().unwrap_or_default().trim();
    let plain = |letter: char| match letter {
        letter if letter.is_control() => ' ',
        letter if is_invisible(letter) => char::REPLACEMENT_CHARACTER,
        letter => letter,
    };
    let mut letters = first.chars().map(plain);
    let mut title: String = letters.by_ref().take(TITLE_CHARS_MAX).collect();
    if letters.next().is_some() {
        title.pop();
        title.push('…');
    }
    title
}

/// What changes the direction of a text or joins letters, and is not seen itself.
fn is_invisible(letter: char) -> bool {
    matches!(
        letter,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
            | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}'
    )
}

/// That components are in order and named once, commits within their limit, and texts short lines.
pub(crate) fn check_ranges(ranges: &[ComponentRange]) -> Result<(), DocumentRule> {
    ascending(ranges, "ranges", |range| range.repository.clone())?;
    for range in ranges {
        line("source", &range.source)?;
        range.untold.as_ref().map_or(Ok(()), |why| line("untold", why))?;
        if range.commits.len() > RANGE_COMMITS_MAX {
            let text = format!("{} names more than {RANGE_COMMITS_MAX} commits", range.repository);
            return Err(DocumentRule::Contradiction(text));
        }
        for commit in &range.commits {
            line("title", &commit.title)?;
            line("said", &commit.said)?;
            commit
                .signers
                .iter()
                .try_for_each(|login| line("signer", login))?;
        }
    }
    Ok(())
}

#[cfg(test)]
pub(crate) mod tests;
