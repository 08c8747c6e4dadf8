//! The example organisation on a simulated GitHub: its repositories, its maintainer, and the App that the server speaks as.

use crate::Failure;
use crate::demo::embedded::{EmbeddedRepository, REPOSITORIES, TOP_FILES};
use crate::demo::{TAG, VERSION};
use github_sim::{
    AppCredentials, Clock, Faults, Limits, Running, ScriptedWorkers, Setup, SimError, WORKER_WORKFLOW,
};
use std::fs;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

/// The organisation's login.
pub(super) const OWNER: &str = "example";
/// The repository that holds the manifest and the release.
pub(super) const HOME: &str = "commons";
/// Who pushes the tag.
pub(super) const MAINTAINER: &str = "maintainer";
/// The manifest.
const MANIFEST: &str = "versions.toml";
/// The App's name on GitHub.
const SLUG: &str = "example-release";
/// Times that a run's seconds pass faster than they are written: a build of half a minute takes half a second.
const SPEED: f64 = 60.0;

/// What the programs of the example are called, by repository.
const PROGRAMS: &[(&str, &[&str])] = &[
    ("bllvm", &["bllvm"]),
    ("bllvm-sdk", &["bllvm-keygen", "bllvm-sign", "bllvm-verify"]),
    (
        "governance-app",
        &[
            "governance-app",
            "key-manager",
            "test-content-hash",
            "test-content-hash-standalone",
        ],
    ),
];

/// What an App that releases may do.
const PERMISSIONS: &[(&str, &str)] = &[
    ("actions", "write"),
    ("contents", "write"),
    ("metadata", "read"),
    ("statuses", "write"),
];

/// What it is told of.
const EVENTS: &[&str] = &["push", "create", "release", "workflow_run", "workflow_job"];

/// The organisation, and the server's configuration.
pub(super) struct Setting {
    pub(super) github: Running,
    pub(super) app: AppCredentials,
    pub(super) configuration: PathBuf,
    webhook_secret: String,
    head: String,
}

fn of_sim(error: SimError) -> Failure {
    Failure::world(error, "try again; if it stays, report this as a bug")
}

/// Makes it below a folder.
pub(super) async fn make(root: &Path) -> Result<Setting, Failure> {
    let mut workers = ScriptedWorkers::default();
    for repository in REPOSITORIES {
        let programs = PROGRAMS.iter().find(|(name, _)| *name == repository.name);
        let files = programs.map_or(&[][..], |(_, programs)| programs);
        workers = workers.builds(&format!("{OWNER}/{}", repository.name), files);
    }
    let setup = Setup {
        data: root.join("github"),
        clock: Clock::Real { speed: SPEED },
        seed: 0,
        faults: Faults::default(),
        limits: Limits::default(),
        workers: Box::new(workers),
    };
    let github = github_sim::start(setup).await.map_err(of_sim)?;
    github.create_organisation(OWNER).map_err(of_sim)?;
    github.create_user(MAINTAINER).map_err(of_sim)?;
    for repository in REPOSITORIES {
        make_repository(&github, repository)?;
    }
    let manifest = TOP_FILES.iter().find(|(name, _)| *name == MANIFEST);
    let manifest = manifest.map_or("", |(_, text)| text);
    let home = github
        .create_repository(OWNER, HOME, &[(MANIFEST, manifest)])
        .map_err(of_sim)?;
    let app = github
        .create_app(SLUG, PERMISSIONS, EVENTS, None)
        .map_err(of_sim)?;
    github.install(app.app_id, OWNER).map_err(of_sim)?;
    let webhook_secret = governance_server::fresh_secret()
        .map_err(|error| Failure::world(error, "the system gives no random bytes; look at /dev/urandom"))?;
    let setting = Setting {
        configuration: root.join("governance-app.toml"),
        github,
        app,
        webhook_secret,
        head: home.head,
    };
    setting.write(root)?;
    Ok(setting)
}

fn make_repository(github: &Running, repository: &EmbeddedRepository) -> Result<(), Failure> {
    let mut files: Vec<(&str, &str)> = repository.files.to_vec();
    files.push((".github/workflows/build.yml", WORKER_WORKFLOW));
    let made = github
        .create_repository(OWNER, repository.name, &files)
        .map_err(of_sim)?;
    let pushed = github.push_tag(OWNER, repository.name, TAG, &made.head, MAINTAINER);
    pushed.map_err(of_sim)
}

impl Setting {
    /// The tag that is released.
    pub(super) fn tag(&self) -> String {
        format!("v{VERSION}")
    }

    fn write(&self, root: &Path) -> Result<(), Failure> {
        let key = root.join("app.pem");
        write_secret(&key, &self.app.private_key_pem)?;
        let text = format!(
            "# The server of this demo. GitHub is simulated, within the same process.\n\n\
             [github]\napi_url = \"{api}\"\ndownload_hosts = [\"127.0.0.1\"]\napp_id = {app}\nprivate_key_path = \"file:{key}\"\nwebhook_secret = \"{secret}\"\n\n\
             [server]\nhost = \"127.0.0.1\"\nport = 0\n\n\
             [database]\nurl = \"sqlite:{state}\"\n\n\
             [release]\nname = \"example\"\nrepository = \"{OWNER}/{HOME}\"\ntriggers = [\"{MAINTAINER}\"]\n\
             platforms = [\"linux-x86_64\"]\n",
            api = self.github.url(),
            app = self.app.app_id,
            key = key.display(),
            secret = self.webhook_secret,
            state = root.join("state.db").display(),
        );
        write_secret(&self.configuration, &text)
    }

    /// From now on webhooks go to the server, and the tag is pushed.
    pub(super) fn begin(&self, webhooks: &str) -> Result<(), Failure> {
        let app = self.app.app_id;
        self.github
            .set_webhook(app, webhooks, &self.webhook_secret)
            .map_err(of_sim)?;
        let pushed = self
            .github
            .push_tag(OWNER, HOME, &self.tag(), &self.head, MAINTAINER);
        pushed.map_err(of_sim)
    }
}

/// Only for its owner's eyes, from the first byte on.
fn write_secret(path: &Path, text: &str) -> Result<(), Failure> {
    let written = fs::OpenOptions::new()
        .write(true)
        .create_new(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| std::io::Write::write_all(&mut file, text.as_bytes()));
    written.map_err(|error| Failure::of_path("write", path, &error))
}
