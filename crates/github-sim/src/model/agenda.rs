//! What becomes due by itself, and the passing of time.

use super::GitHub;
use domain_types::Timestamp;

/// Something that happens at its time without being asked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Due {
    /// A runner takes the attempt of a run.
    RunBegins { run: u64, attempt: u32 },
    /// The attempt of a run ends.
    RunEnds { run: u64, attempt: u32 },
    /// The attempt of a run ends because it was told to.
    RunStops { run: u64, attempt: u32 },
    /// A webhook is sent.
    Delivery(u64),
}

impl GitHub {
    /// When something happens next by itself.
    #[must_use]
    pub fn next_due(&self) -> Option<Timestamp> {
        self.agenda.keys().next().map(|(at, _)| *at)
    }

    /// Lets the time pass until `to`; everything that was due happens at its own time. A clock that stands or goes back moves nothing.
    pub fn advance(&mut self, to: Timestamp) {
        while let Some(entry) = self.agenda.first_entry() {
            if entry.key().0 > to {
                break;
            }
            let ((at, _), due) = entry.remove_entry();
            self.now = self.now.max(at);
            self.come_due(due);
        }
        self.now = self.now.max(to);
    }

    fn come_due(&mut self, due: Due) {
        match due {
            Due::RunBegins { run, attempt } => self.begin_run(run, attempt),
            Due::RunEnds { run, attempt } => self.end_run(run, attempt),
            Due::RunStops { run, attempt } => self.stop_run(run, attempt),
            Due::Delivery(delivery) => self.send_delivery(delivery),
        }
    }
}
