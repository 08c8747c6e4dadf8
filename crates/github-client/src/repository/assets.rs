//! The files of a release.

use super::Repository;
use super::releases::gone_is_done;
use crate::pages::Rows;
use crate::transfer::{Downloaded, Upload};
use crate::{Asset, AssetId, GitHubError, Release, ReleaseNumber, Written};
use http::Method;
use serde::Deserialize;
use tokio::io::{AsyncRead, AsyncWrite};

#[derive(Deserialize)]
#[serde(transparent)]
struct AssetPage(Vec<Asset>);

impl Rows for AssetPage {
    type Row = Asset;
    type Key = u64;
    fn into_rows(self) -> (Option<u64>, Vec<Asset>) {
        (None, self.0)
    }
    fn key(row: &Asset) -> u64 {
        row.id.0
    }
}

impl Repository {
    /// All files of a release, broken uploads included.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn assets(&self, release: ReleaseNumber) -> Result<Vec<Asset>, GitHubError> {
        let template = "/repos/{owner}/{repo}/releases/{release_id}/assets";
        let call = self.call(Method::GET, template, &[&release.to_string()]);
        self.client.read_pages::<AssetPage>(call).await
    }

    /// Uploads `size` bytes from `reader` under a name. It is sent once, as it is read: what breaks is `Unknown`, and the
    /// list of files says what is left of it.
    pub async fn upload_asset(
        &self,
        release: &Release,
        name: &str,
        size: u64,
        reader: impl AsyncRead + Unpin + Send,
        content_type: &str,
    ) -> Written<Asset> {
        let template = "/repos/{owner}/{repo}/releases/{release_id}/assets";
        let call = self
            .call(Method::POST, template, &[&release.id.to_string()])
            .content();
        let upload = Upload {
            url_template: &release.upload_url,
            name,
            size,
            content_type,
        };
        self.client.upload(&call, &upload, reader).await
    }

    /// Deletes a file of a release. One that is not there is as good as deleted.
    pub async fn delete_asset(&self, asset: AssetId) -> Written<()> {
        let template = "/repos/{owner}/{repo}/releases/assets/{asset_id}";
        let call = self.call(Method::DELETE, template, &[&asset.to_string()]);
        gone_is_done(self.client.write_done(Ok(call)).await)
    }

    /// Writes a file of a release, as it comes, and says what came.
    ///
    /// # Errors
    ///
    /// As for [`Repository::download_artifact`].
    pub async fn download_asset(
        &self,
        asset: AssetId,
        writer: &mut (dyn AsyncWrite + Unpin + Send),
        bytes_max: u64,
    ) -> Result<Downloaded, GitHubError> {
        let template = "/repos/{owner}/{repo}/releases/assets/{asset_id}";
        let call = self
            .call(Method::GET, template, &[&asset.to_string()])
            .accept("application/octet-stream");
        self.client.download(&call, writer, bytes_max).await
    }
}
