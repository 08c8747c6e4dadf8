//! What a build is for.

use crate::Invalid;
use std::fmt;
use std::str::FromStr;

/// `<os>-<architecture>` as in asset names: `linux-x86_64`, `linux-aarch64`, `windows-x86_64`, `macos-aarch64`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Platform(String);

impl Platform {
    const PART_BYTES_MAX: usize = 20;

    /// The platform this program was compiled for; a constant, not a reading of the machine.
    pub fn of_this_program() -> Self {
        Self(format!("{}-{}", std::env::consts::OS, std::env::consts::ARCH))
    }

    /// The text, as in asset names.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The part before the hyphen.
    pub fn os(&self) -> &str {
        self.0.split_once('-').map_or("", |(os, _)| os)
    }

    /// The part behind the hyphen.
    pub fn architecture(&self) -> &str {
        self.0
            .split_once('-')
            .map_or("", |(_, architecture)| architecture)
    }

    /// `.exe` on Windows, nothing elsewhere.
    pub fn executable_suffix(&self) -> &'static str {
        if self.os() == "windows" { ".exe" } else { "" }
    }

    /// `.zip` for Windows, `.tar.gz` elsewhere.
    pub fn archive_suffix(&self) -> &'static str {
        if self.os() == "windows" { ".zip" } else { ".tar.gz" }
    }
}

impl FromStr for Platform {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let part = |part: &str| {
            !part.is_empty()
                && part.len() <= Self::PART_BYTES_MAX
                && part
                    .bytes()
                    .all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'_')
        };
        match text.split_once('-') {
            Some((os, architecture)) if part(os) && part(architecture) => Ok(Self(text.to_owned())),
            _ => Err(Invalid::new(
                "platform",
                text,
                "<os>-<architecture> such as linux-x86_64, in a-z 0-9 _",
            )),
        }
    }
}

impl TryFrom<String> for Platform {
    type Error = Invalid;
    fn try_from(text: String) -> Result<Self, Invalid> {
        text.parse()
    }
}

impl From<Platform> for String {
    fn from(platform: Platform) -> String {
        platform.0
    }
}

impl fmt::Display for Platform {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_is_an_os_and_an_architecture() {
        let windows: Platform = "windows-x86_64".parse().unwrap();
        assert_eq!((windows.os(), windows.architecture()), ("windows", "x86_64"));
        assert_eq!(
            (windows.executable_suffix(), windows.archive_suffix()),
            (".exe", ".zip")
        );
        for bad in [
            "linux",
            "linux-",
            "-x86",
            "Linux-x86_64",
            "linux-x86-64",
            "linux/x86",
        ] {
            assert!(bad.parse::<Platform>().is_err(), "{bad}");
        }
        assert_eq!(
            Platform::of_this_program().to_string().parse(),
            Ok(Platform::of_this_program())
        );
    }
}
