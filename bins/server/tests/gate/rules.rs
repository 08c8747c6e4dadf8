//! What happens to the rules themselves.

use crate::house::{AUTHOR, House, OWNER, Plan, RULES};
use expect_test::expect;
use github_sim::{MergeMethod, PullPlan};

/// Why the rules are to be others.
pub(crate) const REASON: &str = "The node is touched by more people now, and two signatures are too few for what it guards: three it shall be from now on, and five as soon as there are enough people who know it well.";

async fn with_rules_in_a_repository() -> House {
    House::make(Plan {
        in_repository: true,
        ..Plan::default()
    })
    .await
}

/// The layers, with three signatures for the node.
fn stricter(house: &House) -> String {
    let layers = house.rules("")["config/repository-layers.yml"].clone();
    layers.replace(
        "signatures: {required: 2, total: 5}",
        "signatures: {required: 3, total: 5}",
    )
}

/// A pull request that asks for stricter rules, with all signatures, or without.
async fn propose(house: &House, is_signed: bool) -> u64 {
    propose_layers(house, &stricter(house), is_signed).await
}

/// A pull request that asks for these layers.
pub(crate) async fn propose_layers(house: &House, text: &str, is_signed: bool) -> u64 {
    let path = "config/repository-layers.yml";
    house
        .github
        .push_files_to(RULES, "stricter", &[(path, text)], AUTHOR)
        .unwrap();
    let mut plan = PullPlan::of("stricter", "main");
    plan.body = Some(REASON.to_owned());
    let number = house.github.open_pull_by(RULES, plan, AUTHOR).unwrap();
    house.settle().await;
    if is_signed {
        for login in ["atlas-ada", "atlas-ben", "atlas-cleo", "atlas-ivy", "atlas-jan"] {
            house.sign_in(RULES.1, number, login);
        }
    }
    house.days(30).await;
    number
}

async fn asked_of_the_node(house: &House, branch: &str) -> String {
    let number = house.open(branch, &[("rpc/get.rs", branch)]);
    house.settle().await;
    house.gate(number)
}

fn of_the_rules(house: &House, number: u64) -> String {
    let pull = house.shown_of(RULES.1, &format!("pulls/{number}"));
    house.status_in(RULES.1, pull["head"]["sha"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_that_landed_by_a_green_pull_request_hold_from_then_on() {
    let house = with_rules_in_a_repository().await;
    let _server = house.serve(1).await;
    house.settle().await;
    expect!["pending: 0 of 2 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"].assert_eq(&asked_of_the_node(&house, "before").await);
    let number = propose(&house, true).await;
    expect!["success: All rules hold: 3 signatures, 30 days of review"]
        .assert_eq(&of_the_rules(&house, number));
    house
        .github
        .merge_by((OWNER, RULES.1, number), MergeMethod::Squash, "atlas-ada")
        .unwrap();
    house.settle().await;
    expect!["pending: 0 of 3 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"].assert_eq(&asked_of_the_node(&house, "after").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_an_administrator_pushes_past_the_gate_changes_no_rule() {
    let house = with_rules_in_a_repository().await;
    let _server = house.serve(1).await;
    house.settle().await;
    let text = stricter(&house).replace("required: 3", "required: 1");
    house
        .github
        .push_files(
            RULES.0,
            RULES.1,
            &[("config/repository-layers.yml", text.as_str())],
            "atlas-ada",
        )
        .unwrap();
    house.days(1).await;
    expect!["pending: 0 of 2 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"].assert_eq(&asked_of_the_node(&house, "after").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_that_were_merged_without_their_signatures_do_not_hold() {
    let house = with_rules_in_a_repository().await;
    let _server = house.serve(1).await;
    house.settle().await;
    let number = propose(&house, false).await;
    expect!["pending: 0 of 3 maintainers: nobody signed; 0 of 2 keyholders: nobody signed"]
        .assert_eq(&of_the_rules(&house, number));
    house
        .github
        .merge_past_rules_by((OWNER, RULES.1, number), MergeMethod::Merge, "atlas-ada")
        .unwrap();
    house.days(1).await;
    expect!["pending: 0 of 2 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"].assert_eq(&asked_of_the_node(&house, "after").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_of_another_digest_than_the_pinned_one_judge_nobody() {
    let house = with_rules_in_a_repository().await;
    house
        .github
        .push_files(RULES.0, RULES.1, &[("config/a.yml", "a: 1\n")], "atlas-ada")
        .unwrap();
    let _server = house.serve(1).await;
    house.settle().await;
    let shown = asked_of_the_node(&house, "before").await;
    assert!(
        shown.starts_with("error: The rules cannot be used: the rules at COMMIT have the digest"),
        "{shown}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_that_cannot_be_read_never_hold_whoever_signed_them() {
    let house = with_rules_in_a_repository().await;
    let server = house.serve(1).await;
    house.settle().await;
    let broken = stricter(&house).replace("review_period_days: 14", "review_period_days: soon");
    let number = propose_layers(&house, &broken, true).await;
    expect!["success: All rules hold: 3 signatures, 30 days of review"]
        .assert_eq(&of_the_rules(&house, number));
    house
        .github
        .merge_by((OWNER, RULES.1, number), MergeMethod::Squash, "atlas-ada")
        .unwrap();
    house.days(1).await;
    // Those before them go on, also for a server that is started anew.
    expect!["pending: 0 of 2 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"].assert_eq(&asked_of_the_node(&house, "after").await);
    server.die().await;
    let _server = house.serve(2).await;
    house.settle().await;
    expect!["pending: 0 of 2 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"].assert_eq(&asked_of_the_node(&house, "later").await);
}
