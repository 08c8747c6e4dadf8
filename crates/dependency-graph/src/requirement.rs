//! One text of `requires`: a name, and which versions of it are allowed.

use domain_types::RepoName;
use semver::{Version, VersionReq};

/// `name`, `name=0.1.0`, `name>=0.1,<1`, `name ^0.2`: split at the first of `= < > ^ ~` or blank; without an operator
/// before a version, `=`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Requirement {
    pub(crate) name: RepoName,
    /// `None`: any version.
    pub(crate) range: Option<VersionReq>,
}

/// Which part of a requirement cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum BadRequirement {
    Name(domain_types::Invalid),
    Range { text: String, because: String },
}

/// Bytes of a version range: far more than any has, and short enough for a message.
const RANGE_BYTES_MAX: usize = 200;

pub(crate) fn parse_requirement(text: &str) -> Result<Requirement, BadRequirement> {
    let text = text.trim();
    let split = text.find(|letter: char| "=<>^~".contains(letter) || letter.is_whitespace()).unwrap_or(text.len());
    let (name, range) = text.split_at(split);
    let name = name.parse().map_err(BadRequirement::Name)?;
    let range = range.trim();
    let range = if range.is_empty() { None } else { Some(parse_range(range)?) };
    Ok(Requirement { name, range })
}

fn parse_range(text: &str) -> Result<VersionReq, BadRequirement> {
    let shown: String = text.chars().take(domain_types::Invalid::TEXT_CHARS_MAX).collect();
    let refused = |because: String| BadRequirement::Range { text: shown.clone(), because };
    if text.len() > RANGE_BYTES_MAX {
        return Err(refused(format!("longer than {RANGE_BYTES_MAX} bytes")));
    }
    let exact = text.starts_with(|first: char| first.is_ascii_digit());
    let range = if exact { format!("={text}") } else { text.to_owned() };
    VersionReq::parse(&range).map_err(|error| refused(error.to_string()))
}

impl Requirement {
    /// Whether a version is allowed, by the rules of Cargo: a prerelease only if the range names one of the same
    /// `X.Y.Z`.
    pub(crate) fn allows(&self, version: &Version) -> bool {
        self.range.as_ref().is_none_or(|range| range.matches(version))
    }
}
