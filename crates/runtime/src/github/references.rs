//! What the files of a pull request refer to, and which version is the latest: asked for only where some rule wants it.

use futures::{StreamExt as _, TryStreamExt as _, stream};
use github_client::{ChangedFiles, FileStatus, GitHub, GitHubError, Repository};
use governance_rules::{FileReference, MANIFEST, References, WantedReferences};
use std::collections::BTreeSet;

/// Files of a change that are read for one rule: what people change by hand. The rest is told to be unread.
const FILES_MAX: usize = 50;
/// Files that are read at a time.
const AT_ONCE_MAX: usize = 4;

/// What was asked of one pull request: its head, and its files.
pub(super) struct Head<'p> {
    pub(super) repository: &'p Repository,
    pub(super) commit: &'p str,
    pub(super) files: &'p ChangedFiles,
}

/// What its files refer to, for each that is wanted.
///
/// # Errors
/// GitHub's, as far as asking again helps.
pub(super) async fn references(
    github: &GitHub,
    head: &Head<'_>,
    wanted: &[WantedReferences],
) -> Result<Vec<References>, GitHubError> {
    let all = wanted.iter().map(|wanted| one(github, head, wanted));
    futures::future::try_join_all(all).await
}

async fn one(github: &GitHub, head: &Head<'_>, wanted: &WantedReferences) -> Result<References, GitHubError> {
    let mut paths = paths(head.files, wanted);
    let mut references = References {
        repository: wanted.repository.clone(),
        format: wanted.format.to_string(),
        latest: None,
        found: Vec::new(),
        unread: Vec::new(),
    };
    if !is_touched(head.files, wanted) {
        return Ok(references);
    }
    references.latest = latest(github, head.repository.owner(), wanted).await?;
    let beyond = paths.split_off(paths.len().min(FILES_MAX));
    if paths.iter().all(|path| path != MANIFEST) {
        paths.push(MANIFEST.to_owned());
    }
    let texts = paths.into_iter().map(|path: String| async move {
        let text = text(head, &path).await?;
        Ok::<_, GitHubError>((path, text))
    });
    let mut texts = stream::iter(texts).buffered(AT_ONCE_MAX);
    while let Some((path, text)) = texts.try_next().await? {
        match text.and_then(|text| wanted.format.found_in(&text)) {
            Some(versions) => references.found.extend(in_file(&path, versions)),
            None => references.unread.push(path),
        }
    }
    references.unread.extend(beyond);
    Ok(references)
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

/// The latest version of the other repository; none if it has none, or is not ours to see.
async fn latest(
    github: &GitHub,
    owner: &str,
    wanted: &WantedReferences,
) -> Result<Option<String>, GitHubError> {
    let other = github.repository(owner, wanted.repository.as_str())?;
    let begin = format!("tags/{}", wanted.format.tags_begin());
    match other.matching_references(&begin).await {
        Ok(tags) => {
            let names = tags.iter().filter_map(|tag| tag.name.strip_prefix("refs/tags/"));
            Ok(wanted.format.latest(names))
        }
        Err(error) if error.is_retryable() => Err(error),
        Err(error) => {
            tracing::warn!(repository = other.full_name(), error = %error, "the versions of a repository could not be seen");
            Ok(None)
        }
    }
}

/// The text of a file at the head; an empty one if it is not there; none if it could not be read whole.
async fn text(head: &Head<'_>, path: &str) -> Result<Option<String>, GitHubError> {
    match head.repository.file(path, head.commit).await {
        Ok(Some(file)) => Ok(Some(String::from_utf8_lossy(&file.bytes).into_owned())),
        Ok(None) => Ok(Some(String::new())),
        Err(error) if error.is_retryable() => Err(error),
        Err(_) => Ok(None),
    }
}
