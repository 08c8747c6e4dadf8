//! What a client is made with: where GitHub is, which App speaks, and how much of GitHub's limits it may use.

use std::fmt;

/// The public address of GitHub's API.
pub const API_URL: &str = "https://api.github.com";

/// What a client is made with.
#[derive(Debug, Clone)]
pub struct Settings {
    /// Where the API is, without a slash at the end; GitHub Enterprise Server has a path here (`/api/v3`).
    pub api_url: String,
    /// The number of the GitHub App.
    pub app_id: u64,
    /// The App's private key.
    pub private_key: PrivateKey,
    /// How much of GitHub's limits is ours, and how long to wait.
    pub limits: Limits,
    /// What we call ourselves in every request.
    pub user_agent: String,
    /// Hosts besides the API's own to which a download may lead; `.example.com` means every host below it.
    pub download_hosts: Vec<String>,
    /// The version of the API that is asked for.
    pub api_version: ApiVersion,
    /// Permissions to read that our tokens ask for beside what every client needs, where the installation has them: for whoever
    /// looks at how things are set up.
    pub looks_at: Vec<&'static str>,
}

impl Settings {
    /// Settings for github.com with GitHub's own limits.
    pub fn new(app_id: u64, private_key: PrivateKey) -> Self {
        Self {
            api_url: API_URL.to_owned(),
            app_id,
            private_key,
            limits: Limits::default(),
            user_agent: concat!("governance-app/", env!("CARGO_PKG_VERSION")).to_owned(),
            download_hosts: default_download_hosts(),
            api_version: ApiVersion::default(),
            looks_at: Vec::new(),
        }
    }
}

/// Where github.com keeps what is downloaded.
pub fn default_download_hosts() -> Vec<String> {
    [
        ".githubusercontent.com",
        ".blob.core.windows.net",
        ".actions.githubusercontent.com",
    ]
    .map(str::to_owned)
    .to_vec()
}

/// A private key in PEM. It is never shown, not even by `Debug`.
#[derive(Clone)]
pub struct PrivateKey(String);

impl PrivateKey {
    /// From the text of a PEM file. Whether it is a key is seen when the client is made.
    pub fn new(pem: impl Into<String>) -> Self {
        Self(pem.into())
    }

    pub(crate) fn pem(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl fmt::Debug for PrivateKey {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("PrivateKey(hidden)")
    }
}

/// Versions of GitHub's REST API that this client speaks; both are decoded, whichever was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ApiVersion {
    /// 2022-11-28, which every GitHub Enterprise Server in support speaks.
    #[default]
    V2022,
    /// 2026-03-10: a dispatch always answers with the run.
    V2026,
}

impl ApiVersion {
    /// The header's value.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::V2022 => "2022-11-28",
            Self::V2026 => "2026-03-10",
        }
    }
}

/// GitHub's limits, and our share of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Requests at a time. GitHub: 100.
    pub concurrent_max: u32,
    /// Points per minute: 1 for a read, 5 for a write. GitHub: 900.
    pub points_per_minute_max: u32,
    /// Writes that make something visible, per minute. GitHub: 80.
    pub contents_per_minute_max: u32,
    /// The same per hour. GitHub: 500.
    pub contents_per_hour_max: u32,
    /// How much of all these is ours, in percent; the rest is for others who use the same installation.
    pub own_share_percent: u32,
    /// Longest time that a request waits here for its turn before the caller is told to come again, in seconds.
    pub wait_seconds_max: u64,
    /// Longest time from sending a request to the head of its answer, in seconds; an upload gets more by its size.
    pub answer_seconds_max: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            concurrent_max: 100,
            points_per_minute_max: 900,
            contents_per_minute_max: 80,
            contents_per_hour_max: 500,
            own_share_percent: 50,
            // Above the minute that a secondary limit costs at least, so that the usual one is sat out in place.
            wait_seconds_max: 90,
            // GitHub gives up on its own requests after ten seconds; three times that means nobody answers.
            answer_seconds_max: 30,
        }
    }
}

impl Limits {
    /// Our share of `all`, one at least: a share of nothing would wait for ever.
    pub(crate) fn own(&self, all: u32) -> u32 {
        let share = u64::from(all) * u64::from(self.own_share_percent.min(100)) / 100;
        u32::try_from(share).unwrap_or(all).max(1)
    }
}
