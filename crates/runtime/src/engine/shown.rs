//! What is shown of a release, kept up with what moves: a revision costs as much as it touches, however large the release is.

use crate::Progress;
use crate::inbox_worker::Moved;
use domain_types::{NodeId, seeded_bug};
use orchestrator::State;
use std::collections::BTreeSet;
use tokio::sync::watch;

/// What has moved since something was shown.
#[derive(Debug, Default)]
pub(super) struct Shown {
    revisions: u64,
    nodes: BTreeSet<NodeId>,
}

impl Shown {
    /// A revision was made.
    pub(super) fn moved(&mut self, moved: &Moved) {
        self.revisions += 1;
        if !seeded_bug("shown-nodes-not-renewed") {
            self.nodes.extend(moved.nodes.iter().cloned());
        }
    }

    /// Shows the state as it is now: only what moved, unless somebody else moved the release too.
    pub(super) fn show(&mut self, state: &State, to: &watch::Sender<Option<Progress>>) {
        let moved = std::mem::take(self);
        to.send_if_modified(|view| {
            let revision = view.as_ref().map_or(0, |view| view.revision);
            match view {
                Some(_) if revision == state.revision() => return false,
                Some(view) if revision + moved.revisions == state.revision() => {
                    view.renew(state, &moved.nodes)
                }
                Some(_) | None => *view = Progress::of(state),
            }
            true
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::tests::{node, output, spec};
    use domain_types::Timestamp;
    use orchestrator::{Event, Failure, FailureKind, Recorded, Stage, decide};

    /// Everything that moves a node, as far as one short release goes.
    fn events() -> Vec<Event> {
        let (a, b) = (node("a"), node("b"));
        let failure = Failure::new(FailureKind::Network, "the disk was away");
        vec![
            Event::Start {
                spec: Box::new(spec()),
            },
            Event::StageDone {
                stage: Stage::Sources,
                manifest: None,
            },
            Event::BuildStarted {
                node: a.clone(),
                attempt: 1,
            },
            Event::BuildSucceeded {
                node: a,
                attempt: 1,
                output: output("a"),
            },
            Event::BuildStarted {
                node: b.clone(),
                attempt: 1,
            },
            Event::BuildFailed {
                node: b.clone(),
                attempt: 1,
                failure,
            },
            Event::RetryDue { node: b, attempt: 1 },
            Event::Cancel {
                actor: "somebody".to_owned(),
            },
        ]
    }

    /// The next state, and what is told of the move.
    fn next(state: &mut State, event: Event) -> Moved {
        let at = Timestamp::from_milliseconds(1_764_000_000_000);
        let decision = decide(state, &Recorded { event, at }).unwrap();
        state.advance(&decision.facts).unwrap();
        Moved {
            release: spec().id,
            nodes: decision
                .facts
                .iter()
                .filter_map(orchestrator::Fact::node)
                .cloned()
                .collect(),
            commands: Vec::new(),
            abandoned: Vec::new(),
            makes_room: false,
            earliest_timer: None,
        }
    }

    #[test]
    fn what_is_shown_is_what_is_whether_each_move_is_shown_or_several_at_once() {
        for every in 1..=events().len() {
            let (mut state, mut shown) = (State::unplanned(), Shown::default());
            let (sender, view) = watch::channel(None);
            for (number, event) in events().into_iter().enumerate() {
                shown.moved(&next(&mut state, event));
                if number % every == every - 1 {
                    shown.show(&state, &sender);
                    assert_eq!(*view.borrow(), Progress::of(&state), "{number}, every {every}");
                }
            }
        }
    }

    #[test]
    fn a_move_costs_what_it_touches_and_a_move_of_somebody_else_is_looked_up_whole() {
        let (mut state, mut shown) = (State::unplanned(), Shown::default());
        let (sender, mut view) = watch::channel(None);
        let mut events = events().into_iter();
        for event in events.by_ref().take(2) {
            shown.moved(&next(&mut state, event));
        }
        shown.show(&state, &sender);
        // `b` is not touched by what happens to `a`.
        sender.send_modify(|view| view.as_mut().unwrap().nodes[1].attempt = 77);
        shown.moved(&next(&mut state, events.next().unwrap()));
        shown.show(&state, &sender);
        let marked =
            |view: &watch::Receiver<Option<Progress>>| view.borrow().as_ref().unwrap().nodes[1].attempt == 77;
        assert!(marked(&view));
        let _untold = next(&mut state, events.next().unwrap());
        shown.show(&state, &sender);
        assert!(!marked(&view));
        view.mark_unchanged();
        shown.show(&state, &sender);
        assert!(!view.has_changed().unwrap(), "nothing has moved");
    }
}
