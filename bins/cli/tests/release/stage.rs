//! A workspace of two git repositories, `a` and `b` (which needs `a`), built by one shell line, and the binary.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStderr, Command, Stdio};
use tempfile::TempDir;

const PATH: &str = "/usr/local/bin:/usr/bin:/bin";

/// The stage; removed at the end.
pub(crate) struct Stage {
    pub(crate) folder: TempDir,
}

/// What the binary answered.
#[derive(Debug)]
pub(crate) struct Answer {
    pub(crate) code: i32,
    pub(crate) out: String,
    pub(crate) err: String,
}

/// A release that runs.
pub(crate) struct Running {
    child: Child,
    err: BufReader<ChildStderr>,
}

impl Answer {
    pub(crate) fn json(&self) -> serde_json::Value {
        serde_json::from_str(&self.out).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl Stage {
    /// `build` is the shell line that builds `a`, in its source tree three folders below the stage's.
    pub(crate) fn new(build: &str) -> Self {
        let stage = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let manifest = "[versions]\n\
            a = { version = '0.1.0', git_tag = 'v0.1.0' }\n\
            b = { version = '0.1.0', git_tag = 'v0.1.0', requires = ['a=0.1.0'] }\n";
        let configuration = format!(
            "[repositories.a]\nbuild = {build:?}\nartifacts = []\n\
             [repositories.b]\nbuild = ['true']\nartifacts = {{ b = 'text' }}\n"
        );
        stage.write(
            "m.toml",
            &manifest.replace("requires", "binaries = ['b'], requires"),
        );
        stage.write("c.toml", &configuration);
        for repository in ["a", "b"] {
            std::fs::create_dir(stage.folder.path().join(repository)).unwrap();
            stage.write(&format!("{repository}/text"), "committed");
            stage.git(repository, &["init", "--quiet", "--initial-branch=main"]);
            stage.git(repository, &["add", "."]);
            stage.git(repository, &["commit", "--quiet", "--message", "begin"]);
            stage.git(repository, &["tag", "v0.1.0"]);
        }
        assert!(
            Command::new("mkfifo")
                .arg(stage.folder.path().join("gate"))
                .status()
                .unwrap()
                .success()
        );
        stage
    }

    fn write(&self, path: &str, text: &str) {
        std::fs::write(self.folder.path().join(path), text).unwrap();
    }

    pub(crate) fn git(&self, repository: &str, arguments: &[&str]) {
        let mut git = Command::new("git");
        git.env_clear()
            .env("PATH", PATH)
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        for role in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{role}_NAME"), "Example")
                .env(format!("GIT_{role}_EMAIL"), "example@example.invalid");
            git.env(format!("GIT_{role}_DATE"), "2025-01-01T00:00:00Z");
        }
        assert!(
            git.current_dir(self.folder.path().join(repository))
                .args(arguments)
                .status()
                .unwrap()
                .success()
        );
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_governance"));
        command
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", PATH)
            .args(arguments);
        command
            .stdin(Stdio::null())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        command
    }

    pub(crate) fn run(&self, arguments: &[&str]) -> Answer {
        let output = self.command(arguments).output().unwrap();
        Answer {
            code: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }

    fn release_arguments() -> Vec<&'static str> {
        "release local 0.1.0 --manifest m.toml --config c.toml --workspace . --out out --state state.db"
            .split(' ')
            .collect()
    }

    /// The release, from where it stands to its rest.
    pub(crate) fn release(&self) -> Answer {
        self.run(&Self::release_arguments())
    }

    /// The release, left running.
    pub(crate) fn begin_release(&self) -> Running {
        let mut child = self
            .command(&Self::release_arguments())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let err = BufReader::new(child.stderr.take().unwrap());
        Running { child, err }
    }

    /// An order, its exit code, and something that it says on either stream.
    pub(crate) fn check(&self, order: &str, code: i32, says: &str) {
        let answer = self.run(&["release", order, "0.1.0", "--state", "state.db"]);
        assert_eq!(answer.code, code, "{order}: {answer:?}");
        let said = answer.out.to_lowercase() + &answer.err.to_lowercase();
        assert!(said.contains(&says.to_lowercase()), "{order}: {answer:?}");
    }

    pub(crate) fn json(&self, order: &str) -> serde_json::Value {
        self.run(&[
            "release", order, "0.1.0", "--state", "state.db", "--format", "json",
        ])
        .json()
    }

    /// The state of the release.
    pub(crate) fn state(&self) -> String {
        self.json("show")["state"].as_str().unwrap().to_owned()
    }

    /// Lets the build go on that waits at the gate.
    pub(crate) fn open_gate(&self) {
        open(&self.folder.path().join("gate"));
    }
}

fn open(gate: &Path) {
    std::fs::write(gate, "").unwrap();
}

impl Running {
    /// Waits until a line with this text comes.
    pub(crate) fn wait_for(&mut self, text: &str) {
        let mut line = String::new();
        while !line.contains(text) {
            line.clear();
            assert_ne!(
                self.err.read_line(&mut line).unwrap(),
                0,
                "it ended without saying {text:?}"
            );
        }
    }

    /// Waits until it ends.
    pub(crate) fn code(&mut self) -> i32 {
        let mut rest = String::new();
        std::io::Read::read_to_string(&mut self.err, &mut rest).unwrap();
        self.child
            .wait()
            .unwrap()
            .code()
            .unwrap_or_else(|| panic!("killed: {rest}"))
    }
}

impl Drop for Running {
    /// A test that failed leaves no release behind: asked to end, it ends its builds too.
    fn drop(&mut self) {
        if matches!(self.child.try_wait(), Ok(None)) {
            let _ = Command::new("kill").arg(self.child.id().to_string()).status();
            let _ = self.child.wait();
        }
    }
}
