//! An organisation with rules and maintainers on a simulated GitHub.

mod hands;
mod held;
mod pace;
mod shown;
mod time;

use crate::maintainer::Maintainer;
use crate::mode::Mode;
use crate::wound::{Database, Instance, Wound};
use github_sim::{AppCredentials, Clock, Faults, Repo, ScriptedWorkers, Setup};
use governance_rules::RulesetDigest;
use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use storage::PullRequestStore;

pub(crate) use pace::Pace;
pub(crate) use shown::masked;

pub(crate) const OWNER: &str = "atlas";
pub(crate) const NODE: (&str, &str) = (OWNER, "atlas-node");
pub(crate) const SECRET: &str = "k7!vQ2#pLz9@rT4$";
/// Who opens pull requests.
pub(crate) const AUTHOR: &str = "contributor";

/// The namespace of approvals.
pub(crate) const NAMESPACE: &str = "pr-approval@governance-app.v1";

/// Longest play. One that takes longer has come to a standstill.
const PLAY_SECONDS_MAX: u64 = 120;

/// The manifest from which an organisation makes the gate's App.
const MANIFEST: &str = include_str!("../../../../../deploy/github-app-gate.json");

/// The gate's App, and the account under which it acts.
const GATE: &str = "atlas-gate";

pub(crate) const GATE_ACCOUNT: &str = "atlas-gate[bot]";

/// The repository of the rules, where they are in one.
pub(crate) const RULES: (&str, &str) = (OWNER, "governance");

/// Who maintains the node.
const OF_THE_NODE: [&str; 5] = ["atlas-ada", "atlas-ben", "atlas-finn", "atlas-gus", "atlas-hana"];

/// Who maintains the rules.
const OF_THE_RULES: [&str; 5] = ["atlas-ada", "atlas-ben", "atlas-cleo", "atlas-dov", "atlas-eve"];

/// Who holds keys for emergencies.
const KEYHOLDERS: [&str; 3] = ["atlas-ivy", "atlas-jan", "atlas-kim"];

/// What begins the context that holds people back.
const ENFORCED: &str = "governance/";

/// The organisation, its server, and the clock of both.
pub(crate) struct House {
    pub(crate) github: github_sim::Running,
    pub(crate) app: AppCredentials,
    pub(crate) release_app: Option<AppCredentials>,
    pub(crate) maintainers: BTreeMap<String, Maintainer>,
    pub(crate) node: Repo,
    /// What the server that lives writes in.
    store: Mutex<Option<Arc<dyn PullRequestStore>>>,
    /// A person's token, to see what is shown.
    token: String,
    pub(crate) clock: Arc<Wound>,
    folder: tempfile::TempDir,
    /// How it is played.
    mode: Mode,
    pace: Pace,
}

/// What differs from play to play.
#[derive(Default)]
pub(crate) struct Plan {
    /// `config/pull-requests.yml`.
    pub(crate) settings: &'static str,
    /// Further lines of `[github]`.
    pub(crate) github: &'static str,
    /// Further lines of `[governance]`.
    pub(crate) governance: &'static str,
    /// Whether the rules are in a repository, and not in a folder.
    pub(crate) in_repository: bool,
    pub(crate) faults: Faults,
    pub(crate) pace: Pace,
    pub(crate) seed: u64,
    /// The clock of GitHub, if it is not wound by hand.
    pub(crate) clock: Option<Clock>,
    /// Files of the rules that take the place of others, or come beside them.
    pub(crate) rules: &'static [(&'static str, &'static str)],
}

impl House {
    pub(crate) async fn make(plan: Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let setup = Setup {
            data: folder.path().join("github"),
            clock: plan.clock.unwrap_or(Clock::Hand),
            seed: plan.seed,
            faults: plan.faults.clone(),
            limits: plan.pace.of_github(),
            workers: Box::new(ScriptedWorkers::default()),
        };
        let github = github_sim::start(setup).await.unwrap();
        github.create_organisation(OWNER).unwrap();
        let mut token = String::new();
        let everybody: BTreeSet<&str> = OF_THE_NODE
            .into_iter()
            .chain(OF_THE_RULES)
            .chain(KEYHOLDERS)
            .collect();
        for person in everybody.iter().copied().chain([AUTHOR, "stranger"]) {
            token = github.create_user(person).unwrap();
        }
        for name in ["atlas-spec", "atlas-engine", "atlas-kit", "elsewhere"] {
            github
                .create_repository(OWNER, name, &[("README.md", "a")])
                .unwrap();
        }
        let node = github
            .create_repository(OWNER, NODE.1, &[("README.md", "the node\n")])
            .unwrap();
        let app = employ(&github);
        let keys = folder.path().join("keys");
        std::fs::create_dir(&keys).unwrap();
        let maintainers: BTreeMap<_, _> = everybody
            .into_iter()
            .map(|login| (login.to_owned(), Maintainer::with_key(login, &keys)))
            .collect();
        let clock = Wound::of(&github);
        let house = Self {
            github,
            app,
            release_app: None,
            maintainers,
            store: Mutex::default(),
            token,
            node,
            clock,
            folder,
            mode: Mode::of(plan.github),
            pace: plan.pace,
        };
        house.configure(&plan);
        house
    }

    /// How much of GitHub its server uses at most.
    pub(crate) fn limits(&self) -> github_client::Limits {
        self.pace.of_the_server()
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the rules and the server's configuration.
    fn configure(&self, plan: &Plan) {
        let mut files = self.rules(plan.settings);
        let others = plan.rules.iter();
        files.extend(others.map(|(path, text)| ((*path).to_owned(), (*text).to_owned())));
        let source = match plan.in_repository {
            true => {
                let files: Vec<(&str, &str)> = files
                    .iter()
                    .map(|(path, text)| (path.as_str(), text.as_str()))
                    .collect();
                self.github.create_repository(RULES.0, RULES.1, &files).unwrap();
                format!("{}/{}", RULES.0, RULES.1)
            }
            false => {
                let rules = self.path("rules");
                for (path, text) in &files {
                    let file = rules.join(path);
                    std::fs::create_dir_all(file.parent().unwrap()).unwrap();
                    std::fs::write(file, text).unwrap();
                }
                format!("dir:{}", rules.display())
            }
        };
        let digest = RulesetDigest::of(&files);
        let key = self.path("app.pem");
        std::fs::write(&key, &self.app.private_key_pem).unwrap();
        let text = format!(
            "[github]\napi_url = '{}'\ndownload_hosts = ['127.0.0.1']\napp_id = {}\nprivate_key_path = 'file:{}'\nowner = '{OWNER}'\n\
             webhook_secret = '{SECRET}'\n{}\n[server]\nport = 0\n[database]\nurl = 'sqlite:{}'\n[release]\nname = 'atlas'\nrepository = '{OWNER}/atlas-kit'\n\
             [governance]\nsource = '{source}'\ngenesis_digest = '{digest}'\n{}\n",
            self.github.url(),
            self.app.app_id,
            key.display(),
            self.mode.configured(plan.github),
            self.path("state.db").display(),
            plan.governance,
        );
        std::fs::write(self.path("governance-app.toml"), text).unwrap();
    }

    /// The rules, with the keys that people have here.
    pub(crate) fn rules(&self, settings: &str) -> BTreeMap<String, String> {
        let mut files = well();
        // It asks every change of the node for something that is not judged yet.
        files.remove("config/cross-layer-rules.yml");
        for (path, key, people) in [
            ("config/maintainers/layer-3.yml", "maintainers", &OF_THE_NODE[..]),
            (
                "config/maintainers/layer-0-1-2.yml",
                "maintainers",
                &OF_THE_RULES[..],
            ),
            ("config/maintainers/emergency.yml", "keyholders", &KEYHOLDERS[..]),
        ] {
            files.insert(path.to_owned(), self.register(key, people));
        }
        // After the first kind of emergency something is owed.
        let emergencies = files.get_mut("config/emergency-tiers.yml").unwrap();
        *emergencies = emergencies.replacen(
            "extension: {allowed: false}",
            "extension: {allowed: false}\n    post_activation: {requires_post_mortem: true, post_mortem_deadline_days: 30}",
            1,
        );
        let own = "layer: 0\nsignature_threshold: 3-of-5\nreview_period_days: 30\n";
        files.insert("config/repos/governance.yml".to_owned(), own.to_owned());
        if !settings.is_empty() {
            files.insert("config/pull-requests.yml".to_owned(), settings.to_owned());
        }
        files
    }

    fn register(&self, key: &str, people: &[&str]) -> String {
        let mut text = format!("{key}:\n");
        for login in people {
            let key = self.maintainers[*login].public_key();
            let entry =
                format!("  - {{github: {login}, keys: [{{scheme: ssh, key: '{key}'}}], status: active}}\n");
            text.push_str(&entry);
        }
        text
    }

    /// A server; from now on webhooks go there.
    pub(crate) async fn serve(&self, number: usize) -> Instance {
        let server = Instance::start(self, &self.clock, &Database::Sqlite, ("server", number)).await;
        *self.store.lock().unwrap() = Some(Arc::clone(&server.store));
        server
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.github.stop();
        // Every story ends here, so that none can forget to ask.
        if self.mode == Mode::DryRun && !std::thread::panicking() {
            assert_eq!(self.enforced(), 0, "the enforced context was written in dry run");
        }
    }
}

/// Makes the gate's App and installs it.
fn employ(github: &github_sim::Running) -> AppCredentials {
    let manifest: serde_json::Value = serde_json::from_str(MANIFEST).unwrap();
    let permissions: BTreeMap<String, String> =
        serde_json::from_value(manifest["default_permissions"].clone()).unwrap();
    let permissions: Vec<(&str, &str)> = permissions
        .iter()
        .map(|(name, level)| (name.as_str(), level.as_str()))
        .collect();
    let events = manifest["default_events"].as_array().unwrap();
    let events: Vec<&str> = events.iter().filter_map(serde_json::Value::as_str).collect();
    let app = github.create_app(GATE, &permissions, &events, None).unwrap();
    github.install(app.app_id, OWNER).unwrap();
    app
}

/// The rules that nothing is wrong with, by path.
fn well() -> BTreeMap<String, String> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/governance/well");
    runtime::read_rules_folder(&root).unwrap()
}

/// Waits for something that has to come.
pub(crate) async fn within<T>(what: &str, comes: impl Future<Output = T>) -> T {
    within_seconds(PLAY_SECONDS_MAX, what, comes).await
}

async fn within_seconds<T>(seconds: u64, what: &str, comes: impl Future<Output = T>) -> T {
    match tokio::time::timeout(Duration::from_secs(seconds), comes).await {
        Ok(came) => came,
        Err(_) => panic!("waited {seconds} s in vain until {what}"),
    }
}
