//! What people change about a repository as a whole: its name, whether it is there, and whether an App reaches it.

use super::deliveries::Notice;
use super::owner::{refused, unknown};
use super::{Effect, GitHub, Repository};
use crate::error::SimError;
use serde_json::{Value, json};
use std::collections::BTreeSet;

impl GitHub {
    /// A person deletes a repository. Pull requests from it stay, and do not know any more where their heads come from.
    pub fn delete_repository(&mut self, owner: &str, name: &str, person: &str) -> Result<(), SimError> {
        let id = self.find(owner, name)?;
        self.emit("repository", id, person, json!({"action": "deleted"}));
        self.repositories.remove(&id);
        Ok(())
    }

    /// A person gives a repository another name. Under the old one GitHub says that it has moved.
    pub fn rename_repository(
        &mut self,
        (owner, name): (&str, &str),
        new_name: &str,
        person: &str,
    ) -> Result<(), SimError> {
        let id = self.find(owner, name)?;
        if self.repository_named(owner, new_name).is_some() {
            return Err(SimError::Taken {
                what: "repository",
                name: format!("{owner}/{new_name}"),
            });
        }
        let known = self.known_mut(id).map_err(refused)?;
        let from = known.folder();
        let old_name = std::mem::replace(&mut known.name, new_name.to_owned());
        known.former_names.insert(old_name.clone());
        let to = known.folder();
        self.effects.push(Effect::MoveRepository { from, to });
        let changes = json!({"repository": {"name": {"from": old_name}}});
        self.emit(
            "repository",
            id,
            person,
            json!({"action": "renamed", "changes": changes}),
        );
        Ok(())
    }

    /// A person lets an App reach these repositories of an account, and no other; the App is told what that changes.
    pub fn select_repositories_by(
        &mut self,
        (app, account): (u64, &str),
        names: &[&str],
        person: &str,
    ) -> Result<(), SimError> {
        let installation = self
            .installation_on(app, account)
            .ok_or_else(|| unknown("installation", account))?;
        let reached = self.reached(installation);
        self.set_selected(app, account, names)?;
        let now = self.reached(installation);
        let views = |ids: &BTreeSet<u64>, others: &BTreeSet<u64>| -> Vec<Value> {
            let changed = ids.difference(others).filter_map(|id| self.repositories.get(id));
            changed.map(named_view).collect()
        };
        let (added, removed) = (views(&now, &reached), views(&reached, &now));
        if !added.is_empty() {
            self.tell_of_selection((app, installation), "added", (added, Vec::new()), person);
        }
        if !removed.is_empty() {
            self.tell_of_selection((app, installation), "removed", (Vec::new(), removed), person);
        }
        Ok(())
    }

    fn reached(&self, installation: u64) -> BTreeSet<u64> {
        let Some(known) = self.installations.get(&installation) else {
            return BTreeSet::new();
        };
        let own = self.repositories.values();
        own.filter(|repository| repository.owner == known.account && known.reaches(repository.id))
            .map(|repository| repository.id)
            .collect()
    }

    fn tell_of_selection(
        &mut self,
        (app, installation): (u64, u64),
        action: &str,
        (added, removed): (Vec<Value>, Vec<Value>),
        person: &str,
    ) {
        let Some(known) = self.installations.get(&installation) else {
            return;
        };
        let account = known.account.clone();
        let payload = json!({
            "action": action,
            "installation": self.installation_view(known),
            "repository_selection": "selected",
            "repositories_added": added,
            "repositories_removed": removed,
            "requester": null,
            "sender": self.user_view(person),
        });
        let notice = Notice {
            event: "installation_repositories",
            account: &account,
            repository: None,
            payload,
        };
        self.notify(&notice, Some(app));
    }
}

/// A repository as an installation names it.
pub(crate) fn named_view(repository: &Repository) -> Value {
    json!({
        "id": repository.id,
        "node_id": format!("R_{}", repository.id),
        "name": repository.name,
        "full_name": repository.full_name(),
        "private": repository.is_private,
    })
}
