//! What the owner of a running simulator may set up without a request.

use super::running::Running;
use crate::error::SimError;

/// Everything here fails only if a name is unknown.
impl Running {
    /// Turns a workflow off or on, by the path of its file.
    pub fn set_workflow_enabled(
        &self,
        repository: (&str, &str),
        path: &str,
        is_on: bool,
    ) -> Result<(), SimError> {
        self.act(|model| model.set_workflow_enabled(repository, path, is_on))
    }

    /// Turns all workflows of a repository off or on.
    pub fn set_actions_enabled(&self, owner: &str, name: &str, is_on: bool) -> Result<(), SimError> {
        self.act(|model| model.set_actions_enabled(owner, name, is_on))
    }

    /// Adds a runner to a repository.
    pub fn add_runner(
        &self,
        repository: (&str, &str),
        runner: &str,
        labels: &[&str],
        is_online: bool,
    ) -> Result<(), SimError> {
        self.act(|model| model.add_runner(repository, runner, labels, is_online))
    }

    /// Suspends an App's installation with an account, or lets it be used again.
    pub fn set_suspended(&self, app: u64, account: &str, is_suspended: bool) -> Result<(), SimError> {
        self.act(|model| model.set_suspended(app, account, is_suspended))
    }

    /// Lets an App's installation reach these repositories of its account, and no other.
    pub fn set_selected(&self, app: u64, account: &str, names: &[&str]) -> Result<(), SimError> {
        self.act(|model| model.set_selected(app, account, names))
    }
}
