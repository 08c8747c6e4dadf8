//! Lays out all repositories of a plan from their frozen commits, side by side below one source root.
//!
//! Each tree is a repository of its own that borrows the objects of the user's one (alternates): nothing is written there,
//! no worktree is registered, no reference made. A tree is made aside and renamed into place; a mark outside of the tree,
//! written last, says that it is whole. Files bear the time of the checkout; nothing that is released depends on it.
//! What is not laid out: submodules and files behind git filters (LFS) are refused; `export-ignore` is not looked at.

use crate::tree::{self, Mark};
use crate::{Error, Git, compare, durable, tenant};
use domain_types::{CommitSha, RepoName, TagName};
use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// Says that a folder is a source root of this program, so that what lies in it may be removed.
const ROOT_MARK: &str = ".governance-sources";
/// What begins with this belongs to this program: trees being made or removed, marks, locks.
const OWN_PREFIX: char = '.';
/// Begins the names of trees that are being made or removed.
const TEMPORARY_PREFIX: &str = ".temporary-";

/// One repository to be laid out.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Source {
    /// The folder below the source root: what sibling repositories call it in their path dependencies.
    pub folder: RepoName,
    /// The user's repository; bare, a worktree, or a clone.
    pub repository: PathBuf,
    /// The frozen commit.
    pub commit: CommitSha,
    /// The tag it was resolved from; the tree has it, and no other, for build scripts that ask git for a version.
    pub tag: TagName,
}

/// All repositories of a plan.
#[derive(Debug, Clone)]
pub struct LayOutOrder {
    /// The source root, held by a [`crate::SourceLock`].
    pub root: PathBuf,
    /// The exact set: trees of other repositories are removed, so that none is there by accident.
    pub sources: Vec<Source>,
    /// Folders in which a build of this release has finished: what it made and changed stays, for the builds that read it.
    pub built: BTreeSet<RepoName>,
}

/// A tree that is whole and clean.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceTree {
    /// Its folder below the source root.
    pub folder: RepoName,
    /// Its absolute path.
    pub path: PathBuf,
    /// Its commit.
    pub commit: CommitSha,
    /// Whether it was there already, with what was built in it.
    pub origin: TreeOrigin,
}

/// Where a tree comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TreeOrigin {
    /// It was there, at this commit and clean, or as a finished build left it; `target/` and other ignored files stayed.
    Kept,
    /// It was checked out now.
    LaidOut,
}

/// Lays out all repositories and returns their trees in the order given.
///
/// May be repeated at any time, also after a crash in the middle: what is whole is kept, all else is made anew; a
/// comparison that was interrupted ([`crate::rebuild_for_comparison`]) is undone first. No build may run meanwhile: one
/// that a dead process left in any of the trees, whichever state it belonged to, is ended.
///
/// # Errors
/// [`Error::DuplicateFolder`], [`Error::FolderNotOurs`], [`Error::MissingCommit`], [`Error::NotARepository`],
/// [`Error::Submodules`], [`Error::GitFilter`], git's own failures, [`Error::Io`].
pub async fn lay_out_sources(git: &Git, order: &LayOutOrder) -> Result<Vec<SourceTree>, Error> {
    check_folders(&order.sources)?;
    let root = claim_root(&order.root)?;
    compare::restore_first_trees(&root).await?;
    end_builds(&root).await?;
    sweep(&root, &order.sources)?;
    let mut trees = Vec::new();
    for source in &order.sources {
        let built = order.built.contains(&source.folder);
        trees.push(lay_out(git, &root, source, built).await?);
    }
    mark_all(&root, &order.sources)?;
    Ok(trees)
}

/// Makes a laid-out tree as new before a build: cleaned, or laid out anew if that fails (a git command of a process that
/// was killed may have left a lock, or half of its work).
///
/// # Errors
/// As [`lay_out_sources`].
pub async fn renew_tree(git: &Git, root: &Path, source: &Source) -> Result<(), Error> {
    let path = tree_path(root, &source.folder);
    tenant::evict(&path).await?;
    if git.clean_tree(&path).await.is_ok() && tree::is_clean(git, &path, &source.commit).await? {
        return Ok(());
    }
    lay_out_anew(git, root, source).await
}

pub(crate) fn tree_path(root: &Path, folder: &RepoName) -> PathBuf {
    root.join(folder.as_str())
}

async fn lay_out(git: &Git, root: &Path, source: &Source, built: bool) -> Result<SourceTree, Error> {
    let path = tree_path(root, &source.folder);
    let kept = Mark::of(source).is_at(root, &source.folder)?
        && if built {
            tree::is_at(git, &path, &source.commit).await?
        } else {
            tree::is_clean(git, &path, &source.commit).await?
        };
    if !kept {
        lay_out_anew(git, root, source).await?;
    }
    let origin = if kept {
        TreeOrigin::Kept
    } else {
        TreeOrigin::LaidOut
    };
    Ok(SourceTree {
        folder: source.folder.clone(),
        path,
        commit: source.commit.clone(),
        origin,
    })
}

/// If we die in the middle, the mark is missing and the next call begins anew.
async fn lay_out_anew(git: &Git, root: &Path, source: &Source) -> Result<(), Error> {
    Mark::remove(root, &source.folder)?;
    let path = tree_path(root, &source.folder);
    let temporary = root.join(format!("{TEMPORARY_PREFIX}{}", source.folder));
    durable::remove_tree(&temporary)?;
    tree::check_out(git, source, &temporary).await?;
    remove_aside(root, &path)?;
    fs::rename(&temporary, &path).map_err(Error::io("create", &path))
}

/// The marks are written when all trees have reached the disk, so that a mark never survives its tree.
fn mark_all(root: &Path, sources: &[Source]) -> Result<(), Error> {
    let unmarked: Result<Vec<bool>, Error> = sources
        .iter()
        .map(|source| Mark::of(source).is_at(root, &source.folder).map(|there| !there))
        .collect();
    let unmarked = unmarked?;
    if !unmarked.contains(&true) {
        return Ok(());
    }
    let opened = fs::File::open(root).map_err(Error::io("open", root))?;
    rustix::fs::syncfs(opened).map_err(|error| Error::io("sync", root)(error.into()))?;
    for (source, _) in sources.iter().zip(unmarked).filter(|(_, unmarked)| *unmarked) {
        Mark::of(source).write(root, &source.folder)?;
    }
    Ok(())
}

fn check_folders(sources: &[Source]) -> Result<(), Error> {
    let mut folders = BTreeSet::new();
    match sources.iter().find(|source| !folders.insert(&source.folder)) {
        Some(twice) => Err(Error::DuplicateFolder {
            folder: twice.folder.clone(),
        }),
        None => Ok(()),
    }
}

/// Makes the folder a source root, unless it holds what is not ours; returns it without symbolic links.
fn claim_root(root: &Path) -> Result<PathBuf, Error> {
    durable::create_folder(root)?;
    let root = root.canonicalize().map_err(Error::io("resolve", root))?;
    let mark = root.join(ROOT_MARK);
    if mark.exists() {
        return Ok(root);
    }
    if names_in(&root)?.iter().any(|name| !name.starts_with(OWN_PREFIX)) {
        return Err(Error::FolderNotOurs { path: root });
    }
    durable::write_whole(
        &mark,
        b"sources of local releases; made anew whenever they are missing\n",
    )?;
    Ok(root)
}

/// Ends what runs in any tree, those included that are about to be removed: the lock on the root proves that whoever
/// began it is dead.
async fn end_builds(root: &Path) -> Result<(), Error> {
    for name in names_in(root)? {
        if !name.starts_with(OWN_PREFIX) {
            tenant::quiet(&root.join(&name)).await?;
        }
    }
    Ok(())
}

/// Removes what earlier calls left half-made, and trees that this order does not name.
fn sweep(root: &Path, sources: &[Source]) -> Result<(), Error> {
    for name in names_in(root)? {
        let foreign =
            !name.starts_with(OWN_PREFIX) && sources.iter().all(|source| source.folder.as_str() != name);
        if foreign {
            if let Ok(folder) = name.parse() {
                Mark::remove(root, &folder)?;
            }
            remove_aside(root, &root.join(&name))?;
        }
        if name.starts_with(TEMPORARY_PREFIX) {
            durable::remove_tree(&root.join(&name))?;
        }
    }
    Ok(())
}

/// Removes a tree so that no half of it is ever in its place.
pub(crate) fn remove_aside(root: &Path, path: &Path) -> Result<(), Error> {
    let Some(name) = path.file_name().filter(|_| path.symlink_metadata().is_ok()) else {
        return Ok(());
    };
    let aside = root.join(format!("{TEMPORARY_PREFIX}old-{}", name.to_string_lossy()));
    durable::remove_tree(&aside)?;
    fs::rename(path, &aside).map_err(Error::io("remove", path))?;
    durable::remove_tree(&aside)
}

fn names_in(folder: &Path) -> Result<Vec<String>, Error> {
    let failed = || Error::io("read", folder);
    let mut names = Vec::new();
    for entry in fs::read_dir(folder).map_err(failed())? {
        names.push(
            entry
                .map_err(failed())?
                .file_name()
                .to_string_lossy()
                .into_owned(),
        );
    }
    names.sort();
    Ok(names)
}

/// Lays out trees at places that are free, without a look at marks; for the second build of a comparison.
pub(crate) async fn lay_out_unmarked(git: &Git, root: &Path, source: &Source) -> Result<(), Error> {
    let temporary = root.join(format!("{TEMPORARY_PREFIX}{}", source.folder));
    durable::remove_tree(&temporary)?;
    tree::check_out(git, source, &temporary).await?;
    let path = tree_path(root, &source.folder);
    fs::rename(&temporary, &path).map_err(Error::io("create", &path))
}
