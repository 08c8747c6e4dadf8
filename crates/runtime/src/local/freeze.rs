//! Finds the repositories of a plan in a workspace and freezes every tag to a commit, once.

use crate::configuration::Configuration;
use crate::content::Source;
use dependency_graph::{Plan, PlanError};
use domain_types::{CommitSha, RepoName, Timestamp};
use local_build::{DirtyFiles, Git};
use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

/// A plan whose every source is a commit.
#[derive(Debug, Clone)]
pub struct Frozen {
    /// The plan, commits included: its digest is the release's.
    pub plan: Plan,
    /// Where each source comes from, by its name in the manifest.
    pub repositories: BTreeMap<RepoName, FrozenRepository>,
}

/// One source of a plan.
#[derive(Debug, Clone)]
pub struct FrozenRepository {
    /// The user's repository; it is read only.
    pub path: PathBuf,
    /// The name of its folder, which path dependencies of its neighbours use.
    pub folder: String,
    /// What its tag resolved to.
    pub commit: CommitSha,
    /// When that was committed.
    pub commit_time: Timestamp,
    /// What of the checkout is not committed, and so not released.
    pub dirty: DirtyFiles,
}

impl Frozen {
    /// The components of the plan as the release's files tell of them.
    pub(super) fn sources(&self) -> Vec<Source> {
        let source = |component: &dependency_graph::Component| {
            let frozen = self.repositories.get(&component.name)?;
            Some(Source {
                repository: component.name.clone(),
                version: component.version.clone(),
                tag: component.tag.clone(),
                commit: frozen.commit.clone(),
                committed: frozen.commit_time,
                requires: component.requires.clone(),
                optional: component.optional,
                platforms: component.platforms.clone(),
            })
        };
        self.plan.components().iter().filter_map(source).collect()
    }
}

/// Why a plan could not be frozen.
#[derive(Debug, thiserror::Error)]
pub enum FreezeError {
    /// No folder of the workspace is this repository.
    #[error("{repository} is in none of: {}", shown(.looked_in))]
    NotThere {
        /// Which.
        repository: RepoName,
        /// Where it was looked for.
        looked_in: Vec<PathBuf>,
    },
    /// Two repositories of the plan lie in one folder.
    #[error("{first} and {second} lie in the same folder, {folder}")]
    SharedFolder {
        /// One.
        first: RepoName,
        /// The other.
        second: RepoName,
        /// The folder.
        folder: String,
    },
    /// Git could not answer, or the tag is not there.
    #[error(transparent)]
    Git(#[from] local_build::Error),
    /// The commits contradict the plan.
    #[error(transparent)]
    Plan(#[from] PlanError),
}

fn shown(paths: &[PathBuf]) -> String {
    paths
        .iter()
        .map(|path| path.display().to_string())
        .collect::<Vec<_>>()
        .join(", ")
}

/// Freezes a plan.
///
/// # Errors
/// Everything that is wrong, in the order of the plan; never an empty list.
pub async fn freeze(
    plan: &Plan,
    configuration: &Configuration,
    workspace: &Path,
    git: &Git,
) -> Result<Frozen, Vec<FreezeError>> {
    let mut repositories = BTreeMap::new();
    let mut problems = Vec::new();
    for component in plan.sources() {
        match freeze_one(component, configuration, workspace, git).await {
            Ok(frozen) => {
                repositories.insert(component.name.clone(), frozen);
            }
            Err(problem) => problems.push(problem),
        }
    }
    problems.extend(shared_folders(&repositories));
    if !problems.is_empty() {
        return Err(problems);
    }
    let commits = repositories
        .iter()
        .map(|(name, frozen): (&RepoName, &FrozenRepository)| (name.clone(), frozen.commit.clone()));
    let plan = plan
        .with_commits(&commits.collect())
        .map_err(|error| vec![FreezeError::Plan(error)])?;
    Ok(Frozen { plan, repositories })
}

async fn freeze_one(
    component: &dependency_graph::Component,
    configuration: &Configuration,
    workspace: &Path,
    git: &Git,
) -> Result<FrozenRepository, FreezeError> {
    let looked_in: Vec<PathBuf> = configuration
        .folder_candidates(&component.name)
        .iter()
        .map(|folder| workspace.join(folder))
        .collect();
    let not_there = || FreezeError::NotThere {
        repository: component.name.clone(),
        looked_in: looked_in.clone(),
    };
    let path = looked_in
        .iter()
        .find(|path| path.is_dir())
        .cloned()
        .ok_or_else(not_there)?;
    let folder = path
        .file_name()
        .and_then(|name| name.to_str())
        .map(str::to_owned)
        .ok_or_else(not_there)?;
    let commit = git.resolve_tag(&path, &component.tag).await?;
    let commit_time = git.commit_time(&path, &commit).await?;
    let dirty = git.dirty_files(&path).await?;
    Ok(FrozenRepository {
        path,
        folder,
        commit,
        commit_time,
        dirty,
    })
}

fn shared_folders(repositories: &BTreeMap<RepoName, FrozenRepository>) -> Vec<FreezeError> {
    let mut seen: BTreeMap<&str, &RepoName> = BTreeMap::new();
    let mut problems = Vec::new();
    for (name, frozen) in repositories {
        if let Some(first) = seen.insert(&frozen.folder, name) {
            let (first, second) = (first.clone(), name.clone());
            problems.push(FreezeError::SharedFolder {
                first,
                second,
                folder: frozen.folder.clone(),
            });
        }
    }
    problems
}
