//! A release directory as a user sees it.

use crate::repository::{Contents, contents};
use crate::surroundings::{environment, must};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// The one file that says how a release came about; two equal releases differ in it.
pub const EVIDENCE: &str = "release-evidence.json";

/// A release directory.
#[derive(Debug, Clone)]
pub struct ReleaseFolder {
    folder: PathBuf,
}

impl ReleaseFolder {
    /// The release in this folder.
    pub fn at(folder: &Path) -> ReleaseFolder {
        ReleaseFolder {
            folder: folder.to_owned(),
        }
    }

    /// Every file with mode and digest, the evidence aside: what two releases of the same sources have in common.
    #[track_caller]
    pub fn what(&self) -> Contents {
        let mut files = contents(&self.folder);
        files.remove(Path::new(EVIDENCE));
        files
    }

    /// The names of all files, sorted.
    #[track_caller]
    pub fn names(&self) -> Vec<String> {
        contents(&self.folder)
            .keys()
            .map(|path| path.display().to_string())
            .collect()
    }

    /// A text file of it.
    #[track_caller]
    pub fn text(&self, name: &str) -> String {
        must(
            &format!("read {name} of the release"),
            fs::read_to_string(self.folder.join(name)),
        )
    }

    /// Runs the system's `sha256sum -c SHA256SUMS`.
    ///
    /// # Panics
    ///
    /// With what it said, if it does not agree.
    #[track_caller]
    pub fn agrees_with_sha256sum(&self) {
        self.runs("sha256sum", &["--check", "--strict", "SHA256SUMS"]);
    }

    /// Unpacks an archive with the system's tar into a folder that is made.
    #[track_caller]
    pub fn unpack(&self, archive: &str, into: &Path) {
        must("make a folder", fs::create_dir_all(into));
        self.runs(
            "tar",
            &[
                "--extract",
                "--gzip",
                "--file",
                archive,
                "--directory",
                &into.to_string_lossy(),
            ],
        );
    }

    #[track_caller]
    fn runs(&self, program: &str, arguments: &[&str]) {
        let mut command = Command::new(program);
        command
            .args(arguments)
            .current_dir(&self.folder)
            .stdin(Stdio::null())
            .env_clear()
            .envs(environment());
        let output = must(&format!("run {program}"), command.output());
        let said = String::from_utf8_lossy(&output.stderr);
        assert!(
            output.status.success(),
            "{program} {}: {said}",
            arguments.join(" ")
        );
    }
}
