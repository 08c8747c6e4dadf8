//! Which repository a name is of now, and who may see it: asked only where a range has commits, with as few requests as there can be.

use crate::error::sentence;
use crate::github::frozen::FullName;
use crate::github::planning::PlanRefusal;
use crate::github::workshop::Workshop;
use futures::{StreamExt as _, TryStreamExt as _, stream};
use github_client::{GitHubError, RepositoryInfo};
use std::collections::BTreeMap;

/// Repositories of a page of GitHub's list of them.
const PAGE: usize = 100;

/// Repositories of a list that is read to its end: what `github-client` reads of one.
const LISTED_MAX: u64 = 10_000;

/// Requests at a time where each repository is asked for by itself.
const ASKED_AT_ONCE_MAX: usize = 4;

/// The number of a repository, and whether it is private.
pub(super) type Word = (u64, bool);

/// What GitHub says of repositories, by their names in lower case.
pub(super) struct Seen(BTreeMap<String, Word>);

impl Seen {
    pub(super) fn nothing() -> Self {
        Self(BTreeMap::new())
    }

    fn of(repositories: Vec<RepositoryInfo>) -> Self {
        let of = |info: RepositoryInfo| (info.full_name.to_ascii_lowercase(), (info.id, info.private));
        Self(repositories.into_iter().map(of).collect())
    }

    /// Its number; names are given to others, and numbers are not.
    pub(super) fn id(&self, name: &FullName) -> Option<u64> {
        self.word(name).map(|(id, _)| id)
    }

    /// Whether what is known of one repository must not be told on the page of another. Of which nobody can tell, it must not.
    pub(super) fn is_hidden_from(&self, source: &FullName, home: &FullName) -> bool {
        let is_private = |name: &FullName| self.word(name).map(|(_, is_private)| is_private);
        source != home && is_private(source) != Some(false) && is_private(home) != Some(true)
    }

    fn word(&self, name: &FullName) -> Option<Word> {
        self.0.get(&in_lower_case(name)).copied()
    }
}

/// A name as GitHub compares it.
pub(super) fn in_lower_case(name: &FullName) -> String {
    name.to_string().to_ascii_lowercase()
}

/// What is seen of these repositories. What was said for a try before that had to wait is not asked again.
///
/// # Errors
/// GitHub's, as far as asking again helps.
pub(super) async fn seen(workshop: &Workshop, names: &[&FullName]) -> Result<Seen, PlanRefusal> {
    let now = workshop.clock.now();
    let mut words = BTreeMap::new();
    let mut accounts: BTreeMap<String, BTreeMap<String, FullName>> = BTreeMap::new();
    for name in names.iter().copied() {
        match workshop.found_before.seen(name, now) {
            Some(word) => words.extend(word.map(|word| (in_lower_case(name), word))),
            None => {
                let account = accounts.entry(name.owner.to_ascii_lowercase()).or_default();
                account.insert(in_lower_case(name), name.clone());
            }
        }
    }
    for asked in accounts.into_values() {
        let asked: Vec<FullName> = asked.into_values().collect();
        words.extend(of_account(workshop, asked).await?.0);
    }
    Ok(Seen(words))
}

/// What is seen of repositories of one account: by the list of all that the App reaches there, or by asking for each, whichever takes fewer
/// requests.
async fn of_account(workshop: &Workshop, names: Vec<FullName>) -> Result<Seen, PlanRefusal> {
    let listed_max =
        u64::try_from(names.len().saturating_mul(PAGE)).map_or(LISTED_MAX, |max| max.min(LISTED_MAX));
    let (Some(first), true) = (names.first(), names.len() > 1) else {
        return each(workshop, names).await;
    };
    let place = (first.owner.as_str(), first.name.as_str());
    let listed = match workshop.github().reached_with(place, listed_max).await {
        Ok(listed) => Seen::of(listed),
        Err(error) if error.is_retryable() => return Err(error.into()),
        // The first page said how many there are.
        Err(GitHubError::TooLarge { .. }) => return each(workshop, names).await,
        Err(error) => {
            let (owner, reason) = (place.0, sentence(&error));
            tracing::warn!(
                owner,
                reason,
                "nobody can tell which of its repositories are public"
            );
            Seen::nothing()
        }
    };
    let now = workshop.clock.now();
    for name in &names {
        workshop.found_before.keep_seen(name, listed.word(name), now);
    }
    Ok(listed)
}

/// What is seen of repositories that are asked for one by one. Each answer is kept, so that the next try goes on from there.
async fn each(workshop: &Workshop, names: Vec<FullName>) -> Result<Seen, PlanRefusal> {
    let words: Vec<Option<(String, Word)>> = stream::iter(names)
        .map(|name| async move {
            let word = word_of(workshop, &name).await?;
            workshop.found_before.keep_seen(&name, word, workshop.clock.now());
            Ok::<_, PlanRefusal>(word.map(|word| (in_lower_case(&name), word)))
        })
        .buffered(ASKED_AT_ONCE_MAX)
        .try_collect()
        .await?;
    Ok(Seen(words.into_iter().flatten().collect()))
}

async fn word_of(workshop: &Workshop, name: &FullName) -> Result<Option<Word>, PlanRefusal> {
    let repository = workshop.github().repository(&name.owner, &name.name)?;
    match repository.info().await {
        Ok(info) => Ok(Seen::of(vec![info]).word(name)),
        Err(error) if error.is_retryable() => Err(error.into()),
        Err(error) => {
            let (repository, reason) = (name.to_string(), sentence(&error));
            tracing::warn!(repository, reason, "nobody can tell whether it is public");
            Ok(None)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(text: &str) -> FullName {
        let (owner, name) = text.split_once('/').unwrap();
        FullName {
            owner: owner.to_owned(),
            name: name.to_owned(),
        }
    }

    #[test]
    fn what_is_private_or_unknown_is_hidden_from_a_page_that_is_not_known_to_be_private() {
        let info = |(full_name, private): (&str, bool)| RepositoryInfo {
            id: 7,
            full_name: full_name.to_owned(),
            default_branch: "main".to_owned(),
            private,
        };
        let known = [("Acme/Open", false), ("acme/closed", true), ("acme/vault", true)];
        let seen = Seen::of(known.map(info).into());
        for (source, home, expected) in [
            ("acme/open", "acme/gone", false),
            ("ACME/closed", "acme/open", true),
            ("acme/closed", "acme/gone", true),
            ("acme/closed", "acme/vault", false),
            ("acme/closed", "acme/closed", false),
            ("acme/gone", "acme/open", true),
            ("acme/gone", "acme/gone", false),
        ] {
            let hidden = seen.is_hidden_from(&name(source), &name(home));
            assert_eq!(hidden, expected, "{source} on the page of {home}");
        }
    }
}
