//! What lies at the edge: more files than GitHub lists, repositories that no rule names, a machine that is lost.

use crate::beginnings::{GREEN, opened, signed};
use crate::house::{AUTHOR, House, NODE, OWNER, Plan};
use expect_test::expect;
use github_sim::{Happened, PullPlan};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn more_files_than_github_lists_are_of_every_tier() {
    let house = House::make(Plan::default()).await;
    let _server = house.serve(1).await;
    let names: Vec<String> = (0..3_001)
        .map(|number| format!("docs/page-{number}.md"))
        .collect();
    let all: Vec<(&str, &str)> = names.iter().map(|name| (name.as_str(), "a page\n")).collect();
    let many = house.open("many", &all);
    let few = house.open("few", &all[..20]);
    house.settle().await;
    expect!["pending: 0 of 4 maintainers: nobody signed; 60 days since the last push that changed it (TIME) end TIME; the…"].assert_eq(&house.gate(many));
    expect!["pending: 0 of 2 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"].assert_eq(&house.gate(few));
}

/// Opens a pull request in a repository that no layer has, and says what its status is then.
async fn elsewhere(settings: &'static str) -> String {
    let house = House::make(Plan {
        settings,
        ..Plan::default()
    })
    .await;
    let _server = house.serve(1).await;
    let files = [("a.rs", "fn a() {}\n")];
    house
        .github
        .push_files_to((OWNER, "elsewhere"), "feature", &files, AUTHOR)
        .unwrap();
    let plan = PullPlan::of("feature", "main");
    let number = house
        .github
        .open_pull_by((OWNER, "elsewhere"), plan, AUTHOR)
        .unwrap();
    house.days(1).await;
    let pull = house.shown_of("elsewhere", &format!("pulls/{number}"));
    house.status_in("elsewhere", pull["head"]["sha"].as_str().unwrap())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repository_that_no_rule_names_is_left_alone_or_held_back_as_the_rules_say() {
    assert_eq!(elsewhere("").await, "");
    expect!["error: elsewhere is in no layer"].assert_eq(&elsewhere("unknown_repositories: block").await);
}

/// The machine is lost, with everything that the server wrote on it.
pub(crate) fn lose(house: &House) {
    assert!(house.path("server/state.db").is_file());
    std::fs::remove_dir_all(house.path("server")).unwrap();
    std::fs::create_dir(house.path("server")).unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_machine_that_is_lost_loses_no_signature_and_no_clock() {
    let (house, server, number) = signed(Plan::default()).await;
    house.days(13).await;
    let before = house.gate(number);
    server.die().await;
    lose(&house);
    let _server = house.serve(2).await;
    house.settle().await;
    assert_eq!(house.gate(number), before);
    house.days(1).await;
    assert_eq!(house.gate(number), GREEN);
    // What was answered before is answered once.
    assert_eq!(house.answers(number).len(), 2, "{:?}", house.answers(number));
    let green = |what: &Happened| matches!(what, Happened::StatusCreated { state, .. } if state == "success");
    assert_eq!(house.count(green), 1);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_database_that_is_restored_does_nothing_twice() {
    let (house, server, number) = opened(Plan::default()).await;
    house.sign(number, "atlas-ada");
    // While the server is about to answer.
    let (state, copy) = (house.path("server/state.db"), house.path("copy.db"));
    storage::back_up_sqlite(&state, &copy).await.unwrap();
    house.settle().await;
    house.sign(number, "atlas-ben");
    house.settle().await;
    server.die().await;
    assert!(
        storage::restore_sqlite(&copy, &state).await.is_err(),
        "nothing is written over"
    );
    lose(&house);
    storage::restore_sqlite(&copy, &state).await.unwrap();
    let _server = house.serve(2).await;
    house.days(14).await;
    assert_eq!(house.gate(number), GREEN);
    assert_eq!(house.answers(number).len(), 2, "{:?}", house.answers(number));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_change_on_the_last_day_of_half_a_year_begins_half_a_year() {
    let house = House::make(Plan {
        rules: &[(
            "config/repos/atlas-node.yml",
            "layer: 3\nsignature_threshold: 2-of-5\nreview_period_days: 180\n",
        )],
        ..Plan::default()
    })
    .await;
    let _server = house.serve(1).await;
    let number = house.signed().await;
    house.days(179).await;
    expect!["pending: 180 days since the last push that changed it (TIME) end TIME"]
        .assert_eq(&house.gate(number));
    let onto = house.node.head.clone();
    let evil = [("rpc/get.rs", "fn get() { steal() }\n")];
    house
        .github
        .force_push_by(NODE, ("feature", &onto), &evil, AUTHOR)
        .unwrap();
    house.days(2).await;
    expect!["pending: 0 of 2 maintainers: nobody signed; 180 days since the last push that changed it (TIME) end TIME"].assert_eq(&house.gate(number));
    for login in ["atlas-ada", "atlas-ben"] {
        house.sign(number, login);
    }
    house.days(177).await;
    expect!["pending: 180 days since the last push that changed it (TIME) end TIME"]
        .assert_eq(&house.gate(number));
    house.days(1).await;
    expect!["success: All rules hold: 2 signatures, 180 days of review"].assert_eq(&house.gate(number));
}
