//! What an App of this program may do and hears: the manifests from which an organisation makes its Apps, and what of it a release
//! cannot do without.

use super::finding::Severity;
use super::role::Role;
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// From these an organisation makes its Apps.
const MANIFESTS: [(Role, &str); 2] = [
    (
        Role::Gate,
        include_str!("../../../../../deploy/github-app-gate.json"),
    ),
    (
        Role::Release,
        include_str!("../../../../../deploy/github-app-release.json"),
    ),
];

/// A permission that a release cannot do without.
pub(super) struct Need {
    /// Whose.
    roles: &'static [Role],
    pub(super) name: &'static str,
    pub(super) level: &'static str,
    /// How much it matters.
    pub(super) severity: Severity,
    /// What would not be without it.
    pub(super) why: &'static str,
}

/// What a release needs of an App.
pub(super) fn needed(role: Role) -> impl Iterator<Item = &'static Need> {
    NEEDED.iter().filter(move |need| need.roles.contains(&role))
}

const NEEDED: [Need; 5] = [
    Need {
        roles: &[Role::Sole, Role::Gate],
        name: "actions",
        level: "write",
        severity: Severity::Error,
        why: "builds could not be started, followed or fetched",
    },
    Need {
        roles: &[Role::Gate],
        name: "contents",
        level: "read",
        severity: Severity::Error,
        why: "tags, manifests and workflow files could not be read",
    },
    Need {
        roles: &[Role::Sole, Role::Release],
        name: "contents",
        level: "write",
        severity: Severity::Error,
        why: "no release could be drafted or published",
    },
    Need {
        roles: &[Role::Sole, Role::Gate, Role::Release],
        name: "metadata",
        level: "read",
        severity: Severity::Error,
        why: "repositories could not be seen",
    },
    Need {
        roles: &[Role::Sole, Role::Gate],
        name: "statuses",
        level: "write",
        severity: Severity::Warning,
        why: "a release's progress could not be shown on its commit",
    },
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

/// What manifests ask for.
pub(super) struct Asked {
    /// Permissions, at the highest level that one of them asks for.
    pub(super) permissions: BTreeMap<String, String>,
    /// Events.
    pub(super) events: BTreeSet<String>,
}

/// What the manifest of an App asks for; of one that does everything, what all of them do.
pub(super) fn asked(role: Role) -> Asked {
    let mut asked = Asked {
        permissions: BTreeMap::new(),
        events: BTreeSet::new(),
    };
    let of_role = |(of, _): &&(Role, &str)| role == Role::Sole || *of == role;
    // A manifest that cannot be read asks for nothing; a test sees that all can be.
    let manifests = MANIFESTS.iter().filter(of_role);
    for manifest in manifests.filter_map(|(_, text)| read(text)) {
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
        assert!(MANIFESTS.iter().all(|(_, text)| read(text).is_some()));
        for role in [Role::Sole, Role::Gate, Role::Release] {
            let asked = asked(role);
            assert!(needed(role).count() > 1, "{role:?}");
            for need in needed(role) {
                let known = asked.permissions.get(need.name);
                assert!(
                    known.is_some_and(|known| covers(known, need.level)),
                    "{role:?} {}: {known:?}",
                    need.name
                );
            }
            for (event, ..) in HEARD {
                assert_eq!(asked.events.contains(event), role.hears(), "{role:?} {event}");
            }
        }
        // What may publish may not build, and what builds may not publish.
        assert_eq!(asked(Role::Gate).permissions["contents"], "read");
        assert!(!asked(Role::Release).permissions.contains_key("actions"));
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
