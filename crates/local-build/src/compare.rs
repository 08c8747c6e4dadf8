//! A second build in other surroundings, compared with the first byte for byte.
//!
//! The first tree is moved to `compare/<folder>-first` beside the source root, the same commit is checked out anew at the
//! same path and built there, and the first tree is moved back. A crash in the middle leaves the `-first`;
//! [`crate::lay_out_sources`] and the next comparison see it, end what runs, and move it back.

use crate::artifacts::open_artifact;
use crate::objects::BUFFER_BYTES;
use crate::sources::{lay_out_unmarked, remove_aside, tree_path};
use crate::{
    Artifact, ArtifactRule, BuildEnd, BuildOrder, END_GRACE, EarlierProducts, Error, Git, Limits,
    ObjectStore, Recipe, Source, SurroundingsOrder, Variation, durable, recorded_group, settle, start_build,
    surroundings,
};
use domain_types::{AssetName, RepoName, Sha256Digest, Timestamp};
use std::collections::BTreeMap;
use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

/// The folder beside the source root in which first trees wait.
const COMPARE: &str = "compare";
const FIRST_SUFFIX: &str = "-first";
const RUN_SUFFIX: &str = "-run";
const HOME_SUFFIX: &str = "-home";

/// What [`rebuild_for_comparison`] works from.
#[derive(Debug, Clone)]
pub struct ComparisonOrder {
    /// The source root, in which the first tree lies as [`crate::lay_out_sources`] left it.
    pub root: PathBuf,
    /// What is built a second time.
    pub source: Source,
    /// As for the first build.
    pub recipe: Recipe,
    /// As for the first build: the variables of whoever started the release.
    pub base: BTreeMap<String, String>,
    /// As for the first build.
    pub commit_time: Timestamp,
    /// As for the first build.
    pub limits: Limits,
    /// What the first build gave; its bytes lie in `objects`.
    pub first: Vec<Artifact>,
    /// Where they lie, and where differing second ones are put, so that both can be looked at.
    pub objects: ObjectStore,
}

/// Whether a second build gave the same bytes.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reproduced {
    /// Every byte of every artifact.
    Identical,
    /// These artifacts differ; never empty.
    Differs(Vec<Difference>),
}

/// An artifact that a second build gave differently.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Difference {
    /// Its name.
    pub artifact: AssetName,
    /// The first byte that differs, counted from 0; the shorter one's length if it is the longer one's beginning.
    pub first_offset: u64,
    /// The digest of the first build's; nothing if only the second made it. Both lie in the object store.
    pub first: Option<Sha256Digest>,
    /// The digest of the second build's; nothing if only the first made it.
    pub second: Option<Sha256Digest>,
}

/// Builds a repository a second time, at the same path, from a tree checked out anew, under another home, timezone, file
/// mode mask, locale and job count, and compares its artifacts with the first ones.
///
/// No other build may use the tree meanwhile. The first tree is back in its place on return, also on an error; if we die
/// in the middle, [`crate::lay_out_sources`] or the next call puts it back. The run folder of the second build stays in
/// `compare/<folder>-run` beside the source root until the next one.
///
/// # Errors
/// [`Error::SecondBuildFailed`] and what laying out, building and reading may say.
pub async fn rebuild_for_comparison(git: &Git, order: &ComparisonOrder) -> Result<Reproduced, Error> {
    let root = order
        .root
        .canonicalize()
        .map_err(Error::io("resolve", &order.root))?;
    restore_first_tree(&root, &order.source.folder).await?;
    let compared = build_and_compare(git, order, &root).await;
    restore_first_tree(&root, &order.source.folder).await?;
    compared
}

async fn build_and_compare(git: &Git, order: &ComparisonOrder, root: &Path) -> Result<Reproduced, Error> {
    prepare_second_tree(git, root, &order.source).await?;
    let end = build_second(order, root).await?;
    if !end.exit.is_success() {
        let command = end.command.unwrap_or_default();
        let folder = order.source.folder.clone();
        return Err(Error::SecondBuildFailed {
            folder,
            exit: end.exit,
            command,
            log_tail: end.log_tail,
        });
    }
    let tree = tree_path(root, &order.source.folder);
    let (recipe, first, objects) = (order.recipe.clone(), order.first.clone(), order.objects.clone());
    let compared =
        tokio::task::spawn_blocking(move || compare_artifacts(&tree, &recipe, &first, &objects)).await;
    compared.map_err(|error| Error::io("compare the artifacts of", root)(error.into()))?
}

async fn build_second(order: &ComparisonOrder, root: &Path) -> Result<BuildEnd, Error> {
    let home = second_home(root, &order.source.folder)?;
    let surroundings = surroundings(&SurroundingsOrder {
        base: &order.base,
        source_root: root,
        commit_time: order.commit_time,
        recipe_env: &order.recipe.env,
        variation: Variation::Second { home },
    })?;
    let started = start_build(&BuildOrder {
        tree: tree_path(root, &order.source.folder),
        run_folder: beside(root, &order.source.folder, RUN_SUFFIX),
        recipe: order.recipe.clone(),
        surroundings,
        limits: order.limits,
        earlier: EarlierProducts::Keep,
    })
    .await?;
    // The group is recorded in the run folder, where `restore_first_tree` finds it after a crash.
    started.begin().await?.wait().await
}

/// Moves the first tree aside and checks its commit out anew in its place.
///
/// For callers that build all repositories a second time, each in the usual way: prepare all, build, compare each with
/// [`compare_artifacts`], then [`restore_first_trees`]. If we die in the middle the latter puts everything back.
///
/// # Errors
/// As [`crate::lay_out_sources`].
pub async fn prepare_second_tree(git: &Git, root: &Path, source: &Source) -> Result<(), Error> {
    let first = beside(root, &source.folder, FIRST_SUFFIX);
    durable::create_folder(&compare_folder(root))?;
    let tree = tree_path(root, &source.folder);
    fs::rename(&tree, &first).map_err(Error::io("move", &tree))?;
    durable::sync_folder(&compare_folder(root))?;
    lay_out_unmarked(git, root, source).await
}

/// An empty home folder for the second build of this repository; see [`Variation::Second`].
///
/// # Errors
/// [`Error::Io`].
pub fn second_home(root: &Path, folder: &RepoName) -> Result<PathBuf, Error> {
    let home = beside(root, folder, HOME_SUFFIX);
    durable::remove_tree(&home)?;
    durable::create_folder(&home)?;
    Ok(home)
}

/// Puts every first tree back that a comparison moved aside, and ends a second build of [`rebuild_for_comparison`] that
/// still runs. Does nothing if there is none; may be repeated after a crash.
///
/// # Errors
/// As [`crate::end_group`]; [`Error::Io`].
pub async fn restore_first_trees(root: &Path) -> Result<(), Error> {
    let folder = compare_folder(root);
    let entries = match fs::read_dir(&folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(Error::io("read", &folder)(error)),
    };
    for entry in entries {
        let name = entry.map_err(Error::io("read", &folder))?.file_name();
        let first = name.to_str().and_then(|name| name.strip_suffix(FIRST_SUFFIX));
        if let Some(folder) = first.and_then(|name| name.parse().ok()) {
            restore_first_tree(root, &folder).await?;
        }
    }
    Ok(())
}

/// Puts one first tree back; see [`restore_first_trees`].
///
/// # Errors
/// As [`restore_first_trees`].
pub async fn restore_first_tree(root: &Path, folder: &RepoName) -> Result<(), Error> {
    let run = beside(root, folder, RUN_SUFFIX);
    if let Some(group) = recorded_group(&run)? {
        settle(&run, &group, END_GRACE).await?;
    }
    durable::remove_tree(&beside(root, folder, HOME_SUFFIX))?;
    let first = beside(root, folder, FIRST_SUFFIX);
    if first.symlink_metadata().is_err() {
        return Ok(());
    }
    let tree = tree_path(root, folder);
    remove_aside(root, &tree)?;
    fs::rename(&first, &tree).map_err(Error::io("move back", &first))?;
    durable::sync_folder(root)
}

/// Compares what lies in the tree with what the first build gave, byte for byte. Blocks on the disk.
///
/// # Errors
/// [`Error::ObjectDamaged`], [`Error::ObjectMissing`] for the first ones, [`Error::ArtifactRefused`], [`Error::Io`].
pub fn compare_artifacts(
    tree: &Path,
    recipe: &Recipe,
    first: &[Artifact],
    objects: &ObjectStore,
) -> Result<Reproduced, Error> {
    let mut differences = Vec::new();
    for rule in &recipe.artifacts {
        let earlier = first.iter().find(|artifact| artifact.name == rule.name);
        differences.extend(difference(tree, rule, earlier, objects)?);
    }
    Ok(if differences.is_empty() {
        Reproduced::Identical
    } else {
        Reproduced::Differs(differences)
    })
}

fn difference(
    tree: &Path,
    rule: &ArtifactRule,
    first: Option<&Artifact>,
    objects: &ObjectStore,
) -> Result<Option<Difference>, Error> {
    let second = open_artifact(tree, rule)?;
    let first_offset = match (first, &second) {
        (None, None) => return Ok(None),
        (Some(first), Some(second)) => {
            objects.verify(&first.digest)?;
            let offset = first_difference(objects.open_object(&first.digest)?, second);
            match offset.map_err(Error::io("compare", &tree.join(rule.path.as_str())))? {
                Some(offset) => offset,
                None => return Ok(None),
            }
        }
        (Some(_), None) | (None, Some(_)) => 0,
    };
    let second = kept(tree, rule, second.is_some(), objects)?;
    let first = first.map(|artifact| artifact.digest);
    Ok(Some(Difference {
        artifact: rule.name.clone(),
        first_offset,
        first,
        second,
    }))
}

/// Stores the second artifact beside the first, so that both can be looked at; opened anew, as it was read to its end.
fn kept(
    tree: &Path,
    rule: &ArtifactRule,
    there: bool,
    objects: &ObjectStore,
) -> Result<Option<Sha256Digest>, Error> {
    let again: Option<File> = if there { open_artifact(tree, rule)? } else { None };
    again
        .map(|file| objects.put(file).map(|(digest, _)| digest))
        .transpose()
}

fn first_difference(mut one: impl Read, mut other: impl Read) -> std::io::Result<Option<u64>> {
    let mut offset = 0;
    loop {
        let (left, right) = (chunk(&mut one)?, chunk(&mut other)?);
        let equal = left
            .iter()
            .zip(&right)
            .take_while(|(left, right)| left == right)
            .count();
        offset += equal as u64;
        if equal < left.len() || equal < right.len() {
            return Ok(Some(offset));
        }
        if left.is_empty() {
            return Ok(None);
        }
    }
}

/// The next 64 KiB, fewer only at the end.
fn chunk(source: &mut impl Read) -> std::io::Result<Vec<u8>> {
    let mut bytes = Vec::with_capacity(BUFFER_BYTES);
    source.take(BUFFER_BYTES as u64).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn compare_folder(root: &Path) -> PathBuf {
    root.parent().unwrap_or(root).join(COMPARE)
}

fn beside(root: &Path, folder: &RepoName, suffix: &str) -> PathBuf {
    compare_folder(root).join(format!("{folder}{suffix}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_differing_byte_is_found_across_chunks() {
        let long = vec![1; 3 * BUFFER_BYTES];
        let mut changed = long.clone();
        changed[2 * BUFFER_BYTES + 5] = 2;
        let rows: [(&[u8], &[u8], Option<u64>); 6] = [
            (b"", b"", None),
            (b"abc", b"abc", None),
            (b"abc", b"abd", Some(2)),
            (b"abc", b"abcd", Some(3)),
            (&long, &long, None),
            (&long, &changed, Some(2 * BUFFER_BYTES as u64 + 5)),
        ];
        for (one, other, expected) in rows {
            assert_eq!(first_difference(one, other).unwrap(), expected);
            assert_eq!(first_difference(other, one).unwrap(), expected);
        }
    }
}
