//! Pull requests on GitHub: one look asks for everything at once, and what is said is a status, a check run and comments.

use super::as_found::{
    comment, count_of, files_of, is_by, last, login_of, merged, own_status, place_of, twins_of,
};
use super::beside::beside;
use super::check_facts::check_facts;
use super::merge_queue::groups;
use super::of_head::{again, guessed, of_head_unless_guessed};
use super::one_moment::{is_of_one_clock, is_of_one_moment};
use super::pushes::pushes_to_head;
use super::references::ReadBefore;
use super::said::unfinished;
use crate::error::sentence;
use crate::gate::{
    Asked, Beside, Found, FoundPush, Known, Listed, Order, PullRequestHost, ReportOrder, StatusOrder,
    answer_mark, context,
};
use crate::ports::{Clock, Unfinished};
use async_trait::async_trait;
use domain_types::{PullRequestId, RepoName, Timestamp};
use github_client::{
    ChangedFiles, CheckReport, CheckRun, Comment, Conclusion, GitHub, GitHubError, NewStatus, PullRequest,
    PullRequestEventKind, PullRequestState, Repository, StatusState, Written,
};
use std::sync::Arc;

/// Milliseconds that the answers of one look may lie apart: what is later than the first question counts for nothing in it.
const LOOK_MILLISECONDS_MAX: u64 = 45_000;

/// The name of the check run that has the report.
const REPORT: &str = "governance report";

/// GitHub as the gate's App sees it.
pub struct GithubPullRequests {
    github: GitHub,
    clock: Arc<dyn Clock>,
    /// The number of our App.
    app_id: u64,
    /// Whose repositories are listed.
    owner: String,
    /// What files refer to, as they were read before.
    read_before: ReadBefore,
}

impl GithubPullRequests {
    /// Pull requests of an owner's repositories, as the App of this number.
    pub fn new(github: GitHub, clock: Arc<dyn Clock>, app_id: u64, owner: String) -> Self {
        Self {
            github,
            clock,
            app_id,
            owner,
            read_before: ReadBefore::default(),
        }
    }

    pub(super) async fn own_login(&self, full_name: &str) -> Result<&str, GitHubError> {
        let (owner, name) = full_name.split_once('/').unwrap_or((full_name, ""));
        self.github.own_login(owner, name).await
    }

    pub(super) fn repository(&self, full_name: &str) -> Result<Repository, GitHubError> {
        let (owner, name) = full_name.split_once('/').unwrap_or((full_name, ""));
        self.github.repository(owner, name)
    }

    async fn found(&self, asked: &Asked) -> Result<Option<Found>, GitHubError> {
        let repository = self.repository(&asked.repository)?;
        let observed_at = self.clock.now();
        let own = self.own_login(&asked.repository).await?;
        let number = asked.id.number();
        let known = asked.known.as_ref();
        let (pull, files, comments, events, guessed) = tokio::try_join!(
            repository.pull_request(number),
            repository.pull_request_files(number),
            repository.issue_comments(number, asked.comments_since),
            repository.pull_request_events(number),
            guessed(&repository, known),
        )?;
        let Some(pull) = pull else { return Ok(None) };
        let (listed, more_files) = files_of(&files);
        let known =
            known.filter(|known| !more_files && known.is_of((&pull.head.sha, &pull.base.reference), &listed));
        let as_of = asked.as_of(pull.merged_at);
        let (of_head, mut pushes, again, beside, groups) = tokio::try_join!(
            of_head_unless_guessed(&repository, &pull, guessed, as_of),
            self.pushes(&pull, known),
            // What is as it was when it was sure to be of one moment is of that moment still.
            again(&repository, &pull, known.is_some()),
            self.beside(&repository, asked, (&pull, &files)),
            groups(&repository, (asked, own), &pull),
        )?;
        is_of_one_moment((&pull, again.as_ref()), &files, asked)?;
        let Some((owner, name)) = place_of(&pull) else {
            return Ok(None);
        };
        let context = context(asked.gate, &pull.base.reference);
        let pushed = pushes.pop();
        let at = |kinds: &[PullRequestEventKind]| last(&events, kinds);
        Ok(Some(Found {
            observed_at,
            owner: owner.to_owned(),
            name: name.parse()?,
            is_open: pull.state == PullRequestState::Open,
            is_draft: pull.draft,
            author: login_of(pull.author.as_ref()),
            labels: pull.labels.clone(),
            base: pull.base.reference.clone(),
            head_tree: of_head.tree,
            opened_at: pull.created_at,
            ready_at: at(&[PullRequestEventKind::ReadyForReview]),
            reopened_at: at(&[PullRequestEventKind::Reopened]),
            retargeted_at: at(&[
                PullRequestEventKind::BaseChanged,
                PullRequestEventKind::BaseChangedByGitHub,
            ]),
            pushed_at: pushed.as_ref().map(|push| push.at),
            pushed_by: pushed.and_then(|push| push.by),
            pushed_before: pushes,
            merged: merged(&pull),
            files: listed,
            more_files,
            comments: comments.into_iter().map(|said| comment(said, own)).collect(),
            status: own_status(&of_head.statuses, &context, own),
            statuses: count_of(&of_head.statuses, &context),
            checks: check_facts(&of_head.checks, &of_head.statuses, as_of),
            twins: twins_of(&pull, asked.id, &of_head.twins),
            beside,
            groups,
            title: pull.title,
            body: pull.body.unwrap_or_default(),
            head: pull.head.sha,
        }))
    }

    async fn beside(
        &self,
        repository: &Repository,
        asked: &Asked,
        of: (&PullRequest, &ChangedFiles),
    ) -> Result<Beside, GitHubError> {
        beside((&self.github, &self.read_before), repository, asked, of).await
    }

    /// Who pushed the head and what led to it, and when, if nobody knows yet, and the branch lies where we can ask.
    async fn pushes(&self, pull: &PullRequest, known: Option<&Known>) -> Result<Vec<FoundPush>, GitHubError> {
        let named = pull.head.repository.as_ref();
        let is_known = known.is_some_and(|known| known.is_pusher_known);
        match named.filter(|_| !is_known && !pull.is_from_fork()) {
            Some(named) => pushes_to_head(&self.repository(&named.full_name)?, pull).await,
            None => Ok(Vec::new()),
        }
    }

    async fn set_status(&self, order: &StatusOrder) -> Result<(), Unfinished> {
        let repository = self
            .repository(&order.repository)
            .map_err(|error| unfinished(&error))?;
        let status = NewStatus {
            state: state_of(&order.status.state),
            context: order.context(),
            description: order.status.description.clone(),
            target_url: order.target_url.clone(),
        };
        over(repository.create_status(&order.head, &status).await)
    }

    async fn shows_status(&self, order: &StatusOrder) -> Result<bool, GitHubError> {
        let repository = self.repository(&order.repository)?;
        let statuses = repository.statuses(&order.head).await?;
        let own = self.own_login(&order.repository).await?;
        let shown = own_status(&statuses, &order.context(), own);
        Ok(shown.as_ref() == Some(&order.status))
    }

    async fn report(&self, order: &ReportOrder) -> Result<(), Unfinished> {
        let repository = self
            .repository(&order.repository)
            .map_err(|error| unfinished(&error))?;
        let own = self.own_report(&repository, order).await;
        let own = own.map_err(|error| unfinished(&error))?;
        let report = CheckReport {
            conclusion: Some(conclusion_of(&order.conclusion)),
            title: order.title.clone(),
            summary: order.summary.clone(),
            text: None,
            external_id: Some(order.external_id.clone()),
            details_url: None,
        };
        match own {
            Some(known) => over(repository.update_check_run(known.id, &report).await),
            None => over(repository.create_check_run(&order.head, REPORT, &report).await),
        }
    }

    /// The report on the head that we made for this pull request.
    async fn own_report(
        &self,
        repository: &Repository,
        order: &ReportOrder,
    ) -> Result<Option<CheckRun>, GitHubError> {
        let runs = repository.check_runs(&order.head).await?;
        Ok(runs.into_iter().find(|run| {
            run.name == REPORT
                && run.app_id == Some(self.app_id)
                && run.external_id.as_deref() == Some(order.external_id.as_str())
        }))
    }

    async fn say(&self, (repository, number): (&str, u64), body: &str) -> Result<(), Unfinished> {
        let repository = self.repository(repository).map_err(|error| unfinished(&error))?;
        over(repository.create_comment(number, body).await)
    }

    /// Whether a comment of ours has this mark.
    async fn is_said(&self, (repository, number): (&str, u64), mark: &str) -> Result<bool, GitHubError> {
        let own = self.own_login(repository).await?;
        let repository = self.repository(repository)?;
        let comments = repository.issue_comments(number, None).await?;
        let is_it = |comment: &Comment| {
            is_by(comment.author.as_ref(), own) && comment.body.trim_end().ends_with(mark)
        };
        Ok(comments.iter().any(is_it))
    }

    async fn open_and_merged(
        &self,
        name: &RepoName,
        merged_since: Option<Timestamp>,
    ) -> Result<Vec<Listed>, GitHubError> {
        let repository = self.github.repository(&self.owner, name.as_str())?;
        let mut pulls = repository.open_pull_requests().await?;
        if let Some(since) = merged_since {
            let changed = repository.pull_requests_changed_since(since).await?;
            let is_merged = |pull: &PullRequest| pull.merged_at.is_some_and(|at| at >= since);
            pulls.extend(changed.into_iter().filter(is_merged));
        }
        Ok(pulls.into_iter().filter_map(in_list).collect())
    }

    async fn listed(&self, repositories: &[RepoName]) -> Result<Vec<Listed>, GitHubError> {
        let mut listed = Vec::new();
        for name in repositories {
            let repository = self.github.repository(&self.owner, name.as_str())?;
            let pulls = match repository.open_pull_requests().await {
                Ok(pulls) => pulls,
                // The rules name it, and it is not there, or not ours to see.
                Err(error) if error.status() == Some(404) => continue,
                // One that cannot be listed now keeps no other waiting.
                Err(error) => {
                    tracing::warn!(repository = repository.full_name(), error = %error, "could not be listed");
                    continue;
                }
            };
            listed.extend(pulls.into_iter().filter_map(in_list));
        }
        Ok(listed)
    }
}

/// What a write came to, where what it made does not matter.
fn over<T>(written: Written<T>) -> Result<(), Unfinished> {
    super::said::made(written).map(|_| ())
}

fn state_of(state: &str) -> StatusState {
    match state {
        "success" => StatusState::Success,
        "pending" => StatusState::Pending,
        "failure" => StatusState::Failure,
        _ => StatusState::Error,
    }
}

/// As the gate lists it.
fn in_list(pull: PullRequest) -> Option<Listed> {
    let base = pull.base.repository.as_ref()?;
    Some(Listed {
        id: PullRequestId::new(base.id, pull.number).ok()?,
        repository: base.full_name.clone(),
        head: pull.head.sha,
        updated_at: pull.updated_at,
    })
}

fn conclusion_of(conclusion: &str) -> Conclusion {
    match conclusion {
        "success" => Conclusion::Success,
        "neutral" => Conclusion::Neutral,
        "failure" => Conclusion::Failure,
        _ => Conclusion::ActionRequired,
    }
}

#[async_trait]
impl PullRequestHost for GithubPullRequests {
    async fn look(&self, asked: &Asked) -> Result<Option<Found>, String> {
        let began = self.clock.now();
        let found = self.found(asked).await.map_err(|error| sentence(&error))?;
        // What waited for its turn in between is of two moments.
        is_of_one_clock(self.github.clock_ahead_seconds())?;
        match self.clock.now().milliseconds_since(began) <= LOOK_MILLISECONDS_MAX {
            true => Ok(found),
            false => Err("GitHub's answers took too long to be of one moment".to_owned()),
        }
    }

    async fn show(&self, order: &Order) -> Result<(), Unfinished> {
        match order {
            Order::Status(order) | Order::End(order) | Order::Group(order) | Order::GroupEnd(order) => {
                self.set_status(order).await
            }
            Order::Report(order) => self.report(order).await,
            Order::Answer(order) => self.say((&order.repository, order.number), &order.body).await,
            Order::Notice(order) => self.say((&order.repository, order.number), &order.body).await,
        }
    }

    async fn shows(&self, order: &Order) -> Result<bool, String> {
        let shows = match order {
            Order::Status(order) | Order::End(order) | Order::Group(order) | Order::GroupEnd(order) => {
                self.shows_status(order).await
            }
            Order::Report(order) => {
                let repository = self
                    .repository(&order.repository)
                    .map_err(|error| sentence(&error))?;
                // The same report twice is the same report: it is written again.
                self.own_report(&repository, order).await.map(|_| false)
            }
            Order::Answer(order) => {
                let mark = answer_mark(order.comment);
                self.is_said((&order.repository, order.number), &mark).await
            }
            Order::Notice(order) => self.is_said((&order.repository, order.number), &order.mark).await,
        };
        shows.map_err(|error| sentence(&error))
    }

    async fn open_pull_requests(&self, repositories: &[RepoName]) -> Result<Vec<Listed>, String> {
        self.listed(repositories).await.map_err(|error| sentence(&error))
    }

    async fn pull_requests_of(
        &self,
        repository: &RepoName,
        merged_since: Option<Timestamp>,
    ) -> Result<Vec<Listed>, String> {
        match self.open_and_merged(repository, merged_since).await {
            // The rules name it, and it is not there, or not ours to see.
            Err(error) if error.status() == Some(404) => Ok(Vec::new()),
            listed => listed.map_err(|error| sentence(&error)),
        }
    }
}
