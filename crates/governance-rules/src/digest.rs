//! The digest of a set of rules: over every file, whether anybody reads it or not.

use domain_types::Sha256Digest;
use serde::Serialize;
use std::collections::BTreeMap;
use std::fmt;

/// What is digested begins with this, so that the digest is that of nothing else.
const DOMAIN: &[u8] = b"governance-app/ruleset/v1\0";

/// SHA-256 over the files of a set of rules: each path and text behind its length, in the order of the paths.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(transparent)]
pub struct RulesetDigest(Sha256Digest);

impl RulesetDigest {
    /// Of these files, by their paths.
    pub fn of(files: &BTreeMap<String, String>) -> Self {
        let mut bytes = DOMAIN.to_vec();
        for text in files.iter().flat_map(|(path, text)| [path, text]) {
            bytes.extend((text.len() as u64).to_be_bytes());
            bytes.extend(text.as_bytes());
        }
        Self(Sha256Digest::of(&bytes))
    }

    /// The digest as such.
    pub fn sha256(self) -> Sha256Digest {
        self.0
    }
}

impl Default for RulesetDigest {
    fn default() -> Self {
        Self::of(&BTreeMap::new())
    }
}

impl fmt::Display for RulesetDigest {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(&self.0, out)
    }
}
