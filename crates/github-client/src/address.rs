//! Where the API is, and where its answers may lead. Nothing secret leaves for another place.

use crate::GitHubError;
use http::Uri;
use http::uri::Scheme;

/// Where the API is.
#[derive(Debug, Clone)]
pub(crate) struct Address {
    /// Scheme and authority, as in `https://api.github.com`.
    origin: String,
    /// What comes before every path: nothing, or `/api/v3` on GitHub Enterprise Server.
    path: String,
    root: Uri,
    download_hosts: Vec<String>,
}

impl Address {
    /// From the settings. Plain HTTP is for loopback only: a token would be read by everybody on the way.
    pub(crate) fn new(api_url: &str, download_hosts: &[String]) -> Result<Self, GitHubError> {
        let unusable = |reason: &str| GitHubError::Setting {
            setting: "api_url",
            reason: reason.to_owned(),
        };
        let uri: Uri = api_url.parse().map_err(|_| unusable("it is no address"))?;
        let (Some(scheme), Some(authority)) = (uri.scheme(), uri.authority()) else {
            return Err(unusable("it has no scheme or no host"));
        };
        if authority.as_str().contains('@') || uri.query().is_some() {
            return Err(unusable("it has a user or a query"));
        }
        if !may_speak(Some(scheme), authority.host()) {
            return Err(unusable("only loopback may be spoken to without TLS"));
        }
        let origin = format!("{scheme}://{authority}");
        Ok(Self {
            root: origin.parse().map_err(|_| unusable("it is no address"))?,
            origin,
            path: uri.path().trim_end_matches('/').to_owned(),
            download_hosts: download_hosts.to_vec(),
        })
    }

    /// The whole address of a path and query below the API.
    pub(crate) fn url(&self, target: &str) -> String {
        format!("{}{}{target}", self.origin, self.path)
    }

    /// Where git reads a repository: on the host of the pages, which is the API's own but for the hosts that are named `api.`.
    pub(crate) fn git_url(&self, owner: &str, name: &str) -> String {
        let pages = match self.origin.strip_prefix("https://api.") {
            Some(host) if host == "github.com" || host.ends_with(".ghe.com") => format!("https://{host}"),
            Some(_) | None => self.origin.clone(),
        };
        format!("{pages}/{owner}/{name}.git")
    }

    /// The path and query below the API of an address that an answer gave; none if it is not below the API.
    pub(crate) fn target(&self, uri: &Uri) -> Option<String> {
        let below = uri.path_and_query()?.as_str().strip_prefix(&self.path)?;
        (self.is_own(uri) && below.starts_with('/')).then(|| below.to_owned())
    }

    /// Whether an address is on the API's own host, port and scheme included.
    pub(crate) fn is_own(&self, uri: &Uri) -> bool {
        uri.scheme() == self.root.scheme() && uri.authority() == self.root.authority()
    }

    /// Whether files may be brought to an address, with our token: the API's own host, or the one for uploads beside it
    /// (`uploads.github.com` beside `api.github.com`).
    pub(crate) fn takes_uploads(&self, uri: &Uri) -> bool {
        let own = self.root.host().and_then(|host| host.strip_prefix("api."));
        let beside = uri.host().and_then(|host| host.strip_prefix("uploads."));
        let is_beside = own.is_some() && own == beside && uri.scheme() == Some(&Scheme::HTTPS);
        self.is_own(uri) || (is_beside && uri.port().is_none())
    }

    /// Whether data may be fetched from an address: the API's own host, or a host of the settings, with TLS.
    pub(crate) fn may_lead_to(&self, uri: &Uri) -> bool {
        let Some(host) = uri.host() else { return false };
        let listed = self
            .download_hosts
            .iter()
            .any(|listed| match listed.strip_prefix('.') {
                Some(domain) => host.len() > listed.len() && host.ends_with(listed) && !domain.is_empty(),
                None => host == listed,
            });
        self.is_own(uri) || (listed && may_speak(uri.scheme(), host))
    }
}

/// With TLS everywhere, without it on loopback.
fn may_speak(scheme: Option<&Scheme>, host: &str) -> bool {
    scheme == Some(&Scheme::HTTPS) || (scheme == Some(&Scheme::HTTP) && is_loopback(host))
}

fn is_loopback(host: &str) -> bool {
    let address = host.trim_start_matches('[').trim_end_matches(']');
    address
        .parse::<std::net::IpAddr>()
        .map_or(host == "localhost" || host.ends_with(".localhost"), |ip| {
            ip.is_loopback()
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn address(api_url: &str) -> Result<Address, GitHubError> {
        Address::new(
            api_url,
            &["uploads.github.com".to_owned(), ".blob.example".to_owned()],
        )
    }

    #[test]
    fn plain_http_is_for_loopback_only() {
        for good in [
            "https://api.github.com",
            "https://ghes.example/api/v3/",
            "http://127.0.0.1:8080",
            "http://[::1]:1",
            "http://localhost:1",
            "http://github.localhost:1",
        ] {
            assert!(address(good).is_ok(), "{good}");
        }
        for bad in [
            "http://api.github.com",
            "http://localhost.example",
            "https://user@host",
            "https://host/?a=b",
            "host",
            "",
            "ftp://x",
            "ftp://localhost",
        ] {
            assert!(address(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn git_reads_where_the_pages_are() {
        for (api, url) in [
            ("https://api.github.com", "https://github.com/o/r.git"),
            ("https://api.acme.ghe.com", "https://acme.ghe.com/o/r.git"),
            ("https://ghes.example/api/v3", "https://ghes.example/o/r.git"),
            (
                "https://api.corp.example/api/v3",
                "https://api.corp.example/o/r.git",
            ),
            ("http://127.0.0.1:8080", "http://127.0.0.1:8080/o/r.git"),
        ] {
            assert_eq!(address(api).unwrap().git_url("o", "r"), url, "{api}");
        }
    }

    #[test]
    fn answers_lead_to_listed_hosts_only() {
        let address = address("https://ghes.example/api/v3").unwrap();
        let check = |uri: &str, expected: bool| {
            assert_eq!(address.may_lead_to(&uri.parse().unwrap()), expected, "{uri}")
        };
        check("https://ghes.example/anything", true);
        check("https://uploads.github.com/x", true);
        check("https://a.blob.example/x", true);
        check("https://blob.example/x", false);
        check("https://evilblob.example/x", false);
        check("http://uploads.github.com/x", false);
        check("http://ghes.example/x", false);
        check("https://ghes.example:444/x", false);
        check("/relative", false);
    }

    #[test]
    fn uploads_go_beside_the_api_only() {
        let check = |api: &str, uri: &str, expected: bool| {
            assert_eq!(
                address(api).unwrap().takes_uploads(&uri.parse().unwrap()),
                expected,
                "{uri}"
            );
        };
        check(
            "https://api.github.com",
            "https://uploads.github.com/repos/o/r",
            true,
        );
        check(
            "https://api.corp.example",
            "https://uploads.corp.example/repos",
            true,
        );
        check(
            "https://ghes.example/api/v3",
            "https://ghes.example/api/uploads/repos",
            true,
        );
        check(
            "https://api.github.com",
            "http://uploads.github.com/repos/o/r",
            false,
        );
        check(
            "https://api.github.com",
            "https://uploads.github.com:444/repos/o/r",
            false,
        );
        check("https://api.github.com", "https://a.blob.example/x", false);
        check(
            "https://ghes.example/api/v3",
            "https://uploads.github.com/x",
            false,
        );
        check("https://ghes.example", "https://uploads.ghes.example/x", false);
    }

    #[test]
    fn targets_are_below_the_api() {
        let address = address("https://ghes.example/api/v3").unwrap();
        let check = |uri: &str, expected: Option<&str>| {
            assert_eq!(
                address.target(&uri.parse().unwrap()).as_deref(),
                expected,
                "{uri}"
            );
        };
        check("https://ghes.example/api/v3/app?page=2", Some("/app?page=2"));
        check("https://ghes.example/api/v34", None);
        check("https://ghes.example/other", None);
        check("https://other.example/api/v3/app", None);
        assert_eq!(address.url("/app"), "https://ghes.example/api/v3/app");
    }
}
