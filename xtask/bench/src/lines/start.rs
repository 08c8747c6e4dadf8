//! How long `governance release local` takes on a state with a long past until it shows the release and takes orders, and how much
//! memory that needs.

use crate::Bench;
use crate::clock::Moment;
use crate::figure::{Figure, Found, Target};
use crate::resident::resident;
use crate::samples::{Samples, milliseconds};
use crate::work_folder::WorkFolder;
use anyhow::{Context as _, Result, bail, ensure};
use domain_types::ReleaseId;
use orchestrator::Event;
use runtime::ports::Clock as _;
use runtime::{InboxWorker, SystemClock, Tenancy, inbox_row};
use rustix::process::{Pid, Signal, kill_process};
use std::fs::{self, File};
use std::io::{BufRead as _, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;
use storage::{NewInboxRow, OpenMode, Store, open_sqlite};

/// Events of the past, ascending: each state goes on from the one before.
const EVENTS: [usize; 3] = [10, 1_000, 100_000];

/// Starts per size, in runs.
const RUNS: usize = 7;

/// What the longest past may cost: milliseconds until ready, and mebibytes of memory at most.
const READY_MILLISECONDS_MAX: f64 = 200.0;
const RESIDENT_MEBIBYTES_MAX: f64 = 25.0;

/// Rows of one append: a commit that blocks nobody for long.
const ROWS: usize = 1_000;

/// Lines that a start may say before it is ready, in lines: it says a handful.
const LINES_MAX: usize = 1_000;

/// The release.
const VERSION: &str = "0.1.0";

pub(super) fn measure(bench: &Bench) -> Result<Found> {
    let folder = WorkFolder::make(&bench.target, "start")?;
    let stage = Stage::set(bench, &folder)?;
    let threads = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let mut found = Found::default();
    let release = threads.block_on(stage.begin())?;
    for events in EVENTS {
        threads.block_on(stage.live(&release, events))?;
        let starts = (0..RUNS)
            .map(|_| stage.start("paused"))
            .collect::<Result<Vec<_>>>()?;
        let ready = starts.iter().map(|start| milliseconds(start.ready)).collect();
        let resident = starts.iter().map(|start| start.resident_mebibytes).collect();
        let ready = Figure::new(
            format!("{events} events: process started to release shown"),
            "ms",
            Samples::new(ready),
        );
        let resident = Figure::new(
            format!("{events} events: memory until then (VmHWM)"),
            "MiB",
            Samples::new(resident),
        );
        if EVENTS.iter().all(|other| *other <= events) {
            found.add(ready.aims(Target::AtMost(READY_MILLISECONDS_MAX)));
            found.add(resident.aims(Target::AtMost(RESIDENT_MEBIBYTES_MAX)));
        } else {
            found.add(ready);
            found.add(resident);
        }
        let size = fs::metadata(stage.state())?.len();
        found.note(format!(
            "{events} events: a state file of {:.1} MiB.",
            size as f64 / (1024.0 * 1024.0)
        ));
    }
    found.note(
        "The whole process, git and locks included, until it says where the release stands: from then on the engine takes orders. The \
         events are pauses and resumes of a release that waits for an approval, decided by `InboxWorker`; this past is made in memory where \
         there is a folder for it, and the state file lies on the disk when it is opened.",
    );
    Ok(found)
}

/// A workspace with one repository, and the command that releases it.
struct Stage<'a> {
    bench: &'a Bench,
    folder: PathBuf,
}

/// One start of the program.
struct Start {
    ready: Duration,
    resident_mebibytes: f64,
}

impl<'a> Stage<'a> {
    fn set(bench: &'a Bench, folder: &WorkFolder) -> Result<Self> {
        let stage = Self {
            bench,
            folder: folder.path().to_owned(),
        };
        let repository = stage.folder.join("workspace/tool");
        fs::create_dir_all(&repository)?;
        fs::write(repository.join("build.sh"), "true\n")?;
        for arguments in [
            ["init", "--quiet", "--initial-branch=main"].as_slice(),
            &["add", "--all"],
            &["commit", "--quiet", "--message", "Begin"],
            &["tag", "v0.1.0"],
        ] {
            let status = stage.git(&repository).args(arguments).status()?;
            ensure!(status.success(), "git {} failed", arguments.join(" "));
        }
        fs::write(
            stage.folder.join("versions.toml"),
            "[versions]\ntool = { version = \"0.1.0\", git_tag = \"v0.1.0\" }\n",
        )?;
        fs::write(
            stage.folder.join("governance-app.toml"),
            "[release]\nname = \"bench\"\napprovals_required = 1\n\n[repositories.tool]\nbuild = [\"sh\", \"build.sh\"]\nartifacts = []\n",
        )?;
        Ok(stage)
    }

    /// git with an identity of its own, untouched by the user's configuration.
    fn git(&self, repository: &Path) -> Command {
        let mut git = Command::new("git");
        git.current_dir(repository)
            .stdin(Stdio::null())
            .env("GIT_CONFIG_GLOBAL", "/dev/null")
            .env("GIT_CONFIG_NOSYSTEM", "1");
        for role in ["AUTHOR", "COMMITTER"] {
            git.env(format!("GIT_{role}_NAME"), "Bench")
                .env(format!("GIT_{role}_EMAIL"), "bench@example.invalid");
        }
        git
    }

    fn state(&self) -> PathBuf {
        self.folder.join("workspace/.governance/state.db")
    }

    /// Starts the release, which then waits for its approval; answers its identity.
    async fn begin(&self) -> Result<ReleaseId> {
        self.start("awaiting approval")?;
        let store = open_sqlite(&self.state(), OpenMode::Existing, SystemClock.now()).await?;
        let releases = store.list_releases().await?;
        let id = releases.first().map(|summary| summary.id.clone());
        store.close().await;
        id.context("the release was not begun")
    }

    /// Lets the release have this many events, or one more, the last of them a pause.
    ///
    /// A hundred thousand events are two hundred thousand commits, minutes of nothing but waiting for the disk: where there is a
    /// folder in memory the past is made there, and the state file is laid back where it came from.
    async fn live(&self, release: &ReleaseId, events: usize) -> Result<()> {
        let memory = Path::new("/dev/shm");
        if !memory.is_dir() {
            return grow(&self.state(), release, events).await;
        }
        let folder = WorkFolder::make(memory, &format!("start-{}", std::process::id()))?;
        let aside = folder.join("state.db");
        // What the last start left in the log beside the file belongs to it.
        let store = open_sqlite(&self.state(), OpenMode::Existing, SystemClock.now()).await?;
        store.close().await;
        fs::copy(self.state(), &aside)?;
        grow(&aside, release, events).await?;
        fs::copy(&aside, self.state())?;
        Ok(File::open(self.state())?.sync_all()?)
    }

    /// Starts the program, waits until it says where the release stands, and ends it in good order.
    fn start(&self, phase: &str) -> Result<Start> {
        let mut command = Command::new(&self.bench.governance);
        command
            .current_dir(&self.folder)
            .args(["release", "local", VERSION, "--manifest", "versions.toml"])
            .args(["--workspace", "workspace", "--out", "release"])
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::piped());
        let began = Moment::now();
        let mut child = command.spawn().context("failed to start governance")?;
        let ready = wait_for(&mut child, phase).map(|()| began.elapsed());
        let resident = resident(child.id());
        let pid = Pid::from_raw(i32::try_from(child.id())?).context("no process")?;
        // One that ended by itself has said why.
        let _ = kill_process(pid, Signal::TERM);
        child.wait()?;
        Ok(Start {
            ready: ready?,
            resident_mebibytes: resident?.peak_mebibytes,
        })
    }
}

/// Listens until the release is said to stand there. What the program says later is read by nobody and fits into the pipe.
fn wait_for(child: &mut Child, phase: &str) -> Result<()> {
    let said = child.stderr.as_mut().context("no standard error")?;
    let mut heard = String::new();
    for line in BufReader::new(said).lines().take(LINES_MAX) {
        let line = line?;
        if line.ends_with(&format!(": {phase}")) {
            return Ok(());
        }
        heard.push_str(&line);
        heard.push('\n');
    }
    bail!("governance never said `{phase}`:\n{heard}")
}

async fn grow(state: &Path, release: &ReleaseId, events: usize) -> Result<()> {
    let store = Arc::new(open_sqlite(state, OpenMode::Existing, SystemClock.now()).await?);
    store.take_over("bench", SystemClock.now()).await?;
    let shared = Arc::clone(&store) as Arc<dyn Store>;
    let mut worker = InboxWorker::new(shared, Arc::new(SystemClock), "bench".to_owned(), Tenancy::Sole);
    loop {
        let state = worker.state(release).await?.context("the release is gone")?;
        let (revision, is_paused) = (usize::try_from(state.revision())?, state.phase().is_paused());
        if revision >= events && is_paused {
            break;
        }
        let count = events.saturating_sub(revision).clamp(1, ROWS);
        let rows = (0..count).map(|at| order(release, revision + at, is_paused ^ !at.is_multiple_of(2)));
        let rows: Vec<NewInboxRow> = rows.collect::<Result<_>>()?;
        let _new = store.append_inbox(&rows, SystemClock.now()).await?;
        let moved = worker.take_all().await?;
        ensure!(moved == count, "{moved} of {count} orders were carried out");
    }
    drop(worker);
    // Closing folds the log into the file, which then holds everything.
    let store = Arc::into_inner(store).context("the store is still in use")?;
    store.close().await;
    Ok(())
}

/// A resume of what is paused, a pause of what is not; `revision` tells it from all others.
fn order(release: &ReleaseId, revision: usize, is_paused: bool) -> Result<NewInboxRow> {
    let actor = "bench".to_owned();
    let event = if is_paused {
        Event::Resume { actor }
    } else {
        Event::Pause { actor }
    };
    Ok(inbox_row(
        release,
        format!("bench/{release}/{revision}"),
        &event,
        "bench",
    )?)
}
