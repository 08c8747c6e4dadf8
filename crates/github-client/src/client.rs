//! Every request goes through here: its turn at the gate, its token, its answer, its class.

use crate::call::Call;
use crate::pages::Rows;
use crate::settings::ApiVersion;
use crate::transfer::{Downloaded, Upload};
use crate::{GitHubError, Written};
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncWrite};

/// What all handles share.
pub(crate) struct Client {
    pub(crate) api_version: ApiVersion,
}

fn not_yet() -> GitHubError {
    GitHubError::Setting {
        setting: "client",
        reason: "not yet".to_owned(),
    }
}

impl Client {
    pub(crate) fn api_version(&self) -> ApiVersion {
        self.api_version
    }
    pub(crate) async fn read<T: DeserializeOwned>(&self, _call: &Call) -> Result<T, GitHubError> {
        Err(not_yet())
    }
    pub(crate) async fn read_optional<T: DeserializeOwned>(
        &self,
        _call: &Call,
    ) -> Result<Option<T>, GitHubError> {
        Err(not_yet())
    }
    pub(crate) async fn read_pages<P: Rows>(&self, _call: Call) -> Result<Vec<P::Row>, GitHubError> {
        Err(not_yet())
    }
    pub(crate) async fn write<T: DeserializeOwned>(&self, _call: Result<Call, GitHubError>) -> Written<T> {
        Written::Rejected(not_yet())
    }
    pub(crate) async fn write_done(&self, _call: Result<Call, GitHubError>) -> Written<()> {
        Written::Rejected(not_yet())
    }
    pub(crate) async fn download(
        &self,
        _call: &Call,
        _writer: &mut (dyn AsyncWrite + Unpin + Send),
        _bytes_max: u64,
    ) -> Result<Downloaded, GitHubError> {
        Err(not_yet())
    }
    pub(crate) async fn upload<T: DeserializeOwned>(
        &self,
        _call: &Call,
        _upload: &Upload<'_>,
        _reader: impl AsyncRead + Unpin + Send,
    ) -> Written<T> {
        Written::Rejected(not_yet())
    }
}
