//! Questions to a user's repository: which commit is a tag, when was it made, what is not committed.

use crate::{Error, Git};
use domain_types::{CommitSha, TagName, Timestamp};
use std::collections::BTreeSet;
use std::fmt;
use std::path::{Path, PathBuf};

/// Tags among which the nearest are looked for; a repository with more is searched among its newest versions.
const TAGS_SEARCHED_MAX: &str = "2000";

/// Files of a checkout that are not as committed.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct DirtyFiles {
    /// The first of them, at most [`DirtyFiles::NAMED_MAX`], as git lists them, relative to the repository.
    pub first: Vec<String>,
    /// How many there are (an untracked folder counts as one).
    pub count: usize,
}

impl DirtyFiles {
    /// Files that are named: enough to recognise one's own work.
    pub const NAMED_MAX: usize = 20;

    /// Whether everything is committed.
    pub fn is_empty(&self) -> bool {
        self.count == 0
    }
}

impl fmt::Display for DirtyFiles {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.first.join(", "))?;
        match self.count - self.first.len() {
            0 => Ok(()),
            more => write!(out, " and {more} more"),
        }
    }
}

impl Git {
    /// Nearest tags that [`Error::MissingTag`] names.
    pub const NEAREST_TAGS_MAX: usize = 5;

    /// The commit that the tag names, annotated tags peeled. A branch of the same name is never taken.
    ///
    /// # Errors
    /// [`Error::NotARepository`], [`Error::MissingTag`], [`Error::TagNotACommit`], or git's own failure.
    pub async fn resolve_tag(&self, repository: &Path, tag: &TagName) -> Result<CommitSha, Error> {
        self.object_folder(repository).await?;
        let reference = format!("refs/tags/{tag}");
        let peeled = format!("{reference}^{{commit}}");
        let answer = self
            .ask(repository, &["rev-parse", "--verify", "--quiet", &peeled])
            .await?;
        if answer.status.success() {
            return answer.line().parse().map_err(|_| answer.not_understood());
        }
        let exists = self
            .ask(repository, &["rev-parse", "--verify", "--quiet", &reference])
            .await?;
        let (repository, tag) = (repository.to_owned(), tag.clone());
        if exists.status.success() {
            return Err(Error::TagNotACommit { repository, tag });
        }
        let nearest = self.nearest_tags(&repository, tag.as_str()).await?;
        Err(Error::MissingTag {
            repository,
            tag,
            nearest,
        })
    }

    /// The committer's time of the commit, to the second.
    ///
    /// # Errors
    /// [`Error::MissingCommit`], or git's own failure.
    pub async fn commit_time(&self, repository: &Path, commit: &CommitSha) -> Result<Timestamp, Error> {
        self.require_commit(repository, commit).await?;
        let arguments = [
            "log",
            "-1",
            "--no-show-signature",
            "--format=%ct",
            commit.as_str(),
            "--",
        ];
        let answer = self.run(repository, &arguments).await?;
        answer
            .line()
            .parse()
            .map(Timestamp::from_seconds)
            .map_err(|_| answer.not_understood())
    }

    /// What is changed, staged or untracked in the checkout; nothing for a bare repository. Ignored files are left out.
    ///
    /// # Errors
    /// [`Error::NotARepository`], or git's own failure.
    pub async fn dirty_files(&self, repository: &Path) -> Result<DirtyFiles, Error> {
        self.object_folder(repository).await?;
        if self
            .run(repository, &["rev-parse", "--is-bare-repository"])
            .await?
            .line()
            == "true"
        {
            return Ok(DirtyFiles::default());
        }
        let arguments = [
            "status",
            "--porcelain",
            "-z",
            "--no-renames",
            "--untracked-files=normal",
            "--ignore-submodules=dirty",
        ];
        let no_filters = self.without_filters(repository).await?;
        let answer = self.ask_with(repository, &arguments, &no_filters).await?;
        if answer.status.success() {
            Ok(listed(&answer.output))
        } else {
            Err(answer.into_error())
        }
    }

    /// Settings that turn off every filter (programs that git runs on files) which the repository configures: looking at
    /// a repository must not run its programs.
    async fn without_filters(&self, repository: &Path) -> Result<Vec<(String, &'static str)>, Error> {
        let arguments = ["config", "--name-only", "-z", "--get-regexp", r"^filter\."];
        let answer = self.ask(repository, &arguments).await?;
        let keys = String::from_utf8_lossy(&answer.output).into_owned();
        let drivers: BTreeSet<&str> = keys
            .split('\0')
            .filter_map(|key| Some(key.rsplit_once('.')?.0))
            .collect();
        let off = |driver: &str| {
            [
                ("clean", ""),
                ("smudge", ""),
                ("process", ""),
                ("required", "false"),
            ]
            .map(|(name, value)| (format!("{driver}.{name}"), value))
        };
        Ok(drivers.into_iter().flat_map(off).collect())
    }

    /// The folder of the repository's objects, absolute: common to all worktrees. The proof that it is a repository.
    pub(crate) async fn object_folder(&self, repository: &Path) -> Result<PathBuf, Error> {
        let canonical = repository.canonicalize();
        let folder = canonical.map_err(|_| Error::NotARepository {
            path: repository.to_owned(),
        })?;
        let answer = self.ask(&folder, &["rev-parse", "--git-common-dir"]).await?;
        if !answer.status.success() {
            return Err(Error::NotARepository {
                path: repository.to_owned(),
            });
        }
        // git answers relative to the folder it ran in, or absolutely.
        Ok(folder.join(answer.line()).join("objects"))
    }

    /// Fails unless the repository has the commit.
    pub(crate) async fn require_commit(&self, repository: &Path, commit: &CommitSha) -> Result<(), Error> {
        let object = format!("{commit}^{{commit}}");
        if self
            .ask(repository, &["cat-file", "-e", &object])
            .await?
            .status
            .success()
        {
            return Ok(());
        }
        self.object_folder(repository).await?;
        Err(Error::MissingCommit {
            repository: repository.to_owned(),
            commit: commit.clone(),
        })
    }

    async fn nearest_tags(&self, repository: &Path, wanted: &str) -> Result<Vec<String>, Error> {
        let count = format!("--count={TAGS_SEARCHED_MAX}");
        let arguments = [
            "for-each-ref",
            &count,
            "--sort=-version:refname",
            "--format=%(refname:strip=2)",
            "refs/tags",
        ];
        let mut tags = self.run(repository, &arguments).await?.lines();
        tags.sort_by_key(|tag| distance(tag, wanted));
        tags.truncate(Self::NEAREST_TAGS_MAX);
        Ok(tags)
    }
}

fn listed(output: &[u8]) -> DirtyFiles {
    let name = |entry: &[u8]| {
        String::from_utf8_lossy(entry.get(3..).unwrap_or_default())
            .escape_debug()
            .to_string()
    };
    let entries: Vec<&[u8]> = output
        .split(|byte| *byte == 0)
        .filter(|entry| !entry.is_empty())
        .collect();
    let first = entries
        .iter()
        .take(DirtyFiles::NAMED_MAX)
        .map(|entry| name(entry))
        .collect();
    DirtyFiles {
        first,
        count: entries.len(),
    }
}

/// Levenshtein's distance: characters to insert, remove or replace.
fn distance(one: &str, other: &str) -> usize {
    let other: Vec<char> = other.chars().collect();
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for (index, character) in one.chars().enumerate() {
        let mut diagonal = std::mem::replace(&mut row[0], index + 1);
        for column in 0..other.len() {
            let replaced = diagonal + usize::from(character != other[column]);
            diagonal = row[column + 1];
            row[column + 1] = replaced.min(diagonal + 1).min(row[column] + 1);
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn distance_counts_edits() {
        for (one, other, edits) in [
            ("", "", 0),
            ("v1", "", 2),
            ("kitten", "sitting", 3),
            ("v0.1.0", "v0.1.1", 1),
        ] {
            assert_eq!(distance(one, other), edits, "{one} {other}");
            assert_eq!(distance(other, one), edits, "{other} {one}");
        }
    }

    #[test]
    fn many_dirty_files_are_counted_and_the_first_named() {
        let output: Vec<u8> = (0..25)
            .flat_map(|n| format!("?? file {n}\0").into_bytes())
            .collect();
        let dirty = listed(&output);
        assert_eq!((dirty.first.len(), dirty.count), (20, 25));
        assert!(dirty.to_string().ends_with("file 19 and 5 more"), "{dirty}");
        assert!(listed(b"").is_empty());
    }
}
