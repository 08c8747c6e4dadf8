//! Stand-in.
use orchestrator::{Event, State};
/// Pair.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Pair {
    /// Phase.
    pub phase: &'static str,
    /// Node.
    pub node: Option<&'static str>,
    /// Event.
    pub event: &'static str,
}
/// Pair of.
pub fn pair_of(state: &State, event: &Event) -> Pair {
    Pair {
        phase: state.phase().label(),
        node: None,
        event: event.label(),
    }
}
