//! Git's objects, as git itself hashes and stores them, so that what the model keeps in memory is also a real repository on disk.

use aws_lc_rs::digest;
use bytes::Bytes;
use std::collections::{BTreeMap, BTreeSet};

/// The time of the first commit of every repository, in seconds since the epoch: 2026-01-01.
const FIRST_COMMIT_SECONDS: i64 = 1_767_225_600;

/// How far the commits of a repository lie apart, in seconds, so that their order can be seen from their dates.
const COMMIT_STEP_SECONDS: i64 = 60;

/// Who writes all commits.
pub(crate) const AUTHOR_NAME: &str = "Octavia Sim";
/// The address of the author.
pub(crate) const AUTHOR_EMAIL: &str = "octavia@example.org";

/// A commit.
#[derive(Debug, Clone)]
pub(crate) struct Commit {
    pub(crate) sha: String,
    pub(crate) tree: String,
    pub(crate) parents: Vec<String>,
    pub(crate) message: String,
    pub(crate) seconds: i64,
}

impl Commit {
    /// What git hashes, after its header.
    fn text(&self) -> String {
        let mut text = format!("tree {}\n", self.tree);
        for parent in &self.parents {
            text.push_str(&format!("parent {parent}\n"));
        }
        let who = format!("{AUTHOR_NAME} <{AUTHOR_EMAIL}> {} +0000", self.seconds);
        text.push_str(&format!("author {who}\ncommitter {who}\n\n{}\n", self.message));
        text
    }
}

/// An annotated tag.
#[derive(Debug, Clone)]
pub(crate) struct TagObject {
    pub(crate) sha: String,
    pub(crate) tag: String,
    pub(crate) target: String,
    pub(crate) message: String,
    pub(crate) seconds: i64,
}

/// One object as it lies on disk before compression.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GitObject {
    /// Its name.
    pub sha: String,
    /// Header and content.
    pub bytes: Vec<u8>,
}

/// All objects of one repository.
#[derive(Debug, Clone, Default)]
pub(crate) struct Objects {
    blobs: BTreeMap<String, Bytes>,
    /// The files of a tree, flat: path to blob.
    trees: BTreeMap<String, BTreeMap<String, String>>,
    commits: BTreeMap<String, Commit>,
    tags: BTreeMap<String, TagObject>,
    /// The commits that another one follows.
    followed: BTreeSet<String>,
    unwritten: Vec<GitObject>,
}

impl Objects {
    /// What was made since the last call, for the disk.
    pub(crate) fn take_unwritten(&mut self) -> Vec<GitObject> {
        std::mem::take(&mut self.unwritten)
    }

    pub(crate) fn commit(&self, sha: &str) -> Option<&Commit> {
        self.commits.get(sha)
    }

    pub(crate) fn tag(&self, sha: &str) -> Option<&TagObject> {
        self.tags.get(sha)
    }

    pub(crate) fn blob(&self, sha: &str) -> Option<&Bytes> {
        self.blobs.get(sha)
    }

    /// The files of a commit: path to blob.
    pub(crate) fn files(&self, commit: &str) -> Option<&BTreeMap<String, String>> {
        self.trees.get(&self.commits.get(commit)?.tree)
    }

    pub(crate) fn file(&self, commit: &str, path: &str) -> Option<&Bytes> {
        self.blobs.get(self.files(commit)?.get(path)?)
    }

    /// The commit with this name or a beginning of it that is long enough to be meant.
    pub(crate) fn find_commit(&self, prefix: &str) -> Option<&Commit> {
        /// Shorter beginnings are not looked up.
        const PREFIX_LENGTH_MIN: usize = 7;
        if prefix.len() < PREFIX_LENGTH_MIN {
            return None;
        }
        let (sha, commit) = self.commits.range(prefix.to_owned()..).next()?;
        sha.starts_with(prefix).then_some(commit)
    }

    /// A commit on top of `parent` in which these files have these contents; `None` removes a file.
    pub(crate) fn add_commit(
        &mut self,
        parent: Option<&str>,
        files: &[(String, Option<Bytes>)],
        message: &str,
    ) -> String {
        let mut tree = parent
            .and_then(|parent| self.files(parent))
            .cloned()
            .unwrap_or_default();
        for (path, content) in files {
            match content {
                Some(content) => {
                    let blob = self.add("blob", content);
                    self.blobs.insert(blob.clone(), content.clone());
                    tree.insert(path.clone(), blob);
                }
                None => {
                    tree.remove(path);
                }
            }
        }
        let parents: Vec<String> = parent.map(str::to_owned).into_iter().collect();
        self.add_commit_of(tree, parents, message)
    }

    /// A commit of a whole tree.
    pub(crate) fn add_commit_of(
        &mut self,
        tree: BTreeMap<String, String>,
        parents: Vec<String>,
        message: &str,
    ) -> String {
        let root = self.add_tree("", &tree);
        self.trees.insert(root.clone(), tree);
        let mut commit = Commit {
            sha: String::new(),
            tree: root,
            parents,
            message: message.to_owned(),
            seconds: self.next_seconds(),
        };
        commit.sha = self.add("commit", commit.text().as_bytes());
        let sha = commit.sha.clone();
        self.followed.extend(commit.parents.iter().cloned());
        self.commits.insert(sha.clone(), commit);
        sha
    }

    /// Takes over a commit of another repository, with everything behind it that is not here yet.
    pub(crate) fn import(&mut self, other: &Self, commit: &str) {
        let mut open = vec![commit.to_owned()];
        while let Some(sha) = open.pop() {
            if self.commits.contains_key(&sha) {
                continue;
            }
            let Some(found) = other.commits.get(&sha) else {
                continue;
            };
            let files = other.trees.get(&found.tree).cloned().unwrap_or_default();
            for blob in files.values().filter_map(|name| other.blobs.get_key_value(name)) {
                if !self.blobs.contains_key(blob.0) {
                    self.add("blob", blob.1);
                    self.blobs.insert(blob.0.clone(), blob.1.clone());
                }
            }
            self.add_tree("", &files);
            self.trees.insert(found.tree.clone(), files);
            self.add("commit", found.text().as_bytes());
            open.extend(found.parents.iter().cloned());
            self.followed.extend(found.parents.iter().cloned());
            self.commits.insert(sha, found.clone());
        }
    }

    pub(crate) fn add_tag(&mut self, tag: &str, target: &str, message: &str) -> String {
        let seconds = self.next_seconds();
        let text = format!(
            "object {target}\ntype commit\ntag {tag}\ntagger {AUTHOR_NAME} <{AUTHOR_EMAIL}> {seconds} +0000\n\n{message}\n"
        );
        let sha = self.add("tag", text.as_bytes());
        let object = TagObject {
            sha: sha.clone(),
            tag: tag.to_owned(),
            target: target.to_owned(),
            message: message.to_owned(),
            seconds,
        };
        self.tags.insert(sha.clone(), object);
        sha
    }

    /// How many commits the second has that the first lacks, and the other way round.
    pub(crate) fn apart(&self, base: &str, head: &str) -> (usize, usize) {
        let (of_base, of_head) = (self.history(base), self.history(head));
        let lacks = |one: &BTreeSet<&str>, other: &BTreeSet<&str>| other.difference(one).count();
        (lacks(&of_base, &of_head), lacks(&of_head, &of_base))
    }

    /// The commits that a head has and a base has not, the oldest first; of equal age those first that others follow.
    pub(crate) fn lacking<'a>(&'a self, base: &'a str, head: &'a str) -> Vec<&'a str> {
        let (of_base, of_head) = (self.history(base), self.history(head));
        let mut lacking: Vec<&str> = of_head.difference(&of_base).copied().collect();
        lacking.sort_by_key(|sha| self.commits.get(*sha).map(|commit| commit.seconds));
        lacking
    }

    /// The newest commit that both have; the first itself if there is none.
    pub(crate) fn fork_of(&self, base: &str, head: &str) -> String {
        let of_head = self.history(head);
        let shared = self.history(base).into_iter().filter(|sha| of_head.contains(sha));
        let newest = shared.max_by_key(|sha| self.commits.get(*sha).map(|commit| commit.seconds));
        newest.unwrap_or(base).to_owned()
    }

    /// A commit and all behind it.
    fn history<'a>(&'a self, commit: &'a str) -> BTreeSet<&'a str> {
        let mut seen = BTreeSet::new();
        let mut open = vec![commit];
        while let Some(sha) = open.pop() {
            if seen.insert(sha) {
                let parents = self
                    .commits
                    .get(sha)
                    .into_iter()
                    .flat_map(|commit| &commit.parents);
                open.extend(parents.map(String::as_str));
            }
        }
        seen
    }

    /// Whether no commit follows this one: then it lies behind none but itself.
    pub(crate) fn is_last(&self, commit: &str) -> bool {
        !self.followed.contains(commit)
    }

    /// Whether `ancestor` is `commit` or lies behind it.
    pub(crate) fn is_behind(&self, ancestor: &str, commit: &str) -> bool {
        let mut open = vec![commit];
        let mut seen = std::collections::BTreeSet::new();
        while let Some(sha) = open.pop() {
            if sha == ancestor {
                return true;
            }
            if seen.insert(sha) {
                open.extend(
                    self.commits
                        .get(sha)
                        .into_iter()
                        .flat_map(|commit| commit.parents.iter().map(String::as_str)),
                );
            }
        }
        false
    }

    fn next_seconds(&self) -> i64 {
        let made = i64::try_from(self.commits.len() + self.tags.len()).unwrap_or(0);
        FIRST_COMMIT_SECONDS + made * COMMIT_STEP_SECONDS
    }

    /// The tree object of everything below `folder` (empty, or with a slash at its end).
    fn add_tree(&mut self, folder: &str, files: &BTreeMap<String, String>) -> String {
        tree_of(folder, files, &mut |content| self.add("tree", content))
    }

    fn add(&mut self, kind: &str, content: &[u8]) -> String {
        let (sha, bytes) = object_of(kind, content);
        self.unwritten.push(GitObject {
            sha: sha.clone(),
            bytes,
        });
        sha
    }
}

/// What git calls the folder of this name (with a slash at its end) among these files.
pub(crate) fn folder_sha(folder: &str, files: &BTreeMap<String, String>) -> String {
    tree_of(folder, files, &mut |content| object_of("tree", content).0)
}

/// The name of the tree of everything below a folder; every tree in it is given to `name`, which names it.
fn tree_of(
    folder: &str,
    files: &BTreeMap<String, String>,
    name_it: &mut dyn FnMut(&[u8]) -> String,
) -> String {
    // Git sorts folders as if their names ended with a slash, which is how they are kept here.
    let mut entries: BTreeMap<String, String> = BTreeMap::new();
    for (path, blob) in files {
        let Some(rest) = path.strip_prefix(folder) else {
            continue;
        };
        match rest.split_once('/') {
            Some((below, _)) => entries.entry(format!("{below}/")).or_default(),
            None => entries.entry(rest.to_owned()).or_insert(blob.clone()),
        };
    }
    let mut content = Vec::new();
    for (name, blob) in entries {
        let (mode, name, sha) = match name.strip_suffix('/') {
            Some(below) => {
                let sha = tree_of(&format!("{folder}{name}"), files, name_it);
                ("40000", below.to_owned(), sha)
            }
            None => ("100644", name, blob),
        };
        content.extend_from_slice(format!("{mode} {name}\0").as_bytes());
        content.extend(sha_bytes(&sha));
    }
    name_it(&content)
}

/// An object: its name and its bytes.
fn object_of(kind: &str, content: &[u8]) -> (String, Vec<u8>) {
    let mut bytes = format!("{kind} {}\0", content.len()).into_bytes();
    bytes.extend_from_slice(content);
    let digest = digest::digest(&digest::SHA1_FOR_LEGACY_USE_ONLY, &bytes);
    let sha: String = digest.as_ref().iter().map(|byte| format!("{byte:02x}")).collect();
    (sha, bytes)
}

fn sha_bytes(sha: &str) -> Vec<u8> {
    (0..sha.len() / 2)
        .filter_map(|index| u8::from_str_radix(sha.get(index * 2..index * 2 + 2)?, 16).ok())
        .collect()
}
