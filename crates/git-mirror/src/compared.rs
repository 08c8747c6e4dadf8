//! What is compared, and what comes of it.

use crate::way::COMMITS_MAX;
use domain_types::CommitSha;
use std::fmt;

/// Paths that are named; more are counted.
pub const PATHS_NAMED_MAX: usize = 10;

/// What landed, and what it should have brought.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Landing {
    /// The commit to which the branch moved.
    pub commit: CommitSha,
    /// The head that was reviewed.
    pub head: CommitSha,
    /// What the branch was before it moved to the commit, each time that it did, as far as anybody knows. All of it has to be behind the
    /// commit.
    pub formers: Vec<CommitSha>,
}

/// How a head came in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// By a commit with two parents.
    Merged,
    /// As one commit.
    Squashed,
    /// As so many commits, each again.
    Rebased(usize),
    /// By itself.
    FastForwarded,
}

impl fmt::Display for Way {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Merged => out.write_str("merged"),
            Self::Squashed => out.write_str("squashed"),
            Self::Rebased(1) => out.write_str("rebased as one commit"),
            Self::Rebased(commits) => write!(out, "rebased as {commits} commits"),
            Self::FastForwarded => out.write_str("fast-forwarded"),
        }
    }
}

/// What a comparison came to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Compared {
    /// It is what merging the head gives.
    Same(Way),
    /// It is something else.
    Different(Deviation),
}

/// In what something differs that landed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Deviation {
    /// The kind.
    pub what: What,
    /// The first paths that differ, in the order of git, without control characters.
    pub paths: Vec<String>,
    /// How many more there are.
    pub more_paths: usize,
}

/// What kind of another thing landed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum What {
    /// A commit with two parents of which the second is another commit than the head.
    OtherHead(CommitSha),
    /// A commit upon one that has the head already: how that came in is hidden by it.
    ThereBefore(CommitSha),
    /// A commit with none or more than two parents: so many.
    Parents(usize),
    /// The branch lost commits by it: it was moved to something that has them not behind it.
    Gone {
        /// How many; of many only so many are counted.
        commits: usize,
        /// The newest.
        newest: CommitSha,
    },
    /// Another tree than the merge of the head gives.
    OtherTree {
        /// How it came in.
        way: Way,
        /// Upon what.
        before: CommitSha,
        /// Whether the merge has conflicts, so that somebody must have resolved them.
        is_conflict: bool,
    },
}

impl fmt::Display for What {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::OtherHead(found) => write!(out, "it merges {found}, which is not that head"),
            Self::ThereBefore(before) => {
                write!(
                    out,
                    "{before} before it has that head already, and how it came there is not told"
                )
            }
            Self::Parents(count) => write!(out, "it is a commit with {count} parents"),
            Self::Gone { commits, newest } => {
                let commits = match *commits {
                    1 => "a commit".to_owned(),
                    COMMITS_MAX => format!("{COMMITS_MAX} commits or more"),
                    commits => format!("{commits} commits"),
                };
                write!(
                    out,
                    "the branch lost {commits} by it, the newest {newest}, which is not behind it: look whether that was to go, and if not, bring it back by a pull request"
                )
            }
            Self::OtherTree {
                way,
                before,
                is_conflict: false,
            } => write!(
                out,
                "it was {way} onto {before}, and merging the two gives other files"
            ),
            Self::OtherTree {
                way,
                before,
                is_conflict: true,
            } => write!(
                out,
                "it was {way} onto {before}, with which the head has conflicts: somebody resolved them by hand"
            ),
        }
    }
}

impl fmt::Display for Deviation {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}", self.what)?;
        // Paths are foreign words: between backticks nothing in them is a mention, a link or a tag.
        let paths = self
            .paths
            .iter()
            .map(|path| format!("`{}`", path.replace('`', "'")));
        let paths: Vec<String> = paths.collect();
        if !paths.is_empty() {
            write!(out, " in {}", paths.join(", "))?;
        }
        match self.more_paths {
            0 => Ok(()),
            more => write!(out, " and {more} more"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_is_shown_so_that_nothing_in_it_is_obeyed() {
        let deviation = Deviation {
            what: What::Parents(3),
            paths: vec!["src/@acme/all".to_owned(), "a`b<!--".to_owned()],
            more_paths: 2,
        };
        assert_eq!(
            deviation.to_string(),
            "it is a commit with 3 parents in `src/@acme/all`, `a'b<!--` and 2 more"
        );
    }
}
