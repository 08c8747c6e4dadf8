//! What was built, in the words of the artifacts' room: the content of the release and the evidence of its making.

use artifact_verify::{
    AttemptOutcome as EvidenceOutcome, Binary, BuildContent, ComponentContent, Evidence, EvidenceAttempt,
    EvidenceBuild, EvidenceRun, Outcome, ReleaseContent, RunCorrelation,
};
use domain_types::{CommitSha, NodeId, Platform, RepoName, Sha256Digest, TagName, Timestamp};
use orchestrator::{
    Attempt, AttemptOutcome, BuildState, Correlation, Failure, FailureKind, Node, SeenRun, State,
};

fn unusable(what: impl Into<String>) -> Failure {
    Failure::new(FailureKind::Verification, what)
}

/// What was built from: one component of the plan at its frozen commit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Source {
    /// Its name in the manifest.
    pub(crate) repository: RepoName,
    /// Its own version.
    pub(crate) version: String,
    /// The tag that was released.
    pub(crate) tag: TagName,
    /// What the tag resolved to.
    pub(crate) commit: CommitSha,
    /// When that was committed.
    pub(crate) committed: Timestamp,
    /// The components that it needs.
    pub(crate) requires: Vec<RepoName>,
    /// Whether the release goes on without it.
    pub(crate) optional: bool,
    /// What it is built for.
    pub(crate) platforms: Vec<Platform>,
}

/// Everything that goes into the release's files.
///
/// # Errors
/// If the state lacks a node of the plan.
pub(crate) fn release_content(state: &State, sources: &[Source]) -> Result<ReleaseContent, Failure> {
    let spec = state.spec().ok_or_else(|| unusable("the release has no plan"))?;
    let components = sources.iter().map(|source| component_content(source, state));
    Ok(ReleaseContent {
        release: spec.name.clone(),
        version: spec.version.clone(),
        plan_digest: spec.plan_digest,
        components: components.collect::<Result<_, _>>()?,
    })
}

fn component_content(source: &Source, state: &State) -> Result<ComponentContent, Failure> {
    let mut lock = None;
    let mut builds = Vec::new();
    for platform in &source.platforms {
        let id = NodeId {
            repository: source.repository.clone(),
            platform: platform.clone(),
        };
        let node = state
            .node(&id)
            .ok_or_else(|| unusable(format!("{id} is not part of the release")))?;
        lock = lock.or(node.output.as_ref().and_then(|output| output.lock));
        let (platform, outcome) = (platform.clone(), outcome(node));
        builds.push(BuildContent {
            platform,
            outcome,
            binaries: binaries(node),
        });
    }
    Ok(ComponentContent {
        repository: source.repository.clone(),
        version: source
            .version
            .parse()
            .map_err(|error: domain_types::Invalid| unusable(error.to_string()))?,
        tag: source.tag.clone(),
        commit: source.commit.clone(),
        committed: source.committed,
        lock,
        requires: source.requires.clone(),
        optional: source.optional,
        builds,
    })
}

fn outcome(node: &Node) -> Outcome {
    match node.state {
        BuildState::Succeeded | BuildState::Reused => Outcome::Built,
        BuildState::Failed => Outcome::Failed,
        BuildState::Skipped
        | BuildState::Waiting
        | BuildState::Requested
        | BuildState::Queued
        | BuildState::Running => Outcome::Skipped,
    }
}

fn binaries(node: &Node) -> Vec<Binary> {
    let artifacts = node.output.iter().flat_map(|output| &output.artifacts);
    let binary = |artifact: &orchestrator::BuiltArtifact| Binary {
        name: artifact.name.clone(),
        digest: artifact.digest,
        size: artifact.size,
        executable: artifact.executable,
    };
    artifacts.map(binary).collect()
}

/// How the release was made, up to `at`; `(machine, tool version, at)`.
///
/// # Errors
/// If the state has no plan.
pub(crate) fn evidence(
    state: &State,
    manifest_digest: Sha256Digest,
    (machine, tool_version, at): (&str, &str, Timestamp),
) -> Result<Evidence, Failure> {
    let spec = state.spec().ok_or_else(|| unusable("the release has no plan"))?;
    let started = state.header().started.unwrap_or(at).min(at);
    let build = |(spec, node): (&orchestrator::NodeSpec, &Node)| EvidenceBuild {
        repository: spec.id.repository.clone(),
        platform: spec.id.platform.clone(),
        outcome: outcome(node),
        reused_from: node.attempts.iter().rev().find_map(reused_from),
        attempts: node
            .attempts
            .iter()
            .filter_map(|attempt| evidence_attempt(attempt, machine))
            .collect(),
    };
    Ok(Evidence {
        release: spec.name.clone(),
        version: spec.version.clone(),
        plan_digest: spec.plan_digest,
        manifest_digest,
        tool_version: tool_version.to_owned(),
        started,
        ended: at,
        builds: state.nodes().map(build).collect(),
        ranges: Vec::new(),
    })
}

fn reused_from(attempt: &Attempt) -> Option<domain_types::ReleaseId> {
    match &attempt.outcome {
        Some(AttemptOutcome::Reused { from }) => Some(from.clone()),
        Some(
            AttemptOutcome::Succeeded
            | AttemptOutcome::Failed { .. }
            | AttemptOutcome::Interrupted
            | AttemptOutcome::Cancelled,
        )
        | None => None,
    }
}

fn evidence_attempt(attempt: &Attempt, machine: &str) -> Option<EvidenceAttempt> {
    let started = attempt.started.unwrap_or(attempt.requested);
    let ended = attempt.ended?.max(started);
    let (outcome, reason) = match attempt.outcome.as_ref()? {
        AttemptOutcome::Succeeded => (EvidenceOutcome::Succeeded, None),
        AttemptOutcome::Failed { failure } if failure.kind.is_timeout() => {
            (EvidenceOutcome::TimedOut, Some(&failure.reason))
        }
        AttemptOutcome::Failed { failure } => (EvidenceOutcome::Failed, Some(&failure.reason)),
        AttemptOutcome::Interrupted => (EvidenceOutcome::Interrupted, None),
        AttemptOutcome::Cancelled => (EvidenceOutcome::Cancelled, None),
        AttemptOutcome::Reused { .. } => return None,
    };
    let reason = match (outcome, reason) {
        (EvidenceOutcome::Succeeded, _) => None,
        (EvidenceOutcome::Interrupted, _) => Some(line("the program ended while it ran")),
        (EvidenceOutcome::Cancelled, _) => Some(line("the release was cancelled")),
        (EvidenceOutcome::Failed | EvidenceOutcome::TimedOut, reason) => {
            Some(line(reason.map_or("", String::as_str)))
        }
    };
    Some(EvidenceAttempt {
        number: attempt.number,
        started,
        ended,
        outcome,
        reason,
        machine: line(machine),
        run: attempt.run.as_ref().map(evidence_run),
    })
}

fn evidence_run(run: &SeenRun) -> EvidenceRun {
    EvidenceRun {
        page: line(&run.page),
        correlation: match run.correlation {
            Correlation::DispatchId => RunCorrelation::DispatchId,
            Correlation::Weak => RunCorrelation::Weak,
        },
    }
}

fn line(text: &str) -> String {
    artifact_verify::evidence_line(text)
}
