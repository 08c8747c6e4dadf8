//! Bugs put in by hand, so that the simulation can show that it finds bugs: which there are, and which one is armed.
//!
//! They are built in with the feature `seeded-bugs` only, off by default; a binary that has them refuses to start. A spot
//! in the code is one `if` that asks [`seeded_bug`] by name, and there is one spot for each name of the list.
//!
//! The armed name is the only state of this crate that lasts: it is set once by whoever simulates, never by the world,
//! and does not exist without the feature. A parameter in its place would change every signature that it is to test.

mod list;

pub use list::SEEDED_BUGS;

#[cfg(feature = "seeded-bugs")]
use crate::Invalid;
#[cfg(feature = "seeded-bugs")]
use std::sync::OnceLock;

/// Whether this program was built with bugs in it.
pub const SEEDED_BUGS_BUILT_IN: bool = cfg!(feature = "seeded-bugs");

/// A bug put in by hand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SeededBug {
    /// Its name, as its spot has it.
    pub name: &'static str,
    /// The crate that it is in.
    pub room: &'static str,
    /// The invariant that it breaks, by its number in the design: `E` the state machine (`E9` and `E10` are about what
    /// must happen in the end), `F` effects, `G` artifacts, `H` storage, `I` leases.
    pub breaks: &'static str,
    /// What it does, in one sentence.
    pub does: &'static str,
}

#[cfg(feature = "seeded-bugs")]
static ARMED: OnceLock<&'static str> = OnceLock::new();

/// Whether this bug is armed. Never, and nothing of it is left in the program, unless bugs are built in.
#[cfg(not(feature = "seeded-bugs"))]
#[inline(always)]
pub const fn seeded_bug(_name: &'static str) -> bool {
    false
}

/// Whether this bug is armed: one load and one comparison, for simulations that come by millions of times.
#[cfg(feature = "seeded-bugs")]
#[inline]
pub fn seeded_bug(name: &'static str) -> bool {
    ARMED.get().is_some_and(|armed| *armed == name)
}

/// Arms one bug for the rest of this process. Arming it again changes nothing.
///
/// # Errors
/// [`Invalid`] if there is no bug of this name, or another one is armed already.
#[cfg(feature = "seeded-bugs")]
pub fn arm_seeded_bug(name: &str) -> Result<(), Invalid> {
    let known = SEEDED_BUGS.iter().find(|bug| bug.name == name);
    match known.map(|bug| *ARMED.get_or_init(|| bug.name)) {
        Some(armed) if armed == name => Ok(()),
        Some(_) | None => Err(Invalid::new(
            "seeded bug that can be armed",
            name,
            "it is in the list, and no other one was armed in this process",
        )),
    }
}
