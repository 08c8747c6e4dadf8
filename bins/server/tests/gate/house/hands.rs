//! What people do in the house.

use super::{AUTHOR, House, NAMESPACE, NODE, OWNER};
use github_sim::PullPlan;

impl House {
    /// The author opens a pull request that writes these files.
    pub(crate) fn open(&self, branch: &str, files: &[(&str, &str)]) -> u64 {
        self.github.push_files_to(NODE, branch, files, AUTHOR).unwrap();
        let plan = PullPlan::of(branch, "main");
        self.github.open_pull_by(NODE, plan, AUTHOR).unwrap()
    }

    /// A maintainer signs what the report shows, in a comment.
    pub(crate) fn sign(&self, number: u64, login: &str) -> u64 {
        self.sign_in(NODE.1, number, login)
    }

    /// The same in a repository.
    pub(crate) fn sign_in(&self, name: &str, number: u64, login: &str) -> u64 {
        let armour = self.maintainers[login].sign(&self.statement_of(name, number), NAMESPACE);
        let comment = format!("/governance-sign\n\n```\n{armour}```\n");
        self.github
            .comment_by((OWNER, name, number), &comment, login)
            .unwrap()
    }

    /// A comment by somebody.
    pub(crate) fn say(&self, number: u64, words: &str, login: &str) -> u64 {
        self.github
            .comment_by((NODE.0, NODE.1, number), words, login)
            .unwrap()
    }

    /// A pull request of one file that two maintainers signed.
    pub(crate) async fn signed(&self) -> u64 {
        let number = self.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
        self.settle().await;
        for login in ["atlas-ada", "atlas-ben"] {
            self.sign(number, login);
        }
        self.settle().await;
        number
    }
}
