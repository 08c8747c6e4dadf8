//! Patterns of paths: `*` within a name, `**` over folders. One without `/` names files in every folder, as in `.gitignore`.

use crate::Located;
use globset::{GlobBuilder, GlobSet, GlobSetBuilder};

/// Characters of a pattern: longer than any path that a person writes down.
const PATTERN_CHARS_MAX: usize = 256;
/// Patterns of one list.
const PATTERNS_MAX: usize = 500;

/// A list of patterns, compiled.
#[derive(Debug)]
pub(crate) struct Patterns {
    texts: Vec<Located<String>>,
    set: GlobSet,
}

impl Default for Patterns {
    fn default() -> Self {
        Self {
            texts: Vec::new(),
            set: GlobSet::empty(),
        }
    }
}

impl Patterns {
    /// Compiles them, or names the first that is none.
    pub(crate) fn new(texts: Vec<Located<String>>) -> Result<Self, Located<String>> {
        let mut set = GlobSetBuilder::new();
        for (index, text) in texts.iter().enumerate() {
            let too_much = index >= PATTERNS_MAX || text.value.chars().count() > PATTERN_CHARS_MAX;
            let glob = GlobBuilder::new(&anchored(&text.value))
                .literal_separator(true)
                .build();
            match glob {
                Ok(glob) if !too_much && !text.value.is_empty() => set.add(glob),
                Ok(_) | Err(_) => return Err(text.clone()),
            };
        }
        match (set.build(), texts.first()) {
            (Ok(set), _) => Ok(Self { texts, set }),
            (Err(_), Some(text)) => Err(text.clone()),
            (Err(_), None) => Ok(Self::default()),
        }
    }

    /// Those that take this path, in the order of the file.
    pub(crate) fn hits(&self, path: &str) -> impl Iterator<Item = &Located<String>> {
        self.set
            .matches(from_root(path))
            .into_iter()
            .filter_map(|index| self.texts.get(index))
    }

    pub(crate) fn takes(&self, path: &str) -> bool {
        self.set.is_match(from_root(path))
    }

    pub(crate) fn texts(&self) -> &[Located<String>] {
        &self.texts
    }
}

/// A path as git writes it.
fn from_root(path: &str) -> &str {
    let path = path.strip_prefix("./").unwrap_or(path);
    path.strip_prefix('/').unwrap_or(path)
}

/// The pattern from the root of the repository.
fn anchored(text: &str) -> String {
    let rooted = text.strip_prefix("./").unwrap_or(text);
    let rooted = match rooted.strip_suffix('/') {
        Some(folder) => format!("{folder}/**"),
        None => rooted.to_owned(),
    };
    match rooted.strip_prefix('/') {
        Some(from_root) => from_root.to_owned(),
        None if rooted.contains('/') => rooted,
        None => format!("**/{rooted}"),
    }
}
