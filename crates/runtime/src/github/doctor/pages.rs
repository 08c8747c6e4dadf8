//! Where a person changes a setting: the pages of GitHub, made from the address of its API.

use crate::github::FullName;

/// The public address of the API, whose pages are on another host.
const PUBLIC_API: &str = "https://api.github.com";
/// The pages that belong to it.
const PUBLIC_PAGES: &str = "https://github.com";

/// The pages of one GitHub.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Pages {
    root: String,
}

impl Pages {
    /// Those that belong to an API.
    pub(super) fn of(api_url: &str) -> Self {
        let root = match api_url {
            PUBLIC_API => PUBLIC_PAGES,
            other => other.strip_suffix("/api/v3").unwrap_or(other),
        };
        Self {
            root: root.to_owned(),
        }
    }

    /// A page of the App's own settings, such as `permissions`; an empty name is the first of them.
    pub(super) fn app(&self, owner: &str, slug: &str, name: &str) -> String {
        let page = format!("{}/organizations/{owner}/settings/apps/{slug}", self.root);
        match name {
            "" => page,
            name => format!("{page}/{name}"),
        }
    }

    /// Where an organisation sees what is installed.
    pub(super) fn installations(&self, owner: &str) -> String {
        format!("{}/organizations/{owner}/settings/installations", self.root)
    }

    /// A page of a repository, such as `settings/rules`.
    pub(super) fn repository(&self, repository: &FullName, name: &str) -> String {
        format!("{}/{repository}/{name}", self.root)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pages_are_where_the_api_is() {
        let rows = [
            ("https://api.github.com", "https://github.com"),
            ("https://git.example.org/api/v3", "https://git.example.org"),
            ("http://127.0.0.1:8000", "http://127.0.0.1:8000"),
        ];
        for (api, root) in rows {
            let page = Pages::of(api).app("acme", "gate", "permissions");
            assert_eq!(
                page,
                format!("{root}/organizations/acme/settings/apps/gate/permissions")
            );
        }
    }
}
