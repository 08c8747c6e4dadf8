//! Everything that can go wrong here, a variant per thing that a caller could act upon.

use crate::ProcessGroup;
use domain_types::{AssetName, CommitSha, RepoName, Sha256Digest, TagName};
use std::io;
use std::path::{Path, PathBuf};

/// Why something about a local build could not be done. Texts fit behind "failed to …: ".
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The file system or the process table refused.
    #[error("could not {doing} {}: {source}", path.display())]
    Io {
        /// The verb: `read`, `create`, …
        doing: &'static str,
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// The folder is not the top of a git repository.
    #[error("{} is not a git repository: clone it there, or correct the path in the configuration", path.display())]
    NotARepository {
        /// The folder.
        path: PathBuf,
    },
    /// The repository has no tag of this name (a branch of the name does not count).
    #[error("{} has no tag {tag}{}", repository.display(), nearest_hint(nearest, tag))]
    MissingTag {
        /// The repository.
        repository: PathBuf,
        /// The tag that was asked for.
        tag: TagName,
        /// The most similar tags that exist, best first; at most [`crate::Git::NEAREST_TAGS_MAX`].
        nearest: Vec<String>,
    },
    /// The tag exists and names something that is not a commit.
    #[error("tag {tag} of {} does not name a commit: tag the commit that is to be released", repository.display())]
    TagNotACommit {
        /// The repository.
        repository: PathBuf,
        /// The tag.
        tag: TagName,
    },
    /// The repository does not have the frozen commit (any more).
    #[error("{} does not contain commit {commit}: fetch it, for instance with `git fetch --tags`", repository.display())]
    MissingCommit {
        /// The repository.
        repository: PathBuf,
        /// The commit.
        commit: CommitSha,
    },
    /// git itself could not be started.
    #[error("could not start git: {source}; install git, or put it on the PATH")]
    GitAbsent {
        /// What the system said.
        source: io::Error,
    },
    /// A git command failed.
    #[error("`{command}` in {} ended with {exit}: {message}", folder.display())]
    GitFailed {
        /// The command line.
        command: String,
        /// Where it ran.
        folder: PathBuf,
        /// How it ended.
        exit: String,
        /// The last lines it wrote to standard error.
        message: String,
    },
    /// A git command did not end within [`crate::Git::COMMAND_SECONDS_MAX`].
    #[error("`{command}` in {} did not end within {seconds} s", folder.display())]
    GitTooSlow {
        /// The command line.
        command: String,
        /// Where it ran.
        folder: PathBuf,
        /// The limit, in seconds.
        seconds: u64,
    },
    /// git answered with something that is not understood.
    #[error("`{command}` in {} answered {answer:?}, which is not understood", folder.display())]
    GitAnswer {
        /// The command line.
        command: String,
        /// Where it ran.
        folder: PathBuf,
        /// The answer, shortened.
        answer: String,
    },
    /// The commit uses submodules, which are not laid out.
    #[error(
        "{folder} at {commit} uses git submodules, which are not supported: vendor them, or release them as repositories"
    )]
    Submodules {
        /// The folder of the repository.
        folder: RepoName,
        /// The commit.
        commit: CommitSha,
    },
    /// The commit relies on git filters such as LFS, which do not run here.
    #[error(
        "{folder} at {commit} relies on a git filter ({attributes}), which is not run for a release: store the files in git itself"
    )]
    GitFilter {
        /// The folder of the repository.
        folder: RepoName,
        /// The commit.
        commit: CommitSha,
        /// The attributes file that says so.
        attributes: String,
    },
    /// Two sources of one order want the same folder.
    #[error("two repositories are to be laid out in the folder {folder}: give one of them another path")]
    DuplicateFolder {
        /// The folder.
        folder: RepoName,
    },
    /// The source folder holds files that this program did not put there; nothing is removed.
    #[error("{} is not empty and was not made by this program: choose another folder, or empty it", path.display())]
    FolderNotOurs {
        /// The folder.
        path: PathBuf,
    },
    /// A path has characters that git or cargo cannot take.
    #[error("{path:?} cannot be used as a path for builds: {rule}")]
    BadPath {
        /// The path.
        path: PathBuf,
        /// The rule that it breaks.
        rule: &'static str,
    },
    /// Another process holds the lock.
    #[error("{} is held by {by}: wait until it has ended", path.display())]
    LockHeld {
        /// The lock file.
        path: PathBuf,
        /// What the holder wrote about itself, one line.
        by: String,
    },
    /// A recipe breaks a rule.
    #[error("the recipe is not usable: {rule}, but it has {found:?}")]
    BadRecipe {
        /// The rule.
        rule: &'static str,
        /// The offending text.
        found: String,
    },
    /// The build's shell ended before it was told to begin.
    #[error("the build in {} ended before it began ({exit})", tree.display())]
    GateLost {
        /// The source tree.
        tree: PathBuf,
        /// How its shell ended.
        exit: String,
    },
    /// Processes survived SIGKILL for longer than [`crate::KILL_SECONDS_MAX`].
    #[error("processes {processes:?} of group {} survive SIGKILL: they hang in the kernel; look at the disk or restart", group.id)]
    GroupSurvives {
        /// The group.
        group: ProcessGroup,
        /// Its living members.
        processes: Vec<u32>,
    },
    /// A file of the run folder is not what this program writes.
    #[error("{} is damaged: remove its folder, the build is begun anew", path.display())]
    DamagedRun {
        /// The file.
        path: PathBuf,
    },
    /// The build succeeded but a required artifact is not there.
    #[error("the build made no {path} for the artifact {name}; it made {}", listed(found))]
    ArtifactMissing {
        /// The artifact's name.
        name: AssetName,
        /// Where it should be, relative to the tree.
        path: String,
        /// What lies in that folder instead; at most [`crate::FOUND_MAX`] names.
        found: Vec<String>,
    },
    /// Something lies in the artifact's place that is not taken.
    #[error("{path} is not taken as the artifact {name}: it is {what}, a plain file is expected")]
    ArtifactRefused {
        /// The artifact's name.
        name: AssetName,
        /// Where it lies, relative to the tree.
        path: String,
        /// What it is: `a symbolic link`, `a folder`, …
        what: &'static str,
    },
    /// A stored object no longer has its digest.
    #[error(
        "the stored object {digest} is damaged, its bytes have the digest {found}: check the disk, then build anew"
    )]
    ObjectDamaged {
        /// The digest it is stored under.
        digest: Sha256Digest,
        /// The digest of what is there.
        found: Sha256Digest,
    },
    /// The object is not in the store.
    #[error("the object {digest} is not in {}", store.display())]
    ObjectMissing {
        /// The digest.
        digest: Sha256Digest,
        /// The store.
        store: PathBuf,
    },
    /// The second build, made for the comparison, failed although the first succeeded.
    #[error("the second build of {folder} ended with {exit} at `{command}`: {}", log_tail.join(" | "))]
    SecondBuildFailed {
        /// The folder of the repository.
        folder: RepoName,
        /// How it ended.
        exit: crate::Exit,
        /// The command that failed.
        command: String,
        /// The last lines of its log.
        log_tail: Vec<String>,
    },
}

impl Error {
    pub(crate) fn io(doing: &'static str, path: &Path) -> impl FnOnce(io::Error) -> Self {
        let path = path.to_owned();
        move |source| Self::Io { doing, path, source }
    }

    /// Whether the same call may succeed later although nobody changed anything: the machine was busy or full.
    pub fn is_retryable(&self) -> bool {
        match self {
            Self::Io { source, .. } => is_transient(source),
            Self::GitTooSlow { .. }
            | Self::GroupSurvives { .. }
            | Self::GateLost { .. }
            | Self::LockHeld { .. } => true,
            Self::NotARepository { .. }
            | Self::MissingTag { .. }
            | Self::TagNotACommit { .. }
            | Self::MissingCommit { .. }
            | Self::GitAbsent { .. }
            | Self::GitFailed { .. }
            | Self::GitAnswer { .. }
            | Self::Submodules { .. }
            | Self::GitFilter { .. }
            | Self::DuplicateFolder { .. }
            | Self::FolderNotOurs { .. }
            | Self::BadPath { .. }
            | Self::BadRecipe { .. }
            | Self::DamagedRun { .. }
            | Self::ArtifactMissing { .. }
            | Self::ArtifactRefused { .. }
            | Self::ObjectDamaged { .. }
            | Self::ObjectMissing { .. }
            | Self::SecondBuildFailed { .. } => false,
        }
    }
}

fn is_transient(error: &io::Error) -> bool {
    use io::ErrorKind::{
        Interrupted, OutOfMemory, QuotaExceeded, ResourceBusy, StorageFull, TimedOut, WouldBlock,
    };
    matches!(
        error.kind(),
        Interrupted | OutOfMemory | QuotaExceeded | ResourceBusy | StorageFull | TimedOut | WouldBlock
    )
}

fn nearest_hint(nearest: &[String], tag: &TagName) -> String {
    if nearest.is_empty() {
        return format!(
            "; it has no tags at all: fetch them with `git fetch --tags`, or create one with `git tag {tag}`"
        );
    }
    format!(
        "; the nearest are {}: correct the manifest, or fetch it with `git fetch --tags`",
        nearest.join(", ")
    )
}

fn listed(found: &[String]) -> String {
    if found.is_empty() {
        "nothing there".to_owned()
    } else {
        format!("{} there", found.join(", "))
    }
}
