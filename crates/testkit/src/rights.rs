//! Who may store what: leases as the store gave them out, rows as it decided them, and what each process has learnt of builds. The
//! store is held against it at every call.

use crate::oracle::{Violation, decoded, require};
use domain_types::{BuildId, CommandId, Timestamp};
use orchestrator::Event;
use std::collections::{BTreeMap, BTreeSet};
use storage::{Claim, ClaimedIntent, InboxId, IntentLease, NewInboxRow};

/// All of it.
#[derive(Debug, Default)]
pub(crate) struct Rights {
    intents: BTreeMap<CommandId, (IntentLease, Timestamp)>,
    decided: BTreeSet<InboxId>,
    /// Builds that had ended when a process looked, by the process.
    adopted: BTreeSet<(String, BuildId)>,
    /// Commands that are marked as being sent, and the loss of power would still take the mark.
    unwritten: BTreeSet<CommandId>,
}

impl Rights {
    /// An intent was given to somebody: nobody else may hold it.
    pub(crate) fn claimed(&mut self, claim: &Claim, claimed: &ClaimedIntent) -> Result<(), Violation> {
        let lease = &claimed.lease;
        let until = claim.now.plus_seconds(claim.lease_seconds.into());
        let before = self.intents.insert(lease.id.clone(), (lease.clone(), until));
        let living = before.filter(|(_, until)| *until > claim.now);
        require("I1", living.is_none(), || {
            format!("{} is given to {} while {living:?}", lease.id, lease.owner)
        })
    }

    /// A command is marked as being sent; that is not on the disk yet.
    pub(crate) fn marked(&mut self, command: &CommandId) {
        self.unwritten.insert(command.clone());
    }

    /// Everything is on the disk.
    pub(crate) fn written(&mut self) {
        self.unwritten.clear();
    }

    /// An effect begins only once it is on the disk that it does: else the loss of power would leave one that nobody knows of.
    pub(crate) fn may_act(&self, command: &CommandId) -> Result<(), Violation> {
        require("H1", !self.unwritten.contains(command), || {
            format!("{command} takes effect before it is on the disk that it does")
        })
    }

    pub(crate) fn renewed(&mut self, lease: &IntentLease, until: Timestamp) {
        if let Some((held, last)) = self.intents.get_mut(&lease.id)
            && held == lease
        {
            *last = until;
        }
    }

    /// What came of an intent was stored: by whoever holds it, and nobody else.
    pub(crate) fn finished(&mut self, lease: &IntentLease) -> Result<(), Violation> {
        let held = self.intents.remove(&lease.id);
        let holds = held.as_ref().is_some_and(|(held, _)| held == lease);
        require("I1", holds, || {
            format!("{lease:?} stores what came of it, held is {held:?}")
        })
    }

    pub(crate) fn holds(&self, lease: &IntentLease) -> bool {
        self.intents.get(&lease.id).is_some_and(|(held, _)| held == lease)
    }

    /// An intent went back.
    pub(crate) fn given_back(&mut self, lease: &IntentLease) {
        self.intents.remove(&lease.id);
    }

    pub(crate) fn taken_over(&mut self, owner: &str) {
        self.intents.retain(|_, (held, _)| held.owner == owner);
    }

    /// A row of the inbox was decided, which happens once.
    pub(crate) fn decided(&mut self, row: InboxId) -> Result<(), Violation> {
        require("I2", self.decided.insert(row), || {
            format!("{row} of the inbox is decided twice")
        })
    }

    /// A process looked at a build, and it had ended.
    pub(crate) fn adopted(&mut self, owner: &str, build: &BuildId) {
        self.adopted.insert((owner.to_owned(), build.clone()));
    }

    /// What a process appends must not contradict what it has seen.
    pub(crate) fn appends(&self, owner: &str, rows: &[NewInboxRow]) -> Result<(), Violation> {
        for row in rows.iter().filter(|row| row.kind == "build_interrupted") {
            if let (Event::BuildInterrupted { node, attempt }, Some(release)) =
                (decoded::<Event>(&row.body)?, row.release.clone())
            {
                let build = BuildId {
                    release,
                    node,
                    attempt,
                };
                let finished = self.adopted.contains(&(owner.to_owned(), build));
                require("E7", !finished, || {
                    format!("{} is told by {owner}, who saw that it had ended", row.key)
                })?;
            }
        }
        Ok(())
    }
}
