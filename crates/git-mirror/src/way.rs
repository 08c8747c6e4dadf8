//! How a head came in, as commits tell it: their parents, and who wrote them when.

use crate::compared::Way;
use domain_types::CommitSha;
use std::collections::BTreeSet;

/// Commits of a head, and commits that landed, that are looked at: more than a forge rebases.
pub(crate) const COMMITS_MAX: usize = 250;

/// A commit, as far as it is looked at.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commit {
    pub(crate) parents: Vec<CommitSha>,
    /// Name, address and time of its author: what a rebase keeps, and a squash does not.
    pub(crate) author: String,
}

/// The form in which git is asked for commits.
pub(crate) const FORMAT: &str = "--format=%P%x00%an%x00%ae%x00%at";

impl Commit {
    /// From a line of [`FORMAT`].
    pub(crate) fn parse(line: &str) -> Option<Self> {
        let (parents, author) = line.split_once('\0')?;
        let parents = parents.split_whitespace().map(|name| name.parse().ok());
        Some(Self {
            parents: parents.collect::<Option<_>>()?,
            author: author.to_owned(),
        })
    }
}

/// How it came in and upon what, for a commit with one parent. `landed` goes back from it along first parents; `authors` are those of the
/// commits that the head has and the branch has not.
///
/// A forge that rebases makes each commit again and keeps its author, to the second. One that squashes makes one commit of now. So the way
/// goes back as long as authors are the head's.
pub(crate) fn way_of(landed: &[Commit], authors: &BTreeSet<String>) -> Option<(Way, CommitSha)> {
    let is_again = |commit: &&Commit| authors.contains(&commit.author) && commit.parents.len() == 1;
    let again = landed.iter().take_while(is_again).count();
    let way = match again {
        0 => Way::Squashed,
        commits => Way::Rebased(commits),
    };
    let first = landed.get(again.saturating_sub(1))?;
    Some((way, first.parents.first()?.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sha(letter: char) -> CommitSha {
        letter.to_string().repeat(40).parse().unwrap()
    }

    fn commit(parents: &[char], author: &str) -> Commit {
        Commit {
            parents: parents.iter().copied().map(sha).collect(),
            author: author.to_owned(),
        }
    }

    #[test]
    fn the_way_goes_back_as_long_as_authors_are_those_of_the_head() {
        let of_head = BTreeSet::from(["ada 1".to_owned(), "ada 2".to_owned()]);
        let (two, one) = (commit(&['c'], "ada 2"), commit(&['b'], "ada 1"));
        let (other, merge) = (commit(&['a'], "ben 1"), commit(&['a', 'd'], "ada 1"));
        let rows = [
            (vec![&two, &one, &other], Some((Way::Rebased(2), sha('b')))),
            (vec![&two, &other], Some((Way::Rebased(1), sha('c')))),
            (vec![&two, &merge], Some((Way::Rebased(1), sha('c')))),
            (vec![&other, &one], Some((Way::Squashed, sha('a')))),
            (vec![], None),
        ];
        for (landed, expected) in rows {
            let landed: Vec<Commit> = landed.into_iter().cloned().collect();
            assert_eq!(way_of(&landed, &of_head), expected, "{landed:?}");
        }
    }

    #[test]
    fn a_line_of_git_is_a_commit() {
        let (a, b) = ("a".repeat(40), "b".repeat(40));
        let rows = [
            (
                format!("{a} {b}\0ada\0ada@example.org\x001"),
                Some(commit(&['a', 'b'], "ada\0ada@example.org\x001")),
            ),
            ("\0ada\0\x001".to_owned(), Some(commit(&[], "ada\0\x001"))),
            ("x\0ada".to_owned(), None),
            (a, None),
        ];
        for (line, expected) in rows {
            assert_eq!(Commit::parse(&line), expected, "{line:?}");
        }
    }
}
