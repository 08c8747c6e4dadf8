//! The version of a release: a narrow tag grammar that decides the channel.

use crate::{Invalid, TagName};
use std::fmt;
use std::str::FromStr;

/// Where a release is for. Prerelease is exactly: a hyphen in the tag.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Channel {
    /// `X.Y.Z`.
    Production,
    /// `X.Y.Z-rc.N` and its like.
    Prerelease,
}

impl fmt::Display for Channel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::Production => "production",
            Self::Prerelease => "prerelease",
        })
    }
}

/// The version of a whole release: `X.Y.Z`, or that with `-rc.N`, `-prerelease.N`, `-beta.N` or `-test.N`;
/// read with or without a leading `v`, kept without.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReleaseVersion(semver::Version);

const RULE: &str =
    "X.Y.Z, optionally with -rc.N, -prerelease.N, -beta.N or -test.N, with or without a leading v";
const STAGES: [&str; 4] = ["rc", "prerelease", "beta", "test"];
const TEXT_BYTES_MAX: usize = 80;

impl ReleaseVersion {
    /// Production or prerelease.
    pub fn channel(&self) -> Channel {
        if self.0.pre.is_empty() {
            Channel::Production
        } else {
            Channel::Prerelease
        }
    }

    /// The tag of the release: `v` and the version.
    ///
    /// # Panics
    /// Never: every version is a legal tag.
    pub fn tag(&self) -> TagName {
        #[allow(
            clippy::expect_used,
            reason = "digits, dots, a hyphen and one of four words are a legal tag"
        )]
        format!("v{}", self.0)
            .parse()
            .expect("a release version is a legal tag")
    }

    /// The version as SemVer.
    pub fn semver(&self) -> &semver::Version {
        &self.0
    }
}

impl FromStr for ReleaseVersion {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = || Invalid::new("release version", text, RULE);
        if text.len() > TEXT_BYTES_MAX {
            return Err(invalid());
        }
        let version =
            semver::Version::parse(text.strip_prefix('v').unwrap_or(text)).map_err(|_| invalid())?;
        let stage_is_known = version.pre.is_empty()
            || version.pre.split_once('.').is_some_and(|(stage, number)| {
                STAGES.contains(&stage)
                    && !number.is_empty()
                    && number.bytes().all(|byte| byte.is_ascii_digit())
            });
        if version.build.is_empty() && stage_is_known {
            Ok(Self(version))
        } else {
            Err(invalid())
        }
    }
}

impl TryFrom<String> for ReleaseVersion {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<ReleaseVersion> for String {
    fn from(version: ReleaseVersion) -> String {
        version.to_string()
    }
}

impl fmt::Display for ReleaseVersion {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0.to_string())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grammar_decides_the_channel() {
        let rows = [
            ("0.1.0", Channel::Production),
            ("v0.1.0", Channel::Production),
            ("1.0.0-rc.1", Channel::Prerelease),
            ("v1.0.0-prerelease.12", Channel::Prerelease),
            ("1.0.0-beta.0", Channel::Prerelease),
            ("1.0.0-test.3", Channel::Prerelease),
        ];
        for (text, channel) in rows {
            let version: ReleaseVersion = text.parse().unwrap();
            assert_eq!(version.channel(), channel, "{text}");
            assert_eq!(
                version.tag().as_str(),
                format!("v{}", text.trim_start_matches('v'))
            );
        }
    }

    #[test]
    fn everything_else_is_refused() {
        let bad = [
            "",
            "v",
            "1",
            "1.0",
            "1.0.0.0",
            "01.0.0",
            "vv1.0.0",
            "V1.0.0",
            "1.0.0-",
            "1.0.0-alpha.1",
            "1.0.0-rc",
            "1.0.0-rc.",
            "1.0.0-rc.x",
            "1.0.0-rc.01",
            "1.0.0-rc.1.2",
            "1.0.0+build",
            "1.0.0-rc.1+b",
            " 1.0.0",
            "1.0.0\n",
        ];
        for text in bad {
            assert!(text.parse::<ReleaseVersion>().is_err(), "{text:?}");
        }
    }
}
