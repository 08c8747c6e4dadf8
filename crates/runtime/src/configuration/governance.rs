//! `[governance]`: whose rules pull requests are held to.

use super::document::{Document, Value};
use super::values::{distinct, field, parsed, text, truth};
use domain_types::{CommitSha, RepoName, Sha256Digest};
use std::path::PathBuf;
use toml::de::{DeTable, DeValue};

const KEYS: &[&str] = &[
    "source",
    "genesis_digest",
    "dry_run_repositories",
    "compare_landed",
    "public_url",
    "release_requires_verdicts",
    "released_without_verdict",
];

/// `[governance]`: where the rules are, and which of them are trusted without having been voted for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct GovernanceSettings {
    /// Where the rules are.
    pub source: RulesSource,
    /// The digest of the first rules: these are trusted because somebody wrote it here, all later ones because of those before.
    pub genesis_digest: Sha256Digest,
    /// Repositories in which nobody is held back yet.
    pub dry_run_repositories: Vec<RepoName>,
    /// Whether what landed is compared with what merging the judged head gives.
    pub compare_landed: bool,
    /// Where people reach this server, without a slash at its end.
    pub public_url: Option<String>,
    /// Whether a production release is refused that has commits without a green verdict.
    pub release_requires_verdicts: bool,
    /// Commits that are released all the same: somebody looked at each and wrote it here.
    pub released_without_verdict: Vec<CommitSha>,
}

/// Where rules are.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum RulesSource {
    /// A repository on the forge, by its owner and name: its default branch.
    Repository {
        /// The account or organisation.
        owner: RepoName,
        /// The name within it.
        name: RepoName,
    },
    /// A folder of this machine, read at the start. No pull request changes it.
    Folder(PathBuf),
}

/// Reads `[governance]`; none where the table is absent: then no pull request is looked at.
pub(super) fn read(document: &mut Document, root: &DeTable<'_>) -> Option<GovernanceSettings> {
    let table = document.table("", root, "governance")?;
    document.check_keys("governance", table, KEYS);
    for required in ["source", "genesis_digest"] {
        if !table.contains_key(required) {
            missing(document, root, required);
        }
    }
    let source = field(document, table, "source", source);
    let genesis_digest = field(document, table, "genesis_digest", digest);
    let dry_run_repositories = field(document, table, "dry_run_repositories", distinct);
    let compare_landed = field(document, table, "compare_landed", truth);
    let public_url = field(document, table, "public_url", super::github::url);
    let release_requires_verdicts = field(document, table, "release_requires_verdicts", truth);
    let released_without_verdict = field(document, table, "released_without_verdict", distinct);
    Some(GovernanceSettings {
        source: source?,
        genesis_digest: genesis_digest?,
        dry_run_repositories: dry_run_repositories.unwrap_or_default(),
        compare_landed: compare_landed.unwrap_or(true),
        public_url,
        release_requires_verdicts: release_requires_verdicts.unwrap_or_default(),
        released_without_verdict: released_without_verdict.unwrap_or_default(),
    })
}

fn missing(document: &mut Document, root: &DeTable<'_>, key: &str) {
    let place = root
        .iter()
        .find(|(name, _)| name.get_ref() == "governance")
        .map_or(0..0, |(name, _)| name.span());
    let remedy = match key {
        "source" => "write `source = \"owner/governance\"`",
        _ => "write `genesis_digest = \"...\"`: `governance policy check DIR` prints it",
    };
    document.problem_at(place, format!("`{key}` is missing in [governance]"), remedy);
}

/// `owner/name`, or `dir:PATH`.
fn source(document: &mut Document, key: &str, value: &Value<'_>) -> Option<RulesSource> {
    let text = text(document, key, value)?;
    if let Some(path) = text.strip_prefix("dir:").filter(|path| !path.is_empty()) {
        return Some(RulesSource::Folder(PathBuf::from(path)));
    }
    let parts = text.split_once('/');
    let parsed = parts.and_then(|(owner, name)| Some((owner.parse().ok()?, name.parse().ok()?)));
    let Some((owner, name)) = parsed else {
        let message = format!("`{key}` names no repository");
        let remedy = "write `owner/name`, or `dir:PATH` for a folder of this machine";
        document.problem_at(value.span(), message, remedy);
        return None;
    };
    Some(RulesSource::Repository { owner, name })
}

/// 64 hexadecimal digits, alone or behind `sha256:`.
fn digest(document: &mut Document, key: &str, value: &Value<'_>) -> Option<Sha256Digest> {
    let DeValue::String(written) = value.get_ref() else {
        return parsed(document, key, value);
    };
    let digits = written.strip_prefix("sha256:").unwrap_or(written);
    match Sha256Digest::from_hex(digits) {
        Ok(digest) => Some(digest),
        Err(error) => {
            let remedy = "`governance policy check DIR` prints the digest of rules";
            document.problem_at(value.span(), format!("`{key}`: {error}"), remedy);
            None
        }
    }
}
