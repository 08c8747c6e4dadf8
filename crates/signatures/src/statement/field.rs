//! The values within statements: each has its grammar, and none has a space, a sign of control or a letter beyond ASCII.

use domain_types::{CompoundThreshold, Invalid, SIGNATURES_MAX, Threshold, TierId};
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// Bytes of the name of a forge: the limit of DNS, and a port.
const FORGE_BYTES_MAX: usize = 260;
/// Bytes of the name of an owner or a repository: GitHub allows 100 for a repository.
const NAME_BYTES_MAX: usize = 100;
/// Bytes of a reference: what file systems allow for a name.
const REF_BYTES_MAX: usize = 255;
/// Bytes of the joined ids of tiers, and of the joined names of pull requests.
const LIST_BYTES_MAX: usize = 1024;

fn invalid(kind: &'static str, text: &str, rule: &'static str) -> Invalid {
    Invalid {
        kind,
        text: text.chars().take(Invalid::TEXT_CHARS_MAX).collect(),
        rule,
    }
}

macro_rules! text_field {
    ($name:ident, $doc:literal, $kind:literal, $rule:literal, $check:path) => {
        #[doc = $doc]
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub struct $name(String);

        impl $name {
            /// The text, as it stands in a statement.
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl FromStr for $name {
            type Err = Invalid;
            fn from_str(text: &str) -> Result<Self, Invalid> {
                if $check(text) {
                    return Ok(Self(text.to_owned()));
                }
                Err(invalid($kind, text, $rule))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&self.0)
            }
        }
    };
}

text_field!(
    Forge,
    "Where a repository is: the host of the forge in lower case, such as `github.com`, and its port where it has one.",
    "forge",
    "the name of a host in lower case, with a port at most",
    is_forge
);
text_field!(
    OwnerName,
    "The name of a person or an organisation at the forge, as the forge writes it.",
    "owner",
    "1 to 100 of A-Z a-z 0-9 _ -, not beginning with -",
    is_owner
);
text_field!(
    RepositoryName,
    "A repository by owner and name, such as `atlas/engine`, as the forge writes it.",
    "repository",
    "OWNER/NAME of A-Z a-z 0-9 . _ -",
    is_repository
);
text_field!(
    BaseRef,
    "The branch that a pull request goes into, such as `refs/heads/main`. Branches with spaces or letters beyond ASCII have no statement.",
    "base",
    "refs/heads/ and a branch that git accepts, in printable ASCII",
    is_base_ref
);

impl BaseRef {
    /// The reference of a branch.
    ///
    /// # Errors
    /// [`Invalid`] if git would not accept it, or if it has letters beyond ASCII.
    pub fn of_branch(branch: &str) -> Result<Self, Invalid> {
        format!("refs/heads/{branch}").parse()
    }
}

fn is_forge(text: &str) -> bool {
    let (host, port) = match text.split_once(':') {
        Some((host, port)) => (host, Some(port)),
        None => (text, None),
    };
    let label = |label: &str| {
        let inner = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
        (1..=63).contains(&label.len())
            && label.bytes().all(inner)
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    let is_port = |port: &str| {
        port.parse::<u16>()
            .is_ok_and(|number| number != 0 && number.to_string() == port)
    };
    text.len() <= FORGE_BYTES_MAX && host.split('.').all(label) && port.is_none_or(is_port)
}

fn is_owner(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-');
    (1..=NAME_BYTES_MAX).contains(&text.len()) && text.bytes().all(legal) && !text.starts_with('-')
}

fn is_repository(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
    let is_name = |name: &str| {
        (1..=NAME_BYTES_MAX).contains(&name.len()) && name.bytes().all(legal) && !matches!(name, "." | "..")
    };
    text.split_once('/')
        .is_some_and(|(owner, name)| is_owner(owner) && is_name(name))
}

/// The rules of git-check-ref-format(1), in printable ASCII.
fn is_base_ref(text: &str) -> bool {
    let Some(branch) = text.strip_prefix("refs/heads/") else {
        return false;
    };
    let legal = |byte: u8| byte.is_ascii_graphic() && !b"~^:?*[\\".contains(&byte);
    let part = |part: &str| !part.is_empty() && !part.starts_with('.') && !part.ends_with(".lock");
    text.len() <= REF_BYTES_MAX
        && branch.bytes().all(legal)
        && branch.split('/').all(part)
        && !branch.contains("..")
        && !branch.contains("@{")
        && !branch.ends_with('.')
        && !branch.starts_with('-')
}

/// Reads what is joined by `+`, each once and in ascending order.
fn ascending<T: FromStr + Ord>(text: &str) -> Option<BTreeSet<T>> {
    let parts: Vec<T> = text
        .split('+')
        .map(|part| part.parse().ok())
        .collect::<Option<_>>()?;
    let strictly = parts.windows(2).all(|pair| pair[0] < pair[1]);
    strictly.then(|| parts.into_iter().collect())
}

fn joined<T: fmt::Display>(parts: &BTreeSet<T>) -> String {
    let parts: Vec<String> = parts.iter().map(T::to_string).collect();
    parts.join("+")
}

/// All tiers that a change falls into: at least one. Written ascending, joined by `+`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Tiers(BTreeSet<TierId>);

impl Tiers {
    const RULE: &'static str = "the ids of tiers, ascending and joined by +, in at most 1024 bytes";

    /// These tiers.
    ///
    /// # Errors
    /// [`Invalid`] if there is none, or if their ids are longer together than a statement shows.
    pub fn new(tiers: BTreeSet<TierId>) -> Result<Self, Invalid> {
        let tiers = Self(tiers);
        let text = tiers.to_string();
        if (1..=LIST_BYTES_MAX).contains(&text.len()) {
            return Ok(tiers);
        }
        Err(invalid("list of tiers", &text, Self::RULE))
    }

    /// The tiers, ascending.
    pub fn iter(&self) -> impl Iterator<Item = &TierId> {
        self.0.iter()
    }
}

impl FromStr for Tiers {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let tiers = ascending(text).ok_or_else(|| invalid("list of tiers", text, Self::RULE))?;
        Self::new(tiers)
    }
}

impl fmt::Display for Tiers {
    /// Not as people read a tier: its whole id.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ids: Vec<&str> = self.0.iter().map(TierId::as_str).collect();
        out.write_str(&ids.join("+"))
    }
}

/// The threshold that a statement tells its signers: `N-of-M`, or `N-of-M+N-of-M` with the keyholders behind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Required(CompoundThreshold);

impl Required {
    const RULE: &'static str = "N-of-M or N-of-M+N-of-M, each at most 1000 and without zeros in front";

    /// This threshold.
    ///
    /// # Errors
    /// [`Invalid`] if a number is beyond [`SIGNATURES_MAX`].
    pub fn new(threshold: CompoundThreshold) -> Result<Self, Invalid> {
        let small = |part: Threshold| part.required.max(part.total) <= SIGNATURES_MAX;
        if small(threshold.maintainers) && threshold.keyholders.is_none_or(small) {
            return Ok(Self(threshold));
        }
        Err(invalid("threshold", &threshold.to_string(), Self::RULE))
    }

    /// The numbers.
    pub fn threshold(&self) -> CompoundThreshold {
        self.0
    }
}

impl FromStr for Required {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let threshold: Option<CompoundThreshold> = text.parse().ok();
        threshold
            .filter(|threshold| threshold.to_string() == text)
            .map(Self)
            .ok_or_else(|| invalid("threshold", text, Self::RULE))
    }
}

impl fmt::Display for Required {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.0.fmt(out)
    }
}

/// A pull request of any repository, such as `atlas/engine#42`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PullRequestName {
    /// Where it is.
    pub repository: RepositoryName,
    /// Its number there.
    pub number: u64,
}

impl FromStr for PullRequestName {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let parse = || {
            let (repository, digits) = text.split_once('#')?;
            let number: u64 = digits.parse().ok()?;
            let repository = repository.parse().ok()?;
            (number.to_string() == digits).then_some(Self { repository, number })
        };
        parse().ok_or_else(|| invalid("pull request", text, "OWNER/NAME#NUMBER"))
    }
}

impl fmt::Display for PullRequestName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}#{}", self.repository, self.number)
    }
}

/// The pull requests that an emergency is for: at least one. Written ascending, joined by `+`.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PullRequests(BTreeSet<PullRequestName>);

impl PullRequests {
    const RULE: &'static str = "OWNER/NAME#NUMBER, several ascending and joined by +, in at most 1024 bytes";

    /// These pull requests.
    ///
    /// # Errors
    /// [`Invalid`] if there is none, or if their names are longer together than a statement shows.
    pub fn new(names: BTreeSet<PullRequestName>) -> Result<Self, Invalid> {
        let text = joined(&names);
        if (1..=LIST_BYTES_MAX).contains(&text.len()) {
            return Ok(Self(names));
        }
        Err(invalid("list of pull requests", &text, Self::RULE))
    }

    /// The pull requests, ascending.
    pub fn iter(&self) -> impl Iterator<Item = &PullRequestName> {
        self.0.iter()
    }
}

impl FromStr for PullRequests {
    type Err = Invalid;
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let names = ascending(text).ok_or_else(|| invalid("list of pull requests", text, Self::RULE))?;
        Self::new(names)
    }
}

impl fmt::Display for PullRequests {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&joined(&self.0))
    }
}
