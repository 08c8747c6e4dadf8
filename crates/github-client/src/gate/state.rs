//! Who may pass the gate now, and when the others may. Nothing here waits or reads a clock.

use super::quota::Quota;
use super::window::Window;
use crate::call::{Account, Call};
use crate::{Limit, Limits, Priority};
use domain_types::Timestamp;
use std::collections::BTreeMap;

/// GitHub counts points and contents per minute, ...
const MINUTE_SECONDS: u64 = 60;
/// ... and contents per hour too.
const HOUR_SECONDS: u64 = 3600;
/// Of contents, comments leave one in so many to statuses and releases: without that, an hour of much talk would hold up merges.
const KEPT_OF_CONTENTS: u32 = 4;
/// Shortest rest after a secondary limit, in seconds, as GitHub asks for.
const REST_SECONDS_MIN: u64 = 60;
/// Longest rest after many of them: above an hour no limit of GitHub's is known to last.
const REST_SECONDS_MAX: u64 = 3600;

/// What a request needs of the gate.
#[derive(Debug, Clone)]
pub(super) struct Need {
    account: Account,
    priority: Priority,
    points: u32,
    content: bool,
}

impl Need {
    pub(super) fn of(call: &Call) -> Self {
        Self {
            account: call.account.clone().without_repository(),
            priority: call.priority,
            points: call.points(),
            content: call.content,
        }
    }
}

/// The place in the queue: the more urgent first, then who came first.
pub(super) type Ticket = (Priority, u64);

/// Whether it is one's turn.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Turn {
    /// It is.
    Now,
    /// Not before this time.
    At(Timestamp, Limit),
    /// When somebody else has gone, or has come back.
    AfterAnother,
}

/// What stands in a request's way, and in whose way it stands besides.
enum Obstacle {
    /// In that of everybody behind.
    All(Turn),
    /// In that of everybody behind that makes contents too.
    Contents(Turn),
    /// In its own only.
    Own(Turn),
}

/// The gate's memory.
#[derive(Debug)]
pub(super) struct State {
    concurrent_max: u32,
    points: Window,
    contents_of_minute: Window,
    contents_of_hour: Window,
    quotas: BTreeMap<Account, Quota>,
    waiting: BTreeMap<Ticket, Need>,
    tickets_given: u64,
    running: u32,
    /// No request before this time: a secondary limit was reached.
    resting_until: Option<Timestamp>,
    /// Secondary limits since the last request that passed. Above none, one request at a time is sent to see.
    strikes: u32,
    /// Counts the rests, so that requests that were under way together are one strike.
    rest: u64,
}

impl State {
    pub(super) fn new(limits: &Limits) -> Self {
        Self {
            concurrent_max: limits.own(limits.concurrent_max),
            points: Window::new(MINUTE_SECONDS, limits.own(limits.points_per_minute_max)),
            contents_of_minute: Window::new(MINUTE_SECONDS, limits.own(limits.contents_per_minute_max)),
            contents_of_hour: Window::new(HOUR_SECONDS, limits.own(limits.contents_per_hour_max)),
            quotas: BTreeMap::new(),
            waiting: BTreeMap::new(),
            tickets_given: 0,
            running: 0,
            resting_until: None,
            strikes: 0,
            rest: 0,
        }
    }

    /// How many wait.
    pub(super) fn waiting(&self) -> usize {
        self.waiting.len()
    }

    /// Takes a place in the queue.
    pub(super) fn enter(&mut self, need: Need) -> Ticket {
        self.tickets_given += 1;
        let ticket = (need.priority, self.tickets_given);
        self.waiting.insert(ticket, need);
        ticket
    }

    /// Leaves the queue without having passed.
    pub(super) fn leave(&mut self, ticket: Ticket) {
        self.waiting.remove(&ticket);
    }

    /// Whether it is the ticket's turn; if so, it passes. Says with it which rest was the last.
    pub(super) fn turn(&mut self, ticket: Ticket, now: Timestamp) -> (Turn, u64) {
        let turn = self.turn_of(ticket, now);
        if turn == Turn::Now
            && let Some(need) = self.waiting.remove(&ticket)
        {
            self.pass(&need, now);
        }
        (turn, self.rest)
    }

    fn turn_of(&self, ticket: Ticket, now: Timestamp) -> Turn {
        let mut contents = None;
        for (waiting, need) in &self.waiting {
            let obstacle = match contents {
                Some(turn) if need.content => Some(Obstacle::Contents(turn)),
                _ => self.obstacle(need, now),
            };
            let mine = *waiting == ticket;
            match obstacle {
                None if mine => return Turn::Now,
                None => return Turn::AfterAnother,
                Some(Obstacle::All(turn)) => return turn,
                Some(Obstacle::Contents(turn) | Obstacle::Own(turn)) if mine => return turn,
                Some(Obstacle::Contents(turn)) => contents = Some(turn),
                Some(Obstacle::Own(_)) => {}
            }
        }
        Turn::AfterAnother
    }

    fn obstacle(&self, need: &Need, now: Timestamp) -> Option<Obstacle> {
        if let Some(until) = self.resting_until.filter(|until| *until > now) {
            return Some(Obstacle::All(Turn::At(until, Limit::Secondary)));
        }
        let concurrent_max = if self.strikes > 0 { 1 } else { self.concurrent_max };
        if self.running >= concurrent_max {
            return Some(Obstacle::All(Turn::AfterAnother));
        }
        let own_share = |at| Turn::At(at, Limit::OwnShare);
        let quota = self.quotas.get(&need.account);
        if let Some(reset) = quota.and_then(|quota| quota.spent_until(need.priority, now)) {
            return Some(Obstacle::Own(Turn::At(reset, Limit::Primary)));
        }
        if need.content
            && let Some(at) = self.contents_at(need.priority, now)
        {
            return Some(Obstacle::Contents(own_share(at)));
        }
        let at = self.points.fits_at(need.points, now)?;
        Some(Obstacle::All(own_share(at)))
    }

    /// When another content of this priority may be made; none if now.
    fn contents_at(&self, priority: Priority, now: Timestamp) -> Option<Timestamp> {
        let fits = |window: &Window| {
            let kept = match priority {
                Priority::Status | Priority::Dispatch => 0,
                Priority::Read | Priority::Comment => window.max() / KEPT_OF_CONTENTS,
            };
            window.fits_at(1 + kept, now)
        };
        fits(&self.contents_of_minute).max(fits(&self.contents_of_hour))
    }

    fn pass(&mut self, need: &Need, now: Timestamp) {
        self.running += 1;
        self.points.use_up(need.points, now);
        if need.content {
            self.contents_of_minute.use_up(1, now);
            self.contents_of_hour.use_up(1, now);
        }
        if let Some(quota) = self.quotas.get_mut(&need.account) {
            quota.use_one();
        }
    }

    /// A request has come back, or was given up.
    pub(super) fn came_back(&mut self) {
        self.running -= 1;
    }

    /// GitHub answered something else than a limit: what rested is over.
    pub(super) fn passed_well(&mut self, rest: u64) {
        if rest == self.rest {
            self.strikes = 0;
        }
    }

    /// GitHub said how much of the hour is left.
    pub(super) fn saw_quota(&mut self, account: Account, quota: Quota) {
        self.quotas.insert(account, quota);
    }

    /// GitHub said that its secondary limit was reached, to a request that passed after rest number `rest`.
    pub(super) fn reached_secondary(&mut self, rest: u64, retry_after_seconds: Option<u64>, now: Timestamp) {
        if rest == self.rest {
            self.rest += 1;
            self.strikes += 1;
        }
        let doubled = REST_SECONDS_MIN << self.strikes.saturating_sub(1).min(6);
        let seconds = retry_after_seconds
            .unwrap_or(0)
            .max(doubled.min(REST_SECONDS_MAX));
        self.resting_until = self.resting_until.max(Some(now.plus_seconds(seconds)));
    }

    /// The quota with the least left.
    pub(super) fn tightest(&self) -> Option<Quota> {
        self.quotas
            .values()
            .min_by_key(|quota| quota.per_mille_left())
            .copied()
    }
}
