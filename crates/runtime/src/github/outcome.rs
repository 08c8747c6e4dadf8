//! What a run of a worker came to: its artifacts, taken and judged, or how it failed.

use super::artifact::take;
use super::frozen::FrozenComponent;
use super::said::{failure_of, refused};
use super::workshop::Workshop;
use crate::ports::BuildOrder;
use artifact_verify::ASSET_BYTES_MAX;
use github_client::{Artifact, Conclusion, GitHubError, Job, Repository, RunStatus, WorkflowRun};
use orchestrator::{BuildOutput, Event, Failure, FailureKind, WAITS_FOR_MAX, classify};
use std::collections::BTreeSet;
use std::path::PathBuf;
use std::sync::Arc;

/// Bytes of a log's end that are looked at for the reason of a failure.
const LOG_BYTES_MAX: usize = 64 * 1024;

/// Lines of it that are kept with the failure.
const LOG_LINES_MAX: usize = 20;

/// Characters of such a line.
const LINE_CHARS_MAX: usize = 300;

/// The report of a run that has ended.
///
/// # Errors
/// GitHub's, if it may pass: then it is asked again.
pub(super) async fn conclude(
    workshop: &Arc<Workshop>,
    (order, component): (&BuildOrder, &FrozenComponent),
    repository: &Repository,
    run: &WorkflowRun,
) -> Result<Event, GitHubError> {
    let outcome = match &run.conclusion {
        Some(Conclusion::Success) => match artifact_of(repository, order, run).await? {
            Ok(artifact) => collect(workshop, (order, component), repository, &artifact).await?,
            Err(failure) => Err(failure),
        },
        other => Err(failed(repository, run, other.as_ref()).await?),
    };
    let (node, attempt) = (order.build.node.clone(), order.build.attempt);
    Ok(match outcome {
        Ok(output) => Event::BuildSucceeded {
            node,
            attempt,
            output,
        },
        Err(failure) => Event::BuildFailed {
            node,
            attempt,
            failure,
        },
    })
}

/// The one artifact of this build, of this run.
async fn artifact_of(
    repository: &Repository,
    order: &BuildOrder,
    run: &WorkflowRun,
) -> Result<Result<Artifact, Failure>, GitHubError> {
    let name = format!("build-{}", order.build.node.platform);
    let listed = repository.artifacts(run.id).await?;
    let mut named = listed.into_iter().filter(|artifact| artifact.name == name);
    let missing = |why: &str| {
        let reason = format!(
            "{} gave no artifact {name}{why}; see {}",
            order.build, run.html_url
        );
        Err(Failure::new(FailureKind::MissingArtifact, reason))
    };
    Ok(match (named.next(), named.next()) {
        (None, _) => missing(""),
        (Some(_), Some(_)) => missing(" that is the only one of that name"),
        (Some(artifact), None) if artifact.expired => missing(" that has not expired"),
        (Some(artifact), None) => {
            let of_run = artifact.workflow_run.as_ref().is_none_or(|of| of.id == run.id);
            match of_run {
                true => Ok(artifact),
                false => Err(refused(format!(
                    "the artifact {name} belongs to another run than {}",
                    run.id
                ))),
            }
        }
    })
}

async fn collect(
    workshop: &Arc<Workshop>,
    (order, component): (&BuildOrder, &FrozenComponent),
    repository: &Repository,
    artifact: &Artifact,
) -> Result<Result<BuildOutput, Failure>, GitHubError> {
    let zip = workshop.places.downloads().join(format!("{}.zip", artifact.id));
    let downloaded = download(repository, artifact, &zip).await?;
    if let Err(failure) = downloaded {
        return Ok(Err(failure));
    }
    let reuse_key = super::backend::reuse_key(order);
    let (workshop, component, node) = (Arc::clone(workshop), component.clone(), order.build.node.clone());
    let taking = tokio::task::spawn_blocking(move || {
        let taken = take(&zip, (&node, &component), &workshop.objects);
        let _ = std::fs::remove_file(&zip);
        taken
    });
    Ok(match taking.await {
        Ok(taken) => taken.map(|taken| BuildOutput {
            reuse_key,
            artifacts: taken.artifacts,
            lock: taken.lock,
        }),
        Err(error) => Err(Failure::new(FailureKind::Unknown, error.to_string())),
    })
}

/// Streams the zip to a file and compares its digest with what GitHub says of it.
async fn download(
    repository: &Repository,
    artifact: &Artifact,
    zip: &PathBuf,
) -> Result<Result<(), Failure>, GitHubError> {
    let local = |error: std::io::Error| {
        let reason = format!("failed to write {}: {error}", zip.display());
        Ok(Err(Failure::new(classify([reason.as_str()]), reason)))
    };
    let mut file = match tokio::fs::File::create(zip).await {
        Ok(file) => file,
        Err(error) => return local(error),
    };
    let downloaded = match repository
        .download_artifact(artifact.id, &mut file, ASSET_BYTES_MAX)
        .await
    {
        Err(error) => {
            // What came until then is worth nothing.
            let _ = std::fs::remove_file(zip);
            return match error.is_retryable() {
                true => Err(error),
                false => Ok(Err(failure_of(&error))),
            };
        }
        Ok(downloaded) => downloaded,
    };
    if let Err(error) = tokio::io::AsyncWriteExt::flush(&mut file).await {
        return local(error);
    }
    match artifact.digest {
        Some(digest) if digest != downloaded.sha256 => Ok(Err(refused(format!(
            "artifact {} came as {}, but GitHub says {digest}: it was altered on the way or there",
            artifact.name, downloaded.sha256
        )))),
        Some(_) | None => Ok(Ok(())),
    }
}

/// Why a run failed: what its conclusion says, or the end of the log of its first failed job.
async fn failed(
    repository: &Repository,
    run: &WorkflowRun,
    conclusion: Option<&Conclusion>,
) -> Result<Failure, GitHubError> {
    let at = &run.html_url;
    Ok(match conclusion {
        Some(Conclusion::Failure) => {
            let jobs = repository.jobs(run.id).await?;
            let first = jobs
                .iter()
                .find(|job| job.conclusion == Some(Conclusion::Failure));
            match first {
                Some(job) => of_log(repository, run, job).await?,
                None => Failure::new(
                    FailureKind::Unknown,
                    format!("the run failed, and no job says why; see {at}"),
                ),
            }
        }
        Some(Conclusion::TimedOut) => {
            Failure::new(FailureKind::RunTimeout, format!("the run timed out; see {at}"))
        }
        Some(Conclusion::StartupFailure) => Failure::new(
            FailureKind::Source,
            format!("GitHub could not start the workflow: its file is not valid; see {at}"),
        ),
        Some(Conclusion::Cancelled) => Failure::new(
            FailureKind::Unknown,
            format!("somebody cancelled the run; see {at}"),
        ),
        other => {
            let word = other.map_or("nothing", Conclusion::as_str);
            Failure::new(
                FailureKind::Source,
                format!("the run concluded with {word}; see {at}"),
            )
        }
    })
}

async fn of_log(repository: &Repository, run: &WorkflowRun, job: &Job) -> Result<Failure, GitHubError> {
    let tail = match repository.job_log_tail(job.id, LOG_BYTES_MAX).await {
        Ok(tail) => tail.unwrap_or_default(),
        Err(error) if error.is_retryable() => return Err(error),
        // The failure is told without its log.
        Err(_) => Vec::new(),
    };
    let text = String::from_utf8_lossy(&tail);
    let lines: Vec<String> = text.lines().map(escaped).collect();
    let kept = lines.len().saturating_sub(LOG_LINES_MAX);
    let step = job
        .steps
        .iter()
        .find(|step| step.conclusion == Some(Conclusion::Failure));
    let place = step.map_or_else(String::new, |step| format!(" in step `{}`", step.name));
    Ok(Failure {
        kind: classify(lines.iter().map(String::as_str)),
        reason: format!("job `{}` failed{place}; see {}", job.name, run.html_url),
        log_tail: lines[kept..].to_vec(),
        log: Some(run.html_url.clone()),
    })
}

/// The labels of each job that still waits for a runner, none twice.
pub(super) fn waits_for(jobs: &[Job]) -> Vec<String> {
    let waiting = jobs.iter().filter(|job| match job.status {
        RunStatus::Requested
        | RunStatus::Waiting
        | RunStatus::Pending
        | RunStatus::Queued
        | RunStatus::Other(_) => true,
        RunStatus::InProgress | RunStatus::Completed => false,
    });
    let labelled = waiting.filter(|job| !job.labels.is_empty());
    let labels: BTreeSet<String> = labelled.map(|job| escaped(&job.labels.join(", "))).collect();
    labels.into_iter().take(WAITS_FOR_MAX).collect()
}

/// A line of a foreign log, for terminals and pages: control characters written out, bounded.
fn escaped(line: &str) -> String {
    let escaped = line.chars().flat_map(|one| match one.is_control() {
        true => one.escape_default().collect::<Vec<_>>(),
        false => vec![one],
    });
    escaped.take(LINE_CHARS_MAX).collect()
}
