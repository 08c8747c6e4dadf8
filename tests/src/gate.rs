//! A gate in a build: the build says that it is there and waits until the play opens it.

use crate::organisation::Organisation;
use crate::surroundings::must;
use std::fs;
use std::path::PathBuf;
use std::time::Duration;

/// Between two looks at what no event announces; the plays' time is spent in builds, not here.
const LOOK: Duration = Duration::from_millis(10);
/// Looks before a play gives up: two minutes, far more than a build of a play takes on a busy machine.
const LOOKS_MAX: u32 = 12_000;

/// A gate of an organisation's builds. Builds find it by its name, through a line of [`Gate::line`] in their script.
#[derive(Debug, Clone)]
pub struct Gate {
    folder: PathBuf,
    name: String,
}

impl Gate {
    /// The line of a build script that waits at this gate. A build whose play is over waits no longer.
    pub fn line(name: &str) -> String {
        let beside = "../../../..";
        format!(
            ": > {beside}/{name}.reached\n\
             until [ -e {beside}/{name}.open ] || [ ! -d {beside}/workspace ]; do sleep 0.05; done\n"
        )
    }

    /// Waits until a build is at the gate.
    ///
    /// # Panics
    ///
    /// If none comes within minutes.
    #[track_caller]
    pub fn is_reached(&self) {
        let reached = self.folder.join(format!("{}.reached", self.name));
        until(&format!("a build reaches the gate {}", self.name), || {
            reached.exists()
        });
    }

    /// Whether a build ever came to the gate.
    pub fn was_reached(&self) -> bool {
        self.folder.join(format!("{}.reached", self.name)).exists()
    }

    /// Lets every build pass, now and later.
    #[track_caller]
    pub fn open(&self) {
        must(
            "open a gate",
            fs::write(self.folder.join(format!("{}.open", self.name)), ""),
        );
    }
}

impl Organisation {
    /// The gate of this name.
    pub fn gate(&self, name: &str) -> Gate {
        Gate {
            folder: self.folder().to_owned(),
            name: name.to_owned(),
        }
    }
}

/// Waits for something that no event announces, such as the end of somebody else's process.
///
/// # Panics
///
/// If it does not come within minutes.
#[track_caller]
#[allow(
    clippy::disallowed_methods,
    reason = "other processes tell us nothing; bounded, and no play's outcome depends on how long it takes"
)]
pub fn until(what: &str, is_so: impl Fn() -> bool) {
    for _ in 0..LOOKS_MAX {
        if is_so() {
            return;
        }
        std::thread::sleep(LOOK);
    }
    panic!("waited in vain until {what}");
}
