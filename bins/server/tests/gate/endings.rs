//! How it ends: heads that are not judged any more, merges, and merges past the gate.

use crate::beginnings::{GREEN, green, opened, signed};
use crate::house::{AUTHOR, House, NODE, Plan};
use crate::wound::Instance;
use expect_test::expect;
use github_sim::{Happened, MergeMethod, PullPlan};

const ENDED: &str =
    "pending: Not judged any more with this head and base; a pull request that has them is judged anew";

/// A house with one pull request that is green, and its head.
async fn with_head() -> (House, Instance, u64, String) {
    let (house, server, number) = green(Plan::default()).await;
    let head = house.head(number);
    (house, server, number, head)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_closed_is_green_for_nobody() {
    let (house, _server, number, head) = with_head().await;
    let pull = (NODE.0, NODE.1, number);
    house.github.close_pull_by(pull, AUTHOR).unwrap();
    house.settle().await;
    assert_eq!(house.status(&head), ENDED);
    house.github.reopen_pull_by(pull, AUTHOR).unwrap();
    house.settle().await;
    expect!["pending: 14 days since it was opened again (TIME) end TIME"].assert_eq(&house.gate(number));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_base_and_another_head_leave_no_green_behind() {
    let (house, _server, number, head) = with_head().await;
    house
        .github
        .push_branch_by(NODE, ("release", &house.main()), AUTHOR)
        .unwrap();
    house
        .github
        .retarget_by((NODE.0, NODE.1, number), "release", AUTHOR)
        .unwrap();
    house.settle().await;
    assert_eq!(house.status(&head), ENDED);
    house
        .github
        .retarget_by((NODE.0, NODE.1, number), "main", AUTHOR)
        .unwrap();
    for login in ["atlas-cleo", "atlas-finn", "atlas-gus"] {
        house.settle().await;
        house.sign(number, login);
    }
    house.days(15).await;
    assert!(
        house.gate(number).starts_with("success"),
        "{}",
        house.gate(number)
    );
    house
        .github
        .push_files_to(
            NODE,
            "feature",
            &[("rpc/get.rs", "fn get() { steal() }\n")],
            AUTHOR,
        )
        .unwrap();
    house.settle().await;
    assert_eq!(house.status(&head), ENDED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_else_has_that_head_is_green_again_by_its_own() {
    let (house, _server, number, head) = with_head().await;
    house
        .github
        .push_branch_by(NODE, ("again", &head), AUTHOR)
        .unwrap();
    let again = house
        .github
        .open_pull_by(NODE, PullPlan::of("again", "main"), AUTHOR)
        .unwrap();
    house.settle().await;
    for login in ["atlas-ada", "atlas-ben"] {
        house.sign(again, login);
    }
    house.days(14).await;
    expect!["success: #1, same head: All rules hold: 2 signatures, 14 days of review"]
        .assert_eq(&house.status(&head));
    // The second one gets another head: what it showed on the first ends, and the first one shows its own again.
    house
        .github
        .push_files_to(NODE, "again", &[("rpc/set.rs", "fn set() {}\n")], AUTHOR)
        .unwrap();
    house.days(1).await;
    assert_eq!(house.gate(number), GREEN);
    let ended = |what: &Happened| matches!(what, Happened::StatusCreated { sha, state, .. } if *sha == head && state == "pending");
    assert!(house.count(ended) > 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_past_the_gate_is_told_and_written_down() {
    let (house, _server, number) = signed(Plan::default()).await;
    house
        .github
        .merge_past_rules_by((NODE.0, NODE.1, number), MergeMethod::Merge, "atlas-ada")
        .unwrap();
    house.settle().await;
    let last = house.answers(number).pop().unwrap();
    let told = expect![[r#"
        **Merged past the gate.** atlas-ada merged this at TIME, when the gate's status of `COMMIT` for `main` was `pending`: 14 days since the last push that changed it (TIME) end TIME.

        This is written down. Look at who may merge past rules in the settings of this repository, and decide whether `COMMIT` has to be reverted.
        <!-- governance-app tells of the merge COMMIT -->"#]];
    // In dry run there is no gate that one could go past: the last answer is that to the last signature.
    let silence = expect![[r#"
        Signed by atlas-ben for `COMMIT`.
        <!-- governance-app answers NUMBER -->"#]];
    house.by_mode(told, silence).assert_eq(&last);
    expect![[r#"
        failure {"at":"TIME","by":"atlas-ada","commit":"COMMIT","mode":"MODE","status":{"description":"14 days since the last push that changed it (TIME) end TIME","state":"pending"}}
    "#]].assert_eq(&house.merges().await);
    // Told once, however often somebody comes back to it.
    house.say(number, "why?", "stranger");
    house.days(2).await;
    let told = house
        .answers(number)
        .into_iter()
        .filter(|answer| answer.contains("past the gate"));
    assert_eq!(told.count(), house.by_mode(1, 0));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_that_was_let_through_is_written_down_and_stays_green() {
    let (house, _server, number, head) = with_head().await;
    house
        .github
        .merge_by((NODE.0, NODE.1, number), MergeMethod::Squash, "atlas-ada")
        .unwrap();
    house.settle().await;
    assert!(house.status(&head).starts_with("success"));
    assert!(
        house
            .answers(number)
            .iter()
            .all(|answer| !answer.contains("past the gate"))
    );
    expect![[r#"
        success {"at":"TIME","by":"atlas-ada","commit":"COMMIT","mode":"MODE","status":{"description":"All rules hold: 2 signatures, 14 days of review","state":"success"}}
    "#]]
    .assert_eq(&house.merges().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_dry_run_a_merge_is_written_down_and_nobody_is_told() {
    let house = House::make(Plan {
        github: "dry_run = true",
        ..Plan::default()
    })
    .await;
    let _server = house.serve(1).await;
    let number = house.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
    house.settle().await;
    house
        .github
        .merge_by((NODE.0, NODE.1, number), MergeMethod::Merge, "atlas-ada")
        .unwrap();
    house.settle().await;
    assert_eq!(house.answers(number), Vec::<String>::new());
    expect![[r#"
        failure {"at":"TIME","by":"atlas-ada","commit":"COMMIT","mode":"MODE","status":{"description":"0 of 2 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME","state":"pending"}}
    "#]]
    .assert_eq(&house.merges().await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_pushes_into_a_change_does_not_count_as_its_reviewer() {
    let (house, _server, number) = opened(Plan::default()).await;
    house
        .github
        .push_files_to(
            NODE,
            "feature",
            &[("rpc/get.rs", "fn get() { steal() }\n")],
            "atlas-ada",
        )
        .unwrap();
    house.settle().await;
    for login in ["atlas-ada", "atlas-ben"] {
        house.sign(number, login);
    }
    house.days(14).await;
    expect!["pending: 1 of 2 maintainers: signed by atlas-ben"].assert_eq(&house.gate(number));
    house.sign(number, "atlas-finn");
    house.settle().await;
    assert_eq!(house.gate(number), GREEN);
}
