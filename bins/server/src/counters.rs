//! What the server counts about itself. Labels are bounded: a stranger cannot make new ones.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::{Mutex, PoisonError};

/// Events that have a line of their own, in events: GitHub knows about seventy.
const EVENTS_MAX: usize = 128;

/// What became of a delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Outcome {
    /// It is stored now.
    Stored,
    /// It was stored before.
    Known,
    /// It is none of GitHub's, or none that makes sense.
    Refused,
    /// It could not be stored.
    Failed,
}

impl Outcome {
    fn label(self) -> &'static str {
        match self {
            Self::Stored => "stored",
            Self::Known => "known",
            Self::Refused => "refused",
            Self::Failed => "failed",
        }
    }
}

/// The counters of this process.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    deliveries: Mutex<BTreeMap<(String, Outcome), u64>>,
}

impl Counters {
    /// Counts a delivery. The event is named only where the signature vouches for its sender.
    pub(crate) fn delivery(&self, event: Option<&str>, outcome: Outcome) {
        let mut deliveries = self.deliveries.lock().unwrap_or_else(PoisonError::into_inner);
        let known = |event: &str| deliveries.contains_key(&(event.to_owned(), outcome));
        let event = match event {
            None => "unverified",
            Some(event) if deliveries.len() < EVENTS_MAX || known(event) => event,
            Some(_) => "other",
        };
        *deliveries.entry((event.to_owned(), outcome)).or_default() += 1;
    }

    /// The lines of the metrics page.
    pub(crate) fn write(&self, page: &mut String) {
        page.push_str("# HELP governance_deliveries_total Webhook deliveries by event and outcome.\n");
        page.push_str("# TYPE governance_deliveries_total counter\n");
        let deliveries = self.deliveries.lock().unwrap_or_else(PoisonError::into_inner);
        for ((event, outcome), count) in &*deliveries {
            let outcome = outcome.label();
            // Writing to a text does not fail.
            let _ = writeln!(
                page,
                "governance_deliveries_total{{event=\"{event}\",outcome=\"{outcome}\"}} {count}"
            );
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn many_events_share_a_line_once_there_are_too_many() {
        let counters = Counters::default();
        for number in 0..1_000 {
            counters.delivery(Some(&format!("event_{number}")), Outcome::Stored);
            counters.delivery(Some("push"), Outcome::Known);
            counters.delivery(None, Outcome::Refused);
        }
        let mut page = String::new();
        counters.write(&mut page);
        assert!(page.lines().count() <= EVENTS_MAX + 5, "{}", page.lines().count());
        assert!(page.contains("{event=\"push\",outcome=\"known\"} 1000"), "{page}");
        assert!(
            page.contains("{event=\"unverified\",outcome=\"refused\"} 1000"),
            "{page}"
        );
        assert!(page.contains("{event=\"other\",outcome=\"stored\"} 8"), "{page}");
    }
}
