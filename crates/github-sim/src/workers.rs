//! What the runs do: the scripts that they follow, and workers that fulfil the contract of a build for any repository.

use serde_json::json;
use sha2::{Digest as _, Sha256};
use std::collections::BTreeMap;

/// Decides what a run does, once per attempt.
pub trait Workers: Send {
    /// What this attempt of this run does.
    fn script(&mut self, run: &RunRequest) -> RunScript;
}

/// An attempt of a run that is about to be queued.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunRequest {
    /// The repository, `owner/name`.
    pub repository: String,
    /// The commit at the head of what the run was started on.
    pub commit: String,
    /// The path of the workflow file.
    pub workflow: String,
    /// The event that started it.
    pub event: String,
    /// The inputs of a `workflow_dispatch`, or the payload of a `repository_dispatch`.
    pub inputs: BTreeMap<String, String>,
    /// The number of the attempt, from 1.
    pub attempt: u32,
    /// The run.
    pub run_id: u64,
}

/// What a run does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RunScript {
    /// How long it waits for a runner, in seconds.
    pub queued_seconds: u64,
    /// How long it runs, in seconds.
    pub running_seconds: u64,
    /// How it ends.
    pub outcome: Outcome,
    /// Whether a plain cancellation ends it; a forced one always does.
    pub heeds_cancel: bool,
    /// What it uploads at its end, if it succeeds or fails.
    pub artifacts: Vec<ScriptedArtifact>,
    /// What it writes into its log.
    pub log: String,
}

impl Default for RunScript {
    fn default() -> Self {
        Self {
            queued_seconds: 2,
            running_seconds: 30,
            outcome: Outcome::Success,
            heeds_cancel: true,
            artifacts: Vec::new(),
            log: "built\n".to_owned(),
        }
    }
}

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It succeeds.
    Success,
    /// A step fails.
    Failure,
    /// A person cancels it.
    Cancelled,
    /// It runs longer than its workflow allows.
    TimedOut,
    /// Its workflow file is not valid.
    StartupFailure,
    /// No runner ever takes it.
    NeverStarts,
    /// It never ends by itself.
    Hangs,
}

/// An artifact that a run uploads.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ScriptedArtifact {
    /// Its name.
    pub name: String,
    /// The files in its zip: name and content.
    pub files: Vec<(String, Vec<u8>)>,
}

/// A workflow file that fulfils the worker's contract, for the repositories of tests.
pub const WORKER_WORKFLOW: &str = r#"name: build
run-name: build ${{ inputs.version || github.event.client_payload.version }} [${{ inputs.dispatch_id || github.event.client_payload.dispatch_id }}]
on:
  workflow_dispatch:
    inputs:
      version: { required: true, type: string }
      commit: { required: true, type: string }
      platform: { required: true, type: string }
      release_id: { required: true, type: string }
      dispatch_id: { required: true, type: string }
      clean_cache: { required: false, type: string, default: "false" }
  repository_dispatch:
    types: [build-request]
permissions:
  contents: read
jobs:
  build:
    runs-on: ubuntu-latest
    steps:
      - run: ./build.sh
"#;

/// Workers that build whatever they are asked for: the same bytes for the same repository, commit and platform.
#[derive(Debug, Clone)]
pub struct ScriptedWorkers {
    files: BTreeMap<String, Vec<String>>,
    outcomes: BTreeMap<String, Vec<Outcome>>,
    /// How long each run waits for a runner, in seconds.
    pub queued_seconds: u64,
    /// How long each run takes, in seconds.
    pub running_seconds: u64,
    /// How large each file is, in bytes.
    pub file_bytes: usize,
}

impl Default for ScriptedWorkers {
    fn default() -> Self {
        Self {
            files: BTreeMap::new(),
            outcomes: BTreeMap::new(),
            queued_seconds: 2,
            running_seconds: 30,
            file_bytes: 512,
        }
    }
}

impl ScriptedWorkers {
    /// Says which files a repository (`owner/name`) builds. Without this it builds one, named as the repository.
    #[must_use]
    pub fn builds(mut self, repository: &str, files: &[&str]) -> Self {
        let files = files.iter().map(|&name| name.to_owned()).collect();
        self.files.insert(repository.to_owned(), files);
        self
    }

    /// Says how the attempts at a repository end, in order; the last counts for all that follow.
    #[must_use]
    pub fn ends(mut self, repository: &str, outcomes: &[Outcome]) -> Self {
        self.outcomes.insert(repository.to_owned(), outcomes.to_vec());
        self
    }

    fn outcome(&mut self, repository: &str) -> Outcome {
        match self.outcomes.get_mut(repository) {
            Some(outcomes) if outcomes.len() > 1 => outcomes.remove(0),
            Some(outcomes) => outcomes.first().copied().unwrap_or(Outcome::Success),
            None => Outcome::Success,
        }
    }

    fn file_names(&self, repository: &str) -> Vec<String> {
        let own_name = repository.rsplit('/').next().unwrap_or(repository);
        self.files
            .get(repository)
            .cloned()
            .unwrap_or_else(|| vec![own_name.to_owned()])
    }

    fn artifact(&self, run: &RunRequest) -> ScriptedArtifact {
        let platform = input(run, "platform").unwrap_or("linux-x86_64");
        let commit = input(run, "commit").unwrap_or(&run.commit);
        let mut files: Vec<(String, Vec<u8>)> = Vec::new();
        let mut listed = Vec::new();
        for name in self.file_names(&run.repository) {
            let seed = format!("{} {commit} {platform} {name}\n", run.repository);
            let content = repeated(&seed, self.file_bytes);
            listed.push(json!({"name": name, "sha256": sha256(&content), "size": content.len()}));
            files.push((name, content));
        }
        let manifest = json!({
            "schema": "governance/build-manifest/v1",
            "repository": run.repository,
            "commit": commit,
            "platform": platform,
            "lock_hash": sha256(format!("lock {} {commit}", run.repository).as_bytes()),
            "artifacts": listed,
        });
        files.push((
            "build-manifest.json".to_owned(),
            manifest.to_string().into_bytes(),
        ));
        ScriptedArtifact {
            name: format!("build-{platform}"),
            files,
        }
    }
}

impl Workers for ScriptedWorkers {
    fn script(&mut self, run: &RunRequest) -> RunScript {
        let outcome = self.outcome(&run.repository);
        let artifacts = match outcome {
            Outcome::Success => vec![self.artifact(run)],
            Outcome::Failure
            | Outcome::Cancelled
            | Outcome::TimedOut
            | Outcome::StartupFailure
            | Outcome::NeverStarts
            | Outcome::Hangs => Vec::new(),
        };
        RunScript {
            queued_seconds: self.queued_seconds,
            running_seconds: self.running_seconds,
            outcome,
            heeds_cancel: true,
            artifacts,
            log: format!("building {} at {}\n", run.repository, run.commit),
        }
    }
}

fn input<'a>(run: &'a RunRequest, name: &str) -> Option<&'a str> {
    run.inputs
        .get(name)
        .map(String::as_str)
        .filter(|value| !value.is_empty())
}

fn repeated(seed: &str, bytes: usize) -> Vec<u8> {
    seed.bytes().cycle().take(bytes).collect()
}

/// The SHA-256 digest of some bytes in hex.
pub(crate) fn sha256(bytes: &[u8]) -> String {
    Sha256::digest(bytes)
        .iter()
        .map(|byte| format!("{byte:02x}"))
        .collect()
}
