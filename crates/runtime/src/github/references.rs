//! What the files of a pull request refer to, and which version is the latest: asked for only where some rule wants it.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use github_client::{ChangedFiles, FileStatus, GitHub, GitHubError, Repository};
use governance_rules::{FileReference, MANIFEST, References, WantedReferences};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard, PoisonError};

/// Files of a change that are read for one rule: what people change by hand. How many there are besides is told.
const FILES_MAX: usize = 50;
/// Files that are read at a time.
const AT_ONCE_MAX: usize = 4;
/// Changes of which it is kept what their files refer to: each has some kilobytes at most. Forgetting them costs requests and nothing else.
const KEPT_MAX: usize = 500;

/// What was asked of one pull request: its head, and its files.
pub(super) struct Head<'p> {
    pub(super) repository: &'p Repository,
    pub(super) commit: &'p str,
    pub(super) files: &'p ChangedFiles,
    pub(super) kept: &'p ReadBefore,
}

/// What files at commits refer to, as it was read before: that never changes, and every look would spend a request of ours for each of them.
#[derive(Default)]
pub(super) struct ReadBefore(Mutex<BTreeMap<Reading, Read>>);

/// The repository, the commit, the format, and the files.
type Reading = (String, String, String, Vec<String>);

#[derive(Debug, Clone, Default)]
struct Read {
    found: Vec<FileReference>,
    unread: Vec<String>,
    /// Something may be there another time.
    may_change: bool,
}

impl ReadBefore {
    fn get(&self, reading: &Reading) -> Option<Read> {
        self.read().get(reading).cloned()
    }

    fn keep(&self, reading: Reading, read: &Read) {
        let mut kept = self.read();
        if kept.len() >= KEPT_MAX {
            kept.clear();
        }
        kept.insert(reading, read.clone());
    }

    fn read(&self) -> MutexGuard<'_, BTreeMap<Reading, Read>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What its files refer to, for each that is wanted of what the change touches.
///
/// # Errors
/// GitHub's, as far as asking again helps.
pub(super) async fn references(
    github: &GitHub,
    head: &Head<'_>,
    wanted: &[WantedReferences],
) -> Result<Vec<References>, GitHubError> {
    let touched = wanted.iter().filter(|wanted| is_touched(head.files, wanted));
    futures::future::try_join_all(touched.map(|wanted| one(github, head, wanted))).await
}

async fn one(github: &GitHub, head: &Head<'_>, wanted: &WantedReferences) -> Result<References, GitHubError> {
    let mut paths = paths(head.files, wanted);
    let beyond = paths.split_off(paths.len().min(FILES_MAX)).len();
    let (latest, read) = tokio::try_join!(
        latest(github, head.repository.owner(), wanted),
        read(head, wanted, paths)
    )?;
    Ok(References {
        repository: wanted.repository.clone(),
        format: wanted.format.to_string(),
        is_unseen: latest.is_none(),
        latest: latest.flatten(),
        found: read.found,
        unread: read.unread,
        beyond,
    })
}

/// What these files and the manifest refer to.
async fn read(head: &Head<'_>, wanted: &WantedReferences, paths: Vec<String>) -> Result<Read, GitHubError> {
    let reading = (
        head.repository.full_name().to_ascii_lowercase(),
        head.commit.to_owned(),
        wanted.format.to_string(),
        paths.clone(),
    );
    if let Some(read) = head.kept.get(&reading) {
        return Ok(read);
    }
    let is_changed = paths.iter().any(|path| path == MANIFEST);
    let manifest = (!is_changed).then(|| MANIFEST.to_owned());
    let texts = paths.into_iter().chain(manifest).map(|path: String| async move {
        let text = text(head, &path).await?;
        Ok::<_, GitHubError>((path, text))
    });
    let mut texts = stream::iter(texts).buffered(AT_ONCE_MAX);
    let mut read = Read::default();
    while let Some((path, text)) = texts.try_next().await? {
        match text {
            Text::Whole(text) => {
                let versions = wanted.format.found_in(&text);
                read.found.extend(in_file(&path, versions));
            }
            // A repository may have no manifest; a file of the change is there.
            Text::NotThere if path == MANIFEST && !is_changed => {}
            Text::NotThere => {
                read.may_change = true;
                read.unread.push(path);
            }
            Text::None => read.unread.push(path),
        }
    }
    if !read.may_change {
        head.kept.keep(reading, &read);
    }
    Ok(read)
}

fn in_file(path: &str, versions: BTreeSet<String>) -> impl Iterator<Item = FileReference> {
    versions.into_iter().map(move |version| FileReference {
        path: path.to_owned(),
        version,
    })
}

/// Whether the change falls under the rule; one of more files than are listed is judged without its files.
fn is_touched(files: &ChangedFiles, wanted: &WantedReferences) -> bool {
    match files {
        ChangedFiles::All(files) => files.iter().any(|file| {
            let before = file.previous_path.as_deref();
            wanted.takes(&file.path) || before.is_some_and(|path| wanted.takes(path))
        }),
        ChangedFiles::TooMany => false,
    }
}

/// Its files that are there and that the rule is about.
fn paths(files: &ChangedFiles, wanted: &WantedReferences) -> Vec<String> {
    let files = match files {
        ChangedFiles::All(files) => files.as_slice(),
        ChangedFiles::TooMany => &[],
    };
    let stays = files.iter().filter(|file| file.status != FileStatus::Removed);
    stays
        .map(|file| file.path.clone())
        .filter(|path| wanted.takes(path))
        .collect()
}

/// The latest version of the other repository, if it has one; none if nobody can see that.
async fn latest(
    github: &GitHub,
    owner: &str,
    wanted: &WantedReferences,
) -> Result<Option<Option<String>>, GitHubError> {
    let other = github.repository(owner, wanted.repository.as_str())?;
    let begin = format!("tags/{}", wanted.format.tags_begin());
    match other.matching_references(&begin).await {
        Ok(tags) => {
            let names = tags.iter().filter_map(|tag| tag.name.strip_prefix("refs/tags/"));
            Ok(Some(wanted.format.latest(names)))
        }
        Err(error) if error.is_retryable() => Err(error),
        Err(error) => {
            tracing::warn!(repository = other.full_name(), error = %error, "the versions of a repository could not be seen");
            Ok(None)
        }
    }
}

/// The text of a file.
enum Text {
    Whole(String),
    /// It is not there, or not ours to see.
    NotThere,
    /// It is too large, or none.
    None,
}

/// The text of a file at the head.
async fn text(head: &Head<'_>, path: &str) -> Result<Text, GitHubError> {
    match head.repository.file(path, head.commit).await {
        Ok(Some(file)) => Ok(Text::Whole(String::from_utf8_lossy(&file.bytes).into_owned())),
        Ok(None) => Ok(Text::NotThere),
        Err(error) if error.is_retryable() => Err(error),
        Err(error) if error.status() == Some(403) => Ok(Text::NotThere),
        Err(_) => Ok(Text::None),
    }
}
