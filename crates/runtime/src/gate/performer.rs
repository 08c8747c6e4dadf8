//! Shows what was decided: statuses, reports, answers. What shows already is not shown again.

use super::host::PullRequestHost;
use super::judge::GateSettings;
use super::order::Order;
use crate::ports::Unfinished;
use async_trait::async_trait;
use effects::{HandleWriter, Performed, Performer, Probed, Reply};
use std::sync::Arc;
use storage::{Intent, NewInboxRow};

/// Carries the intents of pull requests out.
pub struct PullRequestPerformer {
    host: Arc<dyn PullRequestHost>,
    settings: GateSettings,
}

impl PullRequestPerformer {
    /// One that shows things there, as these settings say now.
    pub fn new(host: Arc<dyn PullRequestHost>, settings: GateSettings) -> Self {
        Self { host, settings }
    }

    /// Whether an order was given under another mode than the one of now: in dry run what was ordered before is not written any more.
    fn is_of_another_mode(&self, order: &Order) -> bool {
        match order {
            Order::Status(order) | Order::End(order) | Order::Group(order) | Order::GroupEnd(order) => {
                let name = order.repository.rsplit('/').next().unwrap_or_default();
                self.settings.mode_of(name) != order.mode
            }
            Order::Report(_) | Order::Answer(_) | Order::Notice(_) => false,
        }
    }
}

fn done() -> Reply {
    Reply {
        result: "{}".to_owned(),
        events: Vec::new(),
    }
}

/// Why not. Nobody waits for it.
fn told(reason: &str) -> Reply {
    Reply {
        result: serde_json::json!({ "reason": reason }).to_string(),
        events: Vec::new(),
    }
}

fn read(intent: &Intent) -> Result<Order, String> {
    serde_json::from_str(&intent.body).map_err(|error| format!("the order cannot be read: {error}"))
}

#[async_trait]
impl Performer for PullRequestPerformer {
    async fn perform(&self, intent: &Intent, _handle: &HandleWriter<'_>) -> Performed {
        let order = match read(intent) {
            Ok(order) => order,
            Err(reason) => return Performed::Rejected(told(&reason)),
        };
        if self.is_of_another_mode(&order) {
            return Performed::Rejected(told("it was ordered under another mode"));
        }
        match self.host.show(&order).await {
            Ok(()) => Performed::Done(done()),
            Err(Unfinished::Failed(failure)) => Performed::Rejected(told(&failure.reason)),
            Err(Unfinished::Unknown { reason }) => Performed::Unknown { reason },
        }
    }

    async fn probe(&self, intent: &Intent) -> Probed {
        let shows = match read(intent) {
            Ok(order) => self.host.shows(&order).await,
            Err(reason) => return Probed::Unknown { reason },
        };
        match shows {
            Ok(true) => Probed::Applied(done()),
            Ok(false) => Probed::NotApplied,
            Err(reason) => Probed::Unknown { reason },
        }
    }

    /// Nobody waits: the next look finds that it does not show, and orders it anew.
    fn given_up(&self, _intent: &Intent, _reason: &str) -> Vec<NewInboxRow> {
        Vec::new()
    }
}
