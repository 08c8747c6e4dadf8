//! Derived identities: nothing is drawn at random, so that a replay names the same things.

use crate::{Invalid, Platform, PullRequestId, ReleaseName, ReleaseVersion, RepoName, Sha256Digest, Subject};
use std::fmt;
use std::str::FromStr;

/// The identity of a release: `<name>@<version>/<first 16 hex of the plan digest>`.
///
/// A release is (name, version, plan digest); the digest itself is stored beside it.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct ReleaseId(String);

impl ReleaseId {
    const DIGEST_HEX: usize = 16;

    /// The id of the release of this plan.
    pub fn new(name: &ReleaseName, version: &ReleaseVersion, plan: &Sha256Digest) -> Self {
        Self(format!("{name}@{version}/{}", &plan.hex()[..Self::DIGEST_HEX]))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for ReleaseId {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let invalid = || Invalid::new("release id", text, "<name>@<version>/<16 hexadecimal digits>");
        let (name, rest) = text.split_once('@').ok_or_else(invalid)?;
        let (version, digest) = rest.split_once('/').ok_or_else(invalid)?;
        let hex = digest
            .bytes()
            .all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
        name.parse::<ReleaseName>().map_err(|_| invalid())?;
        let version: ReleaseVersion = version.parse().map_err(|_| invalid())?;
        if hex && digest.len() == Self::DIGEST_HEX {
            Ok(Self(format!("{name}@{version}/{digest}")))
        } else {
            Err(invalid())
        }
    }
}

/// One thing to build within a release: a repository on a platform. Displayed `<repository>:<platform>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct NodeId {
    /// The repository.
    pub repository: RepoName,
    /// The platform.
    pub platform: Platform,
}

/// One attempt to build a node. Displayed `<repository>:<platform>#<attempt>`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
pub struct BuildId {
    /// The release.
    pub release: ReleaseId,
    /// What is built.
    pub node: NodeId,
    /// Counted from 1.
    pub attempt: u32,
}

/// The identity of a command: `<release>/<revision>/<index>`, or `pr/<pull request>/<revision>/<index>`, so a repeated decision repeats the id.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, serde::Serialize, serde::Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct CommandId(String);

impl CommandId {
    /// The `index`-th command of the decision that made `revision`.
    pub fn new(release: &ReleaseId, revision: u64, index: usize) -> Self {
        Self(format!("{release}/{revision}/{index}"))
    }

    /// The `index`-th command of the `revision`-th decision about a pull request.
    pub fn of_pull_request(id: PullRequestId, revision: u64, index: usize) -> Self {
        Self(format!("{PULL_REQUEST}{id}/{revision}/{index}"))
    }

    /// Whether it is a command of this release or pull request.
    pub fn is_of(&self, subject: &Subject) -> bool {
        let rest = match subject {
            Subject::Release(release) => self.0.strip_prefix(release.as_str()),
            Subject::PullRequest(id) => self.0.strip_prefix(&format!("{PULL_REQUEST}{id}")),
        };
        rest.is_some_and(|rest| rest.starts_with('/'))
    }

    /// The text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// How the command of a pull request begins; no release's does, for no name has a `/` before its `@`.
const PULL_REQUEST: &str = "pr/";

impl FromStr for CommandId {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let rule = "<release id>/<revision>/<index> or pr/<pull request id>/<revision>/<index>";
        let invalid = || Invalid::new("command id", text, rule);
        let (rest, index) = text.rsplit_once('/').ok_or_else(invalid)?;
        let (subject, revision) = rest.rsplit_once('/').ok_or_else(invalid)?;
        let revision: u64 = revision.parse().map_err(|_| invalid())?;
        let index = index.parse().map_err(|_| invalid())?;
        let id = match subject.strip_prefix(PULL_REQUEST) {
            Some(id) => Self::of_pull_request(id.parse().map_err(|_| invalid())?, revision, index),
            None => Self::new(&subject.parse().map_err(|_| invalid())?, revision, index),
        };
        if id.0 == text { Ok(id) } else { Err(invalid()) }
    }
}

macro_rules! text_conversions {
    ($name:ident) => {
        impl TryFrom<String> for $name {
            type Error = Invalid;
            fn try_from(text: String) -> Result<Self, Invalid> {
                text.parse()
            }
        }

        impl From<$name> for String {
            fn from(id: $name) -> String {
                id.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.pad(&self.0)
            }
        }
    };
}
text_conversions!(ReleaseId);
text_conversions!(CommandId);

impl fmt::Display for NodeId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}:{}", self.repository, self.platform)
    }
}

impl fmt::Display for BuildId {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}#{}", self.node, self.attempt)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_read_back_from_their_text() {
        let digest = Sha256Digest::of(b"plan");
        let release = ReleaseId::new(
            &"commons".parse().unwrap(),
            &"v0.1.0-rc.1".parse().unwrap(),
            &digest,
        );
        assert_eq!(release.as_str().parse(), Ok(release.clone()));
        let command = CommandId::new(&release, 7, 2);
        assert_eq!(command.as_str().parse(), Ok(command.clone()));
        for bad in [
            "",
            "a@b/c",
            "commons@0.1.0/xyz",
            "commons@0.1.0/0123456789abcdef/01/2",
            "pr/1#2/3",
            "pr/1#2/03/4",
            "pr/1#02/3/4",
            "pr/commons@0.1.0/0123456789abcdef/1/2",
            "1#2/3/4",
        ] {
            assert!(bad.parse::<CommandId>().is_err(), "{bad}");
        }
    }

    #[test]
    fn a_command_belongs_to_whom_its_id_names() {
        let digest = Sha256Digest::of(b"plan");
        let version = "0.1.0".parse().unwrap();
        let release = ReleaseId::new(&"commons".parse().unwrap(), &version, &digest);
        let pull_request = |number| PullRequestId::new(1, number).unwrap();
        let command = CommandId::of_pull_request(pull_request(4), 7, 2);
        assert_eq!(command.as_str(), "pr/1#4/7/2");
        assert_eq!(command.as_str().parse(), Ok(command.clone()));
        assert!(command.is_of(&Subject::PullRequest(pull_request(4))));
        for other in [
            Subject::PullRequest(pull_request(47)),
            Subject::Release(release.clone()),
        ] {
            assert!(!command.is_of(&other), "{other}");
        }
        let command = CommandId::of_pull_request(pull_request(47), 7, 2);
        assert!(!command.is_of(&Subject::PullRequest(pull_request(4))));
        assert!(CommandId::new(&release, 1, 0).is_of(&Subject::Release(release)));
    }
}
