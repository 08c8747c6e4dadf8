//! What the tests over HTTP stand on: a simulator that runs, with an organisation, two repositories and an App.

use crate::peer::{Peer, app_token};
use github_sim::{
    AppCredentials, Clock, Faults, Limits, Repo, Running, ScriptedWorkers, Setup, WORKER_WORKFLOW, start,
};
use tempfile::TempDir;

/// A simulator and who is there.
pub(crate) struct Stage {
    pub(crate) folder: TempDir,
    pub(crate) github: Running,
    pub(crate) app: AppCredentials,
    pub(crate) installation: u64,
    pub(crate) node: Repo,
}

impl Stage {
    pub(crate) async fn set(clock: Clock, faults: Faults) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let github = start(Setup {
            data: folder.path().to_owned(),
            clock,
            seed: 1,
            faults,
            limits: Limits::default(),
            workers: Box::new(ScriptedWorkers::default()),
        })
        .await
        .unwrap();
        github.create_organisation("acme").unwrap();
        let files = [
            (".github/workflows/build.yml", WORKER_WORKFLOW),
            ("README.md", "# node\n"),
        ];
        let node = github.create_repository("acme", "node", &files).unwrap();
        github.create_user("olga").unwrap();
        let permissions = [("actions", "write"), ("contents", "write"), ("statuses", "write")];
        let events = ["push", "create", "release", "workflow_run", "workflow_job"];
        let app = github.create_app("release", &permissions, &events, None).unwrap();
        let installation = github.install(app.app_id, "acme").unwrap();
        Self {
            folder,
            github,
            app,
            installation,
            node,
        }
    }

    /// Somebody who asks with a token of the App's installation.
    pub(crate) async fn peer(&self) -> Peer {
        let app = Peer::new(self.github.url(), &app_token(&self.app, self.github.now()));
        let path = format!("/app/installations/{}/access_tokens", self.installation);
        let made = app.post(&path, &serde_json::json!({})).await;
        assert_eq!(made.status, 201, "{}", made.text());
        Peer::new(self.github.url(), made.json()["token"].as_str().unwrap())
    }
}
