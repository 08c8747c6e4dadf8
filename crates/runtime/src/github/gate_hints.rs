//! Which pull requests a webhook is about. It only makes them due: what counts is asked of the API.

use super::last_heard::LastHeard;
use crate::error::sentence;
use crate::gate::{ENDED, context_is_ours};
use crate::ports::{Clock, Gathered, Gatherer};
use async_trait::async_trait;
use domain_types::{CommitSha, PullRequestId, Sha256Digest, Timestamp};
use github_client::{GitHub, PullRequest, PullRequestState};
use serde::Deserialize;
use std::sync::Arc;
use storage::{InboxRow, Look, PullRequestStore};
use tokio::sync::Notify;

/// The kind of rows that hold a webhook.
const WEBHOOK: &str = "webhook";

/// Hears of pull requests first, and then lets releases hear.
pub(super) struct HearsBoth {
    pub(super) gate: Arc<GateHints>,
    pub(super) releases: Arc<dyn Gatherer>,
}

#[derive(Deserialize)]
struct WebhookRow {
    event: String,
    payload: String,
}

#[async_trait]
impl Gatherer for HearsBoth {
    async fn gather(&self, row: &InboxRow) -> Gathered {
        // A row that cannot be read is refused by whoever hears next.
        if row.row.kind == WEBHOOK
            && let Ok(webhook) = serde_json::from_str::<WebhookRow>(&row.row.body)
            && let Err(reason) = self.gate.hear(&webhook.event, &webhook.payload).await
        {
            return Gathered::Later { reason };
        }
        self.releases.gather(row).await
    }
}

/// The ear of the gate.
pub struct GateHints {
    /// Where pull requests are written down.
    pub store: Arc<dyn PullRequestStore>,
    /// The present.
    pub clock: Arc<dyn Clock>,
    /// GitHub as the gate's App.
    pub github: GitHub,
    /// The number of that App.
    pub app_id: u64,
    /// Rung when something is due.
    pub bell: Arc<Notify>,
    /// Rung when the repository of the rules was pushed to.
    pub rules: Arc<Notify>,
    /// What was heard last.
    pub heard: LastHeard,
    /// That repository, if the rules are in one.
    pub rules_repository: Option<String>,
}

#[derive(Deserialize)]
struct Payload {
    repository: Option<Named>,
    number: Option<u64>,
    pull_request: Option<Numbered>,
    issue: Option<Issue>,
    check_run: Option<Check>,
    check_suite: Option<Check>,
    workflow_run: Option<Check>,
    merge_group: Option<Group>,
    sha: Option<String>,
    context: Option<String>,
    description: Option<String>,
    sender: Option<Sender>,
    #[serde(rename = "ref")]
    reference: Option<String>,
}

#[derive(Deserialize)]
struct Named {
    id: u64,
    full_name: String,
    default_branch: Option<String>,
}

#[derive(Deserialize)]
struct Sender {
    login: String,
}

#[derive(Deserialize)]
struct Numbered {
    number: u64,
}

#[derive(Deserialize)]
struct Issue {
    number: u64,
    pull_request: Option<serde::de::IgnoredAny>,
}

#[derive(Deserialize)]
struct Check {
    head_sha: String,
    app: Option<App>,
}

#[derive(Deserialize)]
struct Group {
    head_ref: String,
}

impl Group {
    /// Its last pull request, which its branch `refs/heads/gh-readonly-queue/BASE/pr-NUMBER-SHA` names.
    fn number(&self) -> Option<u64> {
        let (_, last) = self.head_ref.rsplit_once("/pr-")?;
        last.split_once('-')?.0.parse().ok()
    }
}

#[derive(Deserialize)]
struct App {
    id: u64,
}

/// What a webhook is about.
enum About {
    /// Nothing here.
    Nothing,
    /// One pull request.
    PullRequest(u64),
    /// Whoever has this commit at its head.
    Head(String),
}

impl GateHints {
    /// Makes the pull requests due that a webhook is about.
    ///
    /// # Errors
    /// Why nobody can tell which: the webhook is to be heard again.
    pub(super) async fn hear(&self, event: &str, payload: &str) -> Result<(), String> {
        let said = Sha256Digest::of(format!("{event}\n{payload}").as_bytes());
        // What cannot be read is no hint; the door has looked at its form.
        let Ok(payload) = serde_json::from_str::<Payload>(payload) else {
            return Ok(());
        };
        let Some(repository) = &payload.repository else {
            return Ok(());
        };
        if event == "push" {
            self.pushed(repository, payload.reference.as_deref());
        }
        if self.is_own_word(event, &payload, repository).await? {
            return Ok(());
        }
        let numbers = match self.about(event, &payload) {
            About::Nothing => return Ok(()),
            About::PullRequest(number) => vec![number],
            About::Head(sha) => self.with_head(repository, &sha).await?,
        };
        let now = self.clock.now();
        let looks: Vec<Look> = numbers
            .into_iter()
            .filter_map(|number| look(repository, number, now))
            .filter(|look| !self.heard.is_known(look.pull_request, said, now))
            .collect();
        if looks.is_empty() {
            return Ok(());
        }
        let wanted = self.store.want_pull_requests(&looks, now).await;
        wanted.map_err(|error| sentence(&error))?;
        for look in &looks {
            self.heard.note(look.pull_request, said, now);
        }
        self.bell.notify_one();
        Ok(())
    }

    fn pushed(&self, repository: &Named, reference: Option<&str>) {
        let is_rules = self
            .rules_repository
            .as_ref()
            .is_some_and(|rules| rules.eq_ignore_ascii_case(&repository.full_name));
        let branch = reference.and_then(|reference| reference.strip_prefix("refs/heads/"));
        if is_rules && branch.is_some() && branch == repository.default_branch.as_deref() {
            self.rules.notify_one();
        }
    }

    /// Whether it is a status of the gate that we set: that is no news, but somebody else's under our name is, and so is the end of one, for
    /// whatever else has that head.
    async fn is_own_word(&self, event: &str, payload: &Payload, repository: &Named) -> Result<bool, String> {
        let is_ours = payload.context.as_deref().is_some_and(context_is_ours);
        if event != "status" || !is_ours || payload.description.as_deref() == Some(ENDED) {
            return Ok(false);
        }
        let (owner, name) = repository.full_name.split_once('/').unwrap_or_default();
        let own = self.github.own_login(owner, name).await;
        let own = own.map_err(|error| sentence(&error))?;
        Ok(payload
            .sender
            .as_ref()
            .is_some_and(|sender| sender.login.eq_ignore_ascii_case(own)))
    }

    fn about(&self, event: &str, payload: &Payload) -> About {
        let by_check = |check: &Option<Check>| match check {
            // What we say ourselves is no news.
            Some(check) if check.app.as_ref().map(|app| app.id) == Some(self.app_id) => About::Nothing,
            Some(check) => About::Head(check.head_sha.clone()),
            None => About::Nothing,
        };
        match event {
            "pull_request" | "pull_request_review" => {
                let named = payload.pull_request.as_ref().map(|pull| pull.number);
                payload
                    .number
                    .or(named)
                    .map_or(About::Nothing, About::PullRequest)
            }
            "issue_comment" => match &payload.issue {
                Some(issue) if issue.pull_request.is_some() => About::PullRequest(issue.number),
                Some(_) | None => About::Nothing,
            },
            "merge_group" => {
                let group = payload.merge_group.as_ref();
                group
                    .and_then(Group::number)
                    .map_or(About::Nothing, About::PullRequest)
            }
            "check_run" => by_check(&payload.check_run),
            "check_suite" => by_check(&payload.check_suite),
            "workflow_run" => by_check(&payload.workflow_run),
            "status" => payload.sha.clone().map_or(About::Nothing, About::Head),
            _ => About::Nothing,
        }
    }

    /// The open pull requests with this head.
    async fn with_head(&self, repository: &Named, sha: &str) -> Result<Vec<u64>, String> {
        let Ok(sha) = sha.parse::<CommitSha>() else {
            return Ok(Vec::new());
        };
        let (owner, name) = repository.full_name.split_once('/').unwrap_or_default();
        let handle = self
            .github
            .repository(owner, name)
            .map_err(|error| sentence(&error))?;
        let pulls = match handle.pull_requests_of_commit(&sha).await {
            Ok(pulls) => pulls,
            Err(error) if error.is_retryable() => return Err(sentence(&error)),
            // The commit or the repository is not ours to see.
            Err(_) => return Ok(Vec::new()),
        };
        let is_it = |pull: &&PullRequest| pull.state == PullRequestState::Open && pull.head.sha == sha;
        Ok(pulls.iter().filter(is_it).map(|pull| pull.number).collect())
    }
}

fn look(repository: &Named, number: u64, now: Timestamp) -> Option<Look> {
    Some(Look {
        pull_request: PullRequestId::new(repository.id, number).ok()?,
        repository: repository.full_name.clone(),
        not_before: now,
    })
}
