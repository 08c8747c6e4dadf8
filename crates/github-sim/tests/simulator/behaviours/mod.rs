//! Behaviours that GitHub's schemas do not say, a story each. `docs/github-behaviours.md` lists them with their sources.

/// Stories: each is a test of its own, and all of them together are what the description of the API is held against.
macro_rules! stories {
    ($(fn $name:ident($play:ident) $body:block)*) => {
        /// All stories of this file by name.
        pub(crate) const STORIES: &[$crate::behaviours::Story] = &[$((stringify!($name), told::$name)),*];

        mod told {
            #[allow(unused_imports, reason = "not every file of stories needs all of it")]
            use super::*;

            $(pub(super) fn $name($play: &mut $crate::play::Play) $body)*
        }

        $(#[test]
        fn $name() {
            told::$name(&mut $crate::play::Play::begin());
        })*
    };
}

mod apps;
mod artifacts;
mod dispatches;
mod gate;
mod git;
mod limits;
mod pulls;
mod queue;
mod refs;
mod releases;
mod runs;
mod setup;
mod webhooks;

use crate::play::Play;

/// A story and its name.
pub(crate) type Story = (&'static str, fn(&mut Play));

/// All stories by name.
pub(crate) fn all() -> Vec<Story> {
    [
        apps::STORIES,
        artifacts::STORIES,
        dispatches::STORIES,
        gate::STORIES,
        limits::STORIES,
        pulls::STORIES,
        queue::STORIES,
        refs::STORIES,
        releases::STORIES,
        runs::STORIES,
        setup::STORIES,
        webhooks::STORIES,
    ]
    .concat()
}
