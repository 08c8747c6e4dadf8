//! The examples of GitHub's own description of its API, through our structs.

use crate::wire::{AccessToken, Installation};
use crate::{
    App, Artifact, Asset, BranchRule, ChangedFile, CheckRun, Comment, Commit, CommitStatus, Comparison,
    Delivery, Job, Permission, PullRequest, PullRequestEvent, Reference, Release, RepositoryInfo, Review,
    Ruleset, WorkflowRun, WorkflowRunId,
};
use serde::de::DeserializeOwned;
use serde_json::Value;

/// Where the description is, an `api.github.com.json` of `@octokit/openapi`.
const DESCRIPTION: &str = "OPENAPI_DESCRIPTION";

/// All examples of an operation's success decode, `pointer` within them says where; returns how many there were.
fn check<T: DeserializeOwned>(description: &Value, operation: &str, pointer: &str) -> usize {
    let (method, path) = operation.split_once(' ').unwrap();
    let responses = &description["paths"][path][method]["responses"];
    let success = ["200", "201"]
        .into_iter()
        .find_map(|status| responses.get(status));
    let success = success.unwrap_or_else(|| panic!("{operation} has no success"));
    let examples = &success["content"]["application/json"]["examples"];
    let mut decoded = 0;
    for example in examples
        .as_object()
        .into_iter()
        .flat_map(|examples| examples.values())
    {
        let value = match example["$ref"].as_str() {
            Some(reference) => &description.pointer(&reference[1..]).unwrap()["value"],
            None => &example["value"],
        };
        let part = value
            .pointer(pointer)
            .unwrap_or_else(|| panic!("{operation}: nothing at {pointer}"));
        if let Err(error) = serde_json::from_value::<T>(part.clone()) {
            panic!("{operation}: {error}\n{part:#}");
        }
        decoded += 1;
    }
    assert!(decoded > 0, "{operation} has no example");
    decoded
}

#[test]
#[allow(clippy::disallowed_methods, reason = "an optional input of this test alone")]
fn every_example_of_the_description_is_understood() {
    let Some(path) = std::env::var_os(DESCRIPTION) else {
        println!("not run: {DESCRIPTION} is not set");
        return;
    };
    let description: Value = serde_json::from_slice(&std::fs::read(path).unwrap()).unwrap();
    let of = &description;
    let runs = "get /repos/{owner}/{repo}/actions/runs";
    let releases = "get /repos/{owner}/{repo}/releases";
    let pulls = "get /repos/{owner}/{repo}/pulls";
    let pull = "get /repos/{owner}/{repo}/pulls/{pull_number}";
    let comments = "get /repos/{owner}/{repo}/issues/{issue_number}/comments";
    let checks = "post /repos/{owner}/{repo}/check-runs";
    let dispatch = "post /repos/{owner}/{repo}/actions/workflows/{workflow_id}/dispatches";
    let decoded = [
        check::<App>(of, "get /app", ""),
        check::<Vec<Delivery>>(of, "get /app/hook/deliveries", ""),
        check::<AccessToken>(of, "post /app/installations/{installation_id}/access_tokens", ""),
        check::<Installation>(of, "get /repos/{owner}/{repo}/installation", ""),
        check::<RepositoryInfo>(of, "get /repos/{owner}/{repo}", ""),
        check::<Vec<WorkflowRun>>(of, runs, "/workflow_runs"),
        check::<WorkflowRun>(of, &format!("{runs}/{{run_id}}"), ""),
        check::<Vec<Job>>(of, &format!("{runs}/{{run_id}}/jobs"), "/jobs"),
        check::<Vec<Artifact>>(of, &format!("{runs}/{{run_id}}/artifacts"), "/artifacts"),
        check::<WorkflowRunId>(of, dispatch, "/workflow_run_id"),
        check::<Vec<Release>>(of, releases, ""),
        check::<Release>(of, &releases.replace("get", "post"), ""),
        check::<Release>(of, &format!("{releases}/{{release_id}}"), ""),
        check::<Release>(of, &format!("{releases}/tags/{{tag}}"), ""),
        check::<Vec<Asset>>(of, &format!("{releases}/{{release_id}}/assets"), ""),
        check::<Asset>(of, &format!("{releases}/assets/{{asset_id}}"), ""),
        check::<Vec<CommitStatus>>(of, "get /repos/{owner}/{repo}/commits/{ref}/statuses", ""),
        check::<Vec<PullRequest>>(of, pulls, ""),
        check::<PullRequest>(of, pull, ""),
        check::<Vec<PullRequest>>(of, "get /repos/{owner}/{repo}/commits/{commit_sha}/pulls", ""),
        check::<Vec<ChangedFile>>(of, &format!("{pull}/files"), ""),
        check::<Vec<Commit>>(of, &format!("{pull}/commits"), ""),
        check::<Vec<Review>>(of, &format!("{pull}/reviews"), ""),
        check::<Vec<PullRequestEvent>>(of, "get /repos/{owner}/{repo}/issues/{issue_number}/events", ""),
        // The example of the activity has other fields than its own schema; the stories of the simulator are held against that.
        check::<Vec<Comment>>(of, comments, ""),
        check::<Comment>(of, &comments.replace("get", "post"), ""),
        check::<Vec<Comment>>(of, "get /repos/{owner}/{repo}/issues/comments", ""),
        check::<Comment>(of, "patch /repos/{owner}/{repo}/issues/comments/{comment_id}", ""),
        check::<CheckRun>(of, checks, ""),
        check::<CheckRun>(of, "patch /repos/{owner}/{repo}/check-runs/{check_run_id}", ""),
        check::<Vec<CheckRun>>(
            of,
            "get /repos/{owner}/{repo}/commits/{ref}/check-runs",
            "/check_runs",
        ),
        check::<Vec<BranchRule>>(of, "get /repos/{owner}/{repo}/rules/branches/{branch}", ""),
        check::<Ruleset>(of, "get /repos/{owner}/{repo}/rulesets/{ruleset_id}", ""),
        check::<Commit>(of, "get /repos/{owner}/{repo}/git/commits/{commit_sha}", ""),
        check::<Vec<Reference>>(of, "get /repos/{owner}/{repo}/git/matching-refs/{ref}", ""),
        check::<Comparison>(of, "get /repos/{owner}/{repo}/compare/{basehead}", ""),
        check::<Permission>(
            of,
            "get /repos/{owner}/{repo}/collaborators/{username}/permission",
            "/permission",
        ),
    ];
    println!(
        "{} examples of {} operations",
        decoded.iter().sum::<usize>(),
        decoded.len()
    );
}
