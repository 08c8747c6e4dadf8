//! Programs that are not ours and speak to the simulator: scripts within reach of octokit, and `gh`. Each is left out where it is not
//! installed, and that is said.

use serde_json::{Value, json};
use std::path::Path;
use std::process::Stdio;
use tokio::io::{AsyncBufReadExt as _, AsyncWriteExt as _, BufReader, Lines};
use tokio::process::{Child, ChildStdin, ChildStdout, Command};

/// Where octokit is installed. `cargo xtask test --require-all` puts it there.
const PEERS: &str = concat!(env!("CARGO_TARGET_TMPDIR"), "/peers");

/// What whoever runs the suite may have set, and must not matter: other options, other hosts, other ways to them.
const NOT_INHERITED: &[&str] = &[
    "NODE_OPTIONS",
    "NODE_USE_ENV_PROXY",
    "CLICOLOR_FORCE",
    "http_proxy",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "NO_PROXY",
    "no_proxy",
    "GITHUB_TOKEN",
    "GITHUB_ENTERPRISE_TOKEN",
    "GH_ENTERPRISE_TOKEN",
    "GH_DEBUG",
    "GH_FORCE_TTY",
    "DEBUG",
    "XDG_CONFIG_HOME",
    "XDG_STATE_HOME",
    "XDG_DATA_HOME",
    "XDG_CACHE_HOME",
];

/// A script that runs and is spoken with, a line each way.
pub(crate) struct Script {
    child: Child,
    input: Option<ChildStdin>,
    output: Lines<BufReader<ChildStdout>>,
}

impl Script {
    /// Starts a script with octokit within its reach, and says the first line to it.
    pub(crate) async fn start(text: &str, first: &Value) -> Option<Self> {
        if !Path::new(PEERS).join("installed.json").exists() {
            println!(
                "skipped: nothing is installed in {PEERS}; install it with `cargo xtask test --require-all`"
            );
            return None;
        }
        let mut child = program("node")
            .args(["--input-type=module", "--eval", text])
            .current_dir(PEERS)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let input = child.stdin.take();
        let output = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut script = Self { child, input, output };
        script.say(first).await;
        Some(script)
    }

    pub(crate) async fn say(&mut self, line: &Value) {
        let line = format!("{line}\n");
        let input = self.input.as_mut().unwrap();
        input.write_all(line.as_bytes()).await.unwrap();
    }

    /// The next line; `None` at the end.
    pub(crate) async fn hear(&mut self) -> Option<Value> {
        let line = self.output.next_line().await.unwrap()?;
        Some(serde_json::from_str(&line).unwrap())
    }

    /// Says that nothing more will be said.
    pub(crate) fn hush(&mut self) {
        self.input = None;
    }

    /// Ends it. Answers what it still said.
    pub(crate) async fn end(mut self) -> Vec<Value> {
        self.hush();
        let mut heard = Vec::new();
        while let Some(line) = self.hear().await {
            heard.push(line);
        }
        assert!(self.child.wait().await.unwrap().success(), "{}", json!(heard));
        heard
    }
}

/// `gh` with a person's token and a home of its own.
///
/// It speaks plain HTTP with one host only, `github.localhost`, at a fixed port: the simulator is its proxy on the way there.
pub(crate) struct Gh<'a> {
    pub(crate) url: &'a str,
    pub(crate) token: &'a str,
    /// The repository that is meant where none is named, `owner/name`.
    pub(crate) repository: &'a str,
    pub(crate) home: &'a Path,
}

impl Gh<'_> {
    /// Whether it is there.
    pub(crate) async fn is_installed() -> bool {
        let mut asked = program("gh");
        asked.arg("--version").stdout(Stdio::null()).stderr(Stdio::null());
        let is_installed = asked.status().await.is_ok_and(|status| status.success());
        if !is_installed {
            println!("skipped: gh is not installed; install it with `cargo xtask test --require-all`");
        }
        is_installed
    }

    /// Runs it. Answers what it printed, or what it complained of.
    pub(crate) fn run(&self, arguments: &[&str]) -> impl Future<Output = Result<String, String>> + use<> {
        ended(self.command(arguments))
    }

    /// The same where addresses within answers are followed: they name the simulator as it is, and any host but its own is an enterprise's
    /// for `gh`. Downloads do not go this way, for the storage would be shown the token as well, and refuses whoever shows one.
    pub(crate) fn run_along_links(
        &self,
        arguments: &[&str],
    ) -> impl Future<Output = Result<String, String>> + use<> {
        let mut command = self.command(arguments);
        command.env("GH_ENTERPRISE_TOKEN", self.token);
        ended(command)
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = program("gh");
        command
            .args(arguments)
            .current_dir(self.home)
            .env("HOME", self.home)
            .env("GH_CONFIG_DIR", self.home.join("gh"))
            .env("GH_HOST", "github.localhost")
            .env("GH_TOKEN", self.token)
            .env("GH_REPO", self.repository)
            .env("GH_NO_UPDATE_NOTIFIER", "1")
            .env("GH_PROMPT_DISABLED", "1")
            .env("http_proxy", self.url)
            .stdin(Stdio::null());
        command
    }
}

async fn ended(mut command: Command) -> Result<String, String> {
    let output = command.output().await.unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).trim_end().to_owned();
    if output.status.success() {
        Ok(text(&output.stdout))
    } else {
        Err(text(&output.stderr))
    }
}

fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    command.kill_on_drop(true);
    for variable in NOT_INHERITED {
        command.env_remove(variable);
    }
    command
}
