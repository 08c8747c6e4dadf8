//! The files of a release, here and on GitHub, compared by digest and size.

use crate::github::said::refused;
use domain_types::Sha256Digest;
use github_client::{Asset, AssetState};
use orchestrator::Failure;
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

/// Exactly these files, each with these bytes as GitHub reckons them.
pub(super) fn compare(assets: &[Asset], files: &BTreeMap<String, LocalFile>) -> Result<(), Failure> {
    for asset in assets {
        match files.get(&asset.name) {
            Some(file) if is_same(asset, file) => {}
            Some(file) => {
                let found = asset
                    .digest
                    .map_or_else(|| "no digest".to_owned(), |digest| digest.to_string());
                return Err(refused(format!(
                    "{} on GitHub has {found}, verified was {}",
                    asset.name, file.digest
                )));
            }
            None => {
                return Err(refused(format!(
                    "{} is on GitHub and not part of the release",
                    asset.name
                )));
            }
        }
    }
    let missing = files
        .keys()
        .find(|name| !assets.iter().any(|asset| asset.name == **name));
    match missing {
        Some(missing) => Err(refused(format!(
            "{missing} is not among the release's files on GitHub"
        ))),
        None if assets.len() > files.len() => Err(refused("a file of the release is on GitHub twice")),
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
