//! What is heard beside the loop comes into the inbox: reports of builds, commands that were carried out, facts that were gathered.

use super::{Ran, Run};
use crate::RuntimeError;
use crate::book::inbox_row;
use crate::ports::BuildReport;
use domain_types::{BuildId, seeded_bug};
use orchestrator::Event;
use storage::{Appended, NewInboxRow, ROWS_MAX};

/// Who reports builds, as the inbox has it.
const ACTOR: &str = "backend";

impl Run {
    /// What came of builds: not on the disk at once, for a successor finds it where the build left it.
    pub(super) async fn append(&mut self, rows: &[NewInboxRow]) -> Result<(), RuntimeError> {
        for rows in rows.chunks(ROWS_MAX) {
            let appended = self
                .engine
                .store
                .note_inbox(rows, self.engine.clock.now())
                .await?;
            let new = |(row, appended): (&NewInboxRow, &Appended)| {
                matches!(appended, Appended::New(_)).then(|| row.key.clone())
            };
            self.outlook.appended(rows.iter().zip(&appended).filter_map(new));
        }
        Ok(())
    }

    /// What is at hand comes into the inbox, all in one.
    pub(super) async fn hear_what_waits(&mut self) -> Result<(), RuntimeError> {
        loop {
            if let Some(joined) = self.tasks.try_join_next() {
                self.joined(joined)?;
            } else if let Some(gathered) = self.gathering.try_next() {
                self.gathered(gathered)?;
            } else if let Ok(report) = self.engine.reports.try_recv() {
                self.reported(report);
            } else {
                break;
            }
        }
        self.put_heard().await
    }

    pub(super) async fn put_heard(&mut self) -> Result<(), RuntimeError> {
        let rows: Vec<NewInboxRow> = self.heard_rows().collect::<Result<_, _>>()?;
        self.append(&rows).await?;
        self.heard.clear();
        Ok(())
    }

    pub(super) fn heard_rows(&self) -> impl Iterator<Item = Result<NewInboxRow, RuntimeError>> {
        let heard = self.heard.iter();
        heard.map(|report| row(&report.build, &report.event, "report"))
    }

    pub(super) fn joined(
        &mut self,
        joined: Result<Result<Ran, RuntimeError>, tokio::task::JoinError>,
    ) -> Result<(), RuntimeError> {
        let Ran { build, carried } = match joined {
            Ok(outcome) => outcome?,
            Err(error) => {
                return Err(RuntimeError::TaskDied {
                    reason: error.to_string(),
                });
            }
        };
        self.outlook.carried(carried);
        let waited = build.and_then(|build| self.starting.remove(&build));
        self.heard.extend(waited.unwrap_or_default());
        Ok(())
    }

    pub(super) fn gathered(&mut self, keys: Result<Vec<String>, RuntimeError>) -> Result<(), RuntimeError> {
        self.outlook.appended(keys?);
        // Rows may have waited for room.
        self.outlook.rung();
        Ok(())
    }

    /// A quick build may end before the record of its begin is stored: its report waits for that.
    pub(super) fn reported(&mut self, report: BuildReport) {
        match self.starting.get_mut(&report.build) {
            Some(_) if seeded_bug("quick-report-lost") => {}
            Some(waiting) => waiting.push(report),
            None => self.heard.push(report),
        }
    }
}

/// The row of an event of a build; `how` we know of it.
pub(super) fn row(build: &BuildId, event: &Event, how: &str) -> Result<NewInboxRow, RuntimeError> {
    let mut key = format!("{how}/{}/{build}/{}", build.release, event.label());
    // A run is told of more than once: as it is found, and as it waits.
    if let Event::BuildQueued { run: Some(run), .. } = event {
        let what = if run.waits_for.is_empty() {
            "found"
        } else {
            "waits"
        };
        key.push_str(&format!("/{what}"));
    }
    if seeded_bug("attempts-share-their-report") {
        key = format!("{how}/{}/{}/{}", build.release, build.node, event.label());
    }
    inbox_row(&build.release, key, event, ACTOR)
}
