//! Repositories, builds and processes for the tests.

use domain_types::{CommitSha, Sha256Digest, TagName, Timestamp};
use local_build::{
    ArtifactRule, BuildOrder, EarlierProducts, Git, LayOutOrder, Limits, Presence, Recipe, Source,
    Surroundings, SurroundingsOrder, Variation, surroundings,
};
use rustix::event::{PollFd, PollFlags};
use rustix::process::{Pid, PidfdFlags};
use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use tempfile::TempDir;

/// A workspace of user repositories and a source root beside them.
pub(crate) struct World {
    folder: TempDir,
}

impl World {
    pub(crate) fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
        }
    }

    pub(crate) fn path(&self, relative: &str) -> PathBuf {
        self.folder.path().canonicalize().unwrap().join(relative)
    }

    pub(crate) fn root(&self) -> PathBuf {
        self.path(".governance/source")
    }

    /// A repository with these files in one commit that is tagged `v1.0.0`.
    pub(crate) fn repository(&self, name: &str, files: &[(&str, &str)]) -> PathBuf {
        let path = self.path(name);
        fs::create_dir_all(&path).unwrap();
        git(&path, &["init", "--quiet", "--initial-branch=main"]);
        commit(&path, files);
        git(&path, &["tag", "v1.0.0"]);
        path
    }

    /// The source of a repository's `v1.0.0`.
    pub(crate) fn source(&self, name: &str) -> Source {
        let repository = self.path(name);
        let commit = rev_parse(&repository, "v1.0.0^{commit}");
        Source {
            folder: name.parse().unwrap(),
            repository,
            commit,
            tag: tag("v1.0.0"),
        }
    }

    pub(crate) fn order(&self, names: &[&str]) -> LayOutOrder {
        LayOutOrder {
            root: self.root(),
            sources: names.iter().map(|name| self.source(name)).collect(),
            built: BTreeSet::new(),
        }
    }

    /// A build of the shell script in a plain folder.
    pub(crate) fn build(&self, script: &str) -> BuildOrder {
        self.build_of(shell(script))
    }

    pub(crate) fn build_of(&self, recipe: Recipe) -> BuildOrder {
        let (tree, run_folder) = (self.path("tree"), self.path("run"));
        fs::create_dir_all(&tree).unwrap();
        let surroundings = first_surroundings(&tree, &recipe);
        let limits = Limits::default();
        BuildOrder {
            tree,
            run_folder,
            recipe,
            surroundings,
            limits,
            earlier: EarlierProducts::Keep,
        }
    }

    /// A named pipe: whoever reads from it waits until somebody writes.
    pub(crate) fn pipe(&self, name: &str) -> PathBuf {
        let path = self.path(name);
        assert!(Command::new("mkfifo").arg(&path).status().unwrap().success());
        path
    }
}

pub(crate) fn base() -> BTreeMap<String, String> {
    [
        ("PATH", "/usr/local/bin:/usr/bin:/bin"),
        ("HOME", "/home/somebody"),
    ]
    .map(|(k, v)| (k.into(), v.into()))
    .into()
}

pub(crate) fn clean_git() -> Git {
    Git::new(&base())
}

pub(crate) fn tag(text: &str) -> TagName {
    text.parse().unwrap()
}

pub(crate) fn shell(script: &str) -> Recipe {
    Recipe {
        build: vec![["sh", "-c", script].map(str::to_owned).to_vec()],
        ..Recipe::default()
    }
}

pub(crate) fn with_artifacts(recipe: Recipe, names_and_paths: &[(&str, &str)], presence: Presence) -> Recipe {
    let rule = |(name, path): &(&str, &str)| ArtifactRule {
        name: name.parse().unwrap(),
        path: path.parse().unwrap(),
        presence,
    };
    Recipe {
        artifacts: names_and_paths.iter().map(rule).collect(),
        ..recipe
    }
}

pub(crate) fn first_surroundings(source_root: &Path, recipe: &Recipe) -> Surroundings {
    surroundings(&SurroundingsOrder {
        base: &base(),
        source_root,
        commit_time: Timestamp::from_seconds(1_700_000_000),
        recipe_env: &recipe.env,
        variation: Variation::First,
    })
    .unwrap()
}

/// Runs git as its user would, but for the user's configuration.
pub(crate) fn git(folder: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_SYSTEM", "/dev/null")
        .env("GIT_AUTHOR_NAME", "A")
        .env("GIT_AUTHOR_EMAIL", "a@example.org")
        .env("GIT_COMMITTER_NAME", "A")
        .env("GIT_COMMITTER_EMAIL", "a@example.org")
        .env("GIT_AUTHOR_DATE", "1600000000 +0000")
        .env("GIT_COMMITTER_DATE", "1700000000 +0000")
        .output()
        .unwrap();
    assert!(
        output.status.success(),
        "git {arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    String::from_utf8(output.stdout).unwrap().trim_end().to_owned()
}

pub(crate) fn commit(repository: &Path, files: &[(&str, &str)]) {
    for (name, text) in files {
        let path = repository.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    git(repository, &["add", "--all"]);
    git(
        repository,
        &["commit", "--quiet", "--allow-empty", "--message", "change"],
    );
}

pub(crate) fn rev_parse(repository: &Path, what: &str) -> CommitSha {
    git(repository, &["rev-parse", what]).parse().unwrap()
}

/// Every file below a folder with its content, mode and time of change; `.git` included.
pub(crate) fn fingerprint(folder: &Path) -> Vec<(PathBuf, Sha256Digest, u32, i64, i64)> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let metadata = fs::symlink_metadata(&path).unwrap();
        if metadata.is_dir() {
            found.extend(fingerprint(&path));
        }
        let bytes = if metadata.is_file() {
            fs::read(&path).unwrap()
        } else {
            Vec::new()
        };
        found.push((
            path,
            Sha256Digest::of(&bytes),
            metadata.mode(),
            metadata.mtime(),
            metadata.mtime_nsec(),
        ));
    }
    found.sort();
    found
}

/// Waits until this process is no more, without disturbing it.
pub(crate) fn wait_for_end(process: u32) {
    let id = Pid::from_raw(i32::try_from(process).unwrap()).unwrap();
    let Ok(process) = rustix::process::pidfd_open(id, PidfdFlags::empty()) else {
        return;
    };
    rustix::event::poll(&mut [PollFd::new(&process, PollFlags::IN)], None).unwrap();
}
