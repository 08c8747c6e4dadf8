//! An emergency, from the request to its end.

use crate::edges::lose;
use crate::house::{AUTHOR, House, NODE, Plan};
use expect_test::expect;
use github_sim::MergeMethod;

const EVIDENCE: &str = "Since this morning nodes stop at block 900,001 when they read an empty witness. Two miners have said so, with the bytes \
                        of it; whoever runs the node is harmed.";
const NAMESPACE: &str = "emergency@governance-app.v1";

/// A keyholder signs what the report says of the emergency.
fn declare(house: &House, number: u64, login: &str) {
    let summary = house.report(number);
    let (_, behind) = summary.split_once("## Emergency").unwrap();
    let (_, behind) = behind.split_once("<<'END'\n").unwrap();
    let (statement, _) = behind.split_once("END\n").unwrap();
    let armour = house.maintainers[login].sign(statement, NAMESPACE);
    house.say(number, &armour, login);
}

/// A change of what an emergency may be about, for which one was asked.
async fn asked() -> (House, crate::wound::Instance, u64) {
    let house = House::make(Plan::default()).await;
    let server = house.serve(1).await;
    let number = house.open("fix", &[("hotfix/witness.rs", "fn witness() {}\n")]);
    house.settle().await;
    for (login, words) in [
        (
            "stranger",
            format!("/governance-emergency tier_1_critical \"{EVIDENCE}\""),
        ),
        (
            "atlas-ada",
            "/governance-emergency tier_1_critical \"hurry\"".to_owned(),
        ),
        (
            "atlas-ada",
            format!("/governance-emergency tier_9 \"{EVIDENCE}\""),
        ),
        (
            "atlas-ada",
            format!("/governance-emergency tier_1_critical \"{EVIDENCE}\""),
        ),
    ] {
        house.say(number, &words, login);
        house.settle().await;
    }
    (house, server, number)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_request_to_the_end() {
    let (house, _server, number) = asked().await;
    expect![[r#"
        Only a maintainer of this layer or a keyholder may ask for an emergency.
        <!-- governance-app answers NUMBER -->
        ---
        An emergency needs evidence of at least 100 characters: what is wrong, since when, whom it harms.
        <!-- governance-app answers NUMBER -->
        ---
        There is no emergency tier `tier_9` in the rules.
        <!-- governance-app answers NUMBER -->
        ---
        atlas-ada asks for the emergency tier_1_critical. It begins when enough keyholders have signed what the report shows; until then nothing changes.
        <!-- governance-app answers NUMBER -->"#]].assert_eq(&house.answers(number).join("\n---\n"));
    let usual = house.gate(number);
    expect!["pending: 0 of 3 maintainers: nobody signed; 60 days since the last push that changed it (TIME) end TIME"].assert_eq(&usual);
    // A maintainer's signature is no keyholder's.
    declare(&house, number, "atlas-ada");
    declare(&house, number, "atlas-ivy");
    house.settle().await;
    assert_eq!(house.gate(number), usual);
    declare(&house, number, "atlas-kim");
    house.settle().await;
    expect!["pending: 0 of 3 maintainers: nobody signed"].assert_eq(&house.gate(number));
    for login in ["atlas-ada", "atlas-ben", "atlas-finn"] {
        house.sign(number, login);
    }
    house.settle().await;
    expect!["success: All rules hold: 3 signatures, 0 days of review"].assert_eq(&house.gate(number));
    // It ends without any event.
    house.days(7).await;
    expect!["pending: 60 days since the last push that changed it (TIME) end TIME"]
        .assert_eq(&house.gate(number));
    // The same signatures again begin nothing.
    let again = format!("/governance-emergency tier_1_critical \"{EVIDENCE}\"");
    house.say(number, &again, "atlas-ada");
    house.settle().await;
    expect!["pending: 60 days since the last push that changed it (TIME) end TIME"]
        .assert_eq(&house.gate(number));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_owed_is_told_when_it_is_merged() {
    let (house, _server, number) = asked().await;
    for login in ["atlas-ivy", "atlas-kim"] {
        declare(&house, number, login);
    }
    house.settle().await;
    for login in ["atlas-ada", "atlas-ben", "atlas-finn"] {
        house.sign(number, login);
    }
    house.settle().await;
    house
        .github
        .merge_by((NODE.0, NODE.1, number), MergeMethod::Merge, "atlas-ada")
        .unwrap();
    house.settle().await;
    let last = house.answers(number).pop().unwrap();
    expect![[r#"
        This was merged in the emergency tier_1_critical. What the rules ask for now:

        - a post-mortem, until TIME
        <!-- governance-app tells what is owed after COMMIT -->"#]]
    .assert_eq(&last);
    // Nobody does anything: time reminds, three days before and on the day, once each.
    let told = house.answers(number).len();
    house.days(26).await;
    assert_eq!(house.answers(number).len(), told);
    for _ in 0..6 {
        house.days(1).await;
    }
    let reminders = house.answers(number).split_off(told);
    expect![[r#"
        Owed since this was merged in an emergency: a post-mortem. It is due on TIME, in 3 days.
        <!-- governance-app reminds of a post-mortem at TIME -->
        ---
        Owed since this was merged in an emergency: a post-mortem. It was due on TIME.
        <!-- governance-app reminds of a post-mortem at TIME -->"#]]
    .assert_eq(&reminders.join("\n---\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_ends_no_emergency_but_makes_approvals_void() {
    let (house, _server, number) = asked().await;
    for login in ["atlas-ivy", "atlas-kim"] {
        declare(&house, number, login);
    }
    house.settle().await;
    for login in ["atlas-ada", "atlas-ben", "atlas-finn"] {
        house.sign(number, login);
    }
    house.settle().await;
    assert!(
        house.gate(number).starts_with("success"),
        "{}",
        house.gate(number)
    );
    let other = [("hotfix/witness.rs", "fn witness() { steal() }\n")];
    house.github.push_files_to(NODE, "fix", &other, AUTHOR).unwrap();
    house.settle().await;
    expect!["pending: 0 of 3 maintainers: nobody signed"].assert_eq(&house.gate(number));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_keyholder_who_takes_it_back_does_not_count_whenever_it_is_read() {
    let (house, server, number) = asked().await;
    let usual = house.gate(number);
    declare(&house, number, "atlas-ivy");
    house.settle().await;
    server.die().await;
    // One took it back after it was read, the other before.
    house.say(number, "/governance-unsign", "atlas-ivy");
    declare(&house, number, "atlas-kim");
    house.say(number, "/governance-unsign", "atlas-kim");
    let _server = house.serve(2).await;
    house.settle().await;
    declare(&house, number, "atlas-jan");
    declare(&house, number, "atlas-ivy");
    declare(&house, number, "atlas-kim");
    house.settle().await;
    assert_eq!(house.gate(number), usual);
    let told = house.answers(number);
    let refused = told
        .iter()
        .filter(|answer| answer.contains("took this signature back"));
    assert_eq!(refused.count(), 3, "{told:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_emergency_does_not_begin_anew_when_the_machine_is_lost() {
    let (house, server, number) = asked().await;
    for login in ["atlas-ivy", "atlas-kim"] {
        declare(&house, number, login);
    }
    house.settle().await;
    for login in ["atlas-ada", "atlas-ben", "atlas-finn"] {
        house.sign(number, login);
    }
    house.days(5).await;
    server.die().await;
    lose(&house);
    let _server = house.serve(2).await;
    house.settle().await;
    expect!["success: All rules hold: 3 signatures, 0 days of review"].assert_eq(&house.gate(number));
    house.days(2).await;
    expect!["pending: 60 days since the last push that changed it (TIME) end TIME"]
        .assert_eq(&house.gate(number));
}
