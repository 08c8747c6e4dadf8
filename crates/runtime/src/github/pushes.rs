//! Who pushed the head of a pull request, and when, as far as the branch's own repository tells: that of a fork may not be ours to read.

use crate::gate::FoundPush;
use domain_types::{CommitSha, Timestamp};
use github_client::{Activity, GitHubError, PullRequest, Repository};

/// Milliseconds before its opening for which the pushes to a branch are looked at: a pull request is mostly opened soon after.
const BEFORE_OPENING_MILLISECONDS: i64 = 30 * 86_400_000;

/// The pushes that led to the head of a pull request, in the repository of its branch: from the one that it was opened with, the oldest first,
/// the head's own last. The list may be behind: a head that is not in it was pushed by somebody, at a time that nobody tells, and none is
/// answered.
///
/// # Errors
/// As for every read.
pub(super) async fn pushes_to_head(
    repository: &Repository,
    pull: &PullRequest,
) -> Result<Vec<FoundPush>, GitHubError> {
    let reference = format!("refs/heads/{}", pull.head.reference);
    let since = Timestamp::from_milliseconds(pull.created_at.milliseconds() - BEFORE_OPENING_MILLISECONDS);
    let activity = repository.activity(&reference, since).await?;
    let times = (pull.created_at, pull.merged_at);
    Ok(led_to_head(activity, &pull.head.sha, times))
}

/// Those of a list, the newest first, that led to this head. What came after the merge is another thing's.
fn led_to_head(
    activity: Vec<Activity>,
    head: &CommitSha,
    (opened_at, merged_at): (Timestamp, Option<Timestamp>),
) -> Vec<FoundPush> {
    let mut pushes = Vec::new();
    let in_time = activity
        .into_iter()
        .filter(|activity| merged_at.is_none_or(|merged_at| activity.at <= merged_at));
    for activity in in_time.skip_while(|activity| activity.after.as_ref() != Some(head)) {
        let at = activity.at;
        pushes.extend(activity.after.map(|head| FoundPush {
            head,
            at: at.max(opened_at),
            by: activity.actor.map(|actor| actor.login),
        }));
        // It was opened with this one.
        if at <= opened_at {
            break;
        }
    }
    pushes.reverse();
    pushes
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn commit(letter: &str) -> String {
        letter.repeat(40)
    }

    /// A row of the list, in the form in which GitHub has it.
    fn row(id: u64, second: u64, (before, after): (&str, &str), by: &str) -> Activity {
        serde_json::from_value(json!({
            "id": id,
            "ref": "refs/heads/feature",
            "before": commit(before),
            "after": commit(after),
            "timestamp": format!("2026-03-01T00:00:{second:02}Z"),
            "activity_type": "push",
            "actor": {"login": by, "id": id},
        }))
        .unwrap()
    }

    /// Who pushed, and in which second, of a pull request that was opened in the twentieth.
    fn led(rows: &[Activity], head: &str, merged: Option<u64>) -> String {
        let at = |second: u64| format!("2026-03-01T00:00:{second:02}Z").parse().unwrap();
        let mut newest_first = rows.to_vec();
        newest_first.reverse();
        let led = led_to_head(
            newest_first,
            &commit(head).parse().unwrap(),
            (at(20), merged.map(at)),
        );
        let told = led.iter().map(|push| {
            let second = push.at.milliseconds_since(at(0)) / 1000;
            format!("{} {second}", push.by.as_deref().unwrap_or("?"))
        });
        told.collect::<Vec<_>>().join(", ")
    }

    #[test]
    fn those_that_led_to_the_head_since_it_was_opened_are_told() {
        let rows = [
            row(1, 5, ("0", "a"), "ada"),
            row(2, 10, ("a", "b"), "ben"),
            row(3, 30, ("b", "c"), "cleo"),
            row(4, 40, ("c", "d"), "dov"),
            row(5, 50, ("d", "e"), "eve"),
        ];
        assert_eq!(led(&rows, "b", None), "ben 20");
        assert_eq!(led(&rows, "d", None), "ben 20, cleo 30, dov 40");
        assert_eq!(led(&rows[2..], "d", None), "cleo 30, dov 40");
        // A list that is behind tells nothing.
        assert_eq!(led(&rows, "f", None), "");
    }

    #[test]
    fn a_head_that_came_back_is_of_whoever_brought_it_back_and_of_all_before() {
        let rows = [
            row(1, 10, ("0", "a"), "ada"),
            row(2, 30, ("a", "b"), "ben"),
            row(3, 40, ("b", "a"), "cleo"),
        ];
        assert_eq!(led(&rows, "a", None), "ada 20, ben 30, cleo 40");
        // What was pushed after the merge, even to the same head, is not part of it.
        assert_eq!(led(&rows, "a", Some(25)), "ada 20");
    }
}
