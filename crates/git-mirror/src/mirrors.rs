//! The mirrors, and what is asked of them.

use crate::compared::{Compared, Deviation, Landing, PATHS_NAMED_MAX, Way, What};
use crate::git::{Answer, Git};
use crate::way::{COMMITS_MAX, Commit, FORMAT, way_of};
use crate::{Error, Limits, Remote};
use domain_types::{CommitSha, TreeSha};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OnceCell, Semaphore};

/// Comparisons at a time, over all repositories: each is a git at work.
const AT_ONCE_MAX: usize = 2;

/// The first git that merges without a work tree.
const VERSION_MIN: (u64, u64) = (2, 38);

/// Characters of a path that are named.
const PATH_CHARS_MAX: usize = 200;

/// A bare repository whose files are fetched when they are needed. Its address is no part of it: repositories move.
const CONFIG: &str = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tpartialClone = origin\n\
                      [remote \"origin\"]\n\tpromisor = true\n\tpartialclonefilter = blob:none\n";

/// Mirrors of repositories in one folder of this machine. All of it can be thrown away, and is made again.
pub struct Mirrors {
    folder: PathBuf,
    git: Git,
    version: OnceCell<String>,
    room: Semaphore,
    locks: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
    at_work: AtomicUsize,
}

/// A comparison that is under way, until it is over or nobody wants it any more.
struct Counted<'a>(&'a AtomicUsize);

impl<'a> Counted<'a> {
    fn on(all: &'a AtomicUsize) -> Self {
        all.fetch_add(1, Ordering::Relaxed);
        Self(all)
    }
}

impl Drop for Counted<'_> {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

/// A mirror that is being used.
struct Used<'m> {
    git: &'m Git,
    folder: PathBuf,
    remote: &'m Remote,
}

impl Mirrors {
    /// Mirrors below a folder, kept by the git on this `PATH`.
    pub fn new(folder: PathBuf, path: String, limits: Limits) -> Self {
        Self {
            folder,
            git: Git { path, limits },
            version: OnceCell::new(),
            room: Semaphore::new(AT_ONCE_MAX),
            locks: Mutex::default(),
            at_work: AtomicUsize::new(0),
        }
    }

    /// The git that is used, as it calls itself, asked once.
    ///
    /// # Errors
    /// If there is none, or one that cannot do what is asked here.
    pub async fn version(&self) -> Result<&str, Error> {
        let asked = self.version.get_or_try_init(|| async {
            let answer = self.git.run(Path::new("/"), None, &["version"]).await?;
            let version = answer.line();
            match number_of(&version) {
                None => Err(answer.not_understood()),
                Some(number) if number < VERSION_MIN => Err(Error::GitTooOld { version }),
                Some(_) => Ok(version),
            }
        });
        asked.await.map(String::as_str)
    }

    /// Whether what landed is what merging the head gives. Dropped, it ends every process of it.
    ///
    /// # Errors
    /// [`Error`]: then nobody can tell.
    pub async fn compare(&self, remote: &Remote, landing: &Landing) -> Result<Compared, Error> {
        let _counted = Counted::on(&self.at_work);
        let lock = self.lock(&remote.name);
        let _alone = lock.lock().await;
        // Nobody closes it.
        let _place = self.room.acquire().await.ok();
        let seconds = self.git.limits.seconds_max;
        let compared = tokio::time::timeout(Duration::from_secs(seconds), self.compared(remote, landing));
        compared.await.unwrap_or(Err(Error::TooSlow { seconds }))
    }

    /// How many comparisons are under way, those included that wait for their turn.
    pub fn at_work(&self) -> usize {
        self.at_work.load(Ordering::Relaxed)
    }

    async fn compared(&self, remote: &Remote, landing: &Landing) -> Result<Compared, Error> {
        self.version().await?;
        let used = Used {
            git: &self.git,
            folder: self.folder.join(format!("{}.git", remote.name)),
            remote,
        };
        used.make_ready().await?;
        used.fetch(landing).await?;
        used.compare(landing).await
    }

    fn lock(&self, name: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locks.entry(name.to_owned()).or_default())
    }
}

impl Used<'_> {
    async fn git(&self, words: &[&str]) -> Result<Answer, Error> {
        self.git.run(&self.folder, Some(self.remote), words).await
    }

    /// Makes the mirror, if it is not there, or has become too large.
    async fn make_ready(&self) -> Result<(), Error> {
        let (folder, limits) = (self.folder.clone(), self.git.limits.clone());
        let made = tokio::task::spawn_blocking(move || {
            let (packs, bytes) = size(&folder.join("objects/pack"));
            if packs > limits.mirror_packs_max || bytes > limits.mirror_bytes_max {
                fs::remove_dir_all(&folder).map_err(Error::io("remove", &folder))?;
            }
            for below in ["objects/pack", "refs"] {
                let path = folder.join(below);
                fs::create_dir_all(&path).map_err(Error::io("create", &path))?;
            }
            for (name, text) in [("HEAD", "ref: refs/heads/none\n"), ("config", CONFIG)] {
                let path = folder.join(name);
                fs::write(&path, text).map_err(Error::io("write", &path))?;
            }
            Ok(())
        });
        let failed = Error::io("make", &self.folder);
        made.await.map_err(|error| failed(error.into()))?
    }

    /// Fetches both commits with everything behind them that is not there yet, trees included. What the last ones were is remembered as
    /// references, so that the next fetch can say what it has.
    async fn fetch(&self, landing: &Landing) -> Result<(), Error> {
        let landed = format!("+{}:refs/kept/landed", landing.commit);
        let head = format!("+{}:refs/kept/head", landing.head);
        let words = [
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            "--filter=blob:none",
            "origin",
            &landed,
            &head,
        ];
        self.git(&words).await.map(|_| ())
    }

    async fn compare(&self, landing: &Landing) -> Result<Compared, Error> {
        if landing.commit == landing.head {
            return Ok(Compared::Same(Way::FastForwarded));
        }
        let landed = self
            .commits(&["--first-parent", landing.commit.as_str(), "--"])
            .await?;
        let parents = landed.first().map_or(&[][..], |commit| commit.parents.as_slice());
        let (way, before) = match parents {
            [first, second] if *second == landing.head => (Way::Merged, first.clone()),
            [_, other] => return Ok(told(What::OtherHead(other.clone()))),
            [only] => {
                let authors = self.authors(landing).await?;
                way_of(&landed, &authors).unwrap_or((Way::Squashed, only.clone()))
            }
            [] | [_, _, ..] => return Ok(told(What::Parents(parents.len()))),
        };
        self.compare_trees(landing, (way, before)).await
    }

    /// Those who wrote what the head has and the branch has not, and when.
    async fn authors(&self, landing: &Landing) -> Result<BTreeSet<String>, Error> {
        let without = format!("^{}", landing.commit);
        let commits = self
            .commits(&["--no-merges", landing.head.as_str(), &without, "--"])
            .await?;
        Ok(commits.into_iter().map(|commit| commit.author).collect())
    }

    async fn commits(&self, which: &[&str]) -> Result<Vec<Commit>, Error> {
        let count = format!("--max-count={COMMITS_MAX}");
        let words: Vec<&str> = ["log", FORMAT, &count]
            .into_iter()
            .chain(which.to_vec())
            .collect();
        let answer = self.git(&words).await?;
        let commits = answer.lines().iter().map(|line| Commit::parse(line)).collect();
        let commits: Option<Vec<Commit>> = commits;
        commits.ok_or_else(|| answer.not_understood())
    }

    async fn compare_trees(
        &self,
        landing: &Landing,
        (way, before): (Way, CommitSha),
    ) -> Result<Compared, Error> {
        let tree = format!("{}^{{tree}}", landing.commit);
        let landed: TreeSha = self.git(&["rev-parse", "--verify", &tree]).await?.parsed()?;
        let (expected, is_conflict) = self.merge((&before, &landing.head)).await?;
        if expected == landed && !is_conflict {
            let without = format!("^{before}");
            let brought = self.commits(&[landing.head.as_str(), &without, "--"]).await?;
            return Ok(match brought.is_empty() {
                true => told(What::ThereBefore(before)),
                false => Compared::Same(way),
            });
        }
        let words = [
            "diff-tree",
            "-r",
            "-z",
            "--name-only",
            "--no-renames",
            expected.as_str(),
            landed.as_str(),
            "--",
        ];
        // They differ. In what, is good to know, and whoever made it may have made it too large to be told.
        let (paths, more_paths) = match self.git(&words).await {
            Ok(differ) => named(&differ.output),
            Err(_) => (Vec::new(), 0),
        };
        let what = What::OtherTree {
            way,
            before,
            is_conflict,
        };
        Ok(Compared::Different(Deviation {
            what,
            paths,
            more_paths,
        }))
    }

    /// The tree that merging a head gives, and whether it has conflicts.
    async fn merge(&self, (before, head): (&CommitSha, &CommitSha)) -> Result<(TreeSha, bool), Error> {
        let words = [
            "merge-tree",
            "--write-tree",
            "--no-messages",
            before.as_str(),
            head.as_str(),
        ];
        let answer = self.git.ask(&self.folder, Some(self.remote), &words).await?;
        match answer.status.code() {
            Some(0) => Ok((answer.parsed()?, false)),
            Some(1) => Ok((answer.parsed()?, true)),
            Some(_) | None => Err(answer.into_error()),
        }
    }
}

fn told(what: What) -> Compared {
    Compared::Different(Deviation {
        what,
        paths: Vec::new(),
        more_paths: 0,
    })
}

/// How many packs a folder has, and the bytes of its files.
fn size(folder: &Path) -> (usize, u64) {
    let Ok(entries) = fs::read_dir(folder) else {
        return (0, 0);
    };
    let (mut packs, mut bytes) = (0, 0);
    for entry in entries.flatten() {
        packs += usize::from(entry.path().extension().is_some_and(|kind| kind == "pack"));
        bytes += entry.metadata().map_or(0, |data| data.len());
    }
    (packs, bytes)
}

/// The first paths of a list that ends each with a zero, and how many more there are. They are foreign words.
fn named(list: &[u8]) -> (Vec<String>, usize) {
    let all = list.split(|byte| *byte == 0).filter(|path| !path.is_empty());
    let shown = |path: &[u8]| -> String {
        let text = String::from_utf8_lossy(path);
        let plain = text.chars().map(|letter| match letter.is_control() {
            true => '\u{fffd}',
            false => letter,
        });
        plain.take(PATH_CHARS_MAX).collect()
    };
    let count = all.clone().count();
    let paths: Vec<String> = all.take(PATHS_NAMED_MAX).map(shown).collect();
    let more = count - paths.len();
    (paths, more)
}

/// The first two numbers of `git version 2.39.5`.
fn number_of(version: &str) -> Option<(u64, u64)> {
    let mut numbers = version.strip_prefix("git version ")?.split('.');
    Some((numbers.next()?.parse().ok()?, numbers.next()?.parse().ok()?))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_bounded_and_have_no_control_characters() {
        let many: Vec<u8> = (0..12)
            .flat_map(|index| format!("f{index}\0").into_bytes())
            .collect();
        let (paths, more) = named(&many);
        assert_eq!((paths.len(), more), (PATHS_NAMED_MAX, 2));
        assert_eq!(
            named(b"a\n\x1b[2Kb\0"),
            (vec!["a\u{fffd}\u{fffd}[2Kb".to_owned()], 0)
        );
        assert_eq!(named(b""), (Vec::new(), 0));
    }

    #[test]
    fn versions_are_read() {
        let rows = [
            ("git version 2.39.5", Some((2, 39))),
            ("git version 2.47.3.windows.1", Some((2, 47))),
            ("hub version 1", None),
        ];
        for (version, expected) in rows {
            assert_eq!(number_of(version), expected, "{version}");
        }
    }
}
