//! Compares the entries of a manifest with each other and with the configuration, and makes components of them.

use crate::checks::{
    Links, report_colliding_archives, report_colliding_binaries, report_cycles, report_itself,
    report_mismatch, report_no_platform, report_twice,
};
use crate::entry::{Entry, EntryVersion};
use crate::findings::Findings;
use crate::manifest::Manifest;
use crate::names::{Names, nearest_name};
use crate::{Component, PlanOptions, ProblemKind, RepositoryOptions};
use domain_types::{Platform, RepoName};
use std::collections::BTreeMap;

/// Unknown names for which a similar one is looked for: each search reads all names.
const SUGGESTIONS_MAX: usize = 10;

/// How messages call a link that `[release.after]` makes.
const AFTER: &str = "is configured to come after";

/// Everything that is needed to understand a name.
struct Resolver<'m> {
    manifest: &'m Manifest,
    options: &'m PlanOptions,
    names: Names<'m>,
    /// Index of the entry, by the name under which the configuration has its repository.
    entry_of_group: BTreeMap<&'m RepoName, usize>,
    suggestions: usize,
}

/// The components, in name order. They form a plan only if nothing was found at fault.
pub(crate) fn resolve(
    manifest: &Manifest,
    options: &PlanOptions,
    findings: &mut Findings<'_>,
) -> Vec<Component> {
    let mut resolver = Resolver::new(manifest, options, findings);
    let links: Vec<Links> = (0..manifest.entries.len())
        .map(|index| resolver.links(index, findings))
        .collect();
    let links = resolver.add_after(links, findings);
    report_cycles(&manifest.entries, &links, findings);
    report_colliding_binaries(&manifest.entries, |entry| resolver.platforms(entry), findings);
    for entry in &manifest.entries {
        report_no_platform(entry, resolver.platforms(entry), findings);
    }
    let entries = manifest.entries.iter().zip(&links);
    let components: Vec<Component> = entries
        .filter_map(|(entry, links)| resolver.component(entry, links))
        .collect();
    report_colliding_archives(&components, (options, manifest), findings);
    components
}

impl<'m> Resolver<'m> {
    fn new(manifest: &'m Manifest, options: &'m PlanOptions, findings: &mut Findings<'_>) -> Self {
        let names = Names::new(options);
        let mut entry_of_group = BTreeMap::new();
        for (index, entry) in manifest.entries.iter().enumerate() {
            let group = names.group(&entry.name);
            let first: usize = *entry_of_group.entry(group).or_insert(index);
            if first != index {
                let other = &manifest.entries[first].name;
                let message = format!(
                    "{} and {other} are the same repository by the configured aliases",
                    entry.name
                );
                findings.error(
                    ProblemKind::Duplicate,
                    entry.at,
                    message,
                    "keep one of the entries, or the alias out",
                );
            }
        }
        let resolver = Self {
            manifest,
            options,
            names,
            entry_of_group,
            suggestions: 0,
        };
        resolver.report_clashes(findings);
        resolver
    }

    /// An alias of two repositories is at fault where the manifest has one of them.
    fn report_clashes(&self, findings: &mut Findings<'_>) {
        for [alias, first, second] in &self.names.clashes {
            let concerned = [first, second]
                .into_iter()
                .find_map(|group| self.entry_of_group.get(*group));
            if let Some(index) = concerned {
                let message = format!("{alias} is configured as a name of {first} and of {second}");
                let remedy = "let it be an alias of one of them";
                findings.error(
                    ProblemKind::Duplicate,
                    self.manifest.entries[*index].at,
                    message,
                    remedy,
                );
            }
        }
    }

    /// The entry that a name means: the one of that name, else the one of the same repository.
    fn index(&self, name: &RepoName) -> Option<usize> {
        self.manifest
            .index(name)
            .or_else(|| self.entry_of_group.get(self.names.group(name)).copied())
    }

    fn links(&mut self, index: usize, findings: &mut Findings<'_>) -> Links {
        let mut links = Links::default();
        let manifest = self.manifest;
        let entry = &manifest.entries[index];
        let mut seen = BTreeMap::new();
        for (requirement, at) in &entry.requires {
            match self.index(&requirement.name) {
                None => self.report_unknown(entry, &requirement.name, ("requires", *at), findings),
                Some(needed) if needed == index => report_itself(entry, ("requires", *at), findings),
                Some(needed) => {
                    report_mismatch(entry, (requirement, *at), &manifest.entries[needed], findings);
                    if seen.insert(needed, ()).is_some() {
                        report_twice(entry, &manifest.entries[needed].name, *at, findings);
                    } else {
                        links.requires.push((needed, *at));
                    }
                }
            }
        }
        links
    }

    /// Adds `[release.after]`; its problems are shown at the entry that is to wait.
    fn add_after(&mut self, mut links: Vec<Links>, findings: &mut Findings<'_>) -> Vec<Links> {
        let (manifest, options) = (self.manifest, self.options);
        for (name, befores) in &options.after {
            let Some(index) = self.index(name) else {
                let message =
                    format!("[release.after] of the configuration has {name}, which is not in the manifest");
                findings.warning(
                    ProblemKind::NotReleased,
                    manifest.at,
                    message,
                    "remove it, or correct its name",
                );
                continue;
            };
            let entry = &manifest.entries[index];
            for before in befores {
                match self.index(before) {
                    None => self.report_unknown(entry, before, (AFTER, entry.at), findings),
                    Some(needed) if needed == index => report_itself(entry, (AFTER, entry.at), findings),
                    Some(needed) => links[index].after.push((needed, entry.at)),
                }
            }
        }
        links
    }

    fn report_unknown(
        &mut self,
        entry: &Entry,
        name: &RepoName,
        (verb, at): (&str, usize),
        findings: &mut Findings<'_>,
    ) {
        self.suggestions += 1;
        let known = || self.manifest.entries.iter().map(|entry| entry.name.as_str());
        let suggestion = || nearest_name(name.as_str(), known());
        let remedy = if self.manifest.outside.contains(name.as_str()) {
            format!("{name} is versioned independently of the release; take it out of requires")
        } else if let Some(nearest) = Some(())
            .filter(|()| self.suggestions <= SUGGESTIONS_MAX)
            .and_then(|()| suggestion())
        {
            format!("did you mean {nearest}?")
        } else {
            format!("add {name} to [versions], or configure it as an alias of a component")
        };
        let message = format!("{} {verb} {name}, which is not in [versions]", entry.name);
        findings.error(ProblemKind::UnknownDependency, at, message, remedy);
    }

    fn configured(&self, entry: &Entry) -> Option<&'m RepositoryOptions> {
        self.options.repositories.get(self.names.group(&entry.name))
    }

    fn platforms(&self, entry: &Entry) -> &'m [Platform] {
        let own = self
            .configured(entry)
            .and_then(|options| options.platforms.as_ref());
        own.unwrap_or(&self.options.platforms)
    }

    fn component(&self, entry: &Entry, links: &Links) -> Option<Component> {
        let configured = self.configured(entry);
        let tag = entry.tag.clone()?;
        let version = match &entry.version {
            EntryVersion::Known(version) => version.to_string(),
            EntryVersion::Flat(_) => tag.to_string(),
            EntryVersion::Broken => return None,
        };
        Some(Component {
            name: entry.name.clone(),
            version,
            tag,
            commit: entry.pin.as_ref().map(|(commit, _)| commit.clone()),
            requires: self.names_of(&links.requires),
            after: self.names_of(&links.after),
            binaries: entry.binaries.iter().map(|(binary, _)| binary.clone()).collect(),
            optional: configured.is_some_and(|options| options.optional),
            platforms: self.platforms(entry).to_vec(),
            expected_seconds: configured.and_then(|options| options.expected_seconds),
        })
    }

    fn names_of(&self, links: &[(usize, usize)]) -> Vec<RepoName> {
        links
            .iter()
            .map(|(index, _)| self.manifest.entries[*index].name.clone())
            .collect()
    }
}
