//! The mirrors, and who may use one when.

use crate::compared::{Compared, Landing};
use crate::git::{Git, Place};
use crate::mirror::Mirror;
use crate::{Error, Limits, Remote};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::sync::{OnceCell, Semaphore};

/// Comparisons at a time, over all repositories: each is a git at work.
const AT_ONCE_MAX: usize = 2;

/// The first git that merges without a work tree.
const VERSION_MIN: (u64, u64) = (2, 38);

/// Mirrors of repositories in one folder of this machine. All of it can be thrown away, and is made again.
pub struct Mirrors {
    folder: PathBuf,
    git: Git,
    version: OnceCell<String>,
    room: Semaphore,
    locks: Mutex<BTreeMap<String, Arc<tokio::sync::Mutex<()>>>>,
    at_work: AtomicUsize,
}

/// A comparison with git at work, until it is over or nobody wants it any more.
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
            let nowhere = Place {
                folder: Path::new("/"),
                remote: None,
                aside: None,
            };
            let answer = self.git.run(nowhere, &["version"]).await?;
            let version = answer.line();
            match number_of(&version) {
                None => Err(answer.not_understood()),
                Some(number) if number < VERSION_MIN => Err(Error::GitTooOld { version }),
                Some(_) => Ok(version),
            }
        });
        asked.await.map(String::as_str)
    }

    /// Whether what landed is what merging the head gives, in the mirror of this name: letters, digits and hyphens, for the same repository
    /// the same for ever. Dropped, it ends every process of it.
    ///
    /// `remote` is awaited when it is this comparison's turn, and not before: a token that it makes does not lie about while others are at
    /// work. It may take as long as the comparison then may.
    ///
    /// # Errors
    /// The caller's own of `remote`, and [`Error`]: then nobody can tell.
    pub async fn compare<E: From<Error>>(
        &self,
        name: &str,
        landing: &Landing,
        remote: impl Future<Output = Result<Remote, E>>,
    ) -> Result<Compared, E> {
        let lock = self.lock(name);
        let _alone = lock.lock().await;
        // Nobody closes it.
        let _place = self.room.acquire().await.ok();
        // Without git nobody has to be let in.
        self.in_time(self.version_at_work()).await??;
        let remote = self.in_time(remote).await??;
        let _counted = Counted::on(&self.at_work);
        let mirror = Mirror {
            git: &self.git,
            folder: self.folder.join(format!("{name}.git")),
            remote: &remote,
        };
        let compared = self.in_time(self.compared(&mirror, landing)).await;
        // What is left of it is removed by whoever comes next.
        let _ = mirror.clear().await;
        Ok(compared??)
    }

    /// How many comparisons have git at work.
    pub fn at_work(&self) -> usize {
        self.at_work.load(Ordering::Relaxed)
    }

    async fn version_at_work(&self) -> Result<(), Error> {
        let _counted = Counted::on(&self.at_work);
        self.version().await.map(|_| ())
    }

    async fn compared(&self, mirror: &Mirror<'_>, landing: &Landing) -> Result<Compared, Error> {
        mirror.make_ready().await?;
        mirror.fetch(landing).await?;
        mirror.compare(landing).await
    }

    async fn in_time<T>(&self, what: impl Future<Output = T>) -> Result<T, Error> {
        let seconds = self.git.limits.seconds_max;
        let done = tokio::time::timeout(Duration::from_secs(seconds), what).await;
        done.map_err(|_| Error::TooSlow { seconds })
    }

    fn lock(&self, name: &str) -> Arc<tokio::sync::Mutex<()>> {
        let mut locks = self.locks.lock().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(locks.entry(name.to_owned()).or_default())
    }
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
