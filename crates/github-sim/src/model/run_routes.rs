//! The API of workflows and runs.

use super::permissions::Level;
use super::runs::Attempt;
use super::{Call, GitHub, Handled, Run, iso};
use crate::exchange::Answer;
use crate::truth::Happened;
use crate::workflow::WorkflowFile;
use http::Method;
use serde_json::{Value, json};

/// For how long a run may be started again, in seconds: thirty days.
const RERUN_SECONDS_MAX: u64 = 30 * 24 * 3_600;

/// How many of the runs that match a filter are ever listed.
const LISTED_RUNS_MAX: usize = 1_000;

impl GitHub {
    pub(crate) fn route_actions(&mut self, call: &Call<'_>, repository: u64, rest: &[&str]) -> Handled {
        let level = if call.request.method == Method::GET {
            Level::Read
        } else {
            Level::Write
        };
        self.permit(call, repository, "actions", level)?;
        match (call.request.method.as_str(), rest) {
            ("GET", ["workflows"]) => self.list_workflows(call, repository),
            ("GET", ["workflows", named]) => {
                let (path, id) = self.workflow_on_default(repository, named)?;
                Ok(Answer::json(200, &self.workflow_view(repository, &path, id)))
            }
            ("POST", ["workflows", named, "dispatches"]) => self.dispatch_workflow(call, repository, named),
            ("GET", ["workflows", named, "runs"]) => {
                let (_, id) = self.workflow_on_default(repository, named)?;
                self.list_runs(call, repository, Some(id))
            }
            ("GET", ["runs"]) => self.list_runs(call, repository, None),
            ("GET", ["artifacts"]) => self.list_artifacts(call, repository, None),
            ("GET", ["artifacts", id]) => self.show_artifact(repository, Call::number(id)?),
            ("GET", ["artifacts", id, "zip"]) => self.redirect_to_artifact(repository, Call::number(id)?),
            ("GET", ["jobs", id]) => self.show_job(repository, Call::number(id)?),
            ("GET", ["jobs", id, "logs"]) => self.redirect_to_log(repository, Call::number(id)?),
            (_, ["runs", id, rest @ ..]) => {
                let run = self.run_in(repository, Call::number(id)?)?.id;
                self.route_run(call, repository, run, rest)
            }
            _ => Err(Answer::not_found()),
        }
    }

    fn route_run(&mut self, call: &Call<'_>, repository: u64, run: u64, rest: &[&str]) -> Handled {
        match (call.request.method.as_str(), rest) {
            ("GET", []) => self.show_run(repository, run, None),
            ("GET", ["attempts", number]) => self.show_run(repository, run, Some(Call::number(number)?)),
            ("GET", ["attempts", number, "jobs"]) => {
                self.list_jobs(call, repository, run, Some(Call::number(number)?))
            }
            ("GET", ["jobs"]) => self.list_jobs(call, repository, run, None),
            ("GET", ["artifacts"]) => self.list_artifacts(call, repository, Some(run)),
            ("POST", ["rerun"]) => self.rerun(call, repository, run, false),
            ("POST", ["rerun-failed-jobs"]) => self.rerun(call, repository, run, true),
            ("POST", ["cancel"]) => self.cancel_by_call(repository, run, false),
            ("POST", ["force-cancel"]) => self.cancel_by_call(repository, run, true),
            _ => Err(Answer::not_found()),
        }
    }

    pub(crate) fn run_in(&self, repository: u64, id: u64) -> Result<&Run, Answer> {
        self.runs
            .get(&id)
            .filter(|run| run.repository == repository)
            .ok_or_else(Answer::not_found)
    }

    fn list_workflows(&mut self, call: &Call<'_>, repository: u64) -> Handled {
        let known = self.known(repository)?;
        let head = known.head().ok_or_else(Answer::not_found)?;
        let mut views = Vec::new();
        for path in known.workflow_paths(&head) {
            let id = self.workflow_id(repository, &path);
            views.push(self.workflow_view(repository, &path, id));
        }
        Ok(call.counted_list(&self.api, "workflows", views))
    }

    fn list_runs(&self, call: &Call<'_>, repository: u64, workflow: Option<u64>) -> Handled {
        let views: Vec<Value> = self
            .runs
            .values()
            .rev()
            .filter(|run| run.repository == repository && run.listed_from <= self.now)
            .filter(|run| workflow.is_none_or(|id| run.workflow == id))
            .filter_map(|run| Some((run, run.attempts.last()?)))
            .filter(|(run, attempt)| is_wanted(call, run, attempt))
            .take(LISTED_RUNS_MAX)
            .map(|(run, attempt)| self.run_view(run, attempt))
            .collect();
        Ok(call.counted_list(&self.api, "workflow_runs", views))
    }

    fn show_run(&self, repository: u64, run: u64, number: Option<u64>) -> Handled {
        let run = self.run_in(repository, run)?;
        let attempt = attempt_of(run, number)?;
        Ok(Answer::json(200, &self.run_view(run, attempt)))
    }

    fn list_jobs(&self, call: &Call<'_>, repository: u64, run: u64, number: Option<u64>) -> Handled {
        let run = self.run_in(repository, run)?;
        let attempts: Vec<&Attempt> = if call.query("filter") == Some("all") && number.is_none() {
            run.attempts.iter().rev().collect()
        } else {
            vec![attempt_of(run, number)?]
        };
        let views = attempts
            .iter()
            .flat_map(|attempt| attempt.jobs.iter().map(|job| self.job_view(run, attempt, job)))
            .collect();
        Ok(call.counted_list(&self.api, "jobs", views))
    }

    fn rerun(&mut self, call: &Call<'_>, repository: u64, id: u64, is_failed_only: bool) -> Handled {
        let run = self.run_in(repository, id)?;
        let attempt = attempt_of(run, None)?;
        if attempt.status != "completed" {
            return Err(Answer::refusal(403, "This workflow is already running"));
        }
        if attempt.conclusion == Some("startup_failure") {
            return Err(Answer::refusal(403, "This workflow run cannot be retried"));
        }
        if is_failed_only && attempt.conclusion == Some("success") {
            return Err(Answer::refusal(403, "This workflow run has no failed jobs"));
        }
        if self.now.milliseconds_since(run.created) > RERUN_SECONDS_MAX * 1000 {
            let message = "Unable to retry this workflow run because it was created over a month ago";
            return Err(Answer::refusal(403, message));
        }
        let number = attempt.number + 1;
        let text = self.known(repository)?.objects.file(&run.commit, &run.path);
        let file = text
            .and_then(|text| WorkflowFile::read(text))
            .ok_or_else(Answer::not_found)?;
        let actor = self.actor(&call.asker);
        self.happened(Happened::RunRestarted {
            run: id,
            attempt: number,
        });
        self.start_attempt(id, &actor, &file);
        Ok(Answer::json(201, &json!({})))
    }

    fn cancel_by_call(&mut self, repository: u64, id: u64, is_forced: bool) -> Handled {
        let run = self.run_in(repository, id)?;
        if attempt_of(run, None)?.status == "completed" {
            return Err(Answer::refusal(
                409,
                "Cannot cancel a workflow run that is completed.",
            ));
        }
        self.cancel(id, is_forced);
        Ok(Answer::json(202, &json!({})))
    }
}

fn attempt_of(run: &Run, number: Option<u64>) -> Result<&Attempt, Answer> {
    let found = match number {
        None => run.attempts.last(),
        Some(number) => run
            .attempts
            .iter()
            .find(|attempt| u64::from(attempt.number) == number),
    };
    found.ok_or_else(Answer::not_found)
}

fn is_wanted(call: &Call<'_>, run: &Run, attempt: &Attempt) -> bool {
    let fits = |name: &str, value: &str| call.query(name).is_none_or(|wanted| wanted == value);
    let has_status = call.query("status").is_none_or(|wanted| {
        wanted == attempt.status || attempt.conclusion.is_some_and(|conclusion| conclusion == wanted)
    });
    fits("event", run.event)
        && fits("branch", &run.branch)
        && fits("actor", &run.actor)
        && fits("head_sha", &run.commit)
        && fits("check_suite_id", &run.suite.to_string())
        && has_status
        && call
            .query("created")
            .is_none_or(|wanted| is_in_range(&iso(run.created), wanted))
}

/// Whether a time lies in a range as GitHub's search writes it: `>=T`, `>T`, `<=T`, `<T`, `T..U`, or a day. Times in this form are
/// ordered as texts are; a bound without a time of day is filled up.
fn is_in_range(time: &str, range: &str) -> bool {
    let bound = |text: &str| text.replace("+00:00", "Z");
    let day = |text: &str| time.get(..text.len()).unwrap_or(time).to_owned();
    if let Some((from, to)) = range.split_once("..") {
        let (from, to) = (bound(from), bound(to));
        return (from == "*" || day(&from) >= from) && (to == "*" || day(&to) <= to);
    }
    let from = |prefix: &str| range.strip_prefix(prefix).map(bound);
    if let Some(limit) = from(">=") {
        day(&limit) >= limit
    } else if let Some(limit) = from("<=") {
        day(&limit) <= limit
    } else if let Some(limit) = from(">") {
        day(&limit) > limit
    } else if let Some(limit) = from("<") {
        day(&limit) < limit
    } else {
        time.starts_with(&bound(range))
    }
}

#[cfg(test)]
mod tests {
    use super::is_in_range;

    #[test]
    fn ranges_of_time_are_read_as_the_search_writes_them() {
        let check = |range: &str, expected: bool| {
            assert_eq!(is_in_range("2026-05-02T10:00:00Z", range), expected, "{range}");
        };
        check(">=2026-05-02T10:00:00Z", true);
        check(">2026-05-02T10:00:00Z", false);
        check(">=2026-05-02", true);
        check("2026-05-02", true);
        check("2026-05-03", false);
        check("2026-05-01..2026-05-02", true);
        check("<2026-05-02T09:59:59Z", false);
        check("<=2026-05-02T10:00:00+00:00", true);
    }
}
