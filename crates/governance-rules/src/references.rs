//! References to a version of another repository, as they stand in files: `atlas-spec@v1.2.0`.

use crate::names::Repository;
use crate::pattern::Patterns;
use domain_types::RepoName;
use semver::Version;
use serde::{Deserialize, Serialize};
use std::collections::BTreeSet;
use std::fmt;

/// Versions of one file that are told: of two, one is not the latest.
pub const REFERENCES_PER_FILE_MAX: usize = 2;
/// Characters of a version; what is longer is none.
const VERSION_CHARS_MAX: usize = 64;
/// The manifest of a repository, at its root: a reference may stand there as well as in a file of the change.
pub const MANIFEST: &str = "Cargo.toml";
/// What stands for the version in a format.
const VERSION: &str = "{VERSION}";
/// What the tag of a version begins with, where the format does not say.
const TAG_BEGINS: &str = "v";

/// How a version is referred to: `atlas-spec@v{VERSION}`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReferenceFormat {
    before: String,
    after: String,
}

impl ReferenceFormat {
    /// A format with one place for the version, something before it, and nothing behind it that may be taken for a part of it.
    pub(crate) fn parse(text: &str) -> Option<Self> {
        let (before, after) = text.split_once(VERSION)?;
        let is_one = !before.is_empty() && !after.contains(VERSION) && !after.starts_with(is_of_a_version);
        is_one.then(|| Self {
            before: before.to_owned(),
            after: after.to_owned(),
        })
    }

    /// That of a repository of which the rules say none.
    pub(crate) fn of(repository: &Repository) -> Self {
        Self {
            before: format!("{repository}@{TAG_BEGINS}"),
            after: String::new(),
        }
    }

    /// What the tags of versions begin with: what stands between `@` and the version, if that can be a part of a tag.
    pub fn tags_begin(&self) -> &str {
        match self.before.rsplit_once('@') {
            Some((_, begin)) if begin.chars().all(is_of_a_name) => begin,
            Some(_) | None => TAG_BEGINS,
        }
    }

    /// The reference to a version.
    pub(crate) fn with(&self, version: &str) -> String {
        format!("{}{version}{}", self.before, self.after)
    }

    /// The latest of these tags, as a version: the highest that is no prerelease; what is no version counts for nothing.
    pub fn latest<'t>(&self, tags: impl IntoIterator<Item = &'t str>) -> Option<String> {
        let versions = tags.into_iter().filter_map(|tag| self.of_tag(tag));
        let stable = versions.filter(|version| version.pre.is_empty());
        stable.max().map(|version| version.to_string())
    }

    fn of_tag(&self, tag: &str) -> Option<Version> {
        let begin = self.tags_begin();
        let rest = tag.strip_prefix(begin)?;
        // Who writes `atlas-spec@1.2.0` may tag `v1.2.0` all the same.
        let plain = match begin {
            "" => rest.strip_prefix(TAG_BEGINS).unwrap_or(rest),
            _ => rest,
        };
        Version::parse(plain).ok()
    }

    /// The versions that a text refers to: the first [`REFERENCES_PER_FILE_MAX`] that differ.
    pub fn found_in(&self, text: &str) -> BTreeSet<String> {
        let mut found = BTreeSet::new();
        for (at, _) in text.match_indices(&self.before) {
            let (ahead, behind) = text.split_at(at);
            // `my-atlas-spec@v1.0.0` is another one.
            if self.before.starts_with(is_of_a_name) && ahead.ends_with(is_of_a_name) {
                continue;
            }
            found.extend(
                behind
                    .strip_prefix(&self.before)
                    .and_then(|rest| self.version(rest)),
            );
            if found.len() >= REFERENCES_PER_FILE_MAX {
                break;
            }
        }
        found
    }

    /// The version at the beginning of a text, if what belongs behind it stands there.
    fn version(&self, text: &str) -> Option<String> {
        let end = text.find(|letter| !is_of_a_version(letter)).unwrap_or(text.len());
        let (longest, _) = text.split_at_checked(end)?;
        // A sentence may end behind it.
        let plain = longest.trim_end_matches(['.', '-', '+']);
        let rest = text.strip_prefix(plain)?;
        if plain.len() > VERSION_CHARS_MAX {
            return None;
        }
        let version = Version::parse(plain).ok()?;
        rest.starts_with(&self.after).then(|| version.to_string())
    }
}

fn is_of_a_name(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '-' | '_' | '.')
}

fn is_of_a_version(letter: char) -> bool {
    letter.is_ascii_alphanumeric() || matches!(letter, '.' | '-' | '+')
}

impl fmt::Display for ReferenceFormat {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{VERSION}{}", self.before, self.after)
    }
}

/// References that some rule wants the files of a change to carry.
#[derive(Debug, Clone)]
pub struct WantedReferences {
    /// The repository whose latest version is meant.
    pub repository: RepoName,
    /// How it is referred to.
    pub format: ReferenceFormat,
    /// Paths of the change that it is about; nothing stands for all of them.
    pub(crate) paths: Option<Patterns>,
}

impl WantedReferences {
    /// Whether a file of a change is asked for its references.
    pub fn takes(&self, path: &str) -> bool {
        self.paths.as_ref().is_none_or(|paths| paths.takes(path))
    }

    fn texts(&self) -> Vec<&str> {
        let paths = self.paths.iter().flat_map(Patterns::texts);
        paths.map(|text| text.value.as_str()).collect()
    }
}

impl PartialEq for WantedReferences {
    fn eq(&self, other: &Self) -> bool {
        (&self.repository, &self.format, self.texts()) == (&other.repository, &other.format, other.texts())
    }
}

impl Eq for WantedReferences {}

/// What the files of a change refer to, of one repository.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct References {
    /// The repository.
    pub repository: RepoName,
    /// How it is referred to.
    pub format: String,
    /// Its latest version; none if it has no tag of one.
    pub latest: Option<String>,
    /// Nobody could see which versions it has.
    #[serde(default)]
    pub is_unseen: bool,
    /// What files of the change refer to, and the [`MANIFEST`], at the head.
    #[serde(default)]
    pub found: Vec<FileReference>,
    /// Files that could not be read whole.
    #[serde(default)]
    pub unread: Vec<String>,
    /// How many files were not looked at, because there are too many.
    #[serde(default)]
    pub beyond: usize,
}

/// A reference in a file.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct FileReference {
    /// The file.
    pub path: String,
    /// The version.
    pub version: String,
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn format(text: &str) -> ReferenceFormat {
        ReferenceFormat::parse(text).unwrap()
    }

    #[test]
    fn versions_are_found_where_they_are_referred_to() {
        let rows: [(&str, &str, &[&str]); 13] = [
            ("spec@v{VERSION}", "// spec@v1.2.0", &["1.2.0"]),
            (
                "spec@v{VERSION}",
                "as spec@v1.2.0. And spec@v1.3.0-rc.1, too",
                &["1.2.0", "1.3.0-rc.1"],
            ),
            ("spec@v{VERSION}", "spec@v1.2.0spec@v1.3.0", &[]),
            ("spec@v{VERSION}", "my-spec@v1.2.0 a.spec@v1.2.0", &[]),
            ("spec@v{VERSION}", "uses: acme/spec@v1.2.0", &["1.2.0"]),
            (": v{VERSION}", "spec: v1.2.0", &["1.2.0"]),
            ("spec@v{VERSION}", "spec@v1.2 spec@vNEXT spec@v{VERSION}", &[]),
            ("spec@v{VERSION}", "spec@v01.2.0", &[]),
            (
                "spec@v{VERSION}",
                "spec@v1.2.0\u{301} (spec@v2.0.0)",
                &["1.2.0", "2.0.0"],
            ),
            ("\"spec\" = \"{VERSION}\"", "\"spec\" = \"1.2.0\"", &["1.2.0"]),
            ("\"spec\" = \"{VERSION}\"", "\"spec\" = \"1.2.0", &[]),
            ("spec@{VERSION}", "spec@1.2.0", &["1.2.0"]),
            ("spec@v{VERSION}", "", &[]),
        ];
        for (pattern, text, expected) in rows {
            let found = format(pattern).found_in(text);
            assert_eq!(Vec::from_iter(&found), expected, "{pattern} in {text}");
        }
    }

    #[test]
    fn of_many_versions_the_first_are_told_and_none_is_long() {
        let format = format("spec@v{VERSION}");
        let many: String = (0..99).map(|minor| format!("spec@v1.{minor}.0 ")).collect();
        assert_eq!(Vec::from_iter(format.found_in(&many)), ["1.0.0", "1.1.0"]);
        let long = |more: usize| format!("spec@v1.0.0-{}", "a".repeat(more));
        assert_eq!(format.found_in(&long(58)).len(), 1);
        assert_eq!(format.found_in(&long(59)).len(), 0);
    }

    #[test]
    fn the_latest_is_the_highest_that_is_no_prerelease() {
        let rows: [(&str, &[&str], Option<&str>); 6] = [
            (
                "spec@v{VERSION}",
                &["v1.9.0", "v1.10.0", "v1.2.0"],
                Some("1.10.0"),
            ),
            ("spec@v{VERSION}", &["v1.0.0", "v2.0.0-rc.1"], Some("1.0.0")),
            ("spec@v{VERSION}", &["version-2", "v1", "vv1.0.0", "1.0.0"], None),
            ("spec@{VERSION}", &["1.0.0", "v2.0.0"], Some("2.0.0")),
            ("spec {VERSION}", &["v1.0.0"], Some("1.0.0")),
            ("spec@v{VERSION}", &[], None),
        ];
        for (pattern, tags, expected) in rows {
            let latest = format(pattern).latest(tags.iter().copied());
            assert_eq!(latest.as_deref(), expected, "{pattern}: {tags:?}");
        }
    }

    #[test]
    fn a_format_has_one_place_for_the_version_and_something_before_it() {
        for text in [
            "",
            "spec",
            "{VERSION}",
            "{VERSION}@spec",
            "spec@{VERSION}{VERSION}",
            "spec@{version}",
            "spec-{VERSION}.tar.gz",
        ] {
            assert_eq!(ReferenceFormat::parse(text), None, "{text}");
        }
        assert_eq!(format("spec@v{VERSION}").to_string(), "spec@v{VERSION}");
        assert_eq!(format("spec@v{VERSION}").with("1.2.0"), "spec@v1.2.0");
    }

    proptest! {
        #[test]
        fn whatever_is_written_is_found_again(major in 0_u64..99, minor in 0_u64..99, around in "[ \n(),;:'\"]{0,9}") {
            let format = format("spec@v{VERSION}");
            let version = format!("{major}.{minor}.0");
            let text = format!("{around}{}{around}", format.with(&version));
            prop_assert_eq!(format.found_in(&text), BTreeSet::from([version]));
        }

        #[test]
        fn no_text_breaks_it(text in ".{0,200}") {
            let format = format("@{VERSION}");
            prop_assert!(format.found_in(&text.replace('a', "@1.")).len() <= REFERENCES_PER_FILE_MAX);
        }
    }
}
