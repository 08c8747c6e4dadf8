//! One entry of `[versions]`: what it says by itself, every field checked, every fault reported.

use crate::ProblemKind;
use crate::findings::Findings;
use crate::manifest::{Table, Value, described, shown, warn_of_unknown_keys};
use crate::requirement::{BadRequirement, Requirement, parse_requirement};
use domain_types::{AssetName, CommitSha, RepoName, TagName};
use semver::Version;
use serde_spanned::Spanned;
use std::borrow::Cow;

/// Requirements of one component: a repository that needs more is not one component.
const REQUIRES_MAX: usize = 1_000;

/// Binaries of one component: more would be a mistake in generating the manifest.
const BINARIES_MAX: usize = 1_000;

const ENTRY_KEYS: [&str; 5] = ["version", "git_tag", "git_commit", "requires", "binaries"];

/// Something of the text and the byte offset where it stands.
pub(crate) type At<T> = (T, usize);

/// One entry; fields that were at fault are absent, and were reported.
pub(crate) struct Entry {
    pub(crate) name: RepoName,
    pub(crate) at: usize,
    pub(crate) version: EntryVersion,
    pub(crate) tag: Option<TagName>,
    pub(crate) pin: Option<At<CommitSha>>,
    pub(crate) requires: Vec<At<Requirement>>,
    pub(crate) binaries: Vec<At<AssetName>>,
}

/// The version of an entry.
pub(crate) enum EntryVersion {
    /// The `version` of a table entry.
    Known(Version),
    /// A flat entry, and the version within its tag, if its tag is one.
    Flat(Option<Version>),
    /// At fault; already reported.
    Broken,
}

type Key<'t> = Spanned<Cow<'t, str>>;

/// The entry, or nothing if its name is at fault.
pub(crate) fn read_entry(key: &Key<'_>, value: &Value<'_>, findings: &mut Findings<'_>) -> Option<Entry> {
    let at = key.span().start;
    let name: RepoName = match key.get_ref().parse() {
        Ok(name) => name,
        Err(invalid) => {
            findings.error(
                ProblemKind::BadName,
                at,
                invalid,
                "give the repository the name of its folder",
            );
            return None;
        }
    };
    let mut entry = Entry {
        name,
        at,
        version: EntryVersion::Broken,
        tag: None,
        pin: None,
        requires: Vec::new(),
        binaries: Vec::new(),
    };
    if let Some(tag) = value.get_ref().as_str() {
        read_flat(&mut entry, tag, value.span().start, findings);
    } else if let Some(table) = value.get_ref().as_table() {
        read_table(&mut entry, table, findings);
    } else {
        let message = format!(
            "{} is {}, expected a table or the text of a tag",
            entry.name,
            described(value)
        );
        let remedy = "write { version = \"0.1.0\", git_tag = \"v0.1.0\" }";
        findings.error(ProblemKind::BadSyntax, value.span().start, message, remedy);
    }
    Some(entry)
}

/// The value of a flat entry is its tag, whatever it is called (`v0.1.0-locked`).
fn read_flat(entry: &mut Entry, text: &str, at: usize, findings: &mut Findings<'_>) {
    entry.tag = read_tag(entry, (text, at), findings);
    entry.version = EntryVersion::Flat(Version::parse(text.strip_prefix('v').unwrap_or(text)).ok());
}

fn read_table(entry: &mut Entry, table: &Table<'_>, findings: &mut Findings<'_>) {
    warn_of_unknown_keys(table, &ENTRY_KEYS, entry.name.as_str(), findings);
    read_version(entry, table, findings);
    read_tag_of_version(entry, table, findings);
    read_pin(entry, table, findings);
    read_requires(entry, table, findings);
    read_binaries(entry, table, findings);
}

fn read_version(entry: &mut Entry, table: &Table<'_>, findings: &mut Findings<'_>) {
    let Some((text, at)) = text_of(entry, table, ("version", ProblemKind::BadVersion), findings) else {
        return;
    };
    match Version::parse(text) {
        Ok(version) => entry.version = EntryVersion::Known(version),
        Err(because) => {
            let message = format!("{} has the version \"{}\": {because}", entry.name, shown(text));
            let remedy = match text.strip_prefix('v').filter(|rest| Version::parse(rest).is_ok()) {
                Some(rest) => format!("write version = \"{rest}\"; the v belongs to git_tag"),
                None => "write X.Y.Z, optionally with a prerelease (https://semver.org)".to_owned(),
            };
            findings.error(ProblemKind::BadVersion, at, message, remedy);
        }
    }
}

/// The tag of a table entry is `v` and its version, nothing else.
fn read_tag_of_version(entry: &mut Entry, table: &Table<'_>, findings: &mut Findings<'_>) {
    let Some((text, at)) = text_of(entry, table, ("git_tag", ProblemKind::BadTag), findings) else {
        return;
    };
    entry.tag = read_tag(entry, (text, at), findings);
    let EntryVersion::Known(version) = &entry.version else {
        return;
    };
    if entry
        .tag
        .as_ref()
        .is_some_and(|tag| tag.as_str() != format!("v{version}"))
    {
        let message = format!("{} has the version {version} but the tag {text}", entry.name);
        let remedy = format!("write git_tag = \"v{version}\", or the version that the tag stands for");
        findings.error(ProblemKind::BadTag, at, message, remedy);
    }
}

fn read_tag(entry: &Entry, (text, at): (&str, usize), findings: &mut Findings<'_>) -> Option<TagName> {
    let refused = |invalid: domain_types::Invalid| {
        let message = format!("{} has no usable tag: {invalid}", entry.name);
        findings.error(
            ProblemKind::BadTag,
            at,
            message,
            "write v and the version, such as v0.1.0",
        );
    };
    text.parse().map_err(refused).ok()
}

fn read_pin(entry: &mut Entry, table: &Table<'_>, findings: &mut Findings<'_>) {
    if !table.contains_key("git_commit") {
        return;
    }
    let Some((text, at)) = text_of(entry, table, ("git_commit", ProblemKind::BadCommit), findings) else {
        return;
    };
    if text.is_empty() {
        return;
    }
    match text.parse() {
        Ok(commit) => entry.pin = Some((commit, at)),
        Err(invalid) => {
            let message = format!("{} is pinned to what is no commit: {invalid}", entry.name);
            let remedy = "write the full commit id of the tag, or \"\" for no pin";
            findings.error(ProblemKind::BadCommit, at, message, remedy);
        }
    }
}

fn read_requires(entry: &mut Entry, table: &Table<'_>, findings: &mut Findings<'_>) {
    for (text, at) in texts_of(entry, table, ("requires", REQUIRES_MAX), findings) {
        match parse_requirement(text) {
            Ok(requirement) => entry.requires.push((requirement, at)),
            Err(BadRequirement::Name(invalid)) => {
                let message = format!("{} requires a name that cannot be one: {invalid}", entry.name);
                findings.error(
                    ProblemKind::BadName,
                    at,
                    message,
                    "write NAME=VERSION, such as \"library=0.1.0\"",
                );
            }
            Err(BadRequirement::Range { text, because }) => {
                let message = format!(
                    "{} requires the version \"{}\": {because}",
                    entry.name,
                    shown(&text)
                );
                let remedy = "write =X.Y.Z or a range such as >=0.1,<1";
                findings.error(ProblemKind::BadVersion, at, message, remedy);
            }
        }
    }
}

fn read_binaries(entry: &mut Entry, table: &Table<'_>, findings: &mut Findings<'_>) {
    for (text, at) in texts_of(entry, table, ("binaries", BINARIES_MAX), findings) {
        match text.parse() {
            Ok(binary) => entry.binaries.push((binary, at)),
            Err(invalid) => {
                let message = format!(
                    "{} has the binary {:?}, which cannot be a file of a release: {}",
                    entry.name, invalid.text, invalid.rule
                );
                findings.error(
                    ProblemKind::BadName,
                    at,
                    message,
                    "write the base name of the program",
                );
            }
        }
    }
}

/// The text of a key that must be there; its absence is a problem of the key's own kind, at the entry.
fn text_of<'t>(
    entry: &Entry,
    table: &'t Table<'_>,
    (key, kind): (&str, ProblemKind),
    findings: &mut Findings<'_>,
) -> Option<At<&'t str>> {
    let Some(value) = table.get(key) else {
        let remedy = format!("add {key}, as in {{ version = \"0.1.0\", git_tag = \"v0.1.0\" }}");
        findings.error(kind, entry.at, format!("{} has no {key}", entry.name), remedy);
        return None;
    };
    let text = value.get_ref().as_str();
    if text.is_none() {
        let message = format!("{key} of {} is {}, expected a text", entry.name, described(value));
        findings.error(
            ProblemKind::BadSyntax,
            value.span().start,
            message,
            "put the value in double quotes",
        );
    }
    text.map(|text| (text, value.span().start))
}

/// The texts of a list that may be absent.
fn texts_of<'t>(
    entry: &Entry,
    table: &'t Table<'_>,
    (key, count_max): (&str, usize),
    findings: &mut Findings<'_>,
) -> Vec<At<&'t str>> {
    let Some(value) = table.get(key) else {
        return Vec::new();
    };
    let at = value.span().start;
    let Some(items) = value.get_ref().as_array() else {
        let message = format!(
            "{key} of {} is {}, expected a list of texts",
            entry.name,
            described(value)
        );
        findings.error(
            ProblemKind::BadSyntax,
            at,
            message,
            format!("write {key} = [\"...\"]"),
        );
        return Vec::new();
    };
    if items.len() > count_max {
        let message = format!(
            "{key} of {} has {} items, more than {count_max}",
            entry.name,
            items.len()
        );
        findings.error(
            ProblemKind::TooLarge,
            at,
            message,
            "divide the repository, or correct the list",
        );
        return Vec::new();
    }
    let text_at = |item: &'t Value<'_>| match item.get_ref().as_str() {
        Some(text) => Some((text, item.span().start)),
        None => {
            let message = format!(
                "{key} of {} has {}, expected only texts",
                entry.name,
                described(item)
            );
            findings.error(
                ProblemKind::BadSyntax,
                item.span().start,
                message,
                "put the item in double quotes",
            );
            None
        }
    };
    items.iter().filter_map(text_at).collect()
}
