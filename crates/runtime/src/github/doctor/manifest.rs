//! What an App of this program may do and hears: the manifests from which an organisation makes its Apps, and what of it a release
//! cannot do without.

use super::finding::Severity;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// From these an organisation makes its Apps.
const MANIFESTS: [&str; 2] = [
    include_str!("../../../../../deploy/github-app-gate.json"),
    include_str!("../../../../../deploy/github-app-release.json"),
];

/// What a release needs, how much it matters, and for what.
pub(super) const NEEDED: [(&str, &str, Severity, &str); 4] = [
    (
        "actions",
        "write",
        Severity::Error,
        "builds could not be started, followed or fetched",
    ),
    (
        "contents",
        "write",
        Severity::Error,
        "no release could be drafted or published",
    ),
    (
        "metadata",
        "read",
        Severity::Error,
        "repositories could not be seen",
    ),
    (
        "statuses",
        "write",
        Severity::Warning,
        "a release's progress could not be shown on its commit",
    ),
];

/// The events that a release hears, how much it matters, and for what.
pub(super) const HEARD: [(&str, Severity, &str); 3] = [
    ("push", Severity::Error, "a pushed tag would start no release"),
    (
        "workflow_run",
        Severity::Warning,
        "the end of a build would be seen only when it is looked for",
    ),
    (
        "workflow_job",
        Severity::Warning,
        "the begin of a build would be seen only when it is looked for",
    ),
];

#[derive(Deserialize)]
struct Manifest {
    default_permissions: BTreeMap<String, String>,
    default_events: BTreeSet<String>,
}

/// What all manifests together ask for.
pub(super) struct Asked {
    /// Permissions, at the highest level that one of them asks for.
    pub(super) permissions: BTreeMap<String, String>,
    /// Events.
    pub(super) events: BTreeSet<String>,
}

/// What all manifests together ask for.
pub(super) fn asked() -> Asked {
    let mut asked = Asked {
        permissions: BTreeMap::new(),
        events: BTreeSet::new(),
    };
    // A manifest that cannot be read asks for nothing; a test sees that all can be.
    for manifest in MANIFESTS.iter().filter_map(|text| read(text)) {
        for (name, level) in manifest.default_permissions {
            let known = asked.permissions.entry(name).or_insert_with(|| level.clone());
            if !covers(known, &level) {
                *known = level;
            }
        }
        asked.events.extend(manifest.default_events);
    }
    asked
}

fn read(text: &str) -> Option<Manifest> {
    serde_json::from_str(text).ok()
}

/// Whether one level of a permission includes another.
pub(super) fn covers(granted: &str, needed: &str) -> bool {
    granted == needed || granted == "admin" || (granted == "write" && needed == "read")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_manifests_ask_for_what_a_release_needs() {
        assert!(MANIFESTS.iter().all(|text| read(text).is_some()));
        let asked = asked();
        for (name, level, ..) in NEEDED {
            let known = asked.permissions.get(name);
            assert!(
                known.is_some_and(|known| covers(known, level)),
                "{name}: {known:?}"
            );
        }
        for (event, ..) in HEARD {
            assert!(asked.events.contains(event), "{event}");
        }
    }

    #[test]
    fn a_level_includes_those_below_it() {
        let rows = [
            ("write", "read", true),
            ("admin", "write", true),
            ("read", "read", true),
            ("read", "write", false),
            ("", "read", false),
        ];
        for (granted, needed, expected) in rows {
            assert_eq!(covers(granted, needed), expected, "{granted} {needed}");
        }
    }
}
