//! Downloads the published release as anybody would, file by file.

use super::organisation::{HOME, OWNER, Setting};
use crate::{Failure, output};
use artifact_verify::ASSET_BYTES_MAX;
use domain_types::AssetName;
use github_client::{GitHub, GitHubError, PrivateKey, Settings};
use std::path::Path;
use tokio::io::AsyncWriteExt as _;

fn of_github(error: &GitHubError) -> Failure {
    Failure::world(error, "try again")
}

/// Writes every file of the release into a folder that is not there yet.
pub(super) async fn download(setting: &Setting, folder: &Path) -> Result<(), Failure> {
    let of_path = |error: &std::io::Error| Failure::of_path("write", folder, error);
    std::fs::create_dir(folder).map_err(|error| of_path(&error))?;
    let key = PrivateKey::new(setting.app.private_key_pem.clone());
    let mut settings = Settings::new(setting.app.app_id, key);
    settings.api_url = setting.github.url().to_owned();
    settings.download_hosts = vec!["127.0.0.1".to_owned()];
    let github = GitHub::new(settings).map_err(|error| of_github(&error))?;
    let home = github
        .repository(OWNER, HOME)
        .map_err(|error| of_github(&error))?;
    let release = home
        .release_by_tag(&setting.tag())
        .await
        .map_err(|error| of_github(&error))?;
    let Some(release) = release else {
        return Err(Failure::no("GitHub has no such release", "report this as a bug"));
    };
    for asset in &release.assets {
        let name: AssetName = asset
            .name
            .parse()
            .map_err(|error: domain_types::Invalid| Failure::no(error, ""))?;
        let mut file = tokio::fs::File::create(folder.join(name.as_str()))
            .await
            .map_err(|error| of_path(&error))?;
        let downloaded = home.download_asset(asset.id, &mut file, ASSET_BYTES_MAX).await;
        downloaded.map_err(|error| of_github(&error))?;
        file.flush().await.map_err(|error| of_path(&error))?;
    }
    output::note(&format!(
        "{} files of {} lie in {}",
        release.assets.len(),
        release.html_url,
        folder.display()
    ));
    Ok(())
}
