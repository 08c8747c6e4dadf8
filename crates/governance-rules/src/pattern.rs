//! Patterns of paths: `*` within a name, `**` over folders. One without `/` names files in every folder, as in `.gitignore`.
//!
//! A name at the end of a pattern may be that of a file or of a folder, and a folder without `/` before it may be meant at the root or
//! anywhere. Nobody can tell from the pattern, so it takes what either reading takes. Only an exclusion is read narrowly.

use crate::Located;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Characters of a pattern: longer than any path that a person writes down.
const PATTERN_CHARS_MAX: usize = 256;
/// Patterns of one list.
const PATTERNS_MAX: usize = 500;

/// A list of patterns, compiled.
#[derive(Debug, Clone)]
pub(crate) struct Patterns {
    texts: Vec<Located<String>>,
    /// Every reading of every text.
    set: GlobSet,
    /// The text of each reading, and whether it is the plain one.
    readings: Vec<(usize, bool)>,
}

impl Default for Patterns {
    fn default() -> Self {
        Self {
            texts: Vec::new(),
            set: GlobSet::empty(),
            readings: Vec::new(),
        }
    }
}

impl Patterns {
    /// Compiles them, or names the first that is none.
    pub(crate) fn new(texts: Vec<Located<String>>) -> Result<Self, Located<String>> {
        let mut set = GlobSetBuilder::new();
        let mut readings = Vec::new();
        for (index, text) in texts.iter().enumerate() {
            let too_much = index >= PATTERNS_MAX || text.value.chars().count() > PATTERN_CHARS_MAX;
            if too_much || text.value.is_empty() {
                return Err(text.clone());
            }
            for (reading, is_plain) in readings_of(&text.value) {
                let glob = GlobBuilder::new(&reading).literal_separator(true).build();
                set.add(glob.map_err(|_| text.clone())?);
                readings.push((index, is_plain));
            }
        }
        match (set.build(), texts.first()) {
            (Ok(set), _) => Ok(Self { texts, set, readings }),
            (Err(_), Some(text)) => Err(text.clone()),
            (Err(_), None) => Ok(Self::default()),
        }
    }

    /// Those that take this path, in the order of the file.
    pub(crate) fn hits(&self, path: &str) -> impl Iterator<Item = &Located<String>> {
        let mut hits: Vec<usize> = self.matched(path).map(|(text, _)| text).collect();
        hits.dedup();
        hits.into_iter().filter_map(|index| self.texts.get(index))
    }

    /// Whether any reading of any of them takes this path.
    pub(crate) fn takes(&self, path: &str) -> bool {
        self.set.is_match(from_root(path))
    }

    /// Whether one of them takes this path as it is written: a name without a folder as that of a file, a folder at the root.
    pub(crate) fn plainly_takes(&self, path: &str) -> bool {
        self.matched(path).any(|(_, is_plain)| is_plain)
    }

    pub(crate) fn texts(&self) -> &[Located<String>] {
        &self.texts
    }

    /// The readings that take this path, in the order of the texts.
    fn matched(&self, path: &str) -> impl Iterator<Item = (usize, bool)> {
        let matched = self.set.matches(from_root(path)).into_iter();
        matched.filter_map(|reading| self.readings.get(reading).copied())
    }
}

/// A path as git writes it.
fn from_root(path: &str) -> &str {
    let path = path.strip_prefix("./").unwrap_or(path);
    path.strip_prefix('/').unwrap_or(path)
}

/// The readings of a pattern from the root of the repository, the plain one first.
fn readings_of(text: &str) -> Vec<(String, bool)> {
    let text = text.strip_prefix("./").unwrap_or(text);
    let (text, is_folder) = match text.strip_suffix('/') {
        Some(folder) => (folder, true),
        None => (text, false),
    };
    let (path, is_at_root) = match text.strip_prefix('/') {
        Some(path) => (path, true),
        None => (text, text.contains('/')),
    };
    let named = match is_at_root {
        true => path.to_owned(),
        false => format!("**/{path}"),
    };
    if !ends_in_a_name(path) {
        let plain = match (is_folder, path) {
            (_, "") => "**".to_owned(),
            (true, _) => format!("{path}/**"),
            (false, _) => named,
        };
        return vec![(plain, true)];
    }
    let below = format!("{named}/**");
    match is_folder {
        true => vec![(format!("{path}/**"), true), (named, false), (below, false)],
        false => vec![(named, true), (below, false)],
    }
}

/// Whether the last part names anything: `*` and `**` stand for whatever there is.
fn ends_in_a_name(path: &str) -> bool {
    let last = path.rsplit('/').next().unwrap_or(path);
    last.chars().any(|letter| !matches!(letter, '*' | '?'))
}
