//! `kill -9` at every moment, and the same command again: one release, byte-equal to the undisturbed one, no finished
//! build begun again, never two live builds in one tree, the user's repositories as they were.
//!
//! **Finished**, here, is a build whose durable status says so: the file `status` with `exit 0` in its run folder. Its last
//! line in the log comes earlier; a kill between the two may cost the build, for nobody could know that it had succeeded.
//! What counts is the begin: a build's script writes a line to a log outside of the tree with its process id before
//! anything else, and that log must not grow for a build that had finished when `governance` was killed.
//!
//! **Two live builds in one tree** are looked for twice. Each build's script takes a lock outside of the tree, which its
//! whole process tree inherits and the kernel gives back when the last of them is gone; who finds it taken says so. And
//! the process table is looked at all the time: no two process groups work in one tree.
//!
//! The moments are spread by a seed, which is printed; `HOUSE_TESTS_SEED` sets another one.

#![allow(clippy::unwrap_used, reason = "a play that cannot be set up is a failed play")]
#![allow(
    clippy::print_stdout,
    reason = "which moments were hit is shown with a failure, and on demand"
)]

mod chance;
mod commands;
mod demo;
mod moment;
mod moments;
mod orphan;
mod repeated;
mod reproducible;
mod stage;
mod wait;
mod watch;
