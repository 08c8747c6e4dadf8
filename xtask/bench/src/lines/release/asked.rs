//! What was asked of GitHub's API, by method and by path without names and numbers.

use github_sim::{Happened, Truth};
use std::collections::BTreeMap;

/// Digits of the name of a commit.
const COMMIT_DIGITS: usize = 40;

/// How often each was asked. Uploads and downloads go to other hosts and are not counted.
pub(super) fn of(truth: &[Truth]) -> BTreeMap<String, usize> {
    let mut counted = BTreeMap::new();
    for line in truth {
        if let Happened::Request {
            host: "api",
            method,
            path,
            ..
        } = &line.what
        {
            *counted.entry(format!("{method} {}", template(path))).or_default() += 1;
        }
    }
    counted
}

/// Files of the release.
pub(super) fn assets(truth: &[Truth]) -> usize {
    let is_asset = |line: &&Truth| matches!(line.what, Happened::AssetUploaded { .. });
    truth.iter().filter(is_asset).count()
}

fn template(path: &str) -> String {
    let path = path.split('?').next().unwrap_or_default();
    let mut before = ["", ""];
    let mut plain = Vec::new();
    for word in path.split('/') {
        plain.push(match before {
            [_, "repos"] => "{owner}",
            ["repos", _] => "{repo}",
            [_, "tags"] => "{tag}",
            _ if is_number(word) => "{id}",
            _ if is_commit(word) => "{sha}",
            _ => word,
        });
        before = [before[1], word];
    }
    plain.join("/")
}

fn is_number(word: &str) -> bool {
    !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_digit())
}

fn is_commit(word: &str) -> bool {
    word.len() == COMMIT_DIGITS && word.bytes().all(|byte| byte.is_ascii_hexdigit())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_and_numbers_are_left_out_of_a_path() {
        let rows = [
            ("/app", "/app"),
            (
                "/repos/example/node/actions/runs/17/artifacts?per_page=100",
                "/repos/{owner}/{repo}/actions/runs/{id}/artifacts",
            ),
            (
                "/repos/example/commons/git/ref/tags/v0.1.0",
                "/repos/{owner}/{repo}/git/ref/tags/{tag}",
            ),
            (
                "/repos/example/commons/statuses/6dcb09b5b57875f334f61aebed695e2e4193db5e",
                "/repos/{owner}/{repo}/statuses/{sha}",
            ),
        ];
        for (path, expected) in rows {
            assert_eq!(template(path), expected);
        }
    }
}
