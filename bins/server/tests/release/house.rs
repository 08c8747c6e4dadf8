//! An organisation on a simulated GitHub, and the real `governance-app` as a process that serves it.

use crate::served::{self, Running};
use github_sim::{AppCredentials, Clock, Faults, Happened, Limits, Repo, ScriptedWorkers, Setup, Truth};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStderr};
use std::sync::mpsc::{Receiver, channel};
use std::time::Duration;

pub(crate) const OWNER: &str = "example";
pub(crate) const HOME: &str = "commons";
pub(crate) const MAINTAINER: &str = "maintainer";
pub(crate) const TAG: &str = "v0.1.0";
pub(crate) const SECRET: &str = "k7!vQ2#pLz9@rT4$";

/// Times that a run's seconds pass faster than they are written.
const SPEED: f64 = 300.0;

/// Longest play. One that takes longer has come to a standstill.
const PLAY_SECONDS_MAX: u64 = 600;

/// A component: its name, what it needs, and the programs that it gives.
pub(crate) type Component = (&'static str, &'static [&'static str], &'static [&'static str]);

/// The components of most plays.
pub(crate) const COMPONENTS: &[Component] = &[
    ("consensus", &[], &[]),
    ("protocol", &["consensus"], &[]),
    ("node", &["protocol", "consensus"], &[]),
    ("wallet", &["node"], &["wallet"]),
    ("sdk", &[], &["keygen", "sign"]),
];

/// The organisation, and where its server's files lie.
pub(crate) struct House {
    pub(crate) github: github_sim::Running,
    pub(crate) home: Repo,
    /// The App that hears; where there is one alone, it does everything.
    pub(crate) app: AppCredentials,
    /// The App that writes contents, where it is another.
    pub(crate) release_app: Option<AppCredentials>,
    folder: tempfile::TempDir,
}

/// Which Apps the server speaks as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Apps {
    /// One that may do everything.
    One,
    /// Those of `deploy/`: the one that may write is in the release's repository alone.
    Two,
    /// Those of `deploy/`, both in every repository, as it takes where tags are made or events sent.
    TwoEverywhere,
}

/// The manifests from which an organisation makes its Apps.
const MANIFESTS: [&str; 2] = [
    include_str!("../../../../deploy/github-app-gate.json"),
    include_str!("../../../../deploy/github-app-release.json"),
];

/// What differs from play to play.
pub(crate) struct Plan {
    pub(crate) apps: Apps,
    pub(crate) workers: ScriptedWorkers,
    pub(crate) components: &'static [Component],
    pub(crate) clock: Clock,
    pub(crate) seed: u64,
    /// Further lines of the table `[release]`, and whatever comes behind it.
    pub(crate) release: &'static str,
    /// Whether the components have their tags.
    pub(crate) tagged: bool,
    /// The address of a PostgreSQL database; without one it is a file beside the configuration.
    pub(crate) database: Option<String>,
    /// What the App may do with the statuses of commits.
    pub(crate) statuses: &'static str,
    /// The workflow files of components that do not have the usual one.
    pub(crate) workflows: BTreeMap<&'static str, String>,
}

impl Default for Plan {
    fn default() -> Self {
        Self::of(COMPONENTS)
    }
}

impl Plan {
    /// With these components, and workers that build them.
    pub(crate) fn of(components: &'static [Component]) -> Self {
        let mut workers = ScriptedWorkers::default();
        for (name, _, files) in components {
            workers = workers.builds(&format!("{OWNER}/{name}"), files);
        }
        Self {
            apps: Apps::Two,
            workers,
            components,
            clock: Clock::Real { speed: SPEED },
            seed: 1,
            release: "",
            tagged: true,
            database: None,
            statuses: "write",
            workflows: BTreeMap::new(),
        }
    }
}

/// Makes the Apps and installs them where they have to be.
fn employ(
    github: &github_sim::Running,
    apps: Apps,
    statuses: &str,
) -> (AppCredentials, Option<AppCredentials>) {
    let manifests = MANIFESTS.map(|text| serde_json::from_str::<serde_json::Value>(text).unwrap());
    let mut permissions = manifests.clone().map(|manifest| {
        let of_one = manifest["default_permissions"].clone();
        serde_json::from_value::<BTreeMap<String, String>>(of_one).unwrap()
    });
    permissions[0].insert("statuses".to_owned(), statuses.to_owned());
    if apps == Apps::One {
        let all = permissions[1].clone();
        permissions[0].extend(all);
    }
    let make = |slug: &str, number: usize| {
        let granted = permissions[number].iter();
        let granted: Vec<(&str, &str)> = granted
            .map(|(name, level)| (name.as_str(), level.as_str()))
            .collect();
        let events = manifests[number]["default_events"].as_array().unwrap();
        let events: Vec<&str> = events.iter().filter_map(serde_json::Value::as_str).collect();
        let app = github.create_app(slug, &granted, &events, None).unwrap();
        github.install(app.app_id, OWNER).unwrap();
        app
    };
    let first = make("example-gate", 0);
    let second = (apps != Apps::One).then(|| make("example-release", 1));
    if let (Apps::Two, Some(second)) = (apps, &second) {
        github.set_selected(second.app_id, OWNER, &[HOME]).unwrap();
    }
    (first, second)
}

pub(crate) fn manifest(components: &[Component]) -> String {
    let mut text = "[versions]\n".to_owned();
    for (name, needs, files) in components {
        let needs: Vec<String> = needs.iter().map(|need| format!("\"{need}=0.1.0\"")).collect();
        let files: Vec<String> = files.iter().map(|file| format!("\"{file}\"")).collect();
        writeln!(
            text,
            "{name} = {{ version = \"0.1.0\", git_tag = \"v0.1.0\", git_commit = \"\", requires = [{}], binaries = [{}] }}",
            needs.join(", "),
            files.join(", ")
        )
        .unwrap();
    }
    text + "[metadata]\nlast_updated = \"2026-01-01\"\nupdated_by = \"the example organisation\"\nrelease_notes = \"The first set\"\n"
}

impl House {
    /// How much of GitHub its server uses at most.
    pub(crate) fn limits(&self) -> github_client::Limits {
        github_client::Limits::default()
    }

    /// Everything is there but the tag of the release.
    pub(crate) async fn make(plan: Plan) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let setup = Setup {
            data: folder.path().join("github"),
            clock: plan.clock,
            seed: plan.seed,
            faults: Faults::default(),
            limits: Limits::default(),
            workers: Box::new(plan.workers),
        };
        let github = github_sim::start(setup).await.unwrap();
        github.create_organisation(OWNER).unwrap();
        for person in [MAINTAINER, "stranger"] {
            github.create_user(person).unwrap();
        }
        for (name, ..) in plan.components {
            let workflow = plan.workflows.get(name).map(String::as_str);
            let workflow = workflow.unwrap_or(github_sim::WORKER_WORKFLOW);
            let files = [(".github/workflows/build.yml", workflow)];
            let made = github.create_repository(OWNER, name, &files).unwrap();
            if plan.tagged {
                github.push_tag(OWNER, name, TAG, &made.head, MAINTAINER).unwrap();
            }
        }
        let files = [("versions.toml", manifest(plan.components))];
        let home = github.create_repository(OWNER, HOME, &files).unwrap();
        let (app, release_app) = employ(&github, plan.apps, plan.statuses);
        let house = Self {
            github,
            home,
            app,
            release_app,
            folder,
        };
        house.configure(plan.release, plan.database);
        house
    }

    pub(crate) fn app_id(&self) -> u64 {
        self.app.app_id
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// Writes the server's configuration.
    fn configure(&self, release: &str, database: Option<String>) {
        let sqlite = || format!("sqlite:{}", self.path("state.db").display());
        let database = database.unwrap_or_else(sqlite);
        std::fs::write(self.path("app.pem"), &self.app.private_key_pem).unwrap();
        let mut second = String::new();
        if let Some(app) = &self.release_app {
            let key = self.path("release.pem");
            std::fs::write(&key, &app.private_key_pem).unwrap();
            second = format!(
                "[github.release]\napp_id = {}\nprivate_key_path = 'file:{}'\n",
                app.app_id,
                key.display()
            );
        }
        let text = format!(
            "[github]\napi_url = '{}'\ndownload_hosts = ['127.0.0.1']\napp_id = {}\nprivate_key_path = 'file:{}'\nwebhook_secret = '{SECRET}'\n{second}\
             [server]\nport = 0\n\
             [database]\nurl = '{database}'\n\
             [release]\nname = 'example'\nrepository = '{OWNER}/{HOME}'\ntriggers = ['{MAINTAINER}']\nplatforms = ['linux-x86_64']\n{release}\n",
            self.github.url(),
            self.app.app_id,
            self.path("app.pem").display(),
        );
        std::fs::write(self.path("governance-app.toml"), text).unwrap();
    }

    /// The server as a process. From now on webhooks go to it.
    pub(crate) fn serve(&self) -> Served {
        self.serve_in(".")
    }

    /// The same, with a folder of its own, as on a machine of its own.
    pub(crate) fn serve_in(&self, folder: &str) -> Served {
        std::fs::create_dir_all(self.path(folder)).unwrap();
        let served = Served::start(&self.path(folder), &self.path("governance-app.toml"));
        let url = self.webhook_address(&served);
        self.github.set_webhook(self.app.app_id, &url, SECRET).unwrap();
        served
    }

    /// Where a server wants webhooks.
    pub(crate) fn webhook_address(&self, served: &Served) -> String {
        format!("http://{}/webhooks/github", served.address)
    }

    /// A person pushes the tag of the release.
    pub(crate) fn push_tag_as(&self, person: &str) {
        self.github
            .push_tag(OWNER, HOME, TAG, &self.home.head, person)
            .unwrap();
    }

    /// Waits until something of this kind has happened on GitHub.
    pub(crate) async fn until(&self, what: &str, is_it: impl Fn(&Happened) -> bool) -> Vec<Truth> {
        let is_so = |truth: &[Truth]| truth.iter().any(|line| is_it(&line.what));
        within(what, self.github.until(is_so)).await
    }

    /// Waits until the release is public.
    pub(crate) async fn until_published(&self) -> Vec<Truth> {
        self.until("the release is published", |what| {
            matches!(what, Happened::ReleasePublished { .. })
        })
        .await
    }

    /// How many things of this kind have happened.
    pub(crate) fn count(&self, is_it: impl Fn(&Happened) -> bool) -> usize {
        self.github
            .truth()
            .iter()
            .filter(|line| is_it(&line.what))
            .count()
    }
}

impl Drop for House {
    fn drop(&mut self) {
        self.github.stop();
    }
}

/// Waits for something that has to come.
pub(crate) async fn within<T>(what: &str, comes: impl Future<Output = T>) -> T {
    let longest = Duration::from_secs(PLAY_SECONDS_MAX);
    match tokio::time::timeout(longest, comes).await {
        Ok(came) => came,
        Err(_) => panic!("waited {PLAY_SECONDS_MAX} s in vain until {what}"),
    }
}

/// A server that runs. Dropping it kills it.
pub(crate) struct Served {
    child: Child,
    address: String,
    lines: Receiver<String>,
    heard: Vec<String>,
}

impl Served {
    fn start(folder: &Path, configuration: &Path) -> Self {
        let words = [
            "serve",
            "--format",
            "json",
            "--config",
            configuration.to_str().unwrap(),
        ];
        let Running {
            child,
            address,
            errors,
        } = served::start(folder, &words);
        Self {
            child,
            address,
            lines: spread(errors),
            heard: Vec::new(),
        }
    }

    /// Waits until a line of its log has this text; without one it ended before.
    pub(crate) fn hears(&mut self, text: &str) -> String {
        let longest = Duration::from_secs(PLAY_SECONDS_MAX);
        loop {
            let Ok(line) = self.lines.recv_timeout(longest) else {
                panic!("waited in vain for {text:?}; it said\n{}", self.heard.join("\n"));
            };
            self.heard.push(line.clone());
            if line.contains(text) {
                return line;
            }
        }
    }

    /// `kill -9`.
    pub(crate) fn kill(mut self) {
        self.child.kill().unwrap();
        self.child.wait().unwrap();
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Either may fail only because it has ended already.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn spread(errors: BufReader<ChildStderr>) -> Receiver<String> {
    let (sender, lines) = channel();
    std::thread::spawn(move || {
        for line in errors.lines().map_while(Result::ok) {
            // Whoever has stopped listening wants no more of it, but the process has to be able to write.
            let _ = sender.send(line);
        }
    });
    lines
}
