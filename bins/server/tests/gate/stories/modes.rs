//! Nobody is held back, or not everywhere.

use super::*;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_dry_run_the_enforced_context_is_never_written() {
    let plan = Plan {
        github: "dry_run = true",
        ..Plan::default()
    };
    let (house, _server, number) = signed(plan).await;
    house.days(14).await;
    let head = house.head(number);
    assert_eq!(house.status_under("governance/main", NODE.1, &head), "");
    expect!["success: All rules hold: 2 signatures, 14 days of review"].assert_eq(&house.status_under(
        "governance-dry-run/main",
        NODE.1,
        &head,
    ));
    // What somebody else writes there is nobody's business: it is not ours, and it is not written over.
    let by_hand = ("governance/main", "success");
    house.github.status_by(NODE, &head, by_hand, AUTHOR).unwrap();
    house.days(1).await;
    assert_eq!(house.enforced(), 0);
}

/// What every story asks at its end can be answered with no.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[should_panic(expected = "the enforced context was written in dry run")]
async fn a_story_in_which_the_enforced_context_is_written_in_dry_run_fails() {
    let house = House::make(Plan {
        github: "dry_run = true",
        ..Plan::default()
    })
    .await;
    let number = house.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
    let written = ("governance/main", "pending");
    house
        .github
        .status_by(NODE, &house.head(number), written, GATE_ACCOUNT)
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repository_may_be_tried_out_while_others_are_held_back() {
    let plan = Plan {
        governance: "dry_run_repositories = ['Atlas-Node']",
        ..Plan::default()
    };
    let (house, _server, number) = signed(plan).await;
    let head = house.head(number);
    assert_eq!(house.status_under("governance/main", NODE.1, &head), "");
    assert!(
        house
            .status_under("governance-dry-run/main", NODE.1, &head)
            .starts_with("pending")
    );
}
