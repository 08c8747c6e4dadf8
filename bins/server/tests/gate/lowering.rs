//! A lower tier than the paths say: asked for by one, given by as many as the higher tier needs, for one head.

use crate::beginnings::{GREEN, UNSIGNED};
use crate::house::{AUTHOR, House, NODE, Plan};
use crate::wound::Instance;
use expect_test::expect;

const NAMESPACE: &str = "tier-lower@governance-app.v1";
/// What the paths of the change fall into: three signatures and sixty days.
const HOTFIX: [(&str, &str); 1] = [("hotfix/typo.rs", "// a typo\n")];

/// What the report says is signed for a lower tier.
fn shown(house: &House, number: u64) -> String {
    let summary = house.report(number);
    let (_, behind) = summary.split_once("## Lower tier").unwrap();
    let (_, behind) = behind.split_once("<<'END'\n").unwrap();
    behind.split_once("END\n").unwrap().0.to_owned()
}

/// Somebody signs that a lower tier holds.
fn lower(house: &House, number: u64, login: &str) {
    let armour = house.maintainers[login].sign(&shown(house, number), NAMESPACE);
    house.say(number, &armour, login);
}

async fn say(house: &House, number: u64, words: &str, login: &str) -> String {
    house.say(number, words, login);
    house.settle().await;
    house.answers(number).pop().unwrap()
}

/// A change of a higher tier, for which a lower one was asked.
async fn asked() -> (House, Instance, u64) {
    let house = House::make(Plan::default()).await;
    let server = house.serve(1).await;
    let number = house.open("fix", &HOTFIX);
    house.settle().await;
    let refused = say(&house, number, "/governance-tier 1 \"a typo\"", "stranger").await;
    assert!(
        refused.starts_with("Only a maintainer of this layer"),
        "{refused}"
    );
    let told = say(&house, number, "/governance-tier 1 \"a typo\"", "atlas-ada").await;
    assert!(told.starts_with("atlas-ada asks for Tier 1"), "{told}");
    assert!(
        told.contains("asked-tier: tier_1_routine") && told.contains(NAMESPACE),
        "{told}"
    );
    (house, server, number)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_wish_to_the_green() {
    let (house, _server, number) = asked().await;
    let usual = house.gate(number);
    expect!["pending: 0 of 3 maintainers: nobody signed; 60 days since the last push that changed it (TIME) end TIME"].assert_eq(&usual);
    for login in ["atlas-ada", "atlas-ben"] {
        lower(&house, number, login);
        house.settle().await;
    }
    // Twice the same person, and one of whom no rule speaks here.
    lower(&house, number, "atlas-ada");
    lower(&house, number, "atlas-cleo");
    house.settle().await;
    assert_eq!(house.gate(number), usual);
    lower(&house, number, "atlas-finn");
    house.settle().await;
    assert_eq!(house.gate(number), UNSIGNED);
    for login in ["atlas-ada", "atlas-ben"] {
        house.sign(number, login);
    }
    house.days(14).await;
    assert_eq!(house.gate(number), GREEN);
    // It was lowered for one head.
    let other = [("hotfix/typo.rs", "// another typo\n")];
    house.github.push_files_to(NODE, "fix", &other, AUTHOR).unwrap();
    house.settle().await;
    assert_eq!(house.gate(number), usual);
    assert!(!house.report(number).contains("## Lower tier"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn one_word_raises_and_ends_it() {
    let (house, _server, number) = asked().await;
    for login in ["atlas-ada", "atlas-ben", "atlas-finn"] {
        lower(&house, number, login);
    }
    house.settle().await;
    assert!(
        house.gate(number).starts_with("pending: 0 of 2 maintainers"),
        "{}",
        house.gate(number)
    );
    let told = say(
        &house,
        number,
        "/governance-tier 4 \"it is no typo\"",
        "atlas-gus",
    )
    .await;
    assert!(
        told.contains("No tier is lowered at this head any more."),
        "{told}"
    );
    assert!(
        house.gate(number).starts_with("pending: 0 of 3 maintainers"),
        "{}",
        house.gate(number)
    );
    let told = say(&house, number, "/governance-tier 1 \"but it is\"", "atlas-ada").await;
    assert!(
        told.starts_with("atlas-gus raised the tier after a lower one was asked for"),
        "{told}"
    );
    assert!(
        house.gate(number).starts_with("pending: 0 of 3 maintainers"),
        "{}",
        house.gate(number)
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_takes_it_back_lowers_nothing_and_a_restart_forgets_nobody() {
    let (house, server, number) = asked().await;
    for login in ["atlas-ada", "atlas-ben"] {
        lower(&house, number, login);
    }
    house.settle().await;
    server.die().await;
    let _server = house.serve(2).await;
    house.settle().await;
    lower(&house, number, "atlas-finn");
    house.settle().await;
    assert!(
        house.gate(number).starts_with("pending: 0 of 2 maintainers"),
        "{}",
        house.gate(number)
    );
    house.say(number, "/governance-unsign", "atlas-ben");
    house.settle().await;
    assert!(
        house.gate(number).starts_with("pending: 0 of 3 maintainers"),
        "{}",
        house.gate(number)
    );
}
