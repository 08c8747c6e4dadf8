//! What the token of a job must be allowed to do, as far as its steps tell: two tables, of actions and of command lines.

use crate::expression::expressions;
use crate::{Access, Expression, Job, Step, Text, Workflow};
use std::collections::BTreeMap;

/// A scope and how far it is needed.
type Need = (&'static str, Access);

/// An action and what it needs. A name that ends with `/` stands for all actions below it.
struct ActionNeeds {
    action: &'static str,
    /// Counts only if the step hands this setting over, its value containing this text.
    only_with: Option<(&'static str, &'static str)>,
    needs: &'static [Need],
}

const NOTHING: &[Need] = &[];
const READ_CONTENTS: &[Need] = &[("contents", Access::Read)];
const WRITE_CONTENTS: &[Need] = &[("contents", Access::Write)];
const ATTEST: &[Need] = &[("attestations", Access::Write), ("id-token", Access::Write)];
const READ_ACTIONS: &[Need] = &[("actions", Access::Read)];
const WRITE_PACKAGES: &[Need] = &[("packages", Access::Write)];

const fn always(action: &'static str, needs: &'static [Need]) -> ActionNeeds {
    ActionNeeds {
        action,
        only_with: None,
        needs,
    }
}

const fn with(
    action: &'static str,
    setting: (&'static str, &'static str),
    needs: &'static [Need],
) -> ActionNeeds {
    ActionNeeds {
        action,
        only_with: Some(setting),
        needs,
    }
}

const ACTIONS: &[ActionNeeds] = &[
    always("actions/checkout", READ_CONTENTS),
    always("actions/upload-artifact", NOTHING),
    always("actions/download-artifact", NOTHING),
    with("actions/download-artifact", ("run-id", ""), READ_ACTIONS),
    always("actions/cache", NOTHING),
    always("actions/cache/", NOTHING),
    always("actions/setup-go", NOTHING),
    always("actions/setup-java", NOTHING),
    always("actions/setup-node", NOTHING),
    always("actions/setup-python", NOTHING),
    always("actions/attest", ATTEST),
    always("actions/attest-build-provenance", ATTEST),
    always("actions/attest-sbom", ATTEST),
    always("actions/create-release", WRITE_CONTENTS),
    always("actions/upload-release-asset", WRITE_CONTENTS),
    always(
        "actions/deploy-pages",
        &[("pages", Access::Write), ("id-token", Access::Write)],
    ),
    always(
        "actions/stale",
        &[("issues", Access::Write), ("pull-requests", Access::Write)],
    ),
    always("softprops/action-gh-release", WRITE_CONTENTS),
    always("ncipollo/release-action", WRITE_CONTENTS),
    always("peter-evans/repository-dispatch", WRITE_CONTENTS),
    always(
        "peter-evans/create-pull-request",
        &[("contents", Access::Write), ("pull-requests", Access::Write)],
    ),
    always("github/codeql-action/", &[("security-events", Access::Write)]),
    always("docker/login-action", NOTHING),
    with("docker/login-action", ("registry", "ghcr.io"), WRITE_PACKAGES),
    always("docker/setup-buildx-action", NOTHING),
    always("docker/setup-qemu-action", NOTHING),
    always("docker/metadata-action", NOTHING),
    always("docker/build-push-action", NOTHING),
    always("dtolnay/rust-toolchain", NOTHING),
    always("Swatinem/rust-cache", NOTHING),
    always("taiki-e/install-action", NOTHING),
    always("sigstore/cosign-installer", NOTHING),
];

/// Command lines of `gh` and what they need.
const COMMANDS: &[(&str, &[Need])] = &[
    ("gh release create", WRITE_CONTENTS),
    ("gh release upload", WRITE_CONTENTS),
    ("gh release edit", WRITE_CONTENTS),
    ("gh release delete", WRITE_CONTENTS),
    ("gh release download", READ_CONTENTS),
    ("gh release view", READ_CONTENTS),
    ("gh workflow run", &[("actions", Access::Write)]),
    ("gh run rerun", &[("actions", Access::Write)]),
    ("gh run cancel", &[("actions", Access::Write)]),
    ("gh run download", READ_ACTIONS),
    ("gh run list", READ_ACTIONS),
    ("gh run view", READ_ACTIONS),
    ("gh pr comment", &[("pull-requests", Access::Write)]),
    ("gh pr create", &[("pull-requests", Access::Write)]),
    ("gh issue comment", &[("issues", Access::Write)]),
    ("gh issue create", &[("issues", Access::Write)]),
    ("git push", WRITE_CONTENTS),
];

/// The two names of a job's token.
const TOKEN: [&str; 2] = ["github.token", "secrets.GITHUB_TOKEN"];

/// What a job needs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Needs {
    /// Each scope that is needed, how far, and by what.
    pub(super) scopes: BTreeMap<&'static str, (Access, String)>,
    /// Something uses the token, and nothing here says for what: more may be needed.
    pub(super) more_is_possible: bool,
}

/// What the steps of a job need. `workflow` is asked for variables that hold the token.
pub(super) fn of_job(workflow: &Workflow, job: &Job) -> Needs {
    let mut needs = Needs::default();
    let of_all = workflow.env.iter().chain(&job.env);
    needs.more_is_possible = job.uses.is_some() || of_all.map(|entry| &entry.value).any(has_token);
    for step in &job.steps {
        of_step(&mut needs, step);
    }
    needs
}

fn of_step(needs: &mut Needs, step: &Step) {
    if let Some(uses) = &step.uses {
        of_action(needs, uses, step);
    }
    if let Some(run) = &step.run {
        for (command, scopes) in COMMANDS {
            if run.value.lines().any(|line| runs(line, command)) {
                needs.add(scopes, command);
            }
        }
        let given = step.env.iter().map(|entry| &entry.value).chain([run]);
        needs.more_is_possible |= given.into_iter().any(has_token);
    }
}

fn of_action(needs: &mut Needs, uses: &Text, step: &Step) {
    let name = uses.value.split('@').next().unwrap_or_default();
    let is_meant = |row: &&ActionNeeds| match row.action.ends_with('/') {
        true => name.starts_with(row.action),
        false => name == row.action,
    };
    let mut known = false;
    for row in ACTIONS.iter().filter(is_meant) {
        known = true;
        let counts = row.only_with.is_none_or(|(setting, value)| {
            let given =
                |entry: &crate::Entry| entry.name.value == setting && entry.value.value.contains(value);
            step.with.iter().any(given)
        });
        if counts {
            needs.add(row.needs, row.action.trim_end_matches('/'));
        }
    }
    needs.more_is_possible |= !known;
}

/// Whether a line of a script runs a command: not within a word, not in a comment.
fn runs(line: &str, command: &str) -> bool {
    let code = line.split(" #").next().unwrap_or_default();
    if code.trim_start().starts_with('#') {
        return false;
    }
    code.match_indices(command).any(|(at, _)| {
        let before = code[..at].chars().next_back();
        let behind = code[at + command.len()..].chars().next();
        let is_word = |letter: char| letter.is_alphanumeric() || matches!(letter, '-' | '_');
        !before.is_some_and(is_word) && !behind.is_some_and(is_word)
    })
}

fn has_token(text: &Text) -> bool {
    expressions(&text.value).iter().flatten().any(names_token)
}

fn names_token(expression: &Expression) -> bool {
    let is_token = |name: String| TOKEN.iter().any(|token| token.eq_ignore_ascii_case(&name));
    expression.dotted_name().is_some_and(is_token) || expression.operands().into_iter().any(names_token)
}

impl Needs {
    fn add(&mut self, scopes: &[Need], by: &str) {
        for (scope, access) in scopes {
            let known = self.scopes.get(scope).map_or(Access::None, |(known, _)| *known);
            if *access > known {
                self.scopes.insert(scope, (*access, by.to_owned()));
            }
        }
    }

    /// What is needed by both together.
    pub(super) fn join(&mut self, other: &Needs) {
        self.more_is_possible |= other.more_is_possible;
        for (scope, (access, by)) in &other.scopes {
            self.add(&[(scope, *access)], by);
        }
    }

    /// How far a scope is needed.
    pub(super) fn access(&self, scope: &str) -> Access {
        self.scopes.get(scope).map_or(Access::None, |(access, _)| *access)
    }
}
