//! Who may lean on whom, as data: the table of the architecture.

use LeansOn::{AllBut, These};

/// A room of the house: its package, what of ours it may lean on, and why not on more.
pub(super) struct Room {
    /// The package's name.
    pub(super) package: &'static str,
    /// What it may lean on.
    pub(super) leans_on: LeansOn,
    /// Said when another arrow is found.
    pub(super) because: &'static str,
}

/// Which of our packages a room may lean on.
pub(super) enum LeansOn {
    /// Exactly these, or fewer.
    These(&'static [&'static str]),
    /// Everything but these.
    AllBut(&'static [&'static str]),
}

/// All rooms, those of later work included, so that a new room begins with its arrows decided.
pub(super) const ROOMS: &[Room] = &[
    Room {
        package: "domain-types",
        leans_on: These(&[]),
        because: "the words of the house know nothing but themselves",
    },
    Room {
        package: "dependency-graph",
        leans_on: These(&["domain-types"]),
        because: "a graph is arithmetic over names; leaves do not know each other",
    },
    Room {
        package: "signatures",
        leans_on: These(&["domain-types"]),
        because: "whether bytes are signed depends on bytes and keys alone",
    },
    Room {
        package: "governance-rules",
        leans_on: These(&["domain-types", "signatures"]),
        because: "a verdict follows from a ruleset and facts, not from where they came from",
    },
    Room {
        package: "orchestrator",
        leans_on: These(&["domain-types", "dependency-graph"]),
        because: "it decides and never acts: no storage, no builds, no GitHub",
    },
    Room {
        package: "artifact-verify",
        leans_on: These(&["domain-types", "signatures"]),
        because: "a verifier must be usable by someone who has only the release",
    },
    Room {
        package: "github-client",
        leans_on: These(&["domain-types"]),
        because: "it speaks to GitHub and knows neither rules nor releases",
    },
    Room {
        package: "storage",
        leans_on: These(&["domain-types"]),
        because: "it keeps rows and does not know what they mean",
    },
    Room {
        package: "effects",
        leans_on: These(&["domain-types", "storage"]),
        because: "it carries out any intent and knows no particular one",
    },
    Room {
        package: "local-build",
        leans_on: These(&["domain-types"]),
        because: "it builds what it is told and knows nothing of releases",
    },
    Room {
        package: "git-mirror",
        leans_on: These(&["domain-types"]),
        because: "it compares what git has and knows nothing of pull requests",
    },
    Room {
        package: "workflow-model",
        leans_on: These(&["domain-types", "dependency-graph"]),
        because: "it says what GitHub would do and asks nobody",
    },
    Room {
        package: "github-sim",
        leans_on: These(&["domain-types", "workflow-model"]),
        because: "a stand-in that used our client would agree with it by construction",
    },
    Room {
        package: "runtime",
        leans_on: These(&[
            "domain-types",
            "dependency-graph",
            "signatures",
            "governance-rules",
            "orchestrator",
            "artifact-verify",
            "github-client",
            "storage",
            "effects",
            "local-build",
            "git-mirror",
            "workflow-model",
        ]),
        because: "the parts meet here; the simulator and the binaries are outside",
    },
    Room {
        package: "governance-server",
        leans_on: AllBut(&["governance-cli", "github-sim", "testkit", "xtask", "house-tests"]),
        because: "the real server needs neither the simulated GitHub nor the hand that serves it",
    },
    Room {
        package: "governance-cli",
        leans_on: AllBut(&["testkit", "xtask", "house-tests"]),
        because: "what ships does not need what tests it",
    },
    Room {
        package: "testkit",
        leans_on: AllBut(&["governance-server", "governance-cli", "xtask", "house-tests"]),
        because: "it is built on the crates, the binaries are tested from outside",
    },
    Room {
        package: "xtask",
        leans_on: AllBut(&[]),
        because: "",
    },
    Room {
        package: "house-tests",
        leans_on: AllBut(&[]),
        because: "",
    },
];

/// What only tests may lean on beside the table: a dev-dependency on it is always allowed.
pub(super) const TEST_ONLY: &[&str] = &["testkit", "github-sim"];

/// Rooms without IO, clock, environment or randomness: time and facts enter as data.
pub(crate) const PURE: &[&str] = &[
    "domain-types",
    "dependency-graph",
    "signatures",
    "governance-rules",
    "orchestrator",
    "workflow-model",
    "artifact-verify",
];

/// Packages that a pure room must not reach, not even through others.
pub(super) const IMPURE: &[&str] = &[
    "tokio",
    "async-std",
    "smol",
    "mio",
    "rand",
    "fastrand",
    "getrandom",
    "reqwest",
    "hyper",
    "octocrab",
    "sqlx",
    "rusqlite",
    "libsqlite3-sys",
    "rustix",
    "nix",
    "chrono",
    "tempfile",
    "async-trait",
];

/// Packages of others that have one home: everybody else goes through that room.
pub(super) const HOMES: &[(&str, &[&str], &str)] = &[
    ("sqlx", &["storage"], "databases are spoken to in one room"),
    ("octocrab", &["github-client"], "GitHub is spoken to in one room"),
    (
        "petgraph",
        &["dependency-graph"],
        "graphs are reckoned with in one room",
    ),
    ("pgp", &["signatures"], "signature schemes live in one room"),
    (
        "anyhow",
        &["governance-server", "governance-cli", "xtask", "house-tests"],
        "libraries have typed errors",
    ),
    (
        "clap",
        &["governance-server", "governance-cli", "xtask"],
        "arguments are read in the binaries",
    ),
    (
        "indicatif",
        &["governance-cli"],
        "progress is shown by the hand that was asked",
    ),
];

#[cfg(test)]
mod tests {
    use super::*;

    /// Binaries and what is for developers only: nobody that ships leans on them.
    const BINS_AND_TOOLS: &[&str] = &[
        "governance-server",
        "governance-cli",
        "testkit",
        "xtask",
        "house-tests",
    ];

    #[test]
    fn no_library_leans_on_a_binary_or_a_tool() {
        for room in ROOMS
            .iter()
            .filter(|room| !BINS_AND_TOOLS.contains(&room.package))
        {
            let LeansOn::These(allowed) = room.leans_on else {
                panic!("{} may lean on everything", room.package)
            };
            assert!(
                allowed.iter().all(|package| !BINS_AND_TOOLS.contains(package)),
                "{}",
                room.package
            );
        }
    }
}
