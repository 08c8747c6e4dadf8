//! Jobs by themselves, and their logs.

use super::{Download, GitHub, Handled};
use crate::exchange::Answer;

impl GitHub {
    pub(crate) fn show_job(&self, repository: u64, id: u64) -> Handled {
        let runs = self.runs.values().filter(|run| run.repository == repository);
        for run in runs {
            for attempt in &run.attempts {
                if let Some(job) = attempt.jobs.iter().find(|job| job.id == id) {
                    return Ok(Answer::json(200, &self.job_view(run, attempt, job)));
                }
            }
        }
        Err(Answer::not_found())
    }

    pub(crate) fn redirect_to_log(&mut self, repository: u64, id: u64) -> Handled {
        let attempt = self
            .runs
            .values()
            .filter(|run| run.repository == repository)
            .flat_map(|run| &run.attempts)
            .find(|attempt| attempt.jobs.iter().any(|job| job.id == id))
            .filter(|attempt| attempt.begun.is_some())
            .ok_or_else(Answer::not_found)?;
        let log = attempt.script.log.clone();
        Ok(self.offer(Download::text(log)))
    }
}
