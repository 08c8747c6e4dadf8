//! What can be typed to ask a server where something stands: `governance policy explain` and `governance why`.

use super::{FormatArgument, ServerPlace};
use clap::Args;
use domain_types::ReleaseVersion;
use std::fmt;
use std::str::FromStr;

#[derive(Debug, Args)]
pub(crate) struct ExplainArguments {
    /// The pull request: `OWNER/NAME#NUMBER`, or the address of its page on the forge
    #[arg(value_name = "PR")]
    pub(crate) pull_request: PullRequestPlace,
    #[command(flatten)]
    pub(crate) server: ServerPlace,
    #[command(flatten)]
    pub(crate) format: FormatArgument,
}

#[derive(Debug, Args)]
pub(crate) struct WhyArguments {
    /// What does not move: the address of a pull request, of a workflow run or of a release's tag on the forge, `OWNER/NAME#NUMBER`, or a version
    #[arg(value_name = "URL")]
    pub(crate) about: About,
    #[command(flatten)]
    pub(crate) server: ServerPlace,
    #[command(flatten)]
    pub(crate) format: FormatArgument,
}

/// A pull request, as people name it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PullRequestPlace {
    pub(crate) owner: String,
    pub(crate) name: String,
    pub(crate) number: u64,
}

impl fmt::Display for PullRequestPlace {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}/{}#{}", self.owner, self.name, self.number)
    }
}

impl FromStr for PullRequestPlace {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let parts = match parts_of_address(text).as_deref() {
            Some([owner, name, "pull" | "pulls", number, ..]) => of_parts(owner, name, number),
            Some(_) => None,
            None => text.split_once('#').and_then(|(repository, number)| {
                let (owner, name) = repository.split_once('/')?;
                of_parts(owner, name, number)
            }),
        };
        parts.ok_or_else(|| "write OWNER/NAME#NUMBER, or https://HOST/OWNER/NAME/pull/NUMBER".to_owned())
    }
}

fn of_parts(owner: &str, name: &str, number: &str) -> Option<PullRequestPlace> {
    let is_word = |word: &str| {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.');
        !word.is_empty() && word.bytes().all(legal) && !matches!(word, "." | "..")
    };
    let number = number.parse().ok().filter(|number| *number > 0)?;
    (is_word(owner) && is_word(name)).then(|| PullRequestPlace {
        owner: owner.to_owned(),
        name: name.to_owned(),
        number,
    })
}

/// The path of an address, taken apart, without what only a browser needs.
fn parts_of_address(text: &str) -> Option<Vec<&str>> {
    let rest = text
        .strip_prefix("https://")
        .or_else(|| text.strip_prefix("http://"))?;
    let rest = rest.split(['?', '#']).next().unwrap_or(rest);
    Some(rest.split('/').skip(1).collect())
}

/// What somebody asks about.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum About {
    /// A pull request.
    PullRequest(PullRequestPlace),
    /// A release.
    Release(ReleaseVersion),
    /// A workflow run, by its number on the forge.
    Run(u64),
}

impl FromStr for About {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        if let Ok(place) = text.parse() {
            return Ok(Self::PullRequest(place));
        }
        if let Some([_, _, "actions", "runs", run, ..]) = parts_of_address(text).as_deref() {
            return run
                .parse()
                .map(Self::Run)
                .map_err(|_| "the number of the run is no number".to_owned());
        }
        let version = match parts_of_address(text).as_deref() {
            Some([_, _, "releases", "tag", tag]) => tag.parse().ok(),
            Some(_) => None,
            None => text.parse().ok(),
        };
        version.map(Self::Release).ok_or_else(|| {
            "write the address of a pull request, of a workflow run or of a release's tag, OWNER/NAME#NUMBER, or a version"
                .to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_asked_about_is_told_from_its_address() {
        let pull = |number| {
            Some(About::PullRequest(PullRequestPlace {
                owner: "atlas".to_owned(),
                name: "atlas-node".to_owned(),
                number,
            }))
        };
        let release = |version: &str| Some(About::Release(version.parse().unwrap()));
        for (text, expected) in [
            ("atlas/atlas-node#12", pull(12)),
            ("https://github.com/atlas/atlas-node/pull/12", pull(12)),
            (
                "https://github.com/atlas/atlas-node/pull/12/files?w=1#r3",
                pull(12),
            ),
            ("http://127.0.0.1:8080/atlas/atlas-node/pull/12", pull(12)),
            (
                "https://github.com/atlas/kit/releases/tag/v1.2.0",
                release("1.2.0"),
            ),
            ("v1.2.0-rc.1", release("1.2.0-rc.1")),
            (
                "https://github.com/atlas/atlas-node/actions/runs/4711/job/12",
                Some(About::Run(4711)),
            ),
            ("https://github.com/atlas/atlas-node/actions/runs/x", None),
            ("https://github.com/atlas/atlas-node/issues/12", None),
            ("https://github.com/atlas/atlas-node/pull/0", None),
            ("atlas/../x#1", None),
            ("atlas/a b#1", None),
            ("atlas-node#1", None),
            ("atlas/atlas-node#x", None),
            ("", None),
        ] {
            assert_eq!(text.parse::<About>().ok(), expected, "{text}");
        }
    }
}
