//! Takes what a successful build left: each declared artifact, digested and stored, and the lock file's digest.

use crate::{ArtifactRule, Error, ObjectStore, Presence, Recipe, TreePath};
use domain_types::{AssetName, DigestWriter, Sha256Digest};
use rustix::fs::{AtFlags, FileType, Mode, OFlags};
use rustix::io::Errno;
use std::fs::File;
use std::path::{Path, PathBuf};

/// Names that [`Error::ArtifactMissing`] lists.
pub const FOUND_MAX: usize = 20;
/// Files in the root of a tree that fix the versions of dependencies, the first that exists counts.
const LOCK_FILES: [&str; 7] = [
    "Cargo.lock",
    "package-lock.json",
    "pnpm-lock.yaml",
    "yarn.lock",
    "go.sum",
    "poetry.lock",
    "uv.lock",
];
const EXECUTABLE_BITS: u32 = 0o111;

/// An artifact that lies in the object store.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Artifact {
    /// The name it is released under.
    pub name: AssetName,
    /// The digest it is stored under.
    pub digest: Sha256Digest,
    /// Its bytes.
    pub size: u64,
    /// Whether anybody may execute it.
    pub executable: bool,
}

/// The result of a successful build.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct BuildOutput {
    /// In the order of the recipe.
    pub artifacts: Vec<Artifact>,
    /// The digest of the lock file, if the tree has one.
    pub lock: Option<Sha256Digest>,
}

/// Stores all artifacts of the recipe. May be repeated: the same tree gives the same output.
///
/// Blocks on the disk; from async code call it where blocking is allowed.
///
/// # Errors
/// [`Error::ArtifactMissing`], [`Error::ArtifactRefused`], [`Error::Io`].
pub fn collect_artifacts(tree: &Path, recipe: &Recipe, objects: &ObjectStore) -> Result<BuildOutput, Error> {
    let mut artifacts = Vec::new();
    for rule in &recipe.artifacts {
        match (open_artifact(tree, rule)?, rule.presence) {
            (Some(file), _) => artifacts.push(store(file, rule, tree, objects)?),
            (None, Presence::Optional) => {}
            (None, Presence::Required) => return Err(missing(tree, rule)),
        }
    }
    Ok(BuildOutput {
        artifacts,
        lock: lock_digest(tree)?,
    })
}

fn store(file: File, rule: &ArtifactRule, tree: &Path, objects: &ObjectStore) -> Result<Artifact, Error> {
    use std::os::unix::fs::PermissionsExt as _;
    let mode = file
        .metadata()
        .map_err(Error::io("read", &place(tree, rule)))?
        .permissions()
        .mode();
    let (digest, size) = objects.put(file)?;
    Ok(Artifact {
        name: rule.name.clone(),
        digest,
        size,
        executable: mode & EXECUTABLE_BITS != 0,
    })
}

/// Writes an artifact to where a build leaves it, unless those very bytes are there: for a build that is not repeated.
/// No symbolic link is followed, and nothing is seen half-written.
///
/// Blocks on the disk; from async code call it where blocking is allowed.
///
/// # Errors
/// [`Error::ArtifactRefused`] if something else stands in its way; [`Error::ObjectMissing`], [`Error::ObjectDamaged`],
/// [`Error::Io`].
pub fn put_artifact_back(
    tree: &Path,
    rule: &ArtifactRule,
    artifact: (&Sha256Digest, bool),
    objects: &ObjectStore,
) -> Result<(), Error> {
    let (digest, executable) = artifact;
    if let Some(mut there) = open_artifact(tree, rule)? {
        let mut found = domain_types::DigestWriter::new();
        std::io::copy(&mut there, &mut found).map_err(Error::io("read", &place(tree, rule)))?;
        if found.finish() == *digest {
            return Ok(());
        }
    }
    let failed = |error: Errno| Error::io("write", &place(tree, rule))(error.into());
    let (folder, name) = folder_of(tree, rule)?;
    let aside = format!(".governance-{name}");
    let _ = rustix::fs::unlinkat(&folder, aside.as_str(), AtFlags::empty());
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::from_raw_mode(if executable { 0o755 } else { 0o644 });
    let file = File::from(rustix::fs::openat(&folder, aside.as_str(), flags, mode).map_err(failed)?);
    objects.copy_out(digest, file)?;
    rustix::fs::renameat(&folder, aside.as_str(), &folder, name).map_err(failed)
}

/// The folder of the artifact, made if need be, and the artifact's name in it.
fn folder_of<'r>(tree: &Path, rule: &'r ArtifactRule) -> Result<(File, &'r str), Error> {
    let failed = |error: Errno| Error::io("write", &place(tree, rule))(error.into());
    let mut folder = File::open(tree).map_err(Error::io("read", tree))?;
    let mut parts: Vec<&str> = rule.path.parts().collect();
    let name = parts.pop().unwrap_or_default();
    for part in parts {
        match rustix::fs::mkdirat(&folder, part, Mode::from_raw_mode(0o755)) {
            Ok(()) | Err(Errno::EXIST) => {}
            Err(error) => return Err(failed(error)),
        }
        let flags = OFlags::RDONLY | OFlags::DIRECTORY | OFlags::NOFOLLOW | OFlags::CLOEXEC;
        folder = File::from(rustix::fs::openat(&folder, part, flags, Mode::empty()).map_err(failed)?);
    }
    Ok((folder, name))
}

/// Opens the artifact without following a symbolic link at any part of its path; nothing if it is absent.
pub(crate) fn open_artifact(tree: &Path, rule: &ArtifactRule) -> Result<Option<File>, Error> {
    let failed = |error: Errno| Error::io("read", &place(tree, rule))(error.into());
    let parts: Vec<&str> = rule.path.parts().collect();
    let mut folder = File::open(tree).map_err(Error::io("read", tree))?;
    for (index, part) in parts.iter().enumerate() {
        let last = index + 1 == parts.len();
        // Non-blocking, as opening a pipe would wait for its other end.
        let kind = if last { OFlags::NONBLOCK } else { OFlags::DIRECTORY };
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | kind;
        match rustix::fs::openat(&folder, *part, flags, Mode::empty()) {
            Ok(opened) => folder = File::from(opened),
            Err(Errno::NOENT) => return Ok(None),
            Err(Errno::LOOP) => return Err(refused(rule, "reached through a symbolic link")),
            Err(Errno::NOTDIR) => {
                return Err(refused(
                    rule,
                    "below a symbolic link or something else that is not a folder",
                ));
            }
            Err(Errno::NXIO) => return Err(refused(rule, "a socket or pipe")),
            Err(error) => return Err(failed(error)),
        }
    }
    let stat = rustix::fs::fstat(&folder).map_err(failed)?;
    match FileType::from_raw_mode(stat.st_mode) {
        FileType::RegularFile => Ok(Some(folder)),
        FileType::Directory => Err(refused(rule, "a folder")),
        FileType::Fifo | FileType::Socket => Err(refused(rule, "a socket or pipe")),
        FileType::CharacterDevice | FileType::BlockDevice => Err(refused(rule, "a device")),
        FileType::Symlink | FileType::Unknown => Err(refused(rule, "no file")),
    }
}

fn refused(rule: &ArtifactRule, what: &'static str) -> Error {
    Error::ArtifactRefused {
        name: rule.name.clone(),
        path: rule.path.to_string(),
        what,
    }
}

fn missing(tree: &Path, rule: &ArtifactRule) -> Error {
    let path = place(tree, rule);
    let entries = path.parent().and_then(|folder| std::fs::read_dir(folder).ok());
    let names = entries
        .into_iter()
        .flatten()
        .filter_map(|entry| Some(entry.ok()?.file_name()));
    let mut found: Vec<String> = names
        .map(|name| name.to_string_lossy().escape_debug().to_string())
        .collect();
    found.sort();
    found.truncate(FOUND_MAX);
    Error::ArtifactMissing {
        name: rule.name.clone(),
        path: rule.path.to_string(),
        found,
    }
}

fn place(tree: &Path, rule: &ArtifactRule) -> PathBuf {
    tree.join(rule.path.as_str())
}

fn lock_digest(tree: &Path) -> Result<Option<Sha256Digest>, Error> {
    for name in LOCK_FILES {
        let path: TreePath = name.parse()?;
        let as_rule = ArtifactRule {
            name: asset(name)?,
            path,
            presence: Presence::Optional,
        };
        let Some(mut file) = open_artifact(tree, &as_rule)? else {
            continue;
        };
        let mut digest = DigestWriter::new();
        std::io::copy(&mut file, &mut digest).map_err(Error::io("read", &place(tree, &as_rule)))?;
        return Ok(Some(digest.finish()));
    }
    Ok(None)
}

fn asset(name: &str) -> Result<AssetName, Error> {
    name.parse().map_err(|_| Error::BadRecipe {
        rule: "a lock file is named like an asset",
        found: name.to_owned(),
    })
}
