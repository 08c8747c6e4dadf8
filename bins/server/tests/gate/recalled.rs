//! What was merged is judged again after the machine was lost, and no more mildly than it was.

use crate::edges::lose;
use crate::house::{AUTHOR, House, OWNER, Plan, RULES, within};
use crate::rules::{
    REASON, asked_of_the_node, of_the_rules, pin, propose_on, push, stages, stricter,
    with_rules_in_a_repository,
};
use crate::wound::Instance;
use expect_test::{Expect, expect};
use github_sim::{MergeMethod, PullPlan};

/// The layers of the rules.
const LAYERS: &str = "config/repository-layers.yml";

/// Who signs for other rules: enough, each of them.
const SIGNERS: [&str; 5] = ["atlas-ada", "atlas-ben", "atlas-cleo", "atlas-ivy", "atlas-jan"];

async fn with(settings: &'static str) -> (House, Instance) {
    let house = House::make(Plan {
        in_repository: true,
        settings,
        ..Plan::default()
    })
    .await;
    let server = house.serve(1).await;
    house.settle().await;
    (house, server)
}

/// A pull request of the rules was not green. An administrator merges it all the same, then the machine is lost; what the node needs is asked
/// before and after.
async fn merged_and_lost((house, server): (&House, Instance), number: u64, green: Expect) -> Instance {
    green.assert_eq(&of_the_rules(house, number));
    merge_past(house, number).await;
    still(2, house, "before").await;
    server.die().await;
    lose(house);
    let server = house.serve(2).await;
    house.settle().await;
    server
}

/// An administrator merges it.
async fn merge_past(house: &House, number: u64) {
    house
        .github
        .merge_past_rules_by((OWNER, RULES.1, number), MergeMethod::Merge, "atlas-ada")
        .unwrap();
    house.days(1).await;
}

/// So many signatures are needed for the node.
async fn still(needed: u32, house: &House, branch: &str) {
    let expected = format!(
        "pending: 0 of {needed} maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"
    );
    assert_eq!(asked_of_the_node(house, branch).await, expected);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signatures_that_were_too_old_at_the_merge_count_no_more_after_the_machine_is_lost() {
    let (house, server) = with("signature_days_max: 25\n").await;
    let number = propose_on(&house, "stricter", &stricter(&house), true).await;
    let green = expect!["pending: 0 of 3 maintainers: nobody signed; 0 of 2 keyholders: nobody signed"];
    let _server = merged_and_lost((&house, server), number, green).await;
    still(2, &house, "after").await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_pushed_first_signs_no_more_after_the_machine_is_lost() {
    let (house, server) = with("").await;
    let layers = stricter(&house);
    let github = &house.github;
    github
        .push_files_to(RULES, "stricter", &[(LAYERS, layers.as_str())], "atlas-ada")
        .unwrap();
    let mut plan = PullPlan::of("stricter", "main");
    plan.body = Some(REASON.to_owned());
    let number = github.open_pull_by(RULES, plan, AUTHOR).unwrap();
    house.settle().await;
    github
        .push_files_to(RULES, "stricter", &[("docs/page.md", "a page\n")], AUTHOR)
        .unwrap();
    house.settle().await;
    for login in SIGNERS {
        house.sign_in(RULES.1, number, login);
    }
    house.days(30).await;
    let green = expect!["pending: 2 of 3 maintainers: signed by atlas-ben, atlas-cleo"];
    let _server = merged_and_lost((&house, server), number, green).await;
    still(2, &house, "after").await;
}

/// An App that builds; its number is the same in every house whose rules are in a repository.
fn builder(house: &House) -> u64 {
    let app = house
        .github
        .create_app("builder", &[("checks", "write")], &[], None);
    app.unwrap().app_id
}

/// Asks for a check of that App.
async fn asking_for_a_check() -> &'static str {
    let app = builder(&with_rules_in_a_repository().await);
    let settings = format!("required_checks: [{{name: build, app_id: {app}, repositories: [governance]}}]\n");
    Box::leak(settings.into_boxed_str())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_check_that_is_run_again_after_the_merge_makes_no_red_green_after_the_machine_is_lost() {
    let house = House::make(Plan {
        in_repository: true,
        settings: asking_for_a_check().await,
        ..Plan::default()
    })
    .await;
    let app = builder(&house);
    let server = house.serve(1).await;
    house.settle().await;
    let number = propose_on(&house, "stricter", &stricter(&house), true).await;
    let pull = house.shown_of(RULES.1, &format!("pulls/{number}"));
    let head = pull["head"]["sha"].as_str().unwrap().to_owned();
    let check = |conclusion| {
        let check = ("build", Some(conclusion));
        house.github.check_by(RULES, &head, check, app).unwrap();
    };
    check("failure");
    house.settle().await;
    let red = of_the_rules(&house, number);
    assert!(red.contains("did not pass"), "{red}");
    merge_past(&house, number).await;
    server.die().await;
    lose(&house);
    check("success");
    let _server = house.serve(2).await;
    house.settle().await;
    still(2, &house, "after").await;
}

/// The rules of this title are voted for, and hold.
async fn voted(house: &House, branch: &str, layers: &str) {
    let number = propose_on(house, branch, layers, true).await;
    house
        .github
        .merge_by((OWNER, RULES.1, number), MergeMethod::Squash, "atlas-ada")
        .unwrap();
    house.days(1).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_refused_states_in_a_row_than_votes_in_a_look_keep_no_later_vote_waiting() {
    let house = with_rules_in_a_repository().await;
    let server = house.serve(1).await;
    house.settle().await;
    let [three, four] = stages(&house);
    voted(&house, "three", &three).await;
    for number in 0..51 {
        push(&house, &format!("{three}# {number}\n"));
    }
    push(&house, &three);
    house.days(1).await;
    voted(&house, "four", &four).await;
    assert_eq!(house.rules_version().await, 3);
    server.die().await;
    lose(&house);
    let _server = house.serve(2).await;
    let began = house.github.now();
    within("the present rules hold", async {
        while house.newest_version().await != Some(3) {
            house.clock.idle().await;
            house.clock.wind();
        }
    })
    .await;
    // One look was enough: the next one comes after five minutes.
    let seconds = house.github.now().milliseconds_since(began) / 1000;
    assert!(seconds < 300, "{seconds} s");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_the_book_has_of_a_merge_counts_before_what_the_forge_has_also_after_a_pin() {
    let house = with_rules_in_a_repository().await;
    let server = house.serve(1).await;
    house.settle().await;
    let [three, four] = stages(&house);
    // It holds nowhere, until somebody pins it.
    push(&house, &three);
    house.days(1).await;
    let number = propose_on(&house, "four", &four, true).await;
    let hold = house
        .github
        .comment_by(
            (OWNER, RULES.1, number),
            "/governance-hold I look at it",
            "atlas-dov",
        )
        .unwrap();
    house.settle().await;
    let held = of_the_rules(&house, number);
    assert!(held.contains("atlas-dov holds it"), "{held}");
    merge_past(&house, number).await;
    house.github.delete_comment_by(hold, "atlas-dov").unwrap();
    server.die().await;
    pin(&house, &three);
    let _server = house.serve(2).await;
    house.settle().await;
    still(3, &house, "pinned").await;
}
