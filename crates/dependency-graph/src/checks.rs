//! What must hold between entries: each check reports what it finds, at the place that is to be corrected.

use crate::cycle::cycles;
use crate::entry::{Entry, EntryVersion};
use crate::error::arrows;
use crate::findings::Findings;
use crate::graph::edges;
use crate::manifest::Manifest;
use crate::requirement::Requirement;
use crate::{Component, PlanOptions, ProblemKind};
use domain_types::{AssetName, Platform, RepoName};
use std::collections::BTreeMap;

/// What one component waits for: indices of entries, each with the byte offset of the text that says so.
#[derive(Default, Clone)]
pub(crate) struct Links {
    pub(crate) requires: Vec<(usize, usize)>,
    pub(crate) after: Vec<(usize, usize)>,
}

/// `verb`: how the link is made, `requires` or by configuration.
pub(crate) fn report_itself(entry: &Entry, (verb, at): (&str, usize), findings: &mut Findings<'_>) {
    let message = format!("{} {verb} itself", entry.name);
    findings.error(
        ProblemKind::RequiresItself,
        at,
        message,
        "remove its own name from the list",
    );
}

pub(crate) fn report_twice(entry: &Entry, needed: &RepoName, at: usize, findings: &mut Findings<'_>) {
    let message = format!("{} requires {needed} twice", entry.name);
    let remedy = "keep one requirement; a range can be one text: \"NAME>=0.1,<1\"";
    findings.error(ProblemKind::Duplicate, at, message, remedy);
}

/// A requirement must allow the version that the same manifest gives.
pub(crate) fn report_mismatch(
    entry: &Entry,
    (requirement, at): (&Requirement, usize),
    needed: &Entry,
    findings: &mut Findings<'_>,
) {
    let Some(range) = &requirement.range else { return };
    let given = match &needed.version {
        EntryVersion::Broken => return,
        EntryVersion::Known(version) | EntryVersion::Flat(Some(version)) => {
            if requirement.allows(version) {
                return;
            }
            version.to_string()
        }
        EntryVersion::Flat(None) => "a tag that is no version".to_owned(),
    };
    let message = format!(
        "{} requires {} {range}, but {} is {given}",
        entry.name, requirement.name, needed.name
    );
    let remedy = format!(
        "require what the manifest gives, or give {} a version that is allowed",
        needed.name
    );
    findings.error(ProblemKind::VersionMismatch, at, message, remedy);
}

/// Every cycle, at the requirement of its smallest member that leads into it.
pub(crate) fn report_cycles(entries: &[Entry], links: &[Links], findings: &mut Findings<'_>) {
    let needs: Vec<Vec<usize>> = links.iter().map(indices).collect();
    for cycle in cycles(&edges(&needs)) {
        let path: Vec<RepoName> = cycle
            .iter()
            .chain(cycle.first())
            .map(|index| entries[*index].name.clone())
            .collect();
        let (first, next) = (cycle[0], cycle[1 % cycle.len()]);
        let all_links = links[first].requires.iter().chain(&links[first].after);
        let at = all_links
            .filter(|(index, _)| *index == next)
            .map(|(_, at)| *at)
            .next();
        let message = format!("components wait for each other: {}", arrows(&path));
        let remedy = "remove one of these requirements, or one of [release.after] in the configuration";
        findings.error(
            ProblemKind::Cycle,
            at.unwrap_or(entries[first].at),
            message,
            remedy,
        );
    }
}

fn indices(links: &Links) -> Vec<usize> {
    let mut indices: Vec<usize> = links
        .requires
        .iter()
        .chain(&links.after)
        .map(|(index, _)| *index)
        .collect();
    indices.sort_unstable();
    indices.dedup();
    indices
}

pub(crate) fn report_no_platform(entry: &Entry, platforms: &[Platform], findings: &mut Findings<'_>) {
    if platforms.is_empty() {
        let message = format!("{} is configured for no platform", entry.name);
        let remedy = "give it a platform such as linux-x86_64, or leave platforms out for the default";
        findings.error(ProblemKind::BadSyntax, entry.at, message, remedy);
    }
}

/// All binaries of a platform come to lie in one archive, so that no two may have the same name.
pub(crate) fn report_colliding_binaries<'p>(
    entries: &[Entry],
    platforms: impl Fn(&Entry) -> &'p [Platform],
    findings: &mut Findings<'_>,
) {
    let mut owners: BTreeMap<(&str, &Platform), &Entry> = BTreeMap::new();
    let mut in_order: Vec<&Entry> = entries.iter().collect();
    in_order.sort_unstable_by_key(|entry| entry.at);
    for entry in in_order {
        for (binary, at) in &entry.binaries {
            let slots = platforms(entry)
                .iter()
                .map(|platform| (binary.as_str(), platform));
            if let Some(other) = slots.filter_map(|slot| owners.insert(slot, entry)).last() {
                report_same_binary(other, entry, (binary, *at), findings);
            }
        }
    }
}

fn report_same_binary(
    first: &Entry,
    second: &Entry,
    (binary, at): (&AssetName, usize),
    findings: &mut Findings<'_>,
) {
    let message = if first.name == second.name {
        format!("{} lists the binary {binary} twice", second.name)
    } else {
        format!("{} and {} both have the binary {binary}", first.name, second.name)
    };
    let remedy = "let one component have it; the release's archive holds all binaries side by side";
    findings.error(ProblemKind::Duplicate, at, message, remedy);
}

/// No two archives of a release may have the same name, that of the whole release included.
pub(crate) fn report_colliding_archives(
    components: &[Component],
    (options, manifest): (&PlanOptions, &Manifest),
    findings: &mut Findings<'_>,
) {
    let mut owners: BTreeMap<String, &str> = BTreeMap::new();
    if let Some(version) = &options.version {
        owners.insert(format!("{}-{version}", options.release), "the whole release");
    }
    for component in components
        .iter()
        .filter(|component| !component.binaries.is_empty())
    {
        let archive = format!("{}-{}", component.name, component.version_without_v());
        if let Some(other) = owners.insert(archive.clone(), component.name.as_str()) {
            let at = manifest
                .index(&component.name)
                .map_or(manifest.at, |index| manifest.entries[index].at);
            let message = format!(
                "the archives of {} and of {other} would both be {archive}-...",
                component.name
            );
            let remedy = "rename one of them ([release] name in the configuration), or change a version";
            findings.error(ProblemKind::Duplicate, at, message, remedy);
        }
    }
}
