//! `governance sim serve`: a simulated GitHub by hand, for trying clients and workflows without GitHub.

use crate::arguments::{SimCommand, SimServeArguments};
use crate::signals::{Signals, Told, carry_out};
use crate::{Exit, Failure, output};
use github_sim::{
    AppCredentials, Clock, Faults, Limits, Running, ScriptedWorkers, Setup, SimError, WORKER_WORKFLOW,
    start_on,
};
use serde_json::json;
use std::path::Path;
use tokio::sync::watch;

/// What the App of the example may do: all that a release needs.
const PERMISSIONS: [(&str, &str); 7] = [
    ("actions", "write"),
    ("administration", "read"),
    ("checks", "write"),
    ("contents", "write"),
    ("metadata", "read"),
    ("pull_requests", "write"),
    ("statuses", "write"),
];

/// What the App of the example hears of.
const EVENTS: [&str; 7] = [
    "create",
    "installation",
    "push",
    "release",
    "repository_dispatch",
    "workflow_job",
    "workflow_run",
];

/// Carries one of the commands out.
pub(crate) fn run(command: &SimCommand) -> Result<Exit, Failure> {
    match command {
        SimCommand::Serve(arguments) => crate::run::block_on(serve(arguments))?,
    }
}

async fn serve(arguments: &SimServeArguments) -> Result<Exit, Failure> {
    let signals = Signals::listen()?;
    let setup = Setup {
        data: arguments.dir.clone(),
        clock: Clock::Real {
            speed: f64::from(arguments.speed),
        },
        seed: arguments.seed,
        faults: Faults::default(),
        limits: Limits::default(),
        workers: Box::new(ScriptedWorkers::default()),
    };
    let github = start_on(setup, arguments.port).await.map_err(failed)?;
    tell(&github, arguments)?;
    let (shutdown, mut told) = watch::channel(false);
    let wait = async move {
        // The sender lives until the end of the work.
        let _ = told.wait_for(|is_over| *is_over).await;
    };
    let exit = match carry_out(signals, wait, shutdown).await {
        Told::Ended((), exit) => exit.unwrap_or(Exit::Yes),
        Told::Left(exit) => exit,
    };
    github.stop();
    Ok(exit)
}

/// Makes the example and says how to reach it.
fn tell(github: &Running, arguments: &SimServeArguments) -> Result<(), Failure> {
    let owner = &arguments.organisation;
    github.create_organisation(owner).map_err(failed)?;
    let token = github.create_user("operator").map_err(failed)?;
    let files = [(".github/workflows/build.yml", WORKER_WORKFLOW)];
    for name in &arguments.repository {
        github.create_repository(owner, name, &files).map_err(failed)?;
    }
    let webhook = arguments
        .webhook_url
        .as_deref()
        .map(|url| (url, arguments.webhook_secret.as_str()));
    let app = github
        .create_app("governance", &PERMISSIONS, &EVENTS, webhook)
        .map_err(failed)?;
    let installation = github.install(app.app_id, owner).map_err(failed)?;
    let key = arguments.dir.join("app-private-key.pem");
    keep_key(&key, &app)?;
    output::json(&json!({
        "schema": "governance/sim/v1",
        "url": github.url(),
        "token": token,
        "organisation": owner,
        "repositories": arguments.repository,
        "app_id": app.app_id,
        "installation": installation,
        "private_key_path": key,
        "data": arguments.dir,
    }))
}

/// The key is for whoever started the simulator, and for nobody else on the machine.
fn keep_key(path: &Path, app: &AppCredentials) -> Result<(), Failure> {
    use std::io::Write as _;
    use std::os::unix::fs::OpenOptionsExt as _;
    std::fs::OpenOptions::new()
        .write(true)
        .create(true)
        .truncate(true)
        .mode(0o600)
        .open(path)
        .and_then(|mut file| file.write_all(app.private_key_pem.as_bytes()))
        .map_err(|error| Failure::of_path("write", path, &error))
}

#[allow(
    clippy::needless_pass_by_value,
    reason = "what `map_err` hands over is passed by value"
)]
fn failed(error: SimError) -> Failure {
    let help = match &error {
        SimError::Listen(_) => "choose another port, or 0 for any",
        SimError::Io { .. } | SimError::Key => "mend the cause and run the same command again",
        SimError::Unknown { .. } | SimError::Taken { .. } | SimError::Refused { .. } => "choose other names",
    };
    Failure::world(format!("failed to start the simulator: {error}"), help)
}
