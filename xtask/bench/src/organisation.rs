//! An organisation on a simulated GitHub, in this process and on the machine's clock, and the real server as a process beside it.

use crate::Bench;
use crate::connection::Connection;
use crate::deliveries::{PATH, SECRET};
use crate::listening::{Listening, Says};
use crate::work_folder::WorkFolder;
use anyhow::{Result, bail};
use github_sim::{
    AppCredentials, Clock, Faults, Limits, Repo, Running, ScriptedWorkers, Setup, Truth, WORKER_WORKFLOW,
};
use std::fmt::Write as _;
use std::fs;
use std::process::Command;
use std::time::Duration;

/// Who owns everything.
pub(crate) const OWNER: &str = "example";

/// The repository that is released, and the tag that asks for it.
const HOME: &str = "commons";
const TAG: &str = "v0.1.0";

/// Who may ask.
const MAINTAINER: &str = "maintainer";

/// Seconds that something may take on GitHub: whatever takes longer has come to a standstill.
const STANDSTILL_SECONDS: u64 = 120;

/// Requests that GitHub's limits allow here, of any kind: a server that is started again and again would reach them together.
const PLENTY: u32 = 1_000_000;

/// A component: its name, what it needs, and the programs that it gives.
#[derive(Debug, Clone)]
pub(crate) struct Component {
    /// Its name.
    pub(crate) name: String,
    /// The names of what it needs.
    pub(crate) needs: Vec<String>,
    /// The names of what it gives.
    pub(crate) files: Vec<String>,
}

/// The organisation; gone when it is dropped.
pub(crate) struct Organisation {
    /// The simulated GitHub.
    pub(crate) github: Running,
    home: Repo,
    app: AppCredentials,
    folder: WorkFolder,
}

impl Organisation {
    /// Everything is there but the tag of the release. Runs last so many seconds and wait for no runner.
    pub(crate) async fn make(folder: WorkFolder, components: &[Component], run_seconds: u64) -> Result<Self> {
        let mut workers = ScriptedWorkers::default();
        (workers.queued_seconds, workers.running_seconds) = (0, run_seconds);
        for component in components {
            let files: Vec<&str> = component.files.iter().map(String::as_str).collect();
            workers = workers.builds(&format!("{OWNER}/{}", component.name), &files);
        }
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
            workers: Box::new(workers),
        };
        let github = github_sim::start(setup).await?;
        let (home, app) = settle(&github, components)?;
        let organisation = Self {
            github,
            home,
            app,
            folder,
        };
        organisation.configure()?;
        Ok(organisation)
    }

    /// Writes the server's configuration.
    fn configure(&self) -> Result<()> {
        fs::write(self.folder.join("app.pem"), &self.app.private_key_pem)?;
        let text = format!(
            "[github]\napi_url = '{}'\ndownload_hosts = ['127.0.0.1']\napp_id = {}\nprivate_key_path = 'file:{}'\n\
             webhook_secret = '{SECRET}'\n\
             [server]\nport = 0\n\
             [database]\nurl = 'sqlite:{}'\n\
             [release]\nname = 'bench'\nrepository = '{OWNER}/{HOME}'\ntriggers = ['{MAINTAINER}']\n\
             platforms = ['linux-x86_64']\nrunners = 64\n",
            self.github.url(),
            self.app.app_id,
            self.folder.join("app.pem").display(),
            self.folder.join("state.db").display(),
        );
        Ok(fs::write(self.folder.join("governance-app.toml"), text)?)
    }

    /// Starts the server as a process.
    pub(crate) fn serve(&self, bench: &Bench) -> Result<Listening> {
        let mut command = Command::new(&bench.server);
        command
            .args(["serve", "--format", "json"])
            .current_dir(self.folder.path())
            .env_clear();
        Listening::start(command, Says::Error)
    }

    /// From now on webhooks go to this server.
    pub(crate) fn hook(&self, server: &Listening) -> Result<()> {
        let url = format!("http://{}{PATH}", server.address());
        Ok(self.github.set_webhook(self.app.app_id, &url, SECRET)?)
    }

    /// The tag that asks for the release is pushed.
    pub(crate) fn push_tag(&self) -> Result<()> {
        Ok(self
            .github
            .push_tag(OWNER, HOME, TAG, &self.home.head, MAINTAINER)?)
    }

    /// Waits until what has happened on GitHub is as asked, and answers it.
    pub(crate) async fn until(&self, what: &str, is_so: impl Fn(&[Truth]) -> bool) -> Result<Vec<Truth>> {
        let longest = Duration::from_secs(STANDSTILL_SECONDS);
        match tokio::time::timeout(longest, self.github.until(is_so)).await {
            Ok(truth) => Ok(truth),
            Err(_) => bail!("waited {STANDSTILL_SECONDS} s in vain until {what}"),
        }
    }
}

impl Drop for Organisation {
    fn drop(&mut self) {
        self.github.stop();
    }
}

/// The value of a line of the server's metrics.
pub(crate) async fn metric(server: &Listening, name: &str) -> Result<f64> {
    let page = Connection::to(server.address()).get("/metrics").await?;
    let page = String::from_utf8_lossy(&page.body).into_owned();
    let value = page
        .lines()
        .find_map(|line| line.strip_prefix(name)?.strip_prefix(' '));
    match value {
        Some(value) => Ok(value.parse()?),
        None => bail!("the server's metrics have no {name}"),
    }
}

fn settle(github: &Running, components: &[Component]) -> Result<(Repo, AppCredentials)> {
    github.create_organisation(OWNER)?;
    github.create_user(MAINTAINER)?;
    let worker = [(".github/workflows/build.yml", WORKER_WORKFLOW)];
    for Component { name, .. } in components {
        let made = github.create_repository(OWNER, name, &worker)?;
        github.push_tag(OWNER, name, TAG, &made.head, MAINTAINER)?;
    }
    let home = github.create_repository(OWNER, HOME, &[("versions.toml", manifest(components)?)])?;
    let permissions = [
        ("actions", "write"),
        ("contents", "write"),
        ("metadata", "read"),
        ("statuses", "write"),
    ];
    let events = ["push", "create", "release", "workflow_run", "workflow_job"];
    let app = github.create_app("bench-release", &permissions, &events, None)?;
    github.install(app.app_id, OWNER)?;
    Ok((home, app))
}

fn manifest(components: &[Component]) -> Result<String> {
    let listed = |words: &[String], after: &str| {
        let words: Vec<String> = words.iter().map(|word| format!("\"{word}{after}\"")).collect();
        words.join(", ")
    };
    let mut text = "[versions]\n".to_owned();
    for Component { name, needs, files } in components {
        writeln!(
            text,
            "{name} = {{ version = \"0.1.0\", git_tag = \"{TAG}\", git_commit = \"\", requires = [{}], binaries = [{}] }}",
            listed(needs, "=0.1.0"),
            listed(files, "")
        )?;
    }
    text.push_str(
        "[metadata]\nlast_updated = \"2026-01-01\"\nupdated_by = \"bench\"\nrelease_notes = \"Measured\"\n",
    );
    Ok(text)
}
