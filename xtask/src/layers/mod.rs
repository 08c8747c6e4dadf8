//! Fails on any arrow between rooms that the architecture's table does not allow, and on impure dependencies of pure rooms.

mod table;

#[cfg(test)]
mod tests;

use crate::report::Broken;
use crate::workspace::{self, Dependency, Metadata, Package};
use anyhow::Result;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
pub(crate) use table::PURE;
use table::{HOMES, IMPURE, LeansOn, ROOMS, Room, TEST_ONLY};

/// All forbidden arrows of the workspace, sorted by manifest.
pub(crate) fn check(root: &Path) -> Result<Vec<Broken>> {
    let metadata = workspace::metadata(root, true)?;
    Ok(check_metadata(root, &metadata))
}

fn check_metadata(root: &Path, metadata: &Metadata) -> Vec<Broken> {
    let mut broken = Vec::new();
    for package in metadata.members() {
        let manifest = package
            .manifest_path
            .strip_prefix(root)
            .unwrap_or(&package.manifest_path);
        let say = |what: String| Broken::at(manifest, 0, what);
        match ROOMS.iter().find(|room| room.package == package.name) {
            None => broken.push(say(format!(
                "`{}` is no room of the table: decide its arrows in xtask/src/layers",
                package.name
            ))),
            Some(room) => broken.extend(arrows(room, package).into_iter().map(say)),
        }
        broken.extend(homes(package).into_iter().map(say));
        if PURE.contains(&package.name.as_str()) {
            broken.extend(impurities(package, metadata).into_iter().map(say));
        }
    }
    broken.sort();
    broken
}

/// Arrows to our own rooms that the table does not allow; tests obey it too, but may lean on the test kit.
fn arrows(room: &Room, package: &Package) -> Vec<String> {
    let ours = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.path.is_some());
    let forbidden = ours.filter(|dependency| !may_lean(room, dependency));
    forbidden
        .map(|dependency| {
            format!(
                "`{}` may not lean on `{}`: {}",
                room.package, dependency.name, room.because
            )
        })
        .collect()
}

fn may_lean(room: &Room, on: &Dependency) -> bool {
    if TEST_ONLY.contains(&on.name.as_str()) && on.kind.as_deref() == Some("dev") {
        return true;
    }
    match room.leans_on {
        LeansOn::These(allowed) => allowed.contains(&on.name.as_str()),
        LeansOn::AllBut(forbidden) => !forbidden.contains(&on.name.as_str()),
    }
}

/// Packages of others that are used outside of their one home. Tests may use them anywhere.
fn homes(package: &Package) -> Vec<String> {
    let shipped = package
        .dependencies
        .iter()
        .filter(|dependency| dependency.kind.as_deref() != Some("dev"));
    let mut found = Vec::new();
    for dependency in shipped {
        let home = HOMES
            .iter()
            .find(|(name, rooms, _)| *name == dependency.name && !rooms.contains(&package.name.as_str()));
        if let Some((name, rooms, because)) = home {
            found.push(format!(
                "`{}` may not use `{name}`, its home is {}: {because}",
                package.name,
                rooms.join(", ")
            ));
        }
    }
    found
}

/// Impure packages that a pure room reaches, each with the way to it.
fn impurities(package: &Package, metadata: &Metadata) -> Vec<String> {
    let names: BTreeMap<&str, &str> = metadata
        .packages
        .iter()
        .map(|package| (package.id.as_str(), package.name.as_str()))
        .collect();
    let ways = ways_from(&package.id, metadata);
    let name = |id: &str| names.get(id).copied().unwrap_or_default().to_owned();
    let impure = ways.keys().filter(|id| IMPURE.contains(&name(id).as_str()));
    impure
        .map(|id| {
            let mut way = vec![name(id)];
            let mut at = *id;
            while let Some(Some(before)) = ways.get(at) {
                way.push(name(before));
                at = before;
            }
            way.reverse();
            format!(
                "a pure room reaches `{}` ({}): time, randomness and IO enter as data",
                name(id),
                way.join(" -> ")
            )
        })
        .collect()
}

/// Every package reached over ordinary dependencies, with the one before it on a shortest way. Build scripts and procedural macros
/// run on the developer's machine and are not followed.
fn ways_from<'a>(start: &'a str, metadata: &'a Metadata) -> BTreeMap<&'a str, Option<&'a str>> {
    let nodes = metadata.resolve.iter().flat_map(|resolve| &resolve.nodes);
    let nodes: BTreeMap<&str, _> = nodes.map(|node| (node.id.as_str(), node)).collect();
    let macros = procedural_macros(metadata);
    let mut ways = BTreeMap::from([(start, None)]);
    let mut queue = vec![start];
    while !queue.is_empty() {
        let mut next = Vec::new();
        for id in queue {
            let edges = nodes.get(id).into_iter().flat_map(|node| &node.deps);
            for edge in edges.filter(|edge| edge.dep_kinds.iter().any(|kind| kind.kind.is_none())) {
                if !macros.contains(edge.pkg.as_str()) && !ways.contains_key(edge.pkg.as_str()) {
                    ways.insert(&edge.pkg, Some(id));
                    next.push(edge.pkg.as_str());
                }
            }
        }
        queue = next;
    }
    ways
}

fn procedural_macros(metadata: &Metadata) -> BTreeSet<&str> {
    let is_macro = |package: &&Package| {
        package
            .targets
            .iter()
            .any(|target| target.kind.iter().any(|kind| kind == "proc-macro"))
    };
    metadata
        .packages
        .iter()
        .filter(is_macro)
        .map(|package| package.id.as_str())
        .collect()
}
