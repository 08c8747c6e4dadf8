//! An organisation with rules and maintainers on a simulated GitHub.

use crate::maintainer::Maintainer;
use crate::mode::Mode;
use crate::wound::{Database, Instance, Wound};
use github_sim::{
    AppCredentials, Clock, Faults, Happened, Limits, PullPlan, Repo, ScriptedWorkers, Setup, Truth,
};
use governance_rules::RulesetDigest;
use std::collections::{BTreeMap, BTreeSet};
use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};
use std::time::Duration;
use storage::{Listed, PullRequestStore};

pub(crate) const OWNER: &str = "atlas";
pub(crate) const NODE: (&str, &str) = (OWNER, "atlas-node");
pub(crate) const SECRET: &str = "k7!vQ2#pLz9@rT4$";
/// Who opens pull requests.
pub(crate) const AUTHOR: &str = "contributor";
/// The namespace of approvals.
pub(crate) const NAMESPACE: &str = "pr-approval@governance-app.v1";

/// Rounds of the clock in a row without anything that happens, after which everything has settled.
const QUIET_ROUNDS: u32 = 10;
/// Seconds that somebody may still be looking at a pull request: as long as a lease on it lasts.
const LEASE_SECONDS: u64 = 120;

/// Longest play. One that takes longer has come to a standstill.
const PLAY_SECONDS_MAX: u64 = 120;

/// The manifest from which an organisation makes the gate's App.
const MANIFEST: &str = include_str!("../../../../deploy/github-app-gate.json");

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

/// How much may be asked of GitHub in a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Pace {
    /// What GitHub documents.
    #[default]
    Github,
    /// As much as anybody likes: a thousand first looks and what they show would take eight hours, each with its look at everything.
    Free,
}

impl Pace {
    /// What GitHub takes.
    fn of_github(self) -> Limits {
        let documented = Limits::default();
        match self {
            Self::Github => documented,
            Self::Free => Limits {
                requests_per_hour: 1_000_000,
                points_per_minute: 1_000_000,
                creations_per_minute: 1_000_000,
                creations_per_hour: 1_000_000,
                ..documented
            },
        }
    }

    /// How long it may take until everything has settled, in seconds: of many that are looked at as fast as they can be.
    fn settling_seconds_max(self) -> u64 {
        match self {
            Self::Github => PLAY_SECONDS_MAX,
            Self::Free => 5 * PLAY_SECONDS_MAX,
        }
    }

    /// What the server takes of that.
    fn of_the_server(self) -> github_client::Limits {
        let usual = github_client::Limits::default();
        match self {
            Self::Github => usual,
            Self::Free => github_client::Limits {
                points_per_minute_max: 1_000_000,
                contents_per_minute_max: 1_000_000,
                contents_per_hour_max: 1_000_000,
                ..usual
            },
        }
    }
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

    /// What a story expects, where it is not the same when nobody is held back.
    pub(crate) fn by_mode<T>(&self, enforced: T, in_dry_run: T) -> T {
        match self.mode {
            Mode::Enforced => enforced,
            Mode::DryRun => in_dry_run,
        }
    }

    /// The gate's context for a branch, in the mode of this play.
    pub(crate) fn context(&self, base: &str) -> String {
        self.mode.context(base)
    }

    /// A text with `CONTEXT` and `MODE` in the places of the words of this play's mode; those of the other mode stay.
    pub(crate) fn in_own_mode(&self, text: &str) -> String {
        self.mode.masked(text)
    }

    /// A text without the line that it has in dry run, and must have there.
    pub(crate) fn without_line_of_dry_run(&self, line: &str, text: &str) -> String {
        match self.mode {
            Mode::Enforced => text.to_owned(),
            Mode::DryRun => {
                let (before, behind) = text.split_once(line).unwrap();
                format!("{before}{behind}")
            }
        }
    }

    /// How often the server wrote the enforced context.
    pub(crate) fn enforced(&self) -> usize {
        let is_status = |what: &Happened| matches!(what, Happened::StatusCreated { context, by, .. } if context.starts_with(ENFORCED) && by == GATE_ACCOUNT);
        let is_check = |what: &Happened| matches!(what, Happened::CheckRunWritten { name, .. } if name.starts_with(ENFORCED));
        self.count(|what| is_status(what) || is_check(what))
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

    /// The author opens a pull request that writes these files.
    pub(crate) fn open(&self, branch: &str, files: &[(&str, &str)]) -> u64 {
        self.github.push_files_to(NODE, branch, files, AUTHOR).unwrap();
        let plan = PullPlan::of(branch, "main");
        self.github.open_pull_by(NODE, plan, AUTHOR).unwrap()
    }

    /// Lets everything settle: nobody looks at a pull request or is about to, and nothing happens on GitHub for a while.
    pub(crate) async fn settle(&self) {
        let store = self.store.lock().unwrap().clone();
        let (mut quiet, mut seen) = (0, 0);
        within_seconds(self.pace.settling_seconds_max(), "everything settles", async {
            while quiet < QUIET_ROUNDS {
                self.clock.idle().await;
                let truth = self.github.truth_len();
                let is_busy = match &store {
                    Some(store) => self.is_busy(&**store).await,
                    None => false,
                };
                quiet = if truth == seen && !is_busy { quiet + 1 } else { 0 };
                seen = truth;
                self.clock.wind();
            }
        })
        .await;
    }

    /// Whether somebody looks at a pull request or is about to, or something is to be shown.
    async fn is_busy(&self, store: &dyn PullRequestStore) -> bool {
        let soon = self.github.now().plus_seconds(LEASE_SECONDS);
        if store.next_look().await.unwrap().is_some_and(|next| next <= soon) {
            return true;
        }
        let waits = store.backlog().await.unwrap().unwrap();
        waits.intents + waits.sending + waits.unknown > 0
    }

    /// What the server has written of its pull requests, for whoever wonders.
    pub(crate) async fn written(&self) -> String {
        let store = self.store.lock().unwrap().clone().unwrap();
        let mut written = String::new();
        for stored in store.pull_requests(None, Listed::All, None, 100).await.unwrap() {
            written.push_str(&format!("{} {:?} {:?}\n", stored.id, stored.due, stored.reason));
            for row in store.pull_request_intents(stored.id, 100).await.unwrap() {
                let intent = &row.intent;
                written.push_str(&format!(
                    "  {} {} {:?} {:?} {:?}\n",
                    intent.id.as_str(),
                    intent.kind,
                    row.state,
                    intent.reason,
                    row.run_after
                ));
            }
        }
        written
    }

    /// Days pass at once.
    pub(crate) fn leap(&self, days: u64) {
        self.clock.pass(Duration::from_secs(days * 86_400));
    }

    /// Days pass, then everything settles.
    pub(crate) async fn days(&self, days: u64) {
        // A leap in the middle of something would end every lease on it.
        self.settle().await;
        self.leap(days);
        self.settle().await;
    }

    /// What the API shows of the node to a person.
    pub(crate) fn shown(&self, path: &str) -> serde_json::Value {
        self.shown_of(NODE.1, path)
    }

    /// What the API shows of a repository to a person.
    pub(crate) fn shown_of(&self, name: &str, path: &str) -> serde_json::Value {
        let address = self.github.url().strip_prefix("http://").unwrap();
        let (host, prefix) = address.split_once('/').unwrap_or((address, ""));
        let mut stream = TcpStream::connect(host).unwrap();
        let (owner, token) = (OWNER, &self.token);
        let slash = if prefix.is_empty() { "" } else { "/" };
        write!(
            stream,
            "GET {slash}{prefix}/repos/{owner}/{name}/{path} HTTP/1.1\r\nhost: {host}\r\nauthorization: Bearer {token}\r\n\
             connection: close\r\n\r\n"
        )
        .unwrap();
        let mut answer = String::new();
        stream.read_to_string(&mut answer).unwrap();
        let (_, body) = answer.split_once("\r\n\r\n").unwrap();
        serde_json::from_str(body).unwrap_or_else(|error| panic!("{error}: {answer}"))
    }

    /// The gate's status on a commit of the node: `state: description`, or nothing.
    pub(crate) fn status(&self, sha: &str) -> String {
        self.status_in(NODE.1, sha)
    }

    /// The same in a repository.
    pub(crate) fn status_in(&self, name: &str, sha: &str) -> String {
        self.status_under(&self.context("main"), name, sha)
    }

    /// The status under a context, whoever set it and in whatever mode this is played.
    pub(crate) fn status_under(&self, context: &str, name: &str, sha: &str) -> String {
        let statuses = self.shown_of(name, &format!("commits/{sha}/statuses"));
        let statuses = statuses.as_array().unwrap();
        let newest = statuses.iter().find(|status| status["context"] == context);
        newest.map_or_else(String::new, |status| {
            masked(&format!(
                "{}: {}",
                status["state"].as_str().unwrap(),
                status["description"].as_str().unwrap()
            ))
        })
    }

    /// The gate's status on the head of a pull request.
    pub(crate) fn gate(&self, number: u64) -> String {
        self.status(&self.head(number))
    }

    /// The head of a pull request.
    pub(crate) fn head(&self, number: u64) -> String {
        let pull = self.shown(&format!("pulls/{number}"));
        pull["head"]["sha"].as_str().unwrap().to_owned()
    }

    /// The head of the node's default branch.
    pub(crate) fn main(&self) -> String {
        let branch = self.shown("branches/main");
        branch["commit"]["sha"].as_str().unwrap().to_owned()
    }

    /// The merges that the server has written down, a line each.
    pub(crate) async fn merges(&self) -> String {
        let store = self.store.lock().unwrap().clone().unwrap();
        let mut merges = String::new();
        for stored in store.pull_requests(None, Listed::All, None, 100).await.unwrap() {
            for row in store.decisions(stored.id, None, 100).await.unwrap() {
                let body: serde_json::Value = serde_json::from_str(&row.decision.body).unwrap();
                if let Some(merge) = body.get("merge") {
                    let line = masked(&format!("{} {merge}\n", row.decision.outcome));
                    merges.push_str(&self.in_own_mode(&line));
                }
            }
        }
        merges
    }

    /// The version of the rules that hold.
    pub(crate) async fn rules_version(&self) -> u64 {
        self.newest_version().await.unwrap()
    }

    /// The same, if any hold.
    pub(crate) async fn newest_version(&self) -> Option<u64> {
        let store = self.store.lock().unwrap().clone().unwrap();
        let newest = store.newest_ruleset().await.unwrap();
        newest.map(|row| row.version)
    }

    /// The statement that the report shows.
    pub(crate) fn statement(&self, number: u64) -> String {
        self.statement_of(NODE.1, number)
    }

    /// The statement that the report of a repository shows.
    pub(crate) fn statement_of(&self, name: &str, number: u64) -> String {
        let summary = self.report_of(name, number);
        let (_, behind) = summary.split_once("<<'END'\n").unwrap();
        let (statement, _) = behind.split_once("END\n").unwrap();
        statement.to_owned()
    }

    /// What the report of the node's pull request says.
    pub(crate) fn report(&self, number: u64) -> String {
        self.report_of(NODE.1, number)
    }

    fn report_of(&self, name: &str, number: u64) -> String {
        let pull = self.shown_of(name, &format!("pulls/{number}"));
        let head = pull["head"]["sha"].as_str().unwrap();
        let runs = self.shown_of(name, &format!("commits/{head}/check-runs"));
        let runs = runs["check_runs"].as_array().unwrap();
        let report = runs
            .iter()
            .find(|run| run["name"] == "governance report")
            .unwrap();
        report["output"]["summary"].as_str().unwrap().to_owned()
    }

    /// A maintainer signs what the report shows, in a comment.
    pub(crate) fn sign(&self, number: u64, login: &str) -> u64 {
        self.sign_in(NODE.1, number, login)
    }

    /// The same in a repository.
    pub(crate) fn sign_in(&self, name: &str, number: u64, login: &str) -> u64 {
        let armour = self.maintainers[login].sign(&self.statement_of(name, number), NAMESPACE);
        let comment = format!("/governance-sign\n\n```\n{armour}```\n");
        self.github
            .comment_by((OWNER, name, number), &comment, login)
            .unwrap()
    }

    /// What was answered, newest last.
    pub(crate) fn answers(&self, number: u64) -> Vec<String> {
        let comments = self.shown(&format!("issues/{number}/comments"));
        let own = comments
            .as_array()
            .unwrap()
            .iter()
            .filter(|comment| comment["user"]["type"] == "Bot");
        own.map(|comment| masked(comment["body"].as_str().unwrap()))
            .collect()
    }

    /// A comment by somebody.
    pub(crate) fn say(&self, number: u64, words: &str, login: &str) -> u64 {
        self.github
            .comment_by((NODE.0, NODE.1, number), words, login)
            .unwrap()
    }

    /// A pull request of one file that two maintainers signed.
    pub(crate) async fn signed(&self) -> u64 {
        let number = self.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
        self.settle().await;
        for login in ["atlas-ada", "atlas-ben"] {
            self.sign(number, login);
        }
        self.settle().await;
        number
    }

    /// How many things of this kind have happened.
    pub(crate) fn count(&self, is_it: impl Fn(&Happened) -> bool) -> usize {
        self.github
            .truth()
            .iter()
            .filter(|line: &&Truth| is_it(&line.what))
            .count()
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

/// A text without what differs from run to run: times, commits and numbers of comments.
pub(crate) fn masked(text: &str) -> String {
    let mut masked = String::new();
    for word in
        text.split_inclusive(|letter: char| !(letter.is_ascii_alphanumeric() || "-:.".contains(letter)))
    {
        let bare = word.trim_end_matches(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-'));
        let rest = &word[bare.len()..];
        let is_time = bare.len() == 24 && bare.ends_with('Z') && bare.contains('T');
        let is_commit = bare.len() == 40 && bare.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_number = bare.len() >= 4 && bare.bytes().all(|byte| byte.is_ascii_digit());
        masked.push_str(match (is_time, is_commit, is_number) {
            (true, _, _) => "TIME",
            (_, true, _) => "COMMIT",
            (_, _, true) => "NUMBER",
            _ => bare,
        });
        masked.push_str(rest);
    }
    masked
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
