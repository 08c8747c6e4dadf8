//! What happens to pull requests, from the opening to green and whatever comes between.

mod modes;
mod said;
mod troubles;

use crate::beginnings::{GREEN, SIGNED, UNSIGNED, green, opened, signed};
use crate::house::{AUTHOR, GATE_ACCOUNT, House, NODE, Plan};
use expect_test::{Expect, expect};
use github_sim::{Faults, Happened, MergeMethod, PullPlan};

fn shows(house: &House, number: u64, expected: &Expect) {
    expected.assert_eq(&house.gate(number));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_opening_to_green() {
    let (house, _server, number) = opened(Plan::default()).await;
    assert_eq!(house.gate(number), UNSIGNED);
    house.sign(number, "atlas-ada");
    house.settle().await;
    shows(
        &house,
        number,
        &expect![
            "pending: 1 of 2 maintainers: signed by atlas-ada; 14 days since the last push that changed it (TIME) end TIME"
        ],
    );
    house.sign(number, "atlas-ben");
    house.settle().await;
    assert_eq!(house.gate(number), SIGNED);
    // No webhook comes, and nobody does anything: time turns it.
    house.days(14).await;
    assert_eq!(house.gate(number), GREEN);
    expect![[r#"
        Signed by atlas-ada for `COMMIT`.
        <!-- governance-app answers NUMBER -->
        ---
        Signed by atlas-ben for `COMMIT`.
        <!-- governance-app answers NUMBER -->"#]]
    .assert_eq(&house.answers(number).join("\n---\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_makes_the_signatures_void_and_begins_the_review_anew() {
    let (house, _server, number) = signed(Plan::default()).await;
    house.days(13).await;
    let evil = [("rpc/get.rs", "fn get() { steal() }\n")];
    house
        .github
        .push_files_to(NODE, "feature", &evil, AUTHOR)
        .unwrap();
    house.settle().await;
    assert_eq!(house.gate(number), UNSIGNED);
    house.days(2).await;
    assert_eq!(house.gate(number), UNSIGNED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forced_push_is_a_push() {
    let (house, _server, number) = signed(Plan::default()).await;
    house.days(13).await;
    let onto = house.node.head.clone();
    let other = [("rpc/get.rs", "fn other() {}\n")];
    house
        .github
        .force_push_by(NODE, ("feature", &onto), &other, AUTHOR)
        .unwrap();
    house.settle().await;
    assert_eq!(house.gate(number), UNSIGNED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn merging_the_base_in_makes_signatures_void_but_not_the_review() {
    let (house, _server, number) = signed(Plan::default()).await;
    house.days(10).await;
    house
        .github
        .push_files_to(NODE, "main", &[("README.md", "news\n")], "atlas-ada")
        .unwrap();
    house
        .github
        .merge_branch_by(NODE, ("main", "feature"), AUTHOR)
        .unwrap();
    house.settle().await;
    assert_eq!(house.gate(number), UNSIGNED);
    house.days(4).await;
    shows(
        &house,
        number,
        &expect!["pending: 0 of 2 maintainers: nobody signed"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_waits_and_its_review_begins_when_it_is_ready() {
    let (house, _server, number) = signed(Plan::default()).await;
    let pull = (NODE.0, NODE.1, number);
    house.github.set_draft_by(pull, true, AUTHOR).unwrap();
    house.days(14).await;
    shows(&house, number, &expect!["pending: it is a draft"]);
    house.github.set_draft_by(pull, false, AUTHOR).unwrap();
    house.settle().await;
    shows(
        &house,
        number,
        &expect!["pending: 14 days since it was marked as ready for review (TIME) end TIME"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_base_and_another_opening_begin_the_review_anew() {
    let (house, _server, number) = signed(Plan::default()).await;
    let pull = (NODE.0, NODE.1, number);
    house.days(14).await;
    assert!(
        house.gate(number).starts_with("success"),
        "{}",
        house.gate(number)
    );
    house
        .github
        .push_files_to(NODE, "release", &[("VERSION", "1\n")], "atlas-ada")
        .unwrap();
    house.github.retarget_by(pull, "release", AUTHOR).unwrap();
    house.settle().await;
    expect![
        "pending: 0 of 2 maintainers: nobody signed; 14 days since it was given another base (TIME) end TIME"
    ]
    .assert_eq(&house.status_under(&house.context("release"), NODE.1, &house.head(number)));
    house.github.retarget_by(pull, "main", AUTHOR).unwrap();
    house.settle().await;
    shows(
        &house,
        number,
        &expect!["pending: 14 days since it was given another base (TIME) end TIME"],
    );
    house.github.close_pull_by(pull, AUTHOR).unwrap();
    house.days(14).await;
    house.github.reopen_pull_by(pull, AUTHOR).unwrap();
    house.settle().await;
    shows(
        &house,
        number,
        &expect!["pending: 14 days since it was opened again (TIME) end TIME"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_in_two_pull_requests_is_as_far_as_the_worse_of_them() {
    let (house, _server, number) = green(Plan::default()).await;
    let head = house.head(number);
    house
        .github
        .push_branch_by(NODE, ("again", &head), AUTHOR)
        .unwrap();
    let again = house
        .github
        .open_pull_by(NODE, PullPlan::of("again", "main"), AUTHOR)
        .unwrap();
    house.settle().await;
    assert_eq!(house.head(again), head);
    let shown = house.gate(number);
    assert!(
        shown.starts_with("pending: #2, same head: 0 of 2 maintainers: nobody signed"),
        "{shown}"
    );
    house
        .github
        .close_pull_by((NODE.0, NODE.1, again), AUTHOR)
        .unwrap();
    house.settle().await;
    assert_eq!(house.gate(number), GREEN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn required_checks_count_by_their_app_on_the_head() {
    let plan = Plan {
        settings: "required_checks: [{name: build, app_id: 15368}]",
        ..Plan::default()
    };
    let (house, _server, number) = signed(plan).await;
    house.days(14).await;
    shows(
        &house,
        number,
        &expect!["pending: build of App NUMBER is not there yet"],
    );
    house
        .github
        .check_by(
            NODE,
            &house.head(number),
            ("build", Some("success")),
            house.app.app_id,
        )
        .unwrap();
    house.settle().await;
    shows(
        &house,
        number,
        &expect!["pending: build of App NUMBER is not there yet"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_merged_is_looked_at_no_more() {
    let (house, _server, number) = signed(Plan::default()).await;
    house.days(14).await;
    house
        .github
        .merge_by((NODE.0, NODE.1, number), MergeMethod::Merge, "atlas-ada")
        .unwrap();
    house.settle().await;
    let looks =
        |what: &Happened| matches!(what, Happened::Request { path, .. } if path.ends_with("/pulls/1"));
    // Once more, as it is missing in the list of those that are open.
    house.days(1).await;
    let before = house.count(looks);
    house.days(30).await;
    assert_eq!(house.count(looks), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fork_is_judged_like_any_other() {
    let house = House::make(Plan::default()).await;
    let _server = house.serve(1).await;
    house.github.fork(NODE.0, NODE.1, AUTHOR).unwrap();
    house
        .github
        .push_files_to(
            (AUTHOR, NODE.1),
            "feature",
            &[("rpc/get.rs", "fn get() {}\n")],
            AUTHOR,
        )
        .unwrap();
    let plan = PullPlan::of(&format!("{AUTHOR}:feature"), "main");
    let number = house.github.open_pull_by(NODE, plan, AUTHOR).unwrap();
    house.settle().await;
    for login in ["atlas-ada", "atlas-ben"] {
        house.sign(number, login);
    }
    house.days(14).await;
    assert_eq!(house.gate(number), GREEN);
}
