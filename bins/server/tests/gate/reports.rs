//! The same engine everywhere: what the hand says of a pull request, supposes of it, and counts over those that are past.

use crate::beginnings::{opened, signed};
use crate::hand::{give_token, governance, said};
use crate::house::{House, NODE, Plan};
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
    let line = "this is a dry run: nobody is held back by it\n";
    let bare = |text: &str| house.without_line_of_dry_run(line, text);
    expect![[r#"
        exit 1
        atlas/atlas-node#1 is pending
        1 of 2 maintainers: signed by atlas-ada; 14 days since the last push that changed it (TIME) end TIME
        pending maintainers: 1 of 2 maintainers: signed by atlas-ada
          missing: 1 more signature
          from: atlas-ben, atlas-finn, atlas-gus, atlas-hana
          type: /governance-sign
          turns: as soon as it is given
          rule: Layer 3 (config/repository-layers.yml:20:28)
          rule: atlas-node (config/repos/atlas-node.yml:2:22)
          rule: Tier 2 (config/action-tiers.yml:10:28)
        pending review period: 14 days since the last push that changed it (TIME) end TIME
          missing: time, until TIME
          from: nobody: it only takes time
          type: /governance-status
          turns: by itself at TIME
          rule: Layer 3 (config/repository-layers.yml:21:25)
          rule: atlas-node (config/repos/atlas-node.yml:3:21)
          rule: Tier 2 (config/action-tiers.yml:11:25)
        signatures
          atlas-ada, ssh, counts
    "#]]
    .assert_eq(&bare(rules));
    let why = governance(&house, &server, &format!("why {PR}"), None).await;
    let held_up = why.split("to sign, read the statement").next().unwrap();
    expect![[r#"
        exit 1
        atlas/atlas-node#1 is pending
        1 of 2 maintainers: signed by atlas-ada; 14 days since the last push that changed it (TIME) end TIME
        maintainers: 1 of 2 maintainers: signed by atlas-ada
          missing: 1 more signature
          from: atlas-ben, atlas-finn, atlas-gus, atlas-hana
          type: /governance-sign
          turns: as soon as it is given
        review period: 14 days since the last push that changed it (TIME) end TIME
          missing: time, until TIME
          from: nobody: it only takes time
          type: /governance-status
          turns: by itself at TIME
    "#]]
    .assert_eq(&bare(held_up));
    assert!(why.contains("ssh-keygen -Y sign"), "{why}");
    house.sign(number, "atlas-ben");
    house.days(14).await;
    let why = governance(&house, &server, &format!("why {PR}"), None).await;
    expect![[r#"
        exit 0
        atlas/atlas-node#1 is success
        All rules hold: 2 signatures, 14 days of review
    "#]]
    .assert_eq(&bare(&why));
    let page = format!("why http://127.0.0.1/atlas/atlas-node/pull/{}", number + 1);
    expect![[r#"
        exit 2
        error: the server says no (401): the request bears no token
        help: draw a token with `governance-app token new NAME --scope SCOPE --expires DAYS` and send it as `Authorization: Bearer TOKEN`
    "#]].assert_eq(&governance(&house, &server, &page, None).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_supposed_comes_true_as_it_was_said() {
    let (house, server, number) = opened(Plan::default()).await;
    let supposing = format!("policy simulate {PR} --rules rules");
    expect![[r#"
        exit 1
        atlas/atlas-node#1 would be pending
        0 of 2 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME
        as of TIME, rules sha256:DIGEST
        pending maintainers: 0 of 2 maintainers: nobody signed
          missing: 2 more signatures
          from: atlas-ada, atlas-ben, atlas-finn, atlas-gus, atlas-hana
          type: /governance-sign
          turns: as soon as it is given
          rule: Layer 3 (config/repository-layers.yml:20:28)
          rule: atlas-node (config/repos/atlas-node.yml:2:22)
          rule: Tier 2 (config/action-tiers.yml:10:28)
        pending review period: 14 days since the last push that changed it (TIME) end TIME
          missing: time, until TIME
          from: nobody: it only takes time
          type: /governance-status
          turns: by itself at TIME
          rule: Layer 3 (config/repository-layers.yml:21:25)
          rule: atlas-node (config/repos/atlas-node.yml:3:21)
          rule: Tier 2 (config/action-tiers.yml:11:25)
        nothing changes: it is pending
    "#]]
    .assert_eq(&governance(&house, &server, &supposing, None).await);
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
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn other_files_would_ask_for_more() {
    let (house, server, number) = opened(Plan::default()).await;
    for login in ["atlas-ada", "atlas-ben"] {
        house.sign(number, login);
    }
    house.days(15).await;
    let supposing = format!("policy simulate {PR} --rules rules --paths consensus/a.rs");
    expect![[r#"
        exit 1
        atlas/atlas-node#1 would be pending
        2 of 4 maintainers: signed by atlas-ada, atlas-ben; 30 days since the last push that changed it (TIME) end …
        as of TIME, rules sha256:DIGEST
        supposed: the files are consensus/a.rs
        pending maintainers: 2 of 4 maintainers: signed by atlas-ada, atlas-ben
          missing: 2 more signatures
          from: atlas-finn, atlas-gus, atlas-hana
          type: /governance-sign
          turns: as soon as it is given
          rule: Tier 3 (config/action-tiers.yml:15:17)
        pending review period: 30 days since the last push that changed it (TIME) end TIME
          missing: time, until TIME
          from: nobody: it only takes time
          type: /governance-status
          turns: by itself at TIME
          rule: Tier 3 (config/action-tiers.yml:17:25)
        pending attestations: what people have to attest of this head
          pending attestation: nobody attests audit of this head
            missing: the word of a maintainer or keyholder who is not its author, with evidence of at least 20 characters or a link
            from: atlas-ada, atlas-ben, atlas-finn, atlas-gus, atlas-hana, atlas-ivy, atlas-jan, atlas-kim
            type: /governance-attest audit COMMIT "EVIDENCE"
            turns: as soon as it is given
            rule: tiers.tier_3_consensus.requires_audit (config/action-tiers.yml:18:5)
        against the present verdict, success:
          tiers:
            was: tier_2_feature
            is: tier_3_consensus
          needed:
            was: 2-of-5 signatures, 14 days of review
            is: 4-of-5 signatures, 30 days of review
          maintainers: success -> pending
            was: 2 of 2 maintainers: signed by atlas-ada, atlas-ben
            is: 2 of 4 maintainers: signed by atlas-ada, atlas-ben
          review period: success -> pending
            was: 14 days since the last push that changed it are over
            is: 30 days since the last push that changed it (TIME) end TIME
          attestation: - -> pending
            was: nothing
            is: nobody attests audit of this head
    "#]].assert_eq(&governance(&house, &server, &supposing, None).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn past_pull_requests_are_judged_by_other_rules() {
    let (house, server, number) = signed(Plan::default()).await;
    house.days(15).await;
    merge(&house, number).await;
    house.open("second", &[("rpc/set.rs", "fn set() {}\n")]);
    house.settle().await;
    changed_rules(&house);
    let token = give_token(&house);
    let backtest = |rules: &str| format!("policy backtest --rules {rules}");
    let same = governance(&house, &server, &backtest("rules"), Some(&token)).await;
    expect![[r#"
        exit 0
        2 pull requests judged: every decision stays what it was
          as of its merge each, or of the last look at what is open: what was decided before held until then
    "#]]
    .assert_eq(&same);
    let changed = governance(&house, &server, &backtest("changed"), Some(&token)).await;
    expect![[r#"
        exit 1
        atlas/atlas-node#1: success -> pending (as of its merge, TIME)
          2 of 3 maintainers: signed by atlas-ada, atlas-ben
        2 pull requests judged: 1 decision changes
          as of its merge each, or of the last look at what is open: what was decided before held until then
          success -> pending: 1
    "#]]
    .assert_eq(&changed);
    let both = format!("{} --rules-before rules", backtest("changed"));
    expect![[r#"
        exit 1
        atlas/atlas-node#1: success -> pending (as of its merge, TIME)
          needed:
            was: 2-of-5 signatures, 14 days of review
            is: 3-of-5 signatures, 14 days of review
          maintainers: success -> pending
            was: 2 of 2 maintainers: signed by atlas-ada, atlas-ben
            is: 2 of 3 maintainers: signed by atlas-ada, atlas-ben
        2 pull requests judged: 1 decision changes
          as of its merge each, or of the last look at what is open: what was decided before held until then
          success -> pending: 1
          the same word for other reasons: 1
    "#]]
    .assert_eq(&governance(&house, &server, &both, Some(&token)).await);
    expect![[r#"
        exit 2
        error: there is no token: GOVERNANCE_TOKEN is not set
        help: set it, or name a file with `--token-file FILE`; `governance-app token new` draws one
    "#]]
    .assert_eq(&governance(&house, &server, &both, None).await);
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
    expect![[r#"
        exit 0
        merges from the beginning to TIME
        nothing was merged in dry run
    "#]]
    .assert_eq(&governance(&house, &server, report, Some(&token)).await);
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
    expect![[r#"
        exit 0
        merges from the beginning to TIME
        repository        merges in dry run  green  would have been blocked  enforced  past the gate
        atlas/atlas-node  2                  1      1                        0         0
        in dry run the gate agreed with 1 of 2 merges (50 %)
        atlas/atlas-node
          held back by: maintainers 1, review period 1
          #1, merged TIME by atlas-ada
            maintainers: 0 of 2 maintainers: nobody signed
            review period: 14 days since the last push that changed it (TIME) end TIME
    "#]]
    .assert_eq(&governance(&house, &server, report, Some(&token)).await);
    let (_, document) = said(&house, &server, &format!("{report} --format json"), Some(&token)).await;
    let document: Value = serde_json::from_str(&document).unwrap();
    expect![[r#"{"enforced":{"merges":0,"past_the_gate":0},"green":1,"merges":2,"rules":{"maintainers":1,"review period":1},"would_have_been_blocked":1}"#]].assert_eq(&document["total"].to_string());
    house.days(1).await;
    let later = format!("{report} --since {}", house.github.now());
    expect![[r#"
        exit 0
        merges from TIME to TIME
        nothing was merged in dry run
    "#]]
    .assert_eq(&governance(&house, &server, &later, Some(&token)).await);
    expect![[r#"
        exit 2
        error: there is no token: GOVERNANCE_TOKEN is not set
        help: set it, or name a file with `--token-file FILE`; `governance-app token new` draws one
    "#]]
    .assert_eq(&governance(&house, &server, report, None).await);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_merge_past_the_gate_is_reported_as_such() {
    let (house, server, number) = signed(Plan::default()).await;
    house
        .github
        .merge_past_rules_by((NODE.0, NODE.1, number), MergeMethod::Merge, "atlas-ada")
        .unwrap();
    house.settle().await;
    let token = give_token(&house);
    let past = expect![[r#"
        exit 0
        merges from the beginning to TIME
        repository        merges in dry run  green  would have been blocked  enforced  past the gate
        atlas/atlas-node  0                  0      0                        1         1
        nothing was merged in dry run
        atlas/atlas-node
          #1, merged TIME by atlas-ada, past the gate
            review period: 14 days since the last push that changed it (TIME) end TIME
    "#]];
    let blocked = expect![[r#"
        exit 0
        merges from the beginning to TIME
        repository        merges in dry run  green  would have been blocked  enforced  past the gate
        atlas/atlas-node  1                  0      1                        0         0
        in dry run the gate agreed with 0 of 1 merges (0 %)
        atlas/atlas-node
          held back by: review period 1
          #1, merged TIME by atlas-ada
            review period: 14 days since the last push that changed it (TIME) end TIME
    "#]];
    house
        .by_mode(past, blocked)
        .assert_eq(&governance(&house, &server, "report dry-run", Some(&token)).await);
}
