//! What follows from a webhook, or from somebody's wish to release a tag. A webhook is a hint: what counts is asked of the API.

use super::backend::SETTLE_SECONDS;
use super::dispatch::DispatchId;
use super::followers::{Followers, Hint};
use super::frozen::FullName;
use super::planning::{PlanRefusal, Wish, home, plan_tag};
use super::workshop::Workshop;
use crate::book::inbox_row;
use crate::error::sentence;
use crate::ports::{Gathered, Gatherer};
use async_trait::async_trait;
use domain_types::{ReleaseVersion, TagName, Timestamp};
use github_client::{GitHubError, WorkflowRunId};
use orchestrator::Event;
use serde::Deserialize;
use std::sync::Arc;
use storage::{InboxId, InboxRow};

/// The kind of rows that hold a webhook.
const WEBHOOK: &str = "webhook";

/// The kind of rows in which somebody asks for a release.
const RELEASE_REQUESTED: &str = "release_requested";

/// The kind of rows in which somebody asks for something else than the release of a tag that is there.
const RELEASE_WISHED: &str = "release_wished";

/// Seconds after which nobody means it any more: what is tagged or rehearsed is what was there when it was asked for.
const WISH_SECONDS_MAX: u64 = 900;

/// What the login of an App's account ends in.
const BOT: &str = "[bot]";
/// What a worker of an older kind calls itself when it is done.
const CALLBACK: &str = "build-complete";

/// Gathers facts from GitHub.
pub(super) struct WebhookGatherer {
    workshop: Arc<Workshop>,
    followers: Followers,
}

#[derive(Deserialize)]
struct WebhookRow {
    event: String,
    payload: String,
}

#[derive(Deserialize)]
struct RequestRow {
    tag: String,
    #[serde(default)]
    wish: Wish,
}

/// The few words of a payload that are looked at. Whatever else it says is asked of the API.
#[derive(Deserialize)]
struct Payload {
    repository: Option<Named>,
    sender: Option<Sender>,
    workflow_run: Option<Run>,
    workflow_job: Option<Job>,
    release: Option<Release>,
    #[serde(rename = "ref")]
    reference: Option<String>,
    deleted: Option<bool>,
    action: Option<String>,
    /// Of a shape that nobody warrants.
    #[serde(default)]
    client_payload: serde_json::Value,
}

#[derive(Deserialize)]
struct Named {
    full_name: String,
}

#[derive(Deserialize)]
struct Sender {
    login: String,
}

#[derive(Deserialize)]
struct Release {
    tag_name: String,
    draft: bool,
}

#[derive(Deserialize)]
struct Run {
    id: u64,
    #[serde(default)]
    display_title: String,
}

#[derive(Deserialize)]
struct Job {
    run_id: u64,
}

impl WebhookGatherer {
    /// A gatherer that rings these followers.
    pub(super) fn new(workshop: Arc<Workshop>, followers: Followers) -> Self {
        Self { workshop, followers }
    }

    async fn webhook(&self, row: &InboxRow) -> Gathered {
        let came = (row.received_at, row.id);
        let read: Result<WebhookRow, _> = serde_json::from_str(&row.row.body);
        let row = match read {
            Ok(row) => row,
            Err(error) => return refused(format!("the row cannot be read: {error}")),
        };
        if !matches!(
            row.event.as_str(),
            "push" | "release" | "repository_dispatch" | "workflow_run" | "workflow_job"
        ) {
            return Gathered::Follows(Vec::new());
        }
        let payload: Payload = match serde_json::from_str(&row.payload) {
            Ok(payload) => payload,
            Err(error) => {
                return refused(format!(
                    "quarantined: its payload is no {} event: {error}",
                    row.event
                ));
            }
        };
        match (row.event.as_str(), &payload) {
            (
                "workflow_run",
                Payload {
                    workflow_run: Some(run),
                    ..
                },
            ) => {
                let hint = match payload.action.as_deref() {
                    Some("requested") => Hint::Waits,
                    Some("in_progress") => Hint::Runs,
                    Some(_) | None => Hint::Changed,
                };
                let run = (WorkflowRunId(run.id), run.display_title.as_str());
                // Another server that began it may not hear of it: whoever hears follows.
                if !self.followers.hint(run, hint) && may_be_ours(run.1) {
                    self.workshop.stray.notify_one();
                }
                Gathered::Follows(Vec::new())
            }
            (
                "workflow_job",
                Payload {
                    workflow_job: Some(job),
                    ..
                },
            ) => {
                // The end of a job is not yet the end of its run, of which another webhook comes.
                let hint = match payload.action.as_deref() {
                    Some("in_progress" | "completed") => Hint::Runs,
                    Some(_) | None => Hint::Waits,
                };
                self.followers.hint((WorkflowRunId(job.run_id), ""), hint);
                Gathered::Follows(Vec::new())
            }
            ("push", _) => self.push(&payload, came).await,
            ("release", _) => self.release(&payload, came).await,
            ("repository_dispatch", _) => {
                self.called_back(&payload);
                Gathered::Follows(Vec::new())
            }
            (event, _) => refused(format!("quarantined: its payload is no {event} event")),
        }
    }

    /// A worker says that it is done, or somebody in its name: all that follows is that we look. Where it does not say which repository it
    /// is about, we look at each that may be meant.
    fn called_back(&self, payload: &Payload) {
        let Some(sender) = payload.repository.as_ref().map(|named| named.full_name.as_str()) else {
            return;
        };
        if payload.action.as_deref() != Some(CALLBACK) {
            return;
        }
        let named = payload.client_payload.get("repo").and_then(|repo| repo.as_str());
        self.followers.ring(|source| {
            let is_named =
                named.is_none_or(|named| is_same(named, source) || named.eq_ignore_ascii_case(&source.name));
            is_named || is_same(sender, source)
        });
    }

    async fn push(&self, payload: &Payload, (received, number): (Timestamp, InboxId)) -> Gathered {
        let reference = payload.reference.as_deref().unwrap_or_default();
        let (Some(tag), false) = (
            reference.strip_prefix("refs/tags/"),
            payload.deleted.unwrap_or(false),
        ) else {
            return Gathered::Follows(Vec::new());
        };
        self.wished((payload, tag), (received, number)).await
    }

    /// Somebody drafted a release, which is a wish for it, or published one, which is told that it cannot be had any more.
    async fn release(&self, payload: &Payload, (received, number): (Timestamp, InboxId)) -> Gathered {
        let Some(release) = &payload.release else {
            return refused("quarantined: its payload is no release event");
        };
        let is_wish = match payload.action.as_deref() {
            Some("created") => release.draft,
            Some("published") => true,
            Some(_) | None => false,
        };
        if !is_wish {
            return Gathered::Follows(Vec::new());
        }
        self.wished((payload, &release.tag_name), (received, number))
            .await
    }

    /// Somebody did something with a tag that asks for its release, if it is a tag of ours.
    async fn wished(
        &self,
        (payload, tag): (&Payload, &str),
        (received, number): (Timestamp, InboxId),
    ) -> Gathered {
        let home = match home(&self.workshop.configuration) {
            Ok(home) => home,
            Err(error) => return refused(sentence(&error)),
        };
        let here = payload
            .repository
            .as_ref()
            .is_some_and(|named| is_same(&named.full_name, &home));
        // A tag elsewhere, or of something that is no version, is nobody's wish for a release.
        if !here || tag.parse::<ReleaseVersion>().is_err() {
            return Gathered::Follows(Vec::new());
        }
        // What we tag, draft and publish ourselves is nobody's wish.
        match self.is_own(payload.sender.as_ref()).await {
            Ok(true) => return Gathered::Follows(Vec::new()),
            Ok(false) => {}
            // Who we are says nothing of who asks.
            Err(error) => {
                return Gathered::Later {
                    reason: sentence(&error),
                };
            }
        }
        // Whoever tells of a tag has seen it; the server that we ask may be behind.
        let patience = Some(received.plus_seconds(SETTLE_SECONDS));
        match &payload.sender {
            Some(Sender { login }) => {
                self.start(
                    (tag, (Wish::Release, number)),
                    login,
                    (&format!("github:{login}"), patience),
                )
                .await
            }
            None => refused("nobody is named who asks for it"),
        }
    }

    /// Somebody asks the server itself.
    async fn wish(&self, row: &InboxRow, request: &RequestRow) -> Gathered {
        let latest = row.received_at.plus_seconds(WISH_SECONDS_MAX);
        if request.wish != Wish::Release && self.workshop.clock.now() > latest {
            return refused(
                "GitHub could not be asked in time, and what is there now may not be what was meant; ask again",
            );
        }
        let actor = row.row.actor.as_str();
        self.start((&request.tag, (request.wish, row.id)), actor, (actor, None))
            .await
    }

    /// Whether one of our Apps did it. Of a person nothing is asked.
    async fn is_own(&self, sender: Option<&Sender>) -> Result<bool, GitHubError> {
        match sender {
            Some(Sender { login }) if login.ends_with(BOT) => Ok(self.workshop.actors().await?.are(login)),
            Some(_) | None => Ok(false),
        }
    }

    /// The start of a release, if this person may ask for it. Asked before anything else: nobody else makes us work.
    async fn start(
        &self,
        (tag, wish): (&str, (Wish, InboxId)),
        login: &str,
        (actor, patience): (&str, Option<Timestamp>),
    ) -> Gathered {
        let version: ReleaseVersion = match tag.parse() {
            Ok(version) => version,
            Err(error) => return refused(format!("{tag} cannot be released: {error}")),
        };
        let triggers = &self.workshop.configuration.release.triggers;
        let channel = version.channel();
        if !triggers.allow(login, channel) {
            return refused(format!(
                "{login} may not start the {channel} release {tag}: add the login to `[release] triggers`, or let somebody ask who is \
                 named there"
            ));
        }
        self.planned((tag, wish), (actor, patience)).await
    }

    async fn planned(
        &self,
        (tag, wish): (&str, (Wish, InboxId)),
        (actor, patience): (&str, Option<Timestamp>),
    ) -> Gathered {
        let tag: TagName = match tag.parse() {
            Ok(tag) => tag,
            Err(error) => return refused(format!("{tag} is no tag: {error}")),
        };
        let spec = match plan_tag(&self.workshop, &tag, (wish, actor)).await {
            Ok(spec) => spec,
            Err(PlanRefusal::World(error)) if error.is_retryable() => {
                return Gathered::Later {
                    reason: sentence(&error),
                };
            }
            Err(PlanRefusal::Unseen(reason))
                if patience.is_some_and(|until| self.workshop.clock.now() < until) =>
            {
                return Gathered::Later { reason };
            }
            Err(refusal) => return refused(sentence(&refusal)),
        };
        let id = spec.id.clone();
        match self.workshop.ended(&id).await {
            Ok(Some(phase)) => {
                return refused(format!(
                    "{id} has ended already ({phase}), and a release of the same plan is the same release: change versions.toml or the \
                     tags, or release another version"
                ));
            }
            Ok(None) => {}
            Err(reason) => return Gathered::Later { reason },
        }
        let start = Event::Start { spec: Box::new(spec) };
        match inbox_row(&id, format!("start/{id}"), &start, actor) {
            Ok(row) => Gathered::Follows(vec![row]),
            Err(error) => refused(sentence(&error)),
        }
    }
}

fn refused(reason: impl Into<String>) -> Gathered {
    Gathered::Refused {
        reason: reason.into(),
    }
}

/// Whether a run's title bears something in brackets that may be the id of a dispatch.
fn may_be_ours(title: &str) -> bool {
    let bracketed = title.rsplit_once('[').and_then(|(_, rest)| rest.split_once(']'));
    bracketed.is_some_and(|(id, _)| DispatchId::may_be(id))
}

/// GitHub's names do not tell upper from lower case.
fn is_same(full_name: &str, home: &FullName) -> bool {
    full_name.eq_ignore_ascii_case(&home.to_string())
}

/// Who asked has no other way to hear of it than the log and the API.
fn tell(row: &InboxRow, gathered: &Gathered) {
    let key = row.row.key.as_str();
    match gathered {
        Gathered::Refused { reason } => tracing::warn!(key, reason, "refused"),
        Gathered::Later { reason } => tracing::warn!(key, reason, "asked again later"),
        Gathered::Follows(rows) => {
            for follows in rows {
                tracing::info!(key, follows = follows.key, "accepted");
            }
        }
    }
}

#[async_trait]
impl Gatherer for WebhookGatherer {
    async fn gather(&self, row: &InboxRow) -> Gathered {
        let gathered = match row.row.kind.as_str() {
            WEBHOOK => self.webhook(row).await,
            RELEASE_REQUESTED | RELEASE_WISHED => match serde_json::from_str::<RequestRow>(&row.row.body) {
                Ok(request) => self.wish(row, &request).await,
                Err(error) => refused(format!("the row cannot be read: {error}")),
            },
            other => refused(format!("nobody knows what to do with a row of kind {other}")),
        };
        tell(row, &gathered);
        gathered
    }
}
