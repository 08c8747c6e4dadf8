//! The text of `versions.toml` and its tables; what a single entry says is in `entry.rs`.
//!
//! Every variant that was ever in use is read: `[versions]` with tag texts (`[release_set]`), with tables, with both;
//! `[modules]` and channel tables such as `[versions.develop]` are recognised and left out of the plan; `[metadata]`
//! is text that nobody interprets (`last_updated = "2025-01-XX"`). Unknown keys are warnings.

use crate::ProblemKind;
use crate::entry::{Entry, read_entry};
use crate::findings::Findings;
use domain_types::RepoName;
use serde_spanned::Spanned;
use std::collections::BTreeSet;
use toml::de::{DeTable, DeValue};

/// Bytes of a manifest: room for [`COMPONENTS_MAX`] components with pins and several requirements each.
pub const TEXT_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Components of a manifest: twice the largest organisation this is meant for.
pub const COMPONENTS_MAX: usize = 20_000;

/// Bytes of a text whose syntax errors are all reported; of a larger one the first, to bound the memory they take.
const RECOVERED_BYTES_MAX: usize = 256 * 1024;

const TOP_LEVEL_KEYS: [&str; 4] = ["versions", "modules", "metadata", "release_set"];
const METADATA_KEYS: [&str; 3] = ["last_updated", "updated_by", "release_notes"];
const RELEASE_SET_KEYS: [&str; 1] = ["id"];

/// Keys that only the tables of a release channel have.
const CHANNEL_KEYS: [&str; 5] = [
    "based_on_stable",
    "dev_prefix",
    "published_at",
    "git_sha",
    "dependencies",
];
/// Keys that only the entries of components have.
const COMPONENT_KEYS: [&str; 4] = ["git_tag", "git_commit", "requires", "binaries"];

/// What a manifest says, entry by entry, not yet compared with each other.
pub(crate) struct Manifest {
    /// Ascending by name.
    pub(crate) entries: Vec<Entry>,
    /// Names of `[modules]` and of channels: known, but not released.
    pub(crate) outside: BTreeSet<String>,
    /// Byte offset of `[versions]`, for problems that no entry is to blame for.
    pub(crate) at: usize,
}

impl Manifest {
    /// The entry of exactly this name.
    pub(crate) fn index(&self, name: &RepoName) -> Option<usize> {
        self.entries.binary_search_by(|entry| entry.name.cmp(name)).ok()
    }
}

pub(crate) type Table<'t> = DeTable<'t>;
pub(crate) type Value<'t> = Spanned<DeValue<'t>>;

/// Reads what can be read; `None` if there is nothing to go on with.
pub(crate) fn read_manifest(text: &str, findings: &mut Findings<'_>) -> Option<Manifest> {
    if text.len() > TEXT_BYTES_MAX {
        let message = format!(
            "the manifest has {} bytes, more than {TEXT_BYTES_MAX}",
            text.len()
        );
        findings.error(
            ProblemKind::TooLarge,
            0,
            message,
            "split the organisation into several manifests",
        );
        return None;
    }
    let document = parse(text, findings)?;
    let document = document.get_ref();
    warn_of_unknown_keys(document, &TOP_LEVEL_KEYS, "the manifest", findings);
    for (section, keys) in [
        ("metadata", &METADATA_KEYS[..]),
        ("release_set", &RELEASE_SET_KEYS[..]),
    ] {
        if let Some(table) = document.get(section).and_then(|value| value.get_ref().as_table()) {
            warn_of_unknown_keys(table, keys, &format!("[{section}]"), findings);
        }
    }
    let mut manifest = read_versions(document, findings)?;
    if let Some(modules) = document
        .get("modules")
        .and_then(|value| value.get_ref().as_table())
    {
        manifest
            .outside
            .extend(modules.keys().map(|key| key.get_ref().to_string()));
    }
    Some(manifest)
}

/// The document, if it is TOML; a document whose only faults are keys given twice is read on.
fn parse<'t>(text: &'t str, findings: &mut Findings<'_>) -> Option<Spanned<DeTable<'t>>> {
    let (document, errors) = if text.len() <= RECOVERED_BYTES_MAX {
        let (document, errors) = DeTable::parse_recoverable(text);
        (Some(document), errors)
    } else {
        DeTable::parse(text).map_or_else(
            |error| (None, vec![error]),
            |document| (Some(document), Vec::new()),
        )
    };
    let mut only_duplicates = true;
    for error in errors {
        let span = error.span().unwrap_or(0..0);
        let duplicate = error.message() == "duplicate key";
        only_duplicates &= duplicate;
        if duplicate {
            report_duplicate_key(text, span, findings);
        } else {
            let remedy = "see https://toml.io for the syntax; texts are in double quotes";
            findings.error(
                ProblemKind::BadSyntax,
                span.start,
                error.message().replace('\n', " "),
                remedy,
            );
        }
    }
    document.filter(|_| only_duplicates)
}

fn report_duplicate_key(text: &str, span: std::ops::Range<usize>, findings: &mut Findings<'_>) {
    let key: String = text
        .get(span.clone())
        .unwrap_or_default()
        .chars()
        .take(100)
        .collect();
    let message = format!("the key {} is given twice", key.escape_debug());
    findings.error(ProblemKind::Duplicate, span.start, message, "keep one of the two");
}

fn read_versions(document: &DeTable<'_>, findings: &mut Findings<'_>) -> Option<Manifest> {
    let Some((key, versions)) = document.get_key_value("versions") else {
        let remedy = "add [versions] with one entry per repository";
        findings.error(
            ProblemKind::BadSyntax,
            0,
            "the manifest has no [versions]",
            remedy,
        );
        return None;
    };
    let at = key.span().start;
    let Some(table) = versions.get_ref().as_table() else {
        let message = format!("expected a table named versions, found {}", described(versions));
        findings.error(
            ProblemKind::BadSyntax,
            versions.span().start,
            message,
            "write [versions]",
        );
        return None;
    };
    let mut manifest = Manifest {
        entries: Vec::new(),
        outside: BTreeSet::new(),
        at,
    };
    for (key, value) in table {
        if is_component(key.get_ref(), value.get_ref()) {
            manifest.entries.extend(read_entry(key, value, findings));
        } else {
            note_channel(key, findings);
            manifest.outside.insert(key.get_ref().to_string());
        }
    }
    check_count(table, &manifest, findings);
    manifest.entries.sort_by(|left, right| left.name.cmp(&right.name));
    Some(manifest)
}

fn check_count(table: &DeTable<'_>, manifest: &Manifest, findings: &mut Findings<'_>) {
    if table.len() > COMPONENTS_MAX {
        let message = format!(
            "[versions] has {} entries, more than {COMPONENTS_MAX}",
            table.len()
        );
        findings.error(
            ProblemKind::TooLarge,
            manifest.at,
            message,
            "split the organisation into several manifests",
        );
    } else if manifest.entries.is_empty() && findings.errors() == 0 {
        let remedy = "add one entry per repository: NAME = { version = \"0.1.0\", git_tag = \"v0.1.0\" }";
        findings.error(
            ProblemKind::BadSyntax,
            manifest.at,
            "[versions] has no component",
            remedy,
        );
    }
}

/// A text is a flat entry. A table is a component if it has a key that only components have, or a version and none
/// that only channels have (then something is missing, and says so); `develop` is always a channel.
fn is_component(name: &str, value: &DeValue<'_>) -> bool {
    let Some(table) = value.as_table() else {
        return true;
    };
    let has = |keys: &[&str]| keys.iter().any(|key| table.contains_key(*key));
    name != "develop" && (has(&COMPONENT_KEYS) || (table.contains_key("version") && !has(&CHANNEL_KEYS)))
}

fn note_channel(key: &Spanned<std::borrow::Cow<'_, str>>, findings: &mut Findings<'_>) {
    if key.get_ref() != "develop" {
        let message = format!(
            "[versions.{}] has no git_tag and is not released",
            shown(key.get_ref())
        );
        let remedy = "if it is a component, give it a version and a git_tag";
        findings.warning(ProblemKind::NotReleased, key.span().start, message, remedy);
    }
}

pub(crate) fn warn_of_unknown_keys(
    table: &DeTable<'_>,
    known: &[&str],
    owner: &str,
    findings: &mut Findings<'_>,
) {
    for key in table
        .keys()
        .filter(|key| !known.contains(&key.get_ref().as_ref()))
    {
        let name = shown(key.get_ref());
        let message = format!("{owner} has a key {name} that nothing reads");
        let remedy = match crate::names::nearest_name(&name, known.iter().copied()) {
            Some(nearest) => format!("did you mean {nearest}?"),
            None => format!("remove it; known are {}", known.join(", ")),
        };
        findings.warning(ProblemKind::UnknownKey, key.span().start, message, remedy);
    }
}

/// A key as a message shows it: short and without control characters.
pub(crate) fn shown(key: &str) -> String {
    key.chars()
        .take(domain_types::Invalid::TEXT_CHARS_MAX)
        .collect::<String>()
        .escape_debug()
        .to_string()
}

/// The type of a value with its article.
pub(crate) fn described(value: &Value<'_>) -> String {
    let kind = value.get_ref().type_str();
    let article = if kind.starts_with(['a', 'i']) { "an" } else { "a" };
    format!("{article} {kind}")
}
