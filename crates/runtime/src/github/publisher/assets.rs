//! The files of a release, here and on GitHub, compared by digest and size.

use crate::github::said::refused;
use crate::ports::Unfinished;
use domain_types::Sha256Digest;
use github_client::{Asset, AssetState};
use std::collections::BTreeMap;

/// A file of the release as it was put together.
pub(super) struct LocalFile {
    pub(super) digest: Sha256Digest,
    pub(super) size: u64,
}

/// Whether GitHub has exactly these bytes.
pub(super) fn is_same(asset: &Asset, file: &LocalFile) -> bool {
    asset.state == AssetState::Uploaded && asset.size == file.size && asset.digest == Some(file.digest)
}

/// How what is on GitHub differs from what was put together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Difference {
    /// Something is not there, or not whole. GitHub's lists lag behind, so it may be there all the same.
    Lacks(String),
    /// There is something else than was put together.
    Other(String),
}

impl From<Difference> for Unfinished {
    fn from(difference: Difference) -> Self {
        match difference {
            Difference::Lacks(reason) => Self::Unknown { reason },
            Difference::Other(reason) => refused(reason).into(),
        }
    }
}

/// Exactly these files, each with these bytes as GitHub reckons them.
pub(super) fn compare(assets: &[Asset], files: &BTreeMap<String, LocalFile>) -> Result<(), Difference> {
    for asset in assets {
        let name = &asset.name;
        match files.get(name) {
            Some(file) if is_same(asset, file) => {}
            Some(_) if asset.state != AssetState::Uploaded => {
                return Err(Difference::Lacks(format!("{name} is not whole on GitHub")));
            }
            Some(file) => {
                let found = asset
                    .digest
                    .map_or_else(|| "no digest".to_owned(), |digest| digest.to_string());
                let reason = format!("{name} on GitHub has {found}, verified was {}", file.digest);
                return Err(Difference::Other(reason));
            }
            None => {
                let reason = format!("{name} is on GitHub and not part of the release");
                return Err(Difference::Other(reason));
            }
        }
    }
    let missing = files
        .keys()
        .find(|name| !assets.iter().any(|asset| asset.name == **name));
    match missing {
        Some(missing) => Err(Difference::Lacks(format!(
            "{missing} is not among the release's files on GitHub"
        ))),
        None if assets.len() > files.len() => Err(Difference::Other(
            "a file of the release is on GitHub twice".to_owned(),
        )),
        None => Ok(()),
    }
}

/// What GitHub serves a file as.
pub(super) fn content_type(name: &str) -> &'static str {
    match name.rsplit_once('.').map(|(_, extension)| extension) {
        Some("gz") => "application/gzip",
        Some("zip") => "application/zip",
        Some("json") => "application/json",
        Some("md") => "text/markdown",
        Some(_) | None => "text/plain",
    }
}
