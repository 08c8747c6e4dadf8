//! One mirror while it is used: made, filled, and asked.

use crate::compared::{Compared, Deviation, Landing, PATHS_NAMED_MAX, Way, What};
use crate::git::{Answer, Git, Place};
use crate::way::{COMMITS_MAX, Commit, FORMAT, way_of};
use crate::{Error, Remote};
use domain_types::{CommitSha, TreeSha};
use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};

/// Characters of a path that are named.
const PATH_CHARS_MAX: usize = 200;

/// The folder of what one comparison makes: trees of merges, and files that both sides changed.
const ASIDE: &str = "aside";

/// A bare repository whose files are fetched when they are needed. Its address is no part of it: repositories move.
const CONFIG: &str = "[core]\n\trepositoryformatversion = 1\n\tbare = true\n[extensions]\n\tpartialClone = origin\n\
                      [remote \"origin\"]\n\tpromisor = true\n\tpartialclonefilter = blob:none\n";

/// A mirror that is being used, by one at a time.
pub(crate) struct Mirror<'m> {
    pub(crate) git: &'m Git,
    pub(crate) folder: PathBuf,
    pub(crate) remote: &'m Remote,
}

impl Mirror<'_> {
    /// Runs a command whose failure is an error. What it makes is no part of the mirror.
    async fn git(&self, words: &[&str]) -> Result<Answer, Error> {
        self.git.run(self.place(Some(ASIDE)), words).await
    }

    fn place<'p>(&'p self, aside: Option<&'p str>) -> Place<'p> {
        Place {
            folder: &self.folder,
            remote: Some(self.remote),
            aside,
        }
    }

    /// Makes the mirror, if it is not there, or has become too large, and removes what a comparison left that was ended in the middle.
    pub(crate) async fn make_ready(&self) -> Result<(), Error> {
        let (folder, limits) = (self.folder.clone(), self.git.limits.clone());
        self.on_disk(move || {
            let (packs, bytes) = size(&folder.join("objects/pack"));
            if packs > limits.mirror_packs_max || bytes > limits.mirror_bytes_max {
                remove(&folder)?;
            }
            remove(&folder.join(ASIDE))?;
            // Whoever was killed left them, and nobody else is here.
            for place in [folder.clone(), folder.join("refs/kept")] {
                remove_locks(&place)?;
            }
            for below in ["objects/pack", "refs", ASIDE] {
                let path = folder.join(below);
                fs::create_dir_all(&path).map_err(Error::io("create", &path))?;
            }
            for (name, text) in [("HEAD", "ref: refs/heads/none\n"), ("config", CONFIG)] {
                let path = folder.join(name);
                fs::write(&path, text).map_err(Error::io("write", &path))?;
            }
            Ok(())
        })
        .await
    }

    /// Removes what a comparison made.
    pub(crate) async fn clear(&self) -> Result<(), Error> {
        let aside = self.folder.join(ASIDE);
        self.on_disk(move || remove(&aside)).await
    }

    async fn on_disk(&self, what: impl FnOnce() -> Result<(), Error> + Send + 'static) -> Result<(), Error> {
        let failed = Error::io("use", &self.folder);
        let done = tokio::task::spawn_blocking(what).await;
        done.map_err(|error| failed(error.into()))?
    }

    /// Fetches the commits with everything behind them that is not there yet, trees included. What the last ones were is remembered as
    /// references, so that the next fetch can say what it has.
    pub(crate) async fn fetch(&self, landing: &Landing) -> Result<(), Error> {
        let words = [
            "fetch",
            "--quiet",
            "--no-tags",
            "--no-write-fetch-head",
            "--no-recurse-submodules",
            "--filter=blob:none",
            "origin",
        ];
        let formers = landing.formers.iter().enumerate();
        let formers = formers.map(|(index, former)| format!("+{former}:refs/kept/former-{index}"));
        let wanted: Vec<String> = [
            format!("+{}:refs/kept/landed", landing.commit),
            format!("+{}:refs/kept/head", landing.head),
        ]
        .into_iter()
        .chain(formers)
        .collect();
        let words: Vec<&str> = words
            .into_iter()
            .chain(wanted.iter().map(String::as_str))
            .collect();
        self.git.run(self.place(None), &words).await.map(|_| ())
    }

    /// What a landing comes to, whose commits are here.
    pub(crate) async fn compare(&self, landing: &Landing) -> Result<Compared, Error> {
        let compared = self.compare_files(landing).await?;
        match compared {
            Compared::Different(_) => Ok(compared),
            Compared::Same(_) => Ok(self.gone(landing).await?.map_or(compared, told)),
        }
    }

    /// What the branch had before and has not any more.
    async fn gone(&self, landing: &Landing) -> Result<Option<What>, Error> {
        if landing.formers.is_empty() {
            return Ok(None);
        }
        let (count, without) = (
            format!("--max-count={COMMITS_MAX}"),
            format!("^{}", landing.commit),
        );
        let formers = landing.formers.iter().map(CommitSha::as_str);
        let words: Vec<&str> = ["rev-list", &count]
            .into_iter()
            .chain(formers)
            .chain([without.as_str(), "--"])
            .collect();
        let answer = self.git(&words).await?;
        match answer.lines().len() {
            0 => Ok(None),
            commits => Ok(Some(What::Gone {
                commits,
                newest: answer.parsed()?,
            })),
        }
    }

    async fn compare_files(&self, landing: &Landing) -> Result<Compared, Error> {
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
        let answer = self.git.ask(self.place(Some(ASIDE)), &words).await?;
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

/// Removes a folder with all that is in it, if it is there.
fn remove(folder: &Path) -> Result<(), Error> {
    match fs::remove_dir_all(folder) {
        Err(error) if error.kind() != ErrorKind::NotFound => Err(Error::io("remove", folder)(error)),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Removes the files by which git keeps others away from what lies in a folder.
fn remove_locks(folder: &Path) -> Result<(), Error> {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let locks = entries.map(|entry| entry.path());
    for path in locks.filter(|path| path.extension().is_some_and(|kind| kind == "lock")) {
        fs::remove_file(&path).map_err(Error::io("remove", &path))?;
    }
    Ok(())
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
}
