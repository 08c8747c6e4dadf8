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
        // The tag's letter does not count: every version's tag is a version, too.
        let plain = text.strip_prefix('v').unwrap_or(text);
        if plain.len() > TEXT_BYTES_MAX {
            return Err(invalid());
        }
        let version = semver::Version::parse(plain).map_err(|_| invalid())?;
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
    use proptest::prelude::*;

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

    /// The grammar once more, letter by letter and without SemVer's parser.
    fn is_legal(text: &str) -> bool {
        let plain = text.strip_prefix('v').unwrap_or(text);
        let (core, stage) = plain
            .split_once('-')
            .map_or((plain, None), |(core, stage)| (core, Some(stage)));
        let is_number = |digits: &str| {
            !digits.is_empty()
                && digits.bytes().all(|digit| digit.is_ascii_digit())
                && (digits == "0" || !digits.starts_with('0'))
        };
        let numbers: Vec<&str> = core.split('.').collect();
        let stage_is_legal = |stage: &str| {
            ["rc.", "prerelease.", "beta.", "test."]
                .iter()
                .any(|word| stage.strip_prefix(word).is_some_and(is_number))
        };
        numbers.len() == 3
            && numbers
                .iter()
                .all(|number| is_number(number) && number.parse::<u64>().is_ok())
            && stage.is_none_or(stage_is_legal)
            && plain.len() <= TEXT_BYTES_MAX
    }

    /// A legal text and one edit of it: a letter put in, taken out or exchanged.
    fn nearly_legal() -> impl Strategy<Value = String> {
        let legal = "v?(0|[1-9][0-9]{0,20})\\.(0|[1-9][0-9]?)\\.(0|[1-9])(-(rc|prerelease|beta|test)\\.(0|[1-9][0-9]{0,60}))?";
        let letter = prop::sample::select("0v.-+ rcbt\n\u{0}é".chars().collect::<Vec<_>>());
        (legal, any::<prop::sample::Index>(), letter, 0..4).prop_map(|(text, place, letter, edit)| {
            let mut letters: Vec<char> = text.chars().collect();
            let at = place.index(letters.len());
            match edit {
                0 => letters.insert(at, letter),
                1 => drop(letters.remove(at)),
                2 => letters[at] = letter,
                _ => {}
            }
            letters.into_iter().collect()
        })
    }

    #[test]
    fn the_longest_version_has_a_tag_and_the_next_longer_one_is_refused() {
        let longest = format!("1.0.0-beta.{}", "1".repeat(TEXT_BYTES_MAX - "1.0.0-beta.".len()));
        let version: ReleaseVersion = longest.parse().unwrap();
        assert_eq!(version.tag().as_str().parse::<ReleaseVersion>(), Ok(version));
        for longer in [format!("{longest}1"), format!("v{longest}1")] {
            assert!(longer.parse::<ReleaseVersion>().is_err(), "{longer}");
        }
    }

    proptest! {
        #[test]
        fn exactly_the_grammar_is_accepted(text in nearly_legal()) {
            prop_assert_eq!(text.parse::<ReleaseVersion>().is_ok(), is_legal(&text), "{:?}", text);
        }

        #[test]
        fn an_accepted_version_is_read_back_from_its_text_its_tag_and_its_json(text in nearly_legal()) {
            let Ok(version) = text.parse::<ReleaseVersion>() else { return Ok(()) };
            prop_assert_eq!(version.to_string(), text.strip_prefix('v').unwrap_or(&text));
            prop_assert_eq!(version.tag().to_string(), format!("v{version}"));
            prop_assert_eq!(version.channel() == Channel::Prerelease, text.contains('-'));
            prop_assert_eq!(version.tag().as_str().parse::<ReleaseVersion>(), Ok(version.clone()));
            let json = serde_json::to_string(&version).unwrap();
            prop_assert_eq!(serde_json::from_str::<ReleaseVersion>(&json).unwrap(), version);
        }
    }
}
