//! The same engine everywhere: what the hand says of a pull request, supposes of it, and counts over those that are past.

use crate::hand::{give_token, governance, said};
use crate::house::{House, NODE, Plan};
use crate::wound::Instance;
use expect_test::expect;
use github_sim::MergeMethod;
use serde_json::Value;

const PR: &str = "atlas/atlas-node#1";

/// The rules of the house in a second folder, `changed`, where the node asks for three signatures.
fn changed_rules(house: &House) {
    for (path, text) in house.rules("") {
        let file = house.path("changed").join(&path);
        std::fs::create_dir_all(file.parent().unwrap()).unwrap();
        let text = text.replace(
            "signatures: {required: 2, total: 5}",
            "signatures: {required: 3, total: 5}",
        );
        std::fs::write(file, text).unwrap();
    }
}

/// A house with one pull request that nobody signed.
async fn opened(plan: Plan) -> (House, Instance, u64) {
    let house = House::make(plan).await;
    let server = house.serve(1).await;
    let number = house.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
    house.settle().await;
    (house, server, number)
}

async fn merge(house: &House, number: u64) {
    house
        .github
        .merge_by((NODE.0, NODE.1, number), MergeMethod::Merge, "atlas-ada")
        .unwrap();
    house.settle().await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_hand_says_how_a_pull_request_stands_and_who_holds_it_up() {
    let (house, server, number) = opened(Plan::default()).await;
    house.sign(number, "atlas-ada");
    house.settle().await;
    let explained = governance(&house, &server, &format!("policy explain {PR}"), None).await;
    let rules = explained.split("to sign, read the statement").next().unwrap();
    expect![[""]].assert_eq(rules);
    let why = governance(&house, &server, &format!("why {PR}"), None).await;
    let held_up = why.split("to sign, read the statement").next().unwrap();
    expect![[""]].assert_eq(held_up);
    assert!(why.contains("ssh-keygen -Y sign"), "{why}");
    house.sign(number, "atlas-ben");
    house.days(14).await;
    let why = governance(&house, &server, &format!("why {PR}"), None).await;
    expect![[""]].assert_eq(&why);
    let page = format!("why http://127.0.0.1/atlas/atlas-node/pull/{}", number + 1);
    expect![[""]].assert_eq(&governance(&house, &server, &page, None).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_supposed_comes_true_as_it_was_said() {
    let (house, server, number) = opened(Plan::default()).await;
    let supposing = format!("policy simulate {PR} --rules rules");
    expect![[""]].assert_eq(&governance(&house, &server, &supposing, None).await);
    let supposing = format!("{supposing} --signed atlas-ada --signed atlas-ben --after 15d");
    let (code, supposed) = said(&house, &server, &format!("{supposing} --format json"), None).await;
    assert_eq!(code, 0, "{supposed}");
    let supposed: Value = serde_json::from_str(&supposed).unwrap();
    let present = format!("{}: ", supposed["present"]["outcome"].as_str().unwrap());
    assert!(house.gate(number).starts_with(&present), "{}", house.gate(number));
    // Nothing was written, and nobody was told.
    assert_eq!(house.answers(number), Vec::<String>::new());
    for login in ["atlas-ada", "atlas-ben"] {
        house.sign(number, login);
    }
    house.days(15).await;
    let rules = |verdict: &Value| {
        let rulings = verdict["rulings"].as_array().unwrap();
        let said = rulings
            .iter()
            .map(|ruling| format!("{}: {}", ruling["rule"], ruling["because"]));
        said.collect::<Vec<String>>()
    };
    let (code, true_now) = said(
        &house,
        &server,
        &format!("policy explain {PR} --format json"),
        None,
    )
    .await;
    assert_eq!(code, 0, "{true_now}");
    let true_now: Value = serde_json::from_str(&true_now).unwrap();
    assert_eq!(rules(&true_now["verdict"]), rules(&supposed["simulated"]));
    let supposing = format!("policy simulate {PR} --rules rules --paths consensus/a.rs");
    expect![[""]].assert_eq(&governance(&house, &server, &supposing, None).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_pull_requests_are_judged_by_other_rules() {
    let house = House::make(Plan::default()).await;
    let server = house.serve(1).await;
    let number = house.signed().await;
    house.days(15).await;
    merge(&house, number).await;
    house.open("second", &[("rpc/set.rs", "fn set() {}\n")]);
    house.settle().await;
    changed_rules(&house);
    let token = give_token(&house);
    let backtest = |rules: &str| format!("policy backtest --rules {rules}");
    let same = governance(&house, &server, &backtest("rules"), Some(&token)).await;
    expect![[""]].assert_eq(&same);
    let changed = governance(&house, &server, &backtest("changed"), Some(&token)).await;
    expect![[""]].assert_eq(&changed);
    let both = format!("{} --rules-before rules", backtest("changed"));
    expect![[""]].assert_eq(&governance(&house, &server, &both, Some(&token)).await);
    expect![[""]].assert_eq(&governance(&house, &server, &both, None).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_dry_run_says_what_it_would_have_held_back() {
    let plan = Plan {
        github: "dry_run = true",
        ..Plan::default()
    };
    let (house, server, unsigned) = opened(plan).await;
    let token = give_token(&house);
    let report = "report dry-run";
    expect![[""]].assert_eq(&governance(&house, &server, report, Some(&token)).await);
    merge(&house, unsigned).await;
    let number = house.open("second", &[("rpc/set.rs", "fn set() {}\n")]);
    house.settle().await;
    for login in ["atlas-ada", "atlas-ben"] {
        house.sign(number, login);
    }
    house.days(15).await;
    merge(&house, number).await;
    // One that is closed is no merge.
    let closed = house.open("third", &[("rpc/has.rs", "fn has() {}\n")]);
    house.settle().await;
    house
        .github
        .close_pull_by((NODE.0, NODE.1, closed), "atlas-ada")
        .unwrap();
    house.settle().await;
    expect![[""]].assert_eq(&governance(&house, &server, report, Some(&token)).await);
    let (_, document) = said(&house, &server, &format!("{report} --format json"), Some(&token)).await;
    let document: Value = serde_json::from_str(&document).unwrap();
    expect![[""]].assert_eq(&document["total"].to_string());
    house.days(1).await;
    let later = format!("{report} --since {}", house.github.now());
    expect![[""]].assert_eq(&governance(&house, &server, &later, Some(&token)).await);
    expect![[""]].assert_eq(&governance(&house, &server, report, None).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_past_the_gate_is_reported_as_such() {
    let house = House::make(Plan::default()).await;
    let server = house.serve(1).await;
    let number = house.signed().await;
    house
        .github
        .merge_past_rules_by((NODE.0, NODE.1, number), MergeMethod::Merge, "atlas-ada")
        .unwrap();
    house.settle().await;
    let token = give_token(&house);
    expect![[""]].assert_eq(&governance(&house, &server, "report dry-run", Some(&token)).await);
}
