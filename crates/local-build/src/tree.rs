//! One source tree: its checkout, its mark, and whether it is still as it was laid out.

use crate::{Error, Git, Source, durable};
use domain_types::{CommitSha, RepoName, TagName};
use std::fs;
use std::path::{Path, PathBuf};

/// Counted up when trees are laid out differently: older ones are then made anew.
const LAYOUT_VERSION: u32 = 1;
/// The folder of marks within the source root.
const MARKS: &str = ".marks";
/// Digits of an abbreviated commit: fixed, as git's default grows with the number of objects in the user's repository.
const ABBREVIATED_DIGITS: u32 = 12;
/// Hexadecimal digits of a SHA-1 object name; longer ones are SHA-256.
const SHA1_DIGITS: usize = 40;

/// How `git grep` ends when it found nothing; any other end without a match is a failure.
const GREP_FOUND_NONE: i32 = 1;

/// Says that a tree is whole, and what it was laid out from.
#[derive(Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub(crate) struct Mark {
    layout: u32,
    commit: CommitSha,
    tag: TagName,
    repository: PathBuf,
}

impl Mark {
    pub(crate) fn of(source: &Source) -> Self {
        let repository = source.repository.clone();
        Self {
            layout: LAYOUT_VERSION,
            commit: source.commit.clone(),
            tag: source.tag.clone(),
            repository,
        }
    }

    /// Whether the tree in this folder bears just this mark.
    pub(crate) fn is_at(&self, root: &Path, folder: &RepoName) -> Result<bool, Error> {
        let text = durable::read_if_there(&Self::path(root, folder))?;
        let found: Option<Self> = text.and_then(|text| serde_json::from_str(&text).ok());
        Ok(found.as_ref() == Some(self))
    }

    pub(crate) fn write(&self, root: &Path, folder: &RepoName) -> Result<(), Error> {
        let path = Self::path(root, folder);
        durable::create_folder(&root.join(MARKS))?;
        let text = serde_json::to_vec(self).map_err(|error| Error::io("write", &path)(error.into()))?;
        durable::write_whole(&path, &text)
    }

    pub(crate) fn remove(root: &Path, folder: &RepoName) -> Result<(), Error> {
        durable::remove_file(&Self::path(root, folder))
    }

    fn path(root: &Path, folder: &RepoName) -> PathBuf {
        // The suffix is appended, not set: a folder may have a dot in its name.
        root.join(MARKS).join(format!("{folder}.json"))
    }
}

/// Whether the tree is at the commit and git sees nothing changed or new in it. Ignored files do not count.
pub(crate) async fn is_clean(git: &Git, tree: &Path, commit: &CommitSha) -> Result<bool, Error> {
    if !is_at(git, tree, commit).await? {
        return Ok(false);
    }
    let status = git
        .ask(tree, &["status", "--porcelain", "-z", "--untracked-files=normal"])
        .await?;
    Ok(status.status.success() && status.output.is_empty())
}

/// Whether the tree is at the commit, whatever was changed and made in it since.
pub(crate) async fn is_at(git: &Git, tree: &Path, commit: &CommitSha) -> Result<bool, Error> {
    if !fs::symlink_metadata(tree).is_ok_and(|metadata| metadata.is_dir()) {
        return Ok(false);
    }
    let head = git
        .ask(tree, &["rev-parse", "--verify", "--quiet", "HEAD^{commit}"])
        .await?;
    Ok(head.status.success() && head.line() == commit.as_str())
}

/// Checks the commit out into a new folder, which borrows the objects of the user's repository.
pub(crate) async fn check_out(git: &Git, source: &Source, tree: &Path) -> Result<(), Error> {
    git.require_commit(&source.repository, &source.commit).await?;
    refuse_what_is_not_laid_out(git, source).await?;
    let objects = git.object_folder(&source.repository).await?;
    durable::create_folder(tree)?;
    let format = if source.commit.as_str().len() == SHA1_DIGITS {
        "sha1"
    } else {
        "sha256"
    };
    let format = format!("--object-format={format}");
    git.run(
        tree,
        &["init", "--quiet", "--template=", "--initial-branch=none", &format],
    )
    .await?;
    borrow_objects(tree, &objects)?;
    configure(tree)?;
    let tag = format!("refs/tags/{}", source.tag);
    git.run(tree, &["update-ref", "--no-deref", &tag, source.commit.as_str()])
        .await?;
    git.run(
        tree,
        &[
            "checkout",
            "--quiet",
            "--force",
            "--detach",
            source.commit.as_str(),
        ],
    )
    .await?;
    Ok(())
}

async fn refuse_what_is_not_laid_out(git: &Git, source: &Source) -> Result<(), Error> {
    let commit = source.commit.as_str();
    let (folder, repository) = (source.folder.clone(), &source.repository);
    let modules = git
        .run(
            repository,
            &["ls-tree", "--name-only", "--full-tree", commit, ".gitmodules"],
        )
        .await?;
    if !modules.output.is_empty() {
        return Err(Error::Submodules {
            folder,
            commit: source.commit.clone(),
        });
    }
    let pattern = "^[^#].*[[:space:]]filter=";
    let arguments = [
        "grep",
        "--no-color",
        "-l",
        "-e",
        pattern,
        commit,
        "--",
        ":(top,glob)**/.gitattributes",
    ];
    let filters = git.ask(repository, &arguments).await?;
    match (filters.lines().into_iter().next(), filters.status.code()) {
        (Some(attributes), _) => Err(Error::GitFilter {
            folder,
            commit: source.commit.clone(),
            attributes,
        }),
        (None, Some(GREP_FOUND_NONE)) => Ok(()),
        (None, _) => Err(filters.into_error()),
    }
}

fn borrow_objects(tree: &Path, objects: &Path) -> Result<(), Error> {
    let rule = "the path of a repository is UTF-8 without control characters";
    let text = objects
        .to_str()
        .filter(|text| !text.chars().any(char::is_control));
    let text = text.ok_or_else(|| Error::BadPath {
        path: objects.to_owned(),
        rule,
    })?;
    let own = tree.join(".git/objects/info");
    durable::create_folder(&own)?;
    let alternates = own.join("alternates");
    fs::write(&alternates, format!("{text}\n")).map_err(Error::io("write", &alternates))?;
    copy_shallow(tree, objects)
}

/// A shallow clone lacks the parents of some commits and lists them; the tree lacks the same ones.
fn copy_shallow(tree: &Path, objects: &Path) -> Result<(), Error> {
    let Some(shallow) = objects.parent().map(|folder| folder.join("shallow")) else {
        return Ok(());
    };
    match durable::read_if_there(&shallow)? {
        Some(text) => {
            let copy = tree.join(".git/shallow");
            fs::write(&copy, text).map_err(Error::io("write", &copy))
        }
        None => Ok(()),
    }
}

/// Fixed settings for git commands of the build, and cargo's products ignored also where a repository forgot to.
fn configure(tree: &Path) -> Result<(), Error> {
    let path = tree.join(".git/config");
    let settings = format!(
        "[core]\n\tabbrev = {ABBREVIATED_DIGITS}\n\tlogAllRefUpdates = false\n[gc]\n\tauto = 0\n[maintenance]\n\tauto = false\n"
    );
    let text = fs::read_to_string(&path).map_err(Error::io("read", &path))?;
    fs::write(&path, text + &settings).map_err(Error::io("write", &path))?;
    let info = tree.join(".git/info");
    durable::create_folder(&info)?;
    let exclude = info.join("exclude");
    fs::write(&exclude, "/target/\n").map_err(Error::io("write", &exclude))
}

impl Git {
    /// Makes a laid-out tree as new: products of earlier builds, ignored files included, and changes are gone.
    ///
    /// A recipe that fails to write an artifact must not find the one of an earlier attempt.
    ///
    /// # Errors
    /// Git's own failure.
    pub async fn clean_tree(&self, tree: &Path) -> Result<(), Error> {
        self.run(tree, &["clean", "-xdff", "--quiet"]).await?;
        self.run(tree, &["reset", "--hard", "--quiet"]).await.map(|_| ())
    }
}
