//! Many releases at once over one store: one inbox worker and commands of all of them, with the parts that the engine is made of.
//!
//! An engine runs one release. What is done here with several is what it does with one: claim, carry out, append reports; and it
//! looks only for what it knows to be there, until nothing is left.

use crate::clock::Moment;
use crate::engine_run::{REPORTS_MAX, start};
use crate::ports::{PlayedBackend, PlayedPublisher};
use anyhow::{Result, bail, ensure};
use domain_types::BuildId;
use effects::{Carried, carry_out};
use orchestrator::{Phase, ReleaseSpec};
use runtime::ports::{BuildBackend, BuildReport, Clock as _};
use runtime::{InboxWorker, ReleasePerformer, SystemClock, Taken, Tenancy, inbox_row};
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;
use storage::{Claim, ClaimedIntent, NewInboxRow, PoolCapacity, Store};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

/// Commands carried out at a time, as in the engine.
const PERFORMERS_MAX: usize = 64;

/// Runners: so many that no build waits for one.
const RUNNERS: u32 = 10_000;

/// Seconds of a lease: longer than any run here.
const LEASE_SECONDS: u32 = 3_600;

/// Who holds the leases.
const OWNER: &str = "bench";

/// Runs all of them to their end; answers how long that took.
pub(super) async fn run(store: &Arc<dyn Store>, specs: &[ReleaseSpec]) -> Result<Duration> {
    for spec in specs {
        start(&**store, spec).await?;
    }
    let (reporter, reports) = mpsc::channel(REPORTS_MAX);
    let backend: Arc<dyn BuildBackend> = Arc::new(PlayedBackend::new(reporter, None));
    let performer = ReleasePerformer::new(Arc::clone(store), backend, Arc::new(PlayedPublisher));
    let mut many = Many {
        store: Arc::clone(store),
        worker: InboxWorker::new(
            Arc::clone(store),
            Arc::new(SystemClock),
            OWNER.to_owned(),
            Tenancy::Sole,
        ),
        performer: Arc::new(performer),
        reports,
        tasks: JoinSet::new(),
        starting: BTreeMap::new(),
        rows: specs.len(),
        commands: 0,
    };
    let began = Moment::now();
    many.until_rest().await?;
    let elapsed = began.elapsed();
    for spec in specs {
        let state = many.worker.state(&spec.id).await?;
        let phase = state.map(|state| state.phase().clone());
        ensure!(
            phase == Some(Phase::Published),
            "{} was not published: {phase:?}",
            spec.name
        );
    }
    Ok(elapsed)
}

struct Many {
    store: Arc<dyn Store>,
    worker: InboxWorker,
    performer: Arc<ReleasePerformer>,
    reports: mpsc::Receiver<BuildReport>,
    tasks: JoinSet<Result<(Option<BuildId>, Carried)>>,
    /// Reports of builds whose begin is not recorded yet wait here.
    starting: BTreeMap<BuildId, Vec<BuildReport>>,
    /// Inbox rows that wait.
    rows: usize,
    /// Commands that wait.
    commands: usize,
}

impl Many {
    async fn until_rest(&mut self) -> Result<()> {
        loop {
            self.take().await?;
            self.begin_commands().await?;
            if self.tasks.is_empty() {
                return Ok(());
            }
            let mut heard = Vec::new();
            tokio::select! {
                Some(joined) = self.tasks.join_next() => self.joined(joined??, &mut heard),
                Some(report) = self.reports.recv() => self.reported(report, &mut heard),
            }
            while let Some(joined) = self.tasks.try_join_next() {
                self.joined(joined??, &mut heard);
            }
            while let Ok(report) = self.reports.try_recv() {
                self.reported(report, &mut heard);
            }
            self.append(&heard).await?;
        }
    }

    async fn take(&mut self) -> Result<()> {
        while self.rows > 0 {
            let Some(row) = self.worker.take_one().await? else {
                bail!("{} rows are missing", self.rows);
            };
            self.rows -= 1;
            if let Taken::Moved(moved) = row.taken {
                self.commands += moved.commands.len();
            }
        }
        Ok(())
    }

    fn joined(&mut self, (build, carried): (Option<BuildId>, Carried), heard: &mut Vec<BuildReport>) {
        if let Carried::Done(replies) | Carried::Rejected(replies) = carried {
            self.rows += replies.len();
        }
        let waited = build.and_then(|build| self.starting.remove(&build));
        heard.extend(waited.unwrap_or_default());
    }

    fn reported(&mut self, report: BuildReport, heard: &mut Vec<BuildReport>) {
        match self.starting.get_mut(&report.build) {
            Some(waiting) => waiting.push(report),
            None => heard.push(report),
        }
    }

    async fn begin_commands(&mut self) -> Result<()> {
        let pools = [PoolCapacity {
            pool: "runners".to_owned(),
            slots: RUNNERS,
        }];
        while self.commands > 0 && self.tasks.len() < PERFORMERS_MAX {
            let claim = Claim {
                owner: OWNER.to_owned(),
                now: SystemClock.now(),
                lease_seconds: LEASE_SECONDS,
                release: None,
            };
            let Some(claimed) = self.store.claim_intent(&claim, &pools).await? else {
                bail!("{} commands are missing", self.commands);
            };
            self.commands -= 1;
            self.begin(claimed)?;
        }
        Ok(())
    }

    fn begin(&mut self, claimed: ClaimedIntent) -> Result<()> {
        let build = build_of(&claimed)?;
        if let Some(build) = &build {
            self.starting.entry(build.clone()).or_default();
        }
        let (store, performer) = (Arc::clone(&self.store), Arc::clone(&self.performer));
        self.tasks.spawn(async move {
            let carried = carry_out(&*store, &*performer, claimed, &|| SystemClock.now()).await?;
            Ok((build, carried))
        });
        Ok(())
    }

    async fn append(&mut self, reports: &[BuildReport]) -> Result<()> {
        let row = |report: &BuildReport| {
            let (build, event) = (&report.build, &report.event);
            let key = format!("report/{}/{build}/{}", build.release, event.label());
            inbox_row(&build.release, key, event, OWNER)
        };
        let rows: Vec<NewInboxRow> = reports.iter().map(row).collect::<Result<_, _>>()?;
        let _new = self.store.note_inbox(&rows, SystemClock.now()).await?;
        self.rows += rows.len();
        Ok(())
    }
}

/// The build that a stored command begins, if it begins one.
fn build_of(claimed: &ClaimedIntent) -> Result<Option<BuildId>> {
    if claimed.intent.kind != "start_build" {
        return Ok(None);
    }
    let stored: serde_json::Value = serde_json::from_str(&claimed.intent.body)?;
    Ok(Some(serde_json::from_value(stored["body"]["build"].clone())?))
}
