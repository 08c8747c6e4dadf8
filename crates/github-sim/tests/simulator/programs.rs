//! Programs that are not ours and speak to the simulator: scripts within reach of octokit. They are left out where it is not installed, and
//! that is said.

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
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "https_proxy",
    "ALL_PROXY",
    "NO_PROXY",
    "no_proxy",
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

fn program(name: &str) -> Command {
    let mut command = Command::new(name);
    command.kill_on_drop(true);
    for variable in NOT_INHERITED {
        command.env_remove(variable);
    }
    command
}
