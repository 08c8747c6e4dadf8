//! A whole organisation in a temporary folder: repositories, manifest and configuration, gone at the end of the play.

use crate::component::Component;
use crate::governance::Governance;
use crate::repository::Repository;
use crate::surroundings::must;
use std::fs;
use std::path::{Path, PathBuf};
use tempfile::TempDir;

/// The tag of every component.
const TAG: &str = "v0.1.0";

/// An organisation of a play.
#[derive(Debug)]
pub struct Organisation {
    folder: TempDir,
}

impl Organisation {
    /// One of components that are built by a line of shell.
    #[track_caller]
    pub fn of(components: &[Component]) -> Organisation {
        let organisation = Organisation::empty();
        for component in components {
            let repository = Repository::create(&organisation.workspace().join(&component.name));
            repository.write("build.sh", &format!("{}\n", component.script));
            for (path, text) in &component.files {
                repository.write(path, text);
            }
            repository.commit("Begin").tag(TAG);
        }
        let entries: String = components.iter().map(Component::entry).collect();
        organisation.write_manifest(&format!("[versions]\n{entries}"));
        let tables: String = components.iter().map(Component::table).collect();
        organisation.write_configuration(&format!("[release]\nname = \"play\"\n{tables}"));
        organisation
    }

    /// The example organisation that the demo shows, as it lies in `fixtures/organisation`.
    #[track_caller]
    pub fn example() -> Organisation {
        let organisation = Organisation::empty();
        let fixture = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../fixtures/organisation"));
        for entry in must("list the example organisation", fs::read_dir(fixture)) {
            let entry = must("list the example organisation", entry);
            let target = organisation.workspace().join(entry.file_name());
            if entry.path().is_dir() {
                let repository = Repository::create(&target);
                copy(&entry.path(), &target);
                repository.commit("Begin").tag(TAG);
            } else {
                must("copy a file", fs::copy(entry.path(), target));
            }
        }
        organisation
    }

    #[track_caller]
    fn empty() -> Organisation {
        let organisation = Organisation {
            folder: must("make a temporary folder", tempfile::tempdir()),
        };
        must("make the workspace", fs::create_dir(organisation.workspace()));
        organisation
    }

    /// The temporary folder, for what a play puts beside the workspace.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The folder that holds the repositories.
    pub fn workspace(&self) -> PathBuf {
        self.folder().join("workspace")
    }

    /// versions.toml.
    pub fn manifest(&self) -> PathBuf {
        self.workspace().join("versions.toml")
    }

    /// governance-app.toml.
    pub fn configuration(&self) -> PathBuf {
        self.workspace().join("governance-app.toml")
    }

    /// The release directory of a play that makes one release.
    pub fn out(&self) -> PathBuf {
        self.folder().join("release")
    }

    /// Where sources are laid out and built: the same for every release of this workspace.
    pub fn sources(&self) -> PathBuf {
        self.workspace().join(".governance").join("source")
    }

    /// The state file where no other is named.
    pub fn state(&self) -> PathBuf {
        self.workspace().join(".governance").join("state.db")
    }

    /// One of its repositories.
    pub fn repository(&self, name: &str) -> Repository {
        Repository::at(&self.workspace().join(name))
    }

    /// Replaces versions.toml.
    #[track_caller]
    pub fn write_manifest(&self, text: &str) {
        must("write the manifest", fs::write(self.manifest(), text));
    }

    /// Replaces governance-app.toml.
    #[track_caller]
    pub fn write_configuration(&self, text: &str) {
        must("write the configuration", fs::write(self.configuration(), text));
    }

    /// `governance release local VERSION` with this organisation's files, into [`Organisation::out`]. Further arguments may follow.
    #[track_caller]
    pub fn release(&self, version: &str) -> Governance {
        self.release_into(version, &self.out())
    }

    /// The same into another release directory.
    #[track_caller]
    pub fn release_into(&self, version: &str, out: &Path) -> Governance {
        Governance::new()
            .args(["release", "local", version])
            .option("--manifest", &self.manifest())
            .option("--workspace", &self.workspace())
            .option("--config", &self.configuration())
            .option("--out", out)
    }

    /// `governance release ORDER VERSION --state FILE`, such as `show` or `pause`, on the default state file.
    #[track_caller]
    pub fn order(&self, order: &str, version: &str) -> Governance {
        Governance::new()
            .args(["release", order, version])
            .option("--state", &self.state())
    }
}

#[track_caller]
fn copy(from: &Path, to: &Path) {
    for entry in must("list a folder", fs::read_dir(from)) {
        let entry = must("list a folder", entry);
        let target = to.join(entry.file_name());
        if !entry.path().is_dir() {
            must("copy a file", fs::copy(entry.path(), target));
        } else if entry.file_name() != "target" {
            must("make a folder", fs::create_dir_all(&target));
            copy(&entry.path(), &target);
        }
    }
}
