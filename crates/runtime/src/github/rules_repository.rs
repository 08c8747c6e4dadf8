//! The repository of the rules: what its default branch says now, and which pull request brought it there.

use crate::error::sentence;
use domain_types::{CommitSha, PullRequestId, Sha256Digest, Timestamp};
use github_client::{EntryKind, FolderEntry, GitHub, GitHubError, PullRequest, Repository};
use governance_rules::{FILE_BYTES_MAX, FILES_MAX, RulesetDigest};
use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Folders within each other below `config/`. Rules have two.
const DEPTH_MAX: usize = 8;

/// The file of the rules for the rules.
const OWN: &str = ".governance.yml";
/// The folder of all others.
const FOLDER: &str = "config";

/// Commits of the default branch that are gone back to find rules that are known: each costs two requests, the first time.
const WAY_COMMITS_MAX: usize = 500;

/// Where the rules are kept.
pub struct RulesRepository {
    repository: Repository,
    /// The texts of the state that was read last, by git's name for each: the next one differs in few of them.
    texts: Mutex<BTreeMap<String, String>>,
    /// What was read of commits: it never changes. As many as were gone back at most.
    known: Mutex<BTreeMap<CommitSha, State>>,
    /// Digests by what git calls the texts.
    digests: Mutex<BTreeMap<(String, String), Sha256Digest>>,
}

/// The rules at a commit of the default branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct State {
    pub(super) commit: CommitSha,
    /// Their digest; none where what lies there can be no rules.
    pub(super) digest: Option<Sha256Digest>,
}

/// The way along first parents from rules that are known to the head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// The known ones first, the head last.
    From(Vec<State>),
    /// None of so many commits has rules that are known.
    None(usize),
}

/// Why there are no texts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Unread {
    /// The forge did not say. It is asked again.
    Forge(String),
    /// What lies there can be no rules.
    Content(String),
}

impl From<GitHubError> for Unread {
    fn from(error: GitHubError) -> Self {
        Self::Forge(sentence(&error))
    }
}

/// A pull request that brought rules to the default branch.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct MergedPull {
    pub(crate) id: PullRequestId,
    pub(crate) number: u64,
    pub(crate) head: CommitSha,
    pub(crate) base: String,
    pub(crate) merged_at: Timestamp,
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
            known: Mutex::default(),
            digests: Mutex::default(),
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

    /// The way from the newest rules that are known to this head.
    ///
    /// # Errors
    /// Why the forge does not say.
    pub(super) async fn way(
        &self,
        head: &CommitSha,
        is_known: impl Fn(&Sha256Digest) -> bool,
    ) -> Result<Way, String> {
        let mut way = vec![self.state(head).await?];
        while let Some(last) = way.last() {
            if last.digest.as_ref().is_some_and(&is_known) {
                way.reverse();
                return Ok(Way::From(way));
            }
            let parent = match way.len() < WAY_COMMITS_MAX {
                true => self.parent(&last.commit).await?,
                false => None,
            };
            match parent {
                Some(parent) => way.push(self.state(&parent).await?),
                None => return Ok(Way::None(way.len())),
            }
        }
        Ok(Way::None(0))
    }

    /// The rules at a commit.
    async fn state(&self, commit: &CommitSha) -> Result<State, String> {
        let known = self.remembered(&self.known, |known| known.get(commit).cloned());
        if let Some(known) = known {
            return Ok(known);
        }
        let digest = match self.digest(commit).await {
            Ok(digest) => Some(digest),
            Err(Unread::Content(_)) => None,
            Err(Unread::Forge(reason)) => return Err(reason),
        };
        let commit = commit.clone();
        let state = State { commit, digest };
        self.remembered(&self.known, |known| {
            while known.len() >= WAY_COMMITS_MAX {
                known.pop_first();
            }
            known.insert(state.commit.clone(), state.clone());
        });
        Ok(state)
    }

    async fn digest(&self, commit: &CommitSha) -> Result<Sha256Digest, Unread> {
        let entries = self.repository.folder("", commit.as_str()).await?;
        let name = names(&entries.unwrap_or_default());
        let known = name
            .as_ref()
            .and_then(|name| self.remembered(&self.digests, |digests| digests.get(name).copied()));
        if let Some(known) = known {
            return Ok(known);
        }
        let digest = RulesetDigest::of(&self.files(commit).await?).sha256();
        if let Some(name) = name {
            self.remembered(&self.digests, |digests| {
                while digests.len() >= WAY_COMMITS_MAX {
                    digests.pop_first();
                }
                digests.insert(name, digest);
            });
        }
        Ok(digest)
    }

    /// Uses what is remembered. Nothing is awaited meanwhile.
    fn remembered<M, T>(&self, memory: &Mutex<M>, with: impl FnOnce(&mut M) -> T) -> T {
        // Whoever panicked with it left at most something that is missing.
        let mut memory = memory.lock().unwrap_or_else(PoisonError::into_inner);
        with(&mut memory)
    }

    /// The texts of the rules at a commit, by path: everything or nothing.
    pub(super) async fn files(&self, commit: &CommitSha) -> Result<BTreeMap<String, String>, Unread> {
        let content = |reason: String| Err(Unread::Content(reason));
        let mut files = BTreeMap::new();
        let mut texts = BTreeMap::new();
        if let Some(text) = self.text(OWN, commit).await? {
            files.insert(OWN.to_owned(), text);
        }
        let mut folders = vec![(FOLDER.to_owned(), 0)];
        while let Some((folder, depth)) = folders.pop() {
            let Some(entries) = self.repository.folder(&folder, commit.as_str()).await? else {
                return content(format!("{folder} is no folder at {commit}"));
            };
            for entry in entries {
                let is_yaml = entry.name.ends_with(".yml") || entry.name.ends_with(".yaml");
                match entry.kind {
                    EntryKind::Folder if depth == DEPTH_MAX => {
                        return content(format!("{} lies too deep", entry.path));
                    }
                    EntryKind::Folder => folders.push((entry.path, depth + 1)),
                    EntryKind::File if is_yaml => {
                        let text = match self.known_text(&entry.sha) {
                            Some(text) => Some(text),
                            None => self.text(&entry.path, commit).await?,
                        };
                        let Some(text) = text else {
                            return content(format!("{} is gone", entry.path));
                        };
                        texts.insert(entry.sha, text.clone());
                        files.insert(entry.path, text);
                    }
                    EntryKind::File => {}
                    EntryKind::Link | EntryKind::Submodule | EntryKind::Other(_) => {
                        return content(format!(
                            "{} is no file: rules are what lies in the folder",
                            entry.path
                        ));
                    }
                }
                if files.len() > FILES_MAX {
                    return content(format!("there are more than {FILES_MAX} files"));
                }
            }
        }
        *self.texts.lock().unwrap_or_else(PoisonError::into_inner) = texts;
        Ok(files)
    }

    /// A text that was read before, by git's name for it: what has the same name is the same.
    fn known_text(&self, sha: &str) -> Option<String> {
        self.remembered(&self.texts, |texts| texts.get(sha).cloned())
    }

    async fn text(&self, path: &str, commit: &CommitSha) -> Result<Option<String>, Unread> {
        let Some(file) = self.repository.file(path, commit.as_str()).await? else {
            return Ok(None);
        };
        if file.bytes.len() > FILE_BYTES_MAX {
            return Err(Unread::Content(format!("{path} is larger than rules are")));
        }
        let text = String::from_utf8(file.bytes);
        text.map(Some)
            .map_err(|_| Unread::Content(format!("{path} is not UTF-8")))
    }

    /// What the default branch had before a commit came to it: the first parent.
    async fn parent(&self, commit: &CommitSha) -> Result<Option<CommitSha>, String> {
        let found = self.repository.commit(commit).await;
        let found = found.map_err(|error| sentence(&error))?;
        Ok(found.and_then(|commit| commit.parents.into_iter().next()))
    }

    /// The digest of the rules where a head and what lay before a commit parted; none where nobody can tell.
    ///
    /// # Errors
    /// Why the forge does not say.
    pub(super) async fn digest_below(
        &self,
        (commit, head): (&CommitSha, &CommitSha),
    ) -> Result<Option<Sha256Digest>, String> {
        let Some(before) = self.parent(commit).await? else {
            return Ok(None);
        };
        let compared = self.repository.compare(before.as_str(), head.as_str()).await;
        let compared = compared.map_err(|error| sentence(&error))?;
        match compared {
            Some(compared) => Ok(self.state(&compared.merge_base.sha).await?.digest),
            None => Ok(None),
        }
    }

    /// The pull requests of this repository whose merge into the default branch made a commit.
    pub(crate) async fn merged_as(&self, commit: &CommitSha) -> Result<Vec<MergedPull>, String> {
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
            Some(MergedPull {
                id: PullRequestId::new(base.id, pull.number).ok()?,
                number: pull.number,
                head: pull.head.sha.clone(),
                base: branch.clone(),
                merged_at: pull.merged_at?,
            })
        };
        Ok(pulls
            .iter()
            .filter(|pull| pull.is_merged())
            .filter_map(landed)
            .collect())
    }
}

/// What git calls the texts, where it is the texts that it names: what a link leads to is another thing tomorrow.
fn names(root: &[FolderEntry]) -> Option<(String, String)> {
    let named = |name: &str| root.iter().find(|entry| entry.name == name);
    let own = match named(OWN) {
        None => String::new(),
        Some(entry) if entry.kind == EntryKind::File => entry.sha.clone(),
        Some(_) => return None,
    };
    let folder = named(FOLDER).filter(|entry| entry.kind == EntryKind::Folder)?;
    Some((own, folder.sha.clone()))
}
