//! What is done once a release is public: other repositories' workflows are told, each once.
//!
//! GitHub does not say what became of a `repository_dispatch`. Where no answer came, the runs of the told repository are looked
//! through for the id that the dispatch bears; a workflow that shows it in its `run-name` settles every doubt. Where none shows
//! it, nobody can tell, and what does harm twice is not sent twice: the doubt is recorded instead.

use super::backend::{SEND_SECONDS, SETTLE_SECONDS};
use super::dispatch::{Call, DispatchId};
use super::frozen::{FrozenRelease, FullName};
use super::rivals::{Rivals, rivals};
use super::said::failure_of;
use super::workshop::Workshop;
use crate::configuration::{Configuration, FollowUpCall, FollowUpSettings, ForgeRepository, FormerStep};
use crate::error::sentence;
use crate::ports::{FollowUpFound, FollowUpSent, Told, Word};
use domain_types::{Channel, DigestWriter, ReleaseId, Timestamp};
use github_client::{Repository, RunQuery, WorkflowRun, Written};
use orchestrator::{Failure, FailureKind, Phase};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;

/// Seconds before the note from which runs are listed: clocks differ.
const BEFORE_SECONDS: i64 = 60;

/// One of them, as it was configured when the release began.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct FrozenFollowUp {
    /// Its name.
    pub name: String,
    /// Whose workflows are told.
    pub repository: FullName,
    /// How.
    pub call: FrozenCall,
    /// What is told beside what all are told.
    #[serde(default)]
    pub payload: BTreeMap<String, String>,
    /// Whether it does no harm twice.
    #[serde(default)]
    pub repeatable: bool,
}

/// How somebody is told.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "by", rename_all = "snake_case")]
pub enum FrozenCall {
    /// By a `repository_dispatch`.
    Event {
        /// Its type.
        event_type: String,
    },
    /// By a `workflow_dispatch`.
    Workflow {
        /// The file, below `.github/workflows/`.
        file: String,
        /// The branch or tag whose file it is.
        branch: String,
    },
}

/// What is noted before something is sent.
#[derive(Debug, Serialize, Deserialize)]
struct Note {
    dispatch_id: DispatchId,
    /// When it is about to be sent, in milliseconds since 1970.
    sent_at: i64,
}

/// Those that are configured for releases of this channel.
pub(super) fn frozen(
    configuration: &Configuration,
    channel: Channel,
    home: &FullName,
) -> Vec<FrozenFollowUp> {
    let all = configuration.release.follow_ups.iter();
    let wanted = all.filter(|(_, one)| one.channel.is_none_or(|only| only == channel));
    wanted.map(|(name, one)| freeze(name, one, home)).collect()
}

fn freeze(name: &str, one: &FollowUpSettings, home: &FullName) -> FrozenFollowUp {
    FrozenFollowUp {
        name: name.to_owned(),
        repository: full_name(&one.repository, home),
        call: match &one.call {
            FollowUpCall::Event { event_type } => FrozenCall::Event {
                event_type: event_type.clone(),
            },
            FollowUpCall::Workflow { file, branch } => FrozenCall::Workflow {
                file: file.clone(),
                branch: branch.clone(),
            },
        },
        payload: one.payload.clone(),
        repeatable: one.repeatable,
    }
}

/// The steps of the former way, and whether a release of this channel takes it by itself.
pub(super) fn former_way(
    configuration: &Configuration,
    channel: Channel,
    home: &FullName,
) -> (Vec<FrozenFollowUp>, bool) {
    let Some(way) = &configuration.release.former_way else {
        return (Vec::new(), false);
    };
    let step = |step: &FormerStep| FrozenFollowUp {
        name: step.name.to_owned(),
        repository: full_name(&way.repository, home),
        call: FrozenCall::Workflow {
            file: step.file.clone(),
            branch: way.branch.clone(),
        },
        payload: step.inputs.clone(),
        repeatable: false,
    };
    let steps = way.steps.iter().map(step).collect();
    (steps, way.automatic && channel == Channel::Prerelease)
}

/// A repository as it is configured; one without an owner is the home's.
pub(super) fn full_name(repository: &ForgeRepository, home: &FullName) -> FullName {
    let owner = repository.owner.as_ref();
    FullName {
        owner: owner.map_or_else(|| home.owner.clone(), |owner| owner.as_str().to_owned()),
        name: repository.name.as_str().to_owned(),
    }
}

/// The id that a follow-up's dispatch bears: derived, so that every send of it bears the same.
fn dispatch_id(release: &ReleaseId, name: &str) -> DispatchId {
    let mut digest = DigestWriter::new();
    digest.update(b"governance/follow-up-id/v1\n");
    digest.update(format!("{release}\n{name}\n").as_bytes());
    DispatchId::of(&digest.finish())
}

/// A follow-up of a release, and the way to whom it concerns.
struct Subject {
    one: FrozenFollowUp,
    repository: Repository,
    payload: BTreeMap<String, String>,
    is_withdrawn: bool,
}

async fn subject(workshop: &Workshop, release: &ReleaseId, word: &Word) -> Result<Subject, Failure> {
    let state = workshop.state(release).await?;
    let frozen = workshop.frozen(release).await?;
    let all = match word {
        Word::FollowUp(_) => &frozen.follow_ups,
        Word::FormerStep(_) => &frozen.former_way,
    };
    let one = all.iter().find(|one| one.name == word.name()).cloned();
    let (Some(one), Some(spec)) = (one, state.spec()) else {
        let reason = format!("the release has nobody to tell who is called {}", word.name());
        return Err(Failure::new(FailureKind::Source, reason));
    };
    let mut payload = one.payload.clone();
    match word {
        Word::FollowUp(name) => {
            payload.extend(ours(&frozen, release, name).map(|(key, value)| (key.to_owned(), value)));
            payload.insert("version".to_owned(), spec.version.to_string());
        }
        // A workflow of before takes what it declares, and nothing of ours.
        Word::FormerStep(_) => {
            for value in payload.values_mut() {
                *value = value.replace("{tag}", frozen.tag.as_str());
                *value = value.replace("{version}", &spec.version.to_string());
            }
        }
    }
    Ok(Subject {
        repository: match call_of(&one) {
            Call::RepositoryDispatch => workshop.writable(&one.repository)?,
            Call::WorkflowDispatch => workshop.repository(&one.repository)?,
        },
        one,
        payload,
        is_withdrawn: *state.phase() == Phase::Withdrawn,
    })
}

/// How somebody is told, as GitHub calls it.
fn call_of(one: &FrozenFollowUp) -> Call {
    match one.call {
        FrozenCall::Event { .. } => Call::RepositoryDispatch,
        FrozenCall::Workflow { .. } => Call::WorkflowDispatch,
    }
}

fn ours(frozen: &FrozenRelease, release: &ReleaseId, name: &str) -> [(&'static str, String); 4] {
    [
        ("tag", frozen.tag.to_string()),
        ("repository", frozen.home.to_string()),
        ("release_id", release.to_string()),
        ("dispatch_id", dispatch_id(release, name).to_string()),
    ]
}

/// What is to be noted before it is sent.
///
/// # Errors
/// If the release has no such follow-up.
pub(super) async fn note(workshop: &Workshop, release: &ReleaseId, word: &Word) -> Result<String, Failure> {
    subject(workshop, release, word).await?;
    let note = Note {
        dispatch_id: dispatch_id(release, word.name()),
        sent_at: workshop.clock.now().milliseconds(),
    };
    serde_json::to_string(&note).map_err(|error| Failure::new(FailureKind::Unknown, error.to_string()))
}

/// Sends it, within a minute of the note or not at all.
pub(super) async fn send(
    workshop: &Workshop,
    (release, word): (&ReleaseId, &Word),
    note: &str,
) -> FollowUpSent {
    let (subject, note) = match (subject(workshop, release, word).await, read(note)) {
        (Ok(subject), Ok(note)) => (subject, note),
        (Err(failure), _) | (_, Err(failure)) => return not_sent(failure),
    };
    if subject.is_withdrawn {
        let reason = "the release was withdrawn before anybody was told of it".to_owned();
        return FollowUpSent::Failed(Failure::new(FailureKind::Verification, reason));
    }
    let latest = Timestamp::from_milliseconds(note.sent_at).plus_seconds(SEND_SECONDS);
    let repository = subject.repository.not_after(latest);
    let to = &subject.one.repository;
    let (written, told) = match &subject.one.call {
        FrozenCall::Event { event_type } => {
            let payload = serde_json::json!(subject.payload);
            let written = repository.dispatch_event(event_type, &payload).await;
            (
                written.map(|()| None),
                format!("{to} was told by the event {event_type}"),
            )
        }
        FrozenCall::Workflow { file, branch } => {
            let written = repository.dispatch_workflow(file, branch, &subject.payload).await;
            (
                written.map(Some),
                format!("{file} of {to} was started at {branch}"),
            )
        }
    };
    match written {
        Written::Done(Some(run)) => FollowUpSent::Done(Told {
            text: format!("{told}, as run {run}"),
            run: Some(run.0),
        }),
        Written::Done(None) | Written::Accepted => FollowUpSent::Done(Told {
            text: told,
            run: None,
        }),
        Written::Rejected(error) if error.is_retryable() => FollowUpSent::Later {
            reason: sentence(&error),
        },
        Written::Rejected(error) => FollowUpSent::Failed(failure_of(&error)),
        Written::Unknown(error) => FollowUpSent::Unknown {
            reason: sentence(&error),
        },
    }
}

/// When what a note is of was about to be sent, in milliseconds since 1970; none if it is damaged.
pub(super) fn noted_at(note: &str) -> Option<i64> {
    read(note).ok().map(|note| note.sent_at)
}

fn read(note: &str) -> Result<Note, Failure> {
    serde_json::from_str(note)
        .map_err(|error| Failure::new(FailureKind::Source, format!("a stored note is damaged: {error}")))
}

/// What fails before anything was sent may pass.
fn not_sent(failure: Failure) -> FollowUpSent {
    match failure.kind.is_of_the_world() {
        true => FollowUpSent::Later {
            reason: failure.reason,
        },
        false => FollowUpSent::Failed(failure),
    }
}

/// What became of one that was about to be sent.
///
/// # Errors
/// If that cannot be told yet.
pub(super) async fn look(
    workshop: &Workshop,
    (release, word): (&ReleaseId, &Word),
    note: &str,
) -> Result<FollowUpFound, Failure> {
    let note = read(note)?;
    // Before the list is asked for: what is listed may be older than the answer.
    let now = workshop.clock.now();
    let subject = subject(workshop, release, word).await?;
    let since = (note.sent_at - BEFORE_SECONDS * 1_000).max(0);
    let workflow = match &subject.one.call {
        FrozenCall::Event { .. } => None,
        FrozenCall::Workflow { file, .. } => Some(file.clone()),
    };
    let call = call_of(&subject.one);
    let actors = workshop.actors().await.map_err(|error| failure_of(&error))?;
    let query = RunQuery {
        actor: Some(actors.of(call).to_owned()),
        workflow,
        event: Some(call.event().to_owned()),
        created_since: Some(Timestamp::from_milliseconds(since)),
        ..RunQuery::default()
    };
    // Runs are read by the App that follows them.
    let repository = workshop.repository(&subject.one.repository)?;
    let listed = repository.runs(&query).await;
    let listed = listed.map_err(|error| failure_of(&error))?;
    let rivals = match word {
        Word::FollowUp(_) => Rivals::default(),
        Word::FormerStep(_) => rivals(workshop, release, (&subject.one, note.sent_at)).await?,
    };
    let is_it = |run: &&WorkflowRun| match word {
        Word::FollowUp(_) => note.dispatch_id.is_in(&run.display_title),
        // Workflows of before show no id. Nobody but us calls them as our App.
        Word::FormerStep(_) => !rivals.runs.contains(&run.id.0),
    };
    let found = listed.iter().filter(is_it).min_by_key(|run| run.id);
    if let (Some(run), Some(rival)) = (found, &rivals.unknown) {
        return Ok(FollowUpFound::InDoubt(format!(
            "{} and {rival} have started {} of {} in the same minutes, and its runs show no id: look whether {} is this one's",
            release, subject.one.name, subject.one.repository, run.html_url
        )));
    }
    if let Some(run) = found {
        return Ok(FollowUpFound::Done(Told {
            text: format!("run {} was found; see {}", run.id, run.html_url),
            run: Some(run.id.0),
        }));
    }
    let settled = Timestamp::from_milliseconds(note.sent_at).plus_seconds(SETTLE_SECONDS);
    if now < settled {
        let reason = format!("no run bears {} yet; GitHub's lists lag", note.dispatch_id);
        return Err(Failure::new(FailureKind::Network, reason));
    }
    let shows_itself = matches!(word, Word::FormerStep(_));
    Ok(match subject.one.repeatable || shows_itself {
        true => FollowUpFound::NotDone,
        false => FollowUpFound::InDoubt(format!(
            "no answer came, and no run of {} bears {}: look there whether it arrived, and do by hand what is missing; it is sent again \
             by itself where `repeatable = true`",
            subject.one.repository, note.dispatch_id
        )),
    })
}
