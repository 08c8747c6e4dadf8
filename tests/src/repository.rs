//! Real git repositories with a fixed identity and dates, and what a folder contains, to be compared before and after.

use crate::surroundings::{environment, must};
use domain_types::Sha256Digest;
use std::collections::BTreeMap;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Who commits: nobody, in a domain that can never exist (RFC 2606).
const IDENTITY: (&str, &str) = ("Play", "play@example.invalid");
/// When: fixed, so that the same files give the same commit everywhere.
const DATE: &str = "2025-06-01T12:00:00Z";

/// A git repository of a play.
#[derive(Debug, Clone)]
pub struct Repository {
    folder: PathBuf,
}

impl Repository {
    /// An empty repository in a new folder.
    #[track_caller]
    pub fn create(folder: &Path) -> Repository {
        must("make a repository's folder", fs::create_dir_all(folder));
        let repository = Repository {
            folder: folder.to_owned(),
        };
        repository.git(&["init", "--quiet", "--initial-branch=main", "--template="]);
        repository
    }

    /// One that is there already.
    pub fn at(folder: &Path) -> Repository {
        Repository {
            folder: folder.to_owned(),
        }
    }

    /// Its folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Writes a file, its folders included, without committing it.
    #[track_caller]
    pub fn write(&self, path: &str, text: &str) -> &Repository {
        let file = self.folder.join(path);
        if let Some(parent) = file.parent() {
            must("make a folder", fs::create_dir_all(parent));
        }
        must("write a file", fs::write(file, text));
        self
    }

    /// Commits everything that lies there.
    #[track_caller]
    pub fn commit(&self, message: &str) -> &Repository {
        self.git(&["add", "--all"]);
        self.git(&["commit", "--quiet", "--allow-empty", "--message", message]);
        self
    }

    /// Sets an annotated tag on the last commit.
    #[track_caller]
    pub fn tag(&self, name: &str) -> &Repository {
        self.git(&["tag", "--annotate", "--message", name, name]);
        self
    }

    /// The last commit's id.
    #[track_caller]
    pub fn head(&self) -> String {
        self.git(&["rev-parse", "HEAD"]).trim().to_owned()
    }

    /// Runs git here, with a fixed identity and date, untouched by the user's configuration; answers what it printed.
    ///
    /// # Panics
    ///
    /// If git ends badly.
    #[track_caller]
    pub fn git(&self, arguments: &[&str]) -> String {
        let mut git = Command::new("git");
        git.current_dir(&self.folder)
            .args(arguments)
            .stdin(Stdio::null())
            .env_clear()
            .envs(environment());
        let (name, mail) = IDENTITY;
        for role in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{role}_NAME"), name)
                .env(format!("GIT_{role}_EMAIL"), mail);
            git.env(format!("GIT_{role}_DATE"), DATE);
        }
        let output = must("run git", git.output());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "git {} in {}: {said}",
            arguments.join(" "),
            self.folder.display()
        );
        String::from_utf8_lossy(&output.stdout).into_owned()
    }
}

/// What a folder contains: for every path below it its mode and the digest of its bytes (of a link: of where it points to).
pub type Contents = BTreeMap<PathBuf, (u32, Sha256Digest)>;

/// Reads everything below a folder, `.git` included; what git or a release may change without changing the repository is not left
/// out, so that "left as it was" means every byte.
#[track_caller]
pub fn contents(folder: &Path) -> Contents {
    let mut found = Contents::new();
    collect(folder, folder, &mut found);
    found
}

#[track_caller]
fn collect(root: &Path, folder: &Path, found: &mut Contents) {
    for entry in must(&format!("list {}", folder.display()), fs::read_dir(folder)) {
        let path = must("list a folder", entry).path();
        let about = must(
            &format!("look at {}", path.display()),
            fs::symlink_metadata(&path),
        );
        let bytes = if about.is_dir() {
            collect(root, &path, found);
            Vec::new()
        } else if about.is_symlink() {
            must("read a link", fs::read_link(&path))
                .as_os_str()
                .as_bytes()
                .to_vec()
        } else {
            must(&format!("read {}", path.display()), fs::read(&path))
        };
        let name = path.strip_prefix(root).unwrap_or(&path).to_owned();
        found.insert(name, (about.permissions().mode(), Sha256Digest::of(&bytes)));
    }
}
