//! Signatures of the text of before, which names no commit: only where the rules say so, and only for the head that was there.

use crate::beginnings::{GREEN, UNSIGNED};
use crate::house::{AUTHOR, House, NODE, Plan};
use expect_test::expect;

/// Keys as organisations have them, of secp256k1.
const KEYS: (&str, &str) = (
    "config/maintainers/layer-3.yml",
    "maintainers:
  - {github: atlas-ada, public_key: '03e74216a28f6ea66327755e34bedfc7d3f3072154bd9545a240e8eccc4f719dbd', status: active}
  - {github: atlas-ben, public_key: '02aae26c4cf461b2cd455c29f47a5d4b7fba6188473da67b2c5540f47f3b758781', status: active}
  - {github: atlas-finn, public_key: '02cf25e651c2d437e6c826c9cb06a37196a029b0da9091b71acfc1aa72fc643dd5', status: active}
  - {github: atlas-gus, public_key: '0290d147eb29e163f1cfc981a9f59b744cdb544647862f50608d48c7940b4bfb38', status: active}
  - {github: atlas-hana, public_key: '02f6d3596f2df1aad5ca95fd2f00e8506c85cb73106393ea4ab5b4a7697c8bc5cd', status: active}
",
);

/// What these two sign: `PR #1 in atlas/atlas-node`.
const ADA: &str = "/governance-sign 595815ec6f9ca4a11df12936da89d60815060358f9a3e86bc2b23f1efa1118c67f06a7a8b2730b816a2cb8b88f42358d6d07df126f619b6d5a42ae41cbd1f509";
const BEN: &str = "/governance-sign e13189e0d29e7096f5d1f322a570524f48707702a204e5559835bf09d024bb67612263aa0e322d60e62b0d699ecb7b162d45e40d0423ef80bd71bc7c556efc54";

async fn house(settings: &'static str) -> House {
    House::make(Plan {
        settings,
        rules: &[KEYS],
        ..Plan::default()
    })
    .await
}

/// What was answered last.
fn answer(house: &House, number: u64) -> String {
    house.answers(number).pop().unwrap()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_text_of_before_counts_nowhere_by_itself() {
    let house = house("").await;
    let _server = house.serve(1).await;
    let number = house.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
    house.settle().await;
    house.say(number, ADA, "atlas-ada");
    house.settle().await;
    let answer = answer(&house, number);
    assert!(
        answer.contains("names no commit, and counts for nothing: `legacy_text_repositories`"),
        "{answer}"
    );
    assert_eq!(house.gate(number), UNSIGNED);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn where_the_rules_say_so_it_counts_for_the_head_that_was_there() {
    let house = house("legacy_text_repositories: [atlas-node]\n").await;
    let server = house.serve(1).await;
    let number = house.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
    house.settle().await;
    house.say(number, ADA, "atlas-ada");
    house.settle().await;
    expect!["pending: 1 of 2 maintainers: signed by atlas-ada; 14 days since the last push that changed it (TIME) end TIME"].assert_eq(&house.gate(number));
    // Whoever copies it gives nothing.
    house.say(number, BEN, "atlas-ada");
    house.settle().await;
    let copied = answer(&house, number);
    assert!(copied.contains("atlas-ben must write the comment"), "{copied}");
    house.say(number, BEN, "atlas-ben");
    house.days(14).await;
    assert_eq!(house.gate(number), GREEN);
    let report = house.report(number);
    assert!(
        report.contains(
            "warning: what atlas-ada, atlas-ben signed is the text of before, which binds to no commit"
        ),
        "{report}"
    );
    // It is kept as what it is.
    server.die().await;
    let _server = house.serve(2).await;
    house.settle().await;
    assert_eq!(house.gate(number), GREEN);
    // Another head has none, and what was said before it counts for nothing.
    let evil = [("rpc/get.rs", "fn get() { steal() }\n")];
    house
        .github
        .push_files_to(NODE, "feature", &evil, AUTHOR)
        .unwrap();
    house.days(14).await;
    expect!["pending: 0 of 2 maintainers: nobody signed"].assert_eq(&house.gate(number));
    house.say(number, ADA, "atlas-ada");
    house.settle().await;
    expect!["pending: 1 of 2 maintainers: signed by atlas-ada"].assert_eq(&house.gate(number));
}
