//! Where everything of a local release lies.

use domain_types::{BuildId, ReleaseId};
use std::ffi::OsString;
use std::path::{Path, PathBuf};

/// Folder within the workspace that is ours.
const OWN_FOLDER: &str = ".governance";

/// Links to links that are followed before a circle is assumed: as many as the kernel follows.
const LINKS_MAX: u32 = 40;

/// The folders and files of a local release. All absolute.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Places {
    /// The user's repositories; read only.
    pub workspace: PathBuf,
    /// The source trees: the same place for the same workspace, whatever the state and the release directory are.
    pub sources: PathBuf,
    /// The database.
    pub state: PathBuf,
    /// The release directory.
    pub out: PathBuf,
}

impl Places {
    /// The places of a workspace; `state` defaults to `<workspace>/.governance/state.db`.
    ///
    /// Links and `..` are resolved, also where the paths do not exist yet: two spellings of one state file are one lock, and
    /// what lies among the sources is seen to lie there.
    pub fn new(workspace: &Path, state: Option<&Path>, out: &Path) -> Self {
        let workspace = resolved(workspace);
        let own = workspace.join(OWN_FOLDER);
        let state = state.map_or_else(|| own.join("state.db"), Path::to_owned);
        Self {
            sources: own.join("source"),
            state: resolved(&state),
            out: resolved_above(out),
            workspace,
        }
    }

    /// The lock that whoever moves releases of this state holds.
    pub fn state_lock(&self) -> PathBuf {
        state_lock_of(&self.state)
    }

    /// Logs, artifacts and what is being put together.
    pub fn work(&self) -> PathBuf {
        beside(&self.state, ".work")
    }

    /// Artifacts by digest.
    pub fn objects(&self) -> PathBuf {
        self.work().join("objects")
    }

    /// Log and status of one attempt.
    pub fn run_folder(&self, build: &BuildId) -> PathBuf {
        let name = format!(
            "{}-{}-{}",
            build.node.repository, build.node.platform, build.attempt
        );
        self.work().join("runs").join(flat(&build.release)).join(name)
    }

    /// Where a release is put together.
    pub fn collected(&self, release: &ReleaseId) -> PathBuf {
        self.work().join("collected").join(flat(release))
    }

    /// The draft: a hidden sibling of the release directory, so that publishing is one rename.
    pub fn draft(&self, release: &ReleaseId) -> PathBuf {
        let mut name = OsString::from(".");
        name.push(self.out.file_name().unwrap_or_default());
        name.push(format!(".draft-{}", flat(release)));
        self.out.with_file_name(name)
    }
}

/// The path itself without links, also where a link leads to what is not there yet.
fn resolved(path: &Path) -> PathBuf {
    let mut path = resolved_above(path);
    for _ in 0..LINKS_MAX {
        let (Ok(target), Some(folder)) = (path.read_link(), path.parent()) else {
            break;
        };
        path = resolved_above(&folder.join(target));
    }
    path
}

/// The path's folder without links, and its name as it is: a link in its place stays visible.
fn resolved_above(path: &Path) -> PathBuf {
    match (path.parent(), path.file_name()) {
        (Some(folder), Some(name)) => resolved_folder(folder).join(name),
        (Some(_) | None, _) => resolved_folder(path),
    }
}

/// A folder without links as far as it exists; below that nothing is a link, and the words count.
fn resolved_folder(folder: &Path) -> PathBuf {
    if let Ok(found) = folder.canonicalize() {
        return found;
    }
    let Some(above) = folder.parent().map(resolved_folder) else {
        return folder.to_owned();
    };
    match folder.file_name() {
        Some(name) => above.join(name),
        None => above.parent().map_or(above.clone(), Path::to_owned),
    }
}

/// The lock beside a state file.
pub fn state_lock_of(state: &Path) -> PathBuf {
    beside(state, ".lock")
}

fn beside(path: &Path, suffix: &str) -> PathBuf {
    let mut name = path.file_name().unwrap_or_default().to_owned();
    name.push(suffix);
    path.with_file_name(name)
}

/// A release id as one folder name.
fn flat(release: &ReleaseId) -> String {
    release.as_str().replace(['/', '@'], "_")
}
