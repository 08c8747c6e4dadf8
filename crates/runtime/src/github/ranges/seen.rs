//! Which repository a name is of now, and who may see it: one request for a hundred repositories, and only where a range has commits.

use crate::error::sentence;
use crate::github::frozen::FullName;
use crate::github::planning::PlanRefusal;
use crate::github::workshop::Workshop;
use github_client::RepositoryInfo;
use std::collections::BTreeMap;

/// What GitHub says of the repositories that the App reaches, by their names in lower case.
pub(super) struct Seen(BTreeMap<String, (u64, bool)>);

impl Seen {
    pub(super) fn of(repositories: Vec<RepositoryInfo>) -> Self {
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

    fn word(&self, name: &FullName) -> Option<(u64, bool)> {
        self.0.get(&name.to_string().to_ascii_lowercase()).copied()
    }
}

/// What is seen of these repositories: one list for each account that one of them belongs to.
///
/// # Errors
/// GitHub's, as far as asking again helps.
pub(super) async fn seen(workshop: &Workshop, names: &[&FullName]) -> Result<Seen, PlanRefusal> {
    let mut accounts: BTreeMap<String, &FullName> = BTreeMap::new();
    for name in names {
        accounts.entry(name.owner.to_ascii_lowercase()).or_insert(name);
    }
    let mut found = Vec::new();
    for name in accounts.into_values() {
        match workshop.github().reached_with(&name.owner, &name.name).await {
            Ok(listed) => found.extend(listed),
            Err(error) if error.is_retryable() => return Err(error.into()),
            Err(error) => {
                let (owner, reason) = (&name.owner, sentence(&error));
                tracing::warn!(
                    owner,
                    reason,
                    "nobody can tell which of its repositories are public"
                );
            }
        }
    }
    Ok(Seen::of(found))
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
