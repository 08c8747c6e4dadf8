//! GitHub as this App sees it, and the way to its repositories.

mod setup;

use crate::call::{Account, Call, Priority};
use crate::client::{Client, decode};
use crate::pages::next;
use crate::{App, DeliveryPage, GitHubError, Repository, Settings, SystemTimeOfDay, Time, Written};
use domain_types::{Invalid, RepoName};
use http::Method;
use percent_encoding::percent_decode_str;
use std::sync::Arc;

/// Deliveries per page: GitHub gives a hundred at most.
const DELIVERIES_PER_PAGE: &str = "100";
/// Characters of an account's name: GitHub's limit.
const OWNER_CHARS_MAX: usize = 39;

/// GitHub, spoken to as one App. Cheap to clone; all clones share tokens, limits and what was read before.
#[derive(Clone)]
pub struct GitHub {
    client: Arc<Client>,
}

/// What GitHub last said about the hourly number of requests, for the account that has the least left.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Budget {
    /// How many an hour has; none before the first answer.
    pub limit: Option<u64>,
    /// How many are left.
    pub remaining: Option<u64>,
    /// When the hour ends, in seconds since 1970.
    pub reset_seconds: Option<u64>,
}

impl GitHub {
    /// A client. Makes no request; must be called within a tokio runtime.
    ///
    /// # Errors
    ///
    /// [`GitHubError::Setting`] names the setting that cannot be used.
    pub fn new(settings: Settings) -> Result<Self, GitHubError> {
        Self::with_time(settings, Arc::new(SystemTimeOfDay))
    }

    /// The same with another clock.
    ///
    /// # Errors
    ///
    /// As for [`GitHub::new`].
    pub fn with_time(settings: Settings, time: Arc<dyn Time>) -> Result<Self, GitHubError> {
        Ok(Self {
            client: Arc::new(Client::new(&settings, time)?),
        })
    }

    /// A handle on a repository. Makes no request.
    ///
    /// # Errors
    ///
    /// [`GitHubError::Invalid`] if GitHub could not have such a name.
    pub fn repository(&self, owner: &str, name: &str) -> Result<Repository, GitHubError> {
        let name: RepoName = name.parse()?;
        check_owner(owner)?;
        Ok(Repository::new(
            Arc::clone(&self.client),
            owner.to_owned(),
            name.to_string(),
        ))
    }

    /// Who we are, and what we may do.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn app(&self) -> Result<App, GitHubError> {
        self.client
            .read(&Call::new(Account::App, Method::GET, "/app", &[]))
            .await
    }

    /// The login of the App's own user, asked once: as the installation that reaches this repository tells it, which whoever works there
    /// asks for anyway, so that it mostly costs nothing.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn own_login(&self, owner: &str, name: &str) -> Result<&str, GitHubError> {
        let asked = self.client.login.get_or_try_init(|| async {
            // What cannot be asked by this name tells no less who we are.
            let by_name = match name.parse::<RepoName>().is_ok() && check_owner(owner).is_ok() {
                true => self.client.slug_of_installation(owner, name).await?,
                false => None,
            };
            let slug = match by_name {
                Some(slug) => slug,
                None => self.app().await?.slug,
            };
            Ok(format!("{slug}[bot]"))
        });
        asked.await.map(String::as_str)
    }

    /// A page of the App's webhook deliveries, newest first, `cursor` from the page before.
    ///
    /// # Errors
    ///
    /// As for every read.
    pub async fn deliveries(&self, cursor: Option<&str>) -> Result<DeliveryPage, GitHubError> {
        let call = Call::new(Account::App, Method::GET, "/app/hook/deliveries", &[])
            .query("per_page", DELIVERIES_PER_PAGE)
            .query_if("cursor", cursor);
        let answer = self.client.answer(&call).await?;
        Ok(DeliveryPage {
            deliveries: decode(&call, &answer.body)?,
            next: answer.link.as_deref().and_then(next).and_then(cursor_of),
        })
    }

    /// Asks GitHub to deliver again.
    pub async fn redeliver(&self, delivery: u64) -> Written<()> {
        let template = "/app/hook/deliveries/{delivery_id}/attempts";
        let call = Call::new(Account::App, Method::POST, template, &[&delivery.to_string()]);
        self.client.write_done(Ok(call.priority(Priority::Comment))).await
    }

    /// How many requests were sent to the API's host so far, by `METHOD /template`; tokens and unchanged answers included,
    /// where redirects lead not.
    pub fn requests_made(&self) -> Vec<(String, u64)> {
        self.client.made()
    }

    /// The hourly budget as last seen.
    pub fn budget(&self) -> Budget {
        let tightest = self.client.gate.tightest();
        Budget {
            limit: tightest.map(|quota| quota.limit),
            remaining: tightest.map(|quota| quota.remaining),
            reset_seconds: tightest.and_then(|quota| u64::try_from(quota.reset.seconds()).ok()),
        }
    }
}

/// An account's name as GitHub has them: letters, digits and hyphens, and the underscore of managed users.
fn check_owner(owner: &str) -> Result<(), GitHubError> {
    let word = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    if !owner.is_empty() && owner.chars().count() <= OWNER_CHARS_MAX && owner.chars().all(word) {
        return Ok(());
    }
    Err(GitHubError::Invalid(Invalid {
        kind: "GitHub account",
        text: owner.chars().take(Invalid::TEXT_CHARS_MAX).collect(),
        rule: "1 to 39 letters, digits, hyphens and underscores",
    }))
}

/// The cursor in the address of the next page.
fn cursor_of(address: &str) -> Option<String> {
    let (_, query) = address.split_once('?')?;
    let cursor = query.split('&').find_map(|pair| pair.strip_prefix("cursor="))?;
    Some(percent_decode_str(cursor).decode_utf8().ok()?.into_owned())
}
