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
    let split = text
        .find(|letter: char| "=<>^~".contains(letter) || letter.is_whitespace())
        .unwrap_or(text.len());
    let (name, range) = text.split_at(split);
    let name = name.parse().map_err(BadRequirement::Name)?;
    let range = range.trim();
    let range = if range.is_empty() {
        None
    } else {
        Some(parse_range(range)?)
    };
    Ok(Requirement { name, range })
}

fn parse_range(text: &str) -> Result<VersionReq, BadRequirement> {
    let shown: String = text.chars().take(domain_types::Invalid::TEXT_CHARS_MAX).collect();
    let refused = |because: String| BadRequirement::Range {
        text: shown.clone(),
        because,
    };
    if text.len() > RANGE_BYTES_MAX {
        return Err(refused(format!("longer than {RANGE_BYTES_MAX} bytes")));
    }
    let exact = text.starts_with(|first: char| first.is_ascii_digit());
    let range = if exact {
        format!("={text}")
    } else {
        text.to_owned()
    };
    VersionReq::parse(&range).map_err(|error| refused(error.to_string()))
}

impl Requirement {
    /// Whether a version is allowed, by the rules of Cargo: a prerelease only if the range names one of the same
    /// `X.Y.Z`.
    pub(crate) fn allows(&self, version: &Version) -> bool {
        self.range.as_ref().is_none_or(|range| range.matches(version))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_requirement_is_a_name_and_a_range() {
        let rows = [
            ("a", "a", None),
            (" a ", "a", None),
            ("a=0.1.0", "a", Some("=0.1.0")),
            ("a = 0.1.0", "a", Some("=0.1.0")),
            ("a 0.1.0", "a", Some("=0.1.0")),
            ("a-b_c.d>=0.1,<1", "a-b_c.d", Some(">=0.1, <1")),
            ("a^0.2", "a", Some("^0.2")),
            ("a~0.2.1-rc.1", "a", Some("~0.2.1-rc.1")),
            ("a<=3", "a", Some("<=3")),
        ];
        for (text, name, range) in rows {
            let requirement = parse_requirement(text).unwrap();
            assert_eq!(requirement.name.as_str(), name, "{text}");
            assert_eq!(
                requirement.range.map(|range| range.to_string()).as_deref(),
                range,
                "{text}"
            );
        }
    }

    #[test]
    fn a_prerelease_is_allowed_only_where_it_is_named() {
        let rows = [
            ("a", "0.2.0-rc.1", true),
            ("a=0.2.0-rc.1", "0.2.0-rc.1", true),
            ("a>=0.2.0-rc.1", "0.2.0-rc.2", true),
            ("a>=0.1", "0.2.0-rc.1", false),
            ("a=0.1", "0.1.7", true),
            ("a=0.1.0", "0.1.0+build.5", true),
        ];
        for (text, version, allowed) in rows {
            let version = Version::parse(version).unwrap();
            assert_eq!(
                parse_requirement(text).unwrap().allows(&version),
                allowed,
                "{text} {version}"
            );
        }
    }

    #[test]
    fn what_is_neither_is_refused() {
        for text in ["", "=1", "a b", "a=", "a==1", "a=>1", "a=1 || 2", "../a=1", "a@1"] {
            assert!(parse_requirement(text).is_err(), "{text:?}");
        }
        let fitting = format!("a>=0,{}<9", " ".repeat(RANGE_BYTES_MAX - ">=0,<9".len()));
        assert!(parse_requirement(&fitting).is_ok());
        assert!(parse_requirement(&fitting.replacen(' ', "  ", 1)).is_err());
        let long = format!("a={}", "1,".repeat(RANGE_BYTES_MAX));
        assert!(matches!(
            parse_requirement(&long),
            Err(BadRequirement::Range { .. })
        ));
    }
}
