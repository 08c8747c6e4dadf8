//! The report of a build is heard by the process whose child the build is, as long as that process lives.

use crate::oracle::{Violation, decoded, require};
use crate::script::Hosting;
use crate::world::{Inner, World};
use domain_types::BuildId;
use orchestrator::Event;
use storage::Step;

/// A build that ran out of time must not have ended before under the eyes of its parent.
pub(crate) fn check(world: &World, inner: &Inner, step: &Step) -> Result<(), Violation> {
    if world.script.hosting != Hosting::Own || step.event_kind != "run_timeout" {
        return Ok(());
    }
    let Event::RunTimeout { node, attempt } = decoded::<Event>(&step.event)? else {
        return Ok(());
    };
    let build = BuildId {
        release: step.release.clone(),
        node,
        attempt,
    };
    let Some(parent) = inner.builds.ended_under(&build) else {
        return Ok(());
    };
    // What waits in the channel still will be heard; what is in the inbox was.
    let has_taken_all = inner.channels.values().any(|(process, door)| {
        (process.number, process.incarnation) == parent
            && process.is_alive()
            && door.capacity() == door.max_capacity()
    });
    let announced = ["build_succeeded", "build_failed"]
        .map(|label| format!("report/{}/{build}/{label}", build.release))
        .iter()
        .any(|key| inner.oracle.stored.contains_key(key));
    require("E9", announced || !has_taken_all, || {
        format!("{build} ended, was reported, and runs out of time")
    })
}
