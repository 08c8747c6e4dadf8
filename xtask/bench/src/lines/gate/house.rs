//! An organisation with rules on a simulated GitHub, on the machine's clock, and the real server at its gate.

use crate::Bench;
use crate::deliveries::{PATH, SECRET};
use crate::listening::{Listening, Says};
use crate::relay::relay;
use crate::work_folder::WorkFolder;
use anyhow::{Context as _, Result, bail};
use github_sim::{
    AppCredentials, Clock, Faults, Happened, Limits, PullPlan, Running, ScriptedWorkers, Setup, Truth,
};
use governance_rules::RulesetDigest;
use serde_json::Value;
use std::collections::BTreeMap;
use std::fs;
use std::process::Command;
use std::time::Duration;

const OWNER: &str = "atlas";
const NODE: (&str, &str) = (OWNER, "atlas-node");
const AUTHOR: &str = "contributor";
const MAINTAINER: &str = "atlas-ada";
/// Seconds after which whatever did not happen does not happen any more.
const STANDSTILL_SECONDS: u64 = 30;
/// Requests that GitHub's limits allow here, of any kind.
const PLENTY: u32 = 1_000_000;

/// The organisation; gone when it is dropped.
pub(super) struct House {
    pub(super) github: Running,
    app: AppCredentials,
    folder: WorkFolder,
}

impl House {
    /// Everything is there but a pull request; requests of the server are on their way for so long.
    pub(super) async fn make(folder: WorkFolder, bench: &Bench, latency: Duration) -> Result<Self> {
        let setup = Setup {
            data: folder.join("github"),
            clock: Clock::Real { speed: 1.0 },
            seed: 1,
            faults: Faults::default(),
            limits: Limits {
                requests_per_hour: u64::from(PLENTY),
                points_per_minute: u64::from(PLENTY),
                creations_per_minute: usize::try_from(PLENTY)?,
                creations_per_hour: usize::try_from(PLENTY)?,
                ..Limits::default()
            },
            workers: Box::new(ScriptedWorkers::default()),
        };
        let github = github_sim::start(setup).await?;
        github.create_organisation(OWNER)?;
        for person in [AUTHOR, MAINTAINER] {
            github.create_user(person)?;
        }
        github.create_repository(NODE.0, NODE.1, &[("README.md", "the node\n")])?;
        let app = employ(&github, bench)?;
        let address = github
            .url()
            .strip_prefix("http://")
            .context("an address")?
            .parse()?;
        let url = format!("http://{}", relay(address, latency).await?);
        let house = Self { github, app, folder };
        house.configure(bench, &url)?;
        Ok(house)
    }

    fn configure(&self, bench: &Bench, url: &str) -> Result<()> {
        let mut files = runtime::read_rules_folder(&bench.root.join("fixtures/governance/well"))?;
        // It asks every change of the node for something in another repository.
        files.remove("config/cross-layer-rules.yml");
        for (path, text) in &files {
            let file = self.folder.join("rules").join(path);
            fs::create_dir_all(file.parent().context("a folder")?)?;
            fs::write(file, text)?;
        }
        fs::write(self.folder.join("app.pem"), &self.app.private_key_pem)?;
        let text = format!(
            "[github]\napi_url = '{url}'\ndownload_hosts = ['127.0.0.1']\napp_id = {}\nprivate_key_path = 'file:{}'\nowner = '{OWNER}'\n\
             webhook_secret = '{SECRET}'\n[server]\nport = 0\n[database]\nurl = 'sqlite:{}'\n[release]\nname = 'atlas'\n\
             repository = '{OWNER}/{}'\n[governance]\nsource = 'dir:{}'\ngenesis_digest = '{}'\n",
            self.app.app_id,
            self.folder.join("app.pem").display(),
            self.folder.join("state.db").display(),
            NODE.1,
            self.folder.join("rules").display(),
            RulesetDigest::of(&files),
        );
        Ok(fs::write(self.folder.join("governance-app.toml"), text)?)
    }

    /// Starts the server; webhooks go there.
    pub(super) fn serve(&self, bench: &Bench) -> Result<Listening> {
        let mut command = Command::new(&bench.server);
        command
            .args(["serve", "--format", "json"])
            .current_dir(self.folder.path())
            .env_clear();
        let server = Listening::start(command, Says::Error)?;
        let url = format!("http://{}{PATH}", server.address());
        self.github.set_webhook(self.app.app_id, &url, SECRET)?;
        Ok(server)
    }

    /// A pull request that has its first status.
    pub(super) async fn open(&self, _server: &Listening) -> Result<u64> {
        self.github
            .push_files_to(NODE, "feature", &[("rpc/get.rs", "fn get() {}\n")], AUTHOR)?;
        let number = self
            .github
            .open_pull_by(NODE, PullPlan::of("feature", "main"), AUTHOR)?;
        let is_said = |truth: &[Truth]| {
            truth
                .iter()
                .any(|line| matches!(line.what, Happened::StatusCreated { .. }))
        };
        self.until("the first status is set", is_said).await?;
        Ok(number)
    }

    /// A maintainer comments.
    pub(super) fn say(&self, number: u64, words: &str) -> Result<()> {
        self.github
            .comment_by((NODE.0, NODE.1, number), words, MAINTAINER)?;
        Ok(())
    }

    /// Waits until what has happened on GitHub is as asked.
    pub(super) async fn until(&self, what: &str, is_so: impl Fn(&[Truth]) -> bool) -> Result<()> {
        let longest = Duration::from_secs(STANDSTILL_SECONDS);
        match tokio::time::timeout(longest, self.github.until(is_so)).await {
            Ok(_) => Ok(()),
            Err(_) => bail!("waited {STANDSTILL_SECONDS} s in vain until {what}"),
        }
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.github.stop();
    }
}

/// Makes the gate's App as an organisation does, from the manifest.
fn employ(github: &Running, bench: &Bench) -> Result<AppCredentials> {
    let manifest = fs::read_to_string(bench.root.join("deploy/github-app-gate.json"))?;
    let manifest: Value = serde_json::from_str(&manifest)?;
    let permissions: BTreeMap<String, String> =
        serde_json::from_value(manifest["default_permissions"].clone())?;
    let permissions: Vec<(&str, &str)> = permissions
        .iter()
        .map(|(name, level)| (name.as_str(), level.as_str()))
        .collect();
    let events: Vec<String> = serde_json::from_value(manifest["default_events"].clone())?;
    let events: Vec<&str> = events.iter().map(String::as_str).collect();
    let app = github.create_app("atlas-gate", &permissions, &events, None)?;
    github.install(app.app_id, OWNER)?;
    Ok(app)
}
