//! What happens to the rules themselves.

use crate::edges::lose;
use crate::house::{AUTHOR, House, OWNER, Plan, RULES};
use expect_test::expect;
use github_sim::{MergeMethod, PullPlan};
use governance_rules::RulesetDigest;

/// Why the rules are to be others.
pub(crate) const REASON: &str = "The node is touched by more people now, and two signatures are too few for what it guards: three it shall be from now on, and five as soon as there are enough people who know it well.";

pub(crate) async fn with_rules_in_a_repository() -> House {
    House::make(Plan {
        in_repository: true,
        ..Plan::default()
    })
    .await
}

/// The layers, with three signatures for the node.
pub(crate) fn stricter(house: &House) -> String {
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
    propose_on(house, "stricter", text, is_signed).await
}

/// The same, on a branch of this name.
pub(crate) async fn propose_on(house: &House, branch: &str, text: &str, is_signed: bool) -> u64 {
    let path = "config/repository-layers.yml";
    house
        .github
        .push_files_to(RULES, branch, &[(path, text)], AUTHOR)
        .unwrap();
    let mut plan = PullPlan::of(branch, "main");
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

pub(crate) async fn asked_of_the_node(house: &House, branch: &str) -> String {
    let number = house.open(branch, &[("rpc/get.rs", branch)]);
    house.settle().await;
    house.gate(number)
}

pub(crate) fn of_the_rules(house: &House, number: u64) -> String {
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
    // Such rules were never there.
    pin(&house, "layers: {}\n");
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

/// The layers that two changes make of the rules: three signatures, then four.
pub(crate) fn stages(house: &House) -> [String; 2] {
    let three = stricter(house);
    let four = three.replace("{required: 3, total: 5}", "{required: 4, total: 5}");
    [three, four]
}

pub(crate) async fn land(house: &House, branch: &str, text: &str) {
    let number = propose_on(house, branch, text, true).await;
    expect!["success: All rules hold: 3 signatures, 30 days of review"]
        .assert_eq(&of_the_rules(house, number));
    house
        .github
        .merge_by((OWNER, RULES.1, number), MergeMethod::Squash, "atlas-ada")
        .unwrap();
    house.days(1).await;
}

/// An administrator pushes these layers past the gate.
pub(crate) fn push(house: &House, text: &str) {
    let file = ("config/repository-layers.yml", text);
    house
        .github
        .push_files(RULES.0, RULES.1, &[file], "atlas-ada")
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_that_is_lost_finds_the_present_rules_again() {
    let house = with_rules_in_a_repository().await;
    let server = house.serve(1).await;
    house.settle().await;
    let [three, four] = stages(&house);
    land(&house, "three", &three).await;
    land(&house, "four", &four).await;
    expect!["pending: 0 of 4 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"].assert_eq(&asked_of_the_node(&house, "before").await);
    server.die().await;
    lose(&house);
    house.leap(40);
    let _server = house.serve(2).await;
    house.settle().await;
    expect!["pending: 0 of 4 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"].assert_eq(&asked_of_the_node(&house, "after").await);
    // What comes later is judged by what holds.
    let five = four.replace("{required: 4, total: 5}", "{required: 5, total: 5}");
    land(&house, "five", &five).await;
    expect!["pending: 0 of 5 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"].assert_eq(&asked_of_the_node(&house, "later").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_pushed_past_the_gate_is_not_accepted_after_the_machine_is_lost() {
    let house = with_rules_in_a_repository().await;
    let server = house.serve(1).await;
    house.settle().await;
    let [three, four] = stages(&house);
    land(&house, "three", &three).await;
    push(
        &house,
        &three.replace("{required: 3, total: 5}", "{required: 1, total: 5}"),
    );
    house.days(1).await;
    // It is in force nowhere, but a pull request stands upon it.
    land(&house, "four", &four).await;
    expect!["pending: 0 of 3 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"].assert_eq(&asked_of_the_node(&house, "before").await);
    server.die().await;
    lose(&house);
    let server = house.serve(2).await;
    house.settle().await;
    expect!["pending: 0 of 3 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"].assert_eq(&asked_of_the_node(&house, "after").await);
    // Whoever has read them pins them.
    server.die().await;
    pin(&house, &four);
    let _server = house.serve(3).await;
    house.settle().await;
    expect!["pending: 0 of 4 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"].assert_eq(&asked_of_the_node(&house, "pinned").await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn rules_that_nobody_signed_are_not_accepted_after_the_machine_is_lost() {
    let house = with_rules_in_a_repository().await;
    let server = house.serve(1).await;
    house.settle().await;
    let number = propose(&house, false).await;
    house
        .github
        .merge_past_rules_by((OWNER, RULES.1, number), MergeMethod::Merge, "atlas-ada")
        .unwrap();
    house.days(1).await;
    server.die().await;
    lose(&house);
    // Who signs what was merged signs too late.
    for login in ["atlas-ada", "atlas-ben", "atlas-cleo", "atlas-ivy", "atlas-jan"] {
        house.sign_in(RULES.1, number, login);
    }
    let _server = house.serve(2).await;
    house.settle().await;
    expect!["pending: 0 of 2 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"].assert_eq(&asked_of_the_node(&house, "after").await);
}

/// Pins the rules with these layers.
pub(crate) fn pin(house: &House, layers: &str) {
    let mut files = house.rules("");
    files.insert("config/repository-layers.yml".to_owned(), layers.to_owned());
    let pinned = RulesetDigest::of(&files).to_string();
    let file = house.path("governance-app.toml");
    let text = std::fs::read_to_string(&file).unwrap();
    let (before, behind) = text.split_once("genesis_digest = '").unwrap();
    let (_, behind) = behind.split_once('\'').unwrap();
    std::fs::write(&file, format!("{before}genesis_digest = '{pinned}'{behind}")).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_stale_branch_that_is_merged_by_hand_brings_no_former_rules_back() {
    let house = with_rules_in_a_repository().await;
    let _server = house.serve(1).await;
    house.settle().await;
    let former = house.rules("")["config/repository-layers.yml"].clone();
    // What is shown of it is a page; its tree has the rules of then.
    let files = [("docs/page.md", "a page\n")];
    house.github.push_files_to(RULES, "page", &files, AUTHOR).unwrap();
    let [three, _] = stages(&house);
    land(&house, "three", &three).await;
    let mut plan = PullPlan::of("page", "main");
    plan.body = Some(REASON.to_owned());
    let number = house.github.open_pull_by(RULES, plan, AUTHOR).unwrap();
    house.settle().await;
    for login in ["atlas-ada", "atlas-ben", "atlas-cleo", "atlas-ivy", "atlas-jan"] {
        house.sign_in(RULES.1, number, login);
    }
    house.days(30).await;
    expect!["success: All rules hold: 3 signatures, 30 days of review"]
        .assert_eq(&of_the_rules(&house, number));
    let layers = [("config/repository-layers.yml", former)];
    house
        .github
        .merge_by_hand_by((OWNER, RULES.1, number), &layers, "atlas-ada")
        .unwrap();
    house.days(1).await;
    expect!["pending: 0 of 3 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"].assert_eq(&asked_of_the_node(&house, "after").await);
}
