//! The repository of the rules: what its default branch says now, and which pull request brought it there.

use crate::error::sentence;
use domain_types::{CommitSha, PullRequestId};
use github_client::{EntryKind, GitHub, GitHubError, PullRequest, Repository};
use governance_rules::{FILE_BYTES_MAX, FILES_MAX};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Folders within each other below `config/`. Rules have two.
const DEPTH_MAX: usize = 8;

/// The file of the rules for the rules.
const OWN: &str = ".governance.yml";
/// The folder of all others.
const FOLDER: &str = "config";

/// Where the rules are kept.
pub struct RulesRepository {
    repository: Repository,
    /// The texts of the state that was read last, by git's name for each: the next one differs in few of them.
    texts: Mutex<BTreeMap<String, String>>,
}

/// A pull request that brought rules to the default branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Landed {
    pub(crate) id: PullRequestId,
    pub(crate) number: u64,
    pub(crate) head: CommitSha,
    pub(crate) base: String,
}

impl RulesRepository {
    /// The repository of this name, as this App sees it.
    ///
    /// # Errors
    /// A name that is none of GitHub's.
    pub fn new(github: &GitHub, owner: &str, name: &str) -> Result<Self, GitHubError> {
        Ok(Self {
            repository: github.repository(owner, name)?,
            texts: Mutex::default(),
        })
    }

    /// Its name.
    pub(crate) fn full_name(&self) -> String {
        self.repository.full_name()
    }

    /// The head of its default branch.
    pub(crate) async fn head(&self) -> Result<CommitSha, String> {
        let head = async {
            let info = self.repository.info().await?;
            self.repository
                .commit_at(&format!("heads/{}", info.default_branch))
                .await
        };
        let found = head.await.map_err(|error| sentence(&error))?;
        found
            .map(|commit| commit.sha)
            .ok_or_else(|| "it has no default branch".to_owned())
    }

    /// The texts of the rules at a commit, by path: everything or nothing.
    pub(crate) async fn files(&self, commit: &CommitSha) -> Result<BTreeMap<String, String>, String> {
        let mut files = BTreeMap::new();
        let mut texts = BTreeMap::new();
        if let Some(text) = self.text(OWN, commit).await? {
            files.insert(OWN.to_owned(), text);
        }
        let mut folders = vec![(FOLDER.to_owned(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            let entries = self.repository.folder(&folder, commit.as_str()).await;
            let entries = entries.map_err(|error| sentence(&error))?;
            let entries = entries.ok_or_else(|| format!("{folder} is no folder at {commit}"))?;
            for entry in entries {
                let is_yaml = entry.name.ends_with(".yml") || entry.name.ends_with(".yaml");
                match entry.kind {
                    EntryKind::Folder if depth == DEPTH_MAX => {
                        return Err(format!("{} lies too deep", entry.path));
                    }
                    EntryKind::Folder => folders.push((entry.path, depth + 1)),
                    EntryKind::File if is_yaml => {
                        let text = match self.known(&entry.sha) {
                            Some(text) => Some(text),
                            None => self.text(&entry.path, commit).await?,
                        };
                        let text = text.ok_or_else(|| format!("{} is gone", entry.path))?;
                        texts.insert(entry.sha, text.clone());
                        files.insert(entry.path, text);
                    }
                    EntryKind::File => {}
                    EntryKind::Link | EntryKind::Submodule | EntryKind::Other(_) => {
                        return Err(format!(
                            "{} is no file: rules are what lies in the folder",
                            entry.path
                        ));
                    }
                }
                if files.len() > FILES_MAX {
                    return Err(format!("there are more than {FILES_MAX} files"));
                }
            }
        }
        *self.texts.lock().unwrap_or_else(PoisonError::into_inner) = texts;
        Ok(files)
    }

    /// A text that was read before, by git's name for it: what has the same name is the same.
    fn known(&self, sha: &str) -> Option<String> {
        let texts = self.texts.lock().unwrap_or_else(PoisonError::into_inner);
        texts.get(sha).cloned()
    }

    async fn text(&self, path: &str, commit: &CommitSha) -> Result<Option<String>, String> {
        let file = self.repository.file(path, commit.as_str()).await;
        let Some(file) = file.map_err(|error| sentence(&error))? else {
            return Ok(None);
        };
        if file.bytes.len() > FILE_BYTES_MAX {
            return Err(format!("{path} is larger than rules are"));
        }
        let text = String::from_utf8(file.bytes);
        text.map(Some).map_err(|_| format!("{path} is not UTF-8"))
    }

    /// What the default branch had before a commit came to it: the first parent.
    pub(crate) async fn before(&self, commit: &CommitSha) -> Result<Option<CommitSha>, String> {
        let found = self.repository.commit(commit).await;
        let found = found.map_err(|error| sentence(&error))?;
        Ok(found.and_then(|commit| commit.parents.into_iter().next()))
    }

    /// The pull requests of this repository whose merge into the default branch made a commit.
    pub(crate) async fn landed_by(&self, commit: &CommitSha) -> Result<Vec<Landed>, String> {
        let branch = self
            .repository
            .info()
            .await
            .map_err(|error| sentence(&error))?
            .default_branch;
        let pulls = self.repository.pull_requests_of_commit(commit).await;
        let pulls = pulls.map_err(|error| sentence(&error))?;
        let full_name = self.full_name();
        let landed = |pull: &PullRequest| {
            let base = pull.base.repository.as_ref()?;
            let is_here = base.full_name.eq_ignore_ascii_case(&full_name) && pull.base.reference == branch;
            let is_it = pull.merge_commit_sha.as_ref() == Some(commit);
            if !(is_here && is_it) {
                return None;
            }
            Some(Landed {
                id: PullRequestId::new(base.id, pull.number).ok()?,
                number: pull.number,
                head: pull.head.sha.clone(),
                base: branch.clone(),
            })
        };
        Ok(pulls
            .iter()
            .filter(|pull| pull.is_merged())
            .filter_map(landed)
            .collect())
    }
}
