//! Runs: they are queued, taken by a runner, end, are cancelled and started again. The id stays, the attempts count up.

use super::dispatch::Start;
use super::{Due, GitHub};
use crate::truth::Happened;
use crate::workers::{Outcome, RunRequest, RunScript};
use crate::workflow::{WorkflowFile, fill_in};
use domain_types::Timestamp;
use std::collections::BTreeMap;

/// A run.
#[derive(Debug, Clone)]
pub(crate) struct Run {
    pub(crate) id: u64,
    pub(crate) repository: u64,
    pub(crate) workflow: u64,
    pub(crate) path: String,
    pub(crate) name: String,
    pub(crate) number: u64,
    pub(crate) event: &'static str,
    pub(crate) branch: String,
    pub(crate) commit: String,
    pub(crate) title: String,
    pub(crate) actor: String,
    pub(crate) inputs: BTreeMap<String, String>,
    pub(crate) created: Timestamp,
    pub(crate) listed_from: Timestamp,
    pub(crate) suite: u64,
    pub(crate) attempts: Vec<Attempt>,
}

/// An attempt of a run.
#[derive(Debug, Clone)]
pub(crate) struct Attempt {
    pub(crate) number: u32,
    /// Who started this attempt, as opposed to the run.
    pub(crate) actor: String,
    pub(crate) status: &'static str,
    pub(crate) conclusion: Option<&'static str>,
    pub(crate) script: RunScript,
    pub(crate) started: Timestamp,
    /// When a runner took it.
    pub(crate) begun: Option<Timestamp>,
    pub(crate) updated: Timestamp,
    pub(crate) jobs: Vec<Job>,
}

/// A job of an attempt. All jobs of an attempt go the same way.
#[derive(Debug, Clone)]
pub(crate) struct Job {
    pub(crate) id: u64,
    pub(crate) name: String,
    pub(crate) labels: Vec<String>,
}

/// How long a run needs to end after it was told to, in seconds.
const CANCEL_SECONDS: u64 = 2;

impl GitHub {
    /// Starts a run of a workflow; `None` if the file is not there.
    pub(crate) fn start_run(&mut self, start: Start) -> Option<u64> {
        let known = self.repositories.get(&start.repository)?;
        let file = WorkflowFile::read(known.objects.file(&start.commit, &start.path)?)?;
        let title = self.title(&start, &file);
        let workflow = self.workflow_id(start.repository, &start.path);
        let (id, suite) = (self.id(), self.id());
        let listed_from = self.listed_from(&format!("run {id}"));
        let known = self.repositories.get_mut(&start.repository)?;
        let number = known.run_numbers.entry(workflow).or_default();
        *number += 1;
        let run = Run {
            id,
            repository: start.repository,
            workflow,
            name: file.name(&start.path).to_owned(),
            path: start.path,
            number: *number,
            event: start.event,
            branch: start.branch,
            commit: start.commit,
            title,
            actor: start.actor,
            inputs: start.inputs,
            created: self.now,
            listed_from,
            suite,
            attempts: Vec::new(),
        };
        let created = Happened::RunCreated {
            repository: known.full_name(),
            run: id,
            event: run.event.to_owned(),
            head_sha: run.commit.clone(),
            title: run.title.clone(),
            dispatch_id: run.inputs.get("dispatch_id").cloned(),
        };
        let actor = run.actor.clone();
        self.runs.insert(id, run);
        self.happened(created);
        self.start_attempt(id, &actor, &file);
        Some(id)
    }

    fn title(&self, start: &Start, file: &WorkflowFile) -> String {
        let lookup = |name: &str| {
            let input = ["inputs.", "github.event.inputs.", "github.event.client_payload."]
                .iter()
                .filter(|prefix| prefix.contains("client_payload") == start.activity.is_some())
                .find_map(|prefix| name.strip_prefix(prefix));
            match (input, name) {
                (Some(input), _) => start.inputs.get(input).cloned().unwrap_or_default(),
                (None, "github.ref_name") => start.branch.clone(),
                (None, "github.sha") => start.commit.clone(),
                (None, "github.actor") => start.actor.clone(),
                (None, "github.event_name") => start.event.to_owned(),
                (None, "github.event.action") => start.activity.clone().unwrap_or_default(),
                _ => String::new(),
            }
        };
        let own = file.run_name.as_ref().map(|template| fill_in(template, &lookup));
        let message = || {
            let known = self.repositories.get(&start.repository)?;
            let commit = known.objects.commit(&start.commit)?;
            Some(commit.message.lines().next()?.to_owned())
        };
        own.filter(|title| !title.trim().is_empty())
            .or_else(|| start.activity.clone())
            .or_else(|| (start.event != "workflow_dispatch").then(message).flatten())
            .unwrap_or_else(|| file.name(&start.path).to_owned())
    }

    /// Begins the next attempt of a run.
    pub(crate) fn start_attempt(&mut self, id: u64, actor: &str, file: &WorkflowFile) {
        let mut jobs = Vec::new();
        for (name, labels) in file.jobs() {
            let job = self.id();
            jobs.push(Job {
                id: job,
                name,
                labels,
            });
        }
        let Some((request, number)) = self.run_request(id) else {
            return;
        };
        let mut script = self.workers.script(&request);
        if std::mem::take(&mut self.suppress_next) {
            script.outcome = Outcome::NeverStarts;
        } else if self.random.chance(self.faults.run_hangs) {
            self.fault("run_hangs", &format!("run {id}"));
            script.outcome = Outcome::Hangs;
        }
        let (outcome, begins) = (script.outcome, self.after(script.queued_seconds));
        let attempt = Attempt {
            number,
            actor: actor.to_owned(),
            status: "queued",
            conclusion: None,
            script,
            started: self.now,
            begun: None,
            updated: self.now,
            jobs,
        };
        if let Some(run) = self.runs.get_mut(&id) {
            run.attempts.push(attempt);
        }
        self.tell_of_run(id, "requested");
        self.tell_of_jobs(id, "queued");
        match outcome {
            Outcome::NeverStarts => {}
            Outcome::StartupFailure => self.complete_run(id, number, "startup_failure"),
            Outcome::Success | Outcome::Failure | Outcome::Cancelled | Outcome::TimedOut | Outcome::Hangs => {
                self.schedule(
                    begins,
                    Due::RunBegins {
                        run: id,
                        attempt: number,
                    },
                );
            }
        }
    }

    fn run_request(&self, id: u64) -> Option<(RunRequest, u32)> {
        let run = self.runs.get(&id)?;
        let number = u32::try_from(run.attempts.len()).ok()? + 1;
        let request = RunRequest {
            repository: self.repositories.get(&run.repository)?.full_name(),
            commit: run.commit.clone(),
            workflow: run.path.clone(),
            event: run.event.to_owned(),
            inputs: run.inputs.clone(),
            attempt: number,
            run_id: id,
        };
        Some((request, number))
    }

    /// The attempt, if it is the last one of its run and in this status.
    fn current(&mut self, id: u64, number: u32, statuses: &[&str]) -> Option<&mut Attempt> {
        let attempt = self.runs.get_mut(&id)?.attempts.last_mut()?;
        (attempt.number == number && statuses.contains(&attempt.status)).then_some(attempt)
    }

    pub(crate) fn begin_run(&mut self, id: u64, number: u32) {
        let now = self.now;
        let Some(attempt) = self.current(id, number, &["queued"]) else {
            return;
        };
        attempt.status = "in_progress";
        attempt.begun = Some(now);
        attempt.updated = now;
        let (outcome, seconds) = (attempt.script.outcome, attempt.script.running_seconds);
        let ends = self.after(seconds);
        self.tell_of_run(id, "in_progress");
        self.tell_of_jobs(id, "in_progress");
        if outcome != Outcome::Hangs {
            self.schedule(
                ends,
                Due::RunEnds {
                    run: id,
                    attempt: number,
                },
            );
        }
    }

    pub(crate) fn end_run(&mut self, id: u64, number: u32) {
        let Some(attempt) = self.current(id, number, &["in_progress"]) else {
            return;
        };
        let conclusion = match attempt.script.outcome {
            Outcome::Success => "success",
            Outcome::Failure => "failure",
            Outcome::Cancelled => "cancelled",
            Outcome::TimedOut => "timed_out",
            Outcome::StartupFailure => "startup_failure",
            Outcome::NeverStarts | Outcome::Hangs => return,
        };
        self.upload_artifacts(id);
        self.complete_run(id, number, conclusion);
    }

    pub(crate) fn stop_run(&mut self, id: u64, number: u32) {
        if self.current(id, number, &["queued", "in_progress"]).is_some() {
            self.complete_run(id, number, "cancelled");
        }
    }

    fn complete_run(&mut self, id: u64, number: u32, conclusion: &'static str) {
        let now = self.now;
        let Some(attempt) = self.current(id, number, &["queued", "in_progress"]) else {
            return;
        };
        attempt.status = "completed";
        attempt.conclusion = Some(conclusion);
        attempt.updated = now;
        self.happened(Happened::RunCompleted {
            run: id,
            attempt: number,
            conclusion: conclusion.to_owned(),
        });
        self.tell_of_jobs(id, "completed");
        self.tell_of_run(id, "completed");
    }

    /// Tells a run to end. A run that does not heed it goes on until it is forced.
    pub(crate) fn cancel(&mut self, id: u64, is_forced: bool) {
        let Some(attempt) = self.runs.get(&id).and_then(|run| run.attempts.last()) else {
            return;
        };
        let (number, heeds) = (attempt.number, attempt.script.heeds_cancel);
        self.happened(Happened::RunCancelled {
            run: id,
            force: is_forced,
        });
        if heeds || is_forced {
            let at = if is_forced {
                self.now
            } else {
                self.after(CANCEL_SECONDS)
            };
            self.schedule(
                at,
                Due::RunStops {
                    run: id,
                    attempt: number,
                },
            );
        }
    }
}
