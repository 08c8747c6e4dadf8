//! `governance demo --github`: a simulated GitHub and the real server in one process, and a whole release from a pushed tag to the
//! published release, which is then downloaded and verified as anybody would.

mod download;
mod organisation;
mod story;

use crate::arguments::{DemoArguments, Format, FormatArgument, VerifyArguments};
use crate::signals::{Signals, Told, carry_out};
use crate::{Exit, Failure, Surroundings, block_on, output};
use organisation::{Setting, make};
use std::fs;
use std::io::ErrorKind;
use std::path::Path;
use story::Story;
use tokio::sync::{oneshot, watch};

/// Runs it. The folder is made anew each time: what is shown is a release from its beginning.
pub(crate) fn run(arguments: &DemoArguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    block_on(async {
        let signals = Signals::listen()?;
        let (shutdown, watched) = watch::channel(false);
        let folder = arguments.dir();
        let shown = show(&folder, surroundings, watched);
        match carry_out(signals, shown, shutdown).await {
            Told::Ended(outcome, None) => outcome,
            Told::Ended(_, Some(exit)) | Told::Left(exit) => Ok(exit),
        }
    })?
}

async fn show(
    folder: &Path,
    surroundings: &Surroundings,
    mut shutdown: watch::Receiver<bool>,
) -> Result<Exit, Failure> {
    let root = fresh_folder(folder)?;
    let setting = make(&root).await?;
    let (ending, ended) = watch::channel(false);
    let (listening, address) = oneshot::channel();
    let announce = Box::new(move |address| {
        // Nobody waits any more only if the demo was ended.
        let _ = listening.send(address);
    });
    let server = governance_server::Surroundings {
        variables: surroundings.variables.clone(),
    };
    let configuration = setting.configuration.clone();
    let serving =
        tokio::spawn(
            async move { governance_server::serve_file(&configuration, &server, announce, ended).await },
        );
    let told = tokio::select! {
        told = tell(&root, &setting, address) => told,
        _ = shutdown.wait_for(|told| *told) => Ok(Exit::Interrupted),
    };
    ending.send_replace(true);
    let served = serving.await;
    setting.github.stop();
    match served {
        Ok(Ok(())) => told,
        Ok(Err(reason)) => Err(Failure::world(reason.trim_end(), "report this as a bug")),
        Err(error) => Err(Failure::world(error, "report this as a bug")),
    }
}

async fn tell(
    root: &Path,
    setting: &Setting,
    address: oneshot::Receiver<std::net::SocketAddr>,
) -> Result<Exit, Failure> {
    let address = address.await;
    let address = address.map_err(|_| Failure::world("the server did not start", "see the message above"))?;
    output::note(&format!("GitHub is simulated at {}", setting.github.url()));
    output::note(&format!("governance-app listens on http://{address}"));
    setting.begin(&format!("http://{address}/webhooks/github"))?;
    let mut story = Story::new(setting, &root.join("state.db"));
    if !story.tell_to_the_end().await? {
        return Ok(Exit::No);
    }
    story.tell_requests();
    let release = root.join("release");
    download::download(setting, &release).await?;
    crate::commands::verify_release(&VerifyArguments {
        directory: release,
        format: FormatArgument { format: Format::Text },
    })
}

/// An empty folder: absent, empty, or one that an earlier run of this demo made.
fn fresh_folder(folder: &Path) -> Result<std::path::PathBuf, Failure> {
    fs::create_dir_all(folder).map_err(|error| Failure::of_path("create", folder, &error))?;
    let root = folder
        .canonicalize()
        .map_err(|error| Failure::of_path("find", folder, &error))?;
    let marker = root.join(MARKER);
    let entries = fs::read_dir(&root).map_err(|error| Failure::of_path("read", &root, &error))?;
    let is_empty = entries.count() == 0;
    if !is_empty && !marker.exists() {
        let text = format!(
            "{} is neither empty nor the folder of such a demo",
            root.display()
        );
        return Err(Failure::usage(
            text,
            "name an absent or empty folder with `--dir DIR`",
        ));
    }
    for made in MADE {
        let path = root.join(made);
        let removed = match path.is_dir() {
            true => fs::remove_dir_all(&path),
            false => fs::remove_file(&path),
        };
        match removed {
            Err(error) if error.kind() != ErrorKind::NotFound => {
                return Err(Failure::of_path("remove", &path, &error));
            }
            Ok(()) | Err(_) => {}
        }
    }
    fs::write(&marker, "governance demo --github\n")
        .map_err(|error| Failure::of_path("write", &marker, &error))?;
    Ok(root)
}

/// Marks a folder as one of this demo's.
const MARKER: &str = ".governance-demo-github";

/// What an earlier run left in its folder.
const MADE: &[&str] = &[
    "github",
    "release",
    "state.db",
    "state.db-wal",
    "state.db-shm",
    "state.db.lock",
    "state.db.work",
    "app.pem",
    "governance-app.toml",
];
