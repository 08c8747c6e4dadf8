//! Files that refer to the latest version of another repository.

use crate::companions::KIT;
use crate::house::{AUTHOR, House, NODE, OWNER, Plan};
use expect_test::{Expect, expect};
use github_sim::{Happened, PullPlan};

const REFERS: &[(&str, &str)] = &[(
    "config/cross-layer-rules.yml",
    "rules:\n  - {name: kit, source_repo: atlas-node, source_pattern: 'rpc/**', target_repo: atlas-kit, \
     validation: references_latest_version, required_reference_format: 'atlas-kit@v{VERSION}'}\n",
)];

async fn house() -> House {
    House::make(Plan {
        rules: REFERS,
        ..Plan::default()
    })
    .await
}

/// A version of the kit is there.
fn tag(house: &House, version: &str) {
    let main = house.shown_of(KIT.1, "git/ref/heads/main")["object"]["sha"].clone();
    let commit = main.as_str().unwrap();
    house
        .github
        .push_tag(OWNER, KIT.1, version, commit, "atlas-ada")
        .unwrap();
}

/// The author pushes these files, and they are signed and old enough.
async fn push(house: &House, number: u64, files: &[(&str, &str)]) {
    house
        .github
        .push_files_to(NODE, "feature", files, AUTHOR)
        .unwrap();
    house.settle().await;
    for login in ["atlas-ada", "atlas-ben"] {
        house.sign(number, login);
    }
    house.days(14).await;
}

fn shows(house: &House, number: u64, expected: &Expect) {
    expected.assert_eq(&house.gate(number));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_latest_version_of_another_repository_is_referred_to() {
    let house = house().await;
    let _server = house.serve(1).await;
    let number = house.signed().await;
    house.days(14).await;
    shows(&house, number, &expect!["error: kit: atlas-kit has no version"]);
    tag(&house, "v1.0.0");
    tag(&house, "v2.0.0-rc.1");
    house.say(number, "/governance-status", AUTHOR);
    house.settle().await;
    shows(
        &house,
        number,
        &expect!["pending: kit: no file of it refers to the latest version of atlas-kit"],
    );
    push(
        &house,
        number,
        &[("rpc/get.rs", "// atlas-kit@v0.9.0\nfn get() {}\n")],
    )
    .await;
    shows(
        &house,
        number,
        &expect![
            "failure: kit: rpc/get.rs refers to atlas-kit@v0.9.0, and 1.0.0 is the latest version of atlas-kit"
        ],
    );
    push(
        &house,
        number,
        &[("rpc/get.rs", "// As atlas-kit@v1.0.0.\nfn get() {}\n")],
    )
    .await;
    shows(
        &house,
        number,
        &expect!["success: All rules hold: 2 signatures, 14 days of review"],
    );
    // Another version makes an old one of it: within the hour that is seen, without any event here.
    tag(&house, "v1.1.0");
    house.days(1).await;
    shows(
        &house,
        number,
        &expect![
            "failure: kit: rpc/get.rs refers to atlas-kit@v1.0.0, and 1.1.0 is the latest version of atlas-kit"
        ],
    );
    // The manifest may say it as well; then no file of the change says another.
    let files = [
        ("rpc/get.rs", "fn get() {}\n"),
        ("Cargo.toml", "[package]\n# atlas-kit@v1.1.0\n"),
    ];
    push(&house, number, &files).await;
    shows(
        &house,
        number,
        &expect!["success: All rules hold: 2 signatures, 14 days of review"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn versions_and_files_are_not_asked_for_where_no_rule_is_about_them() {
    let house = house().await;
    let _server = house.serve(1).await;
    let number = house.open("feature", &[("docs/get.md", "atlas-kit@v0.1.0\n")]);
    house.settle().await;
    for login in ["atlas-ada", "atlas-ben"] {
        house.sign(number, login);
    }
    house.days(14).await;
    shows(
        &house,
        number,
        &expect!["success: All rules hold: 2 signatures, 14 days of review"],
    );
    let asks = |what: &Happened| {
        matches!(what, Happened::Request { path, .. }
            if path.contains("matching-refs/tags") || path.contains("/contents/"))
    };
    assert_eq!(house.count(asks), 0);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fork_is_read_at_its_own_head() {
    let house = house().await;
    tag(&house, "v1.0.0");
    let _server = house.serve(1).await;
    house.github.fork(NODE.0, NODE.1, AUTHOR).unwrap();
    let files = [("rpc/get.rs", "// atlas-kit@v1.0.0\n")];
    house
        .github
        .push_files_to((AUTHOR, NODE.1), "feature", &files, AUTHOR)
        .unwrap();
    let plan = PullPlan::of(&format!("{AUTHOR}:feature"), "main");
    let number = house.github.open_pull_by(NODE, plan, AUTHOR).unwrap();
    house.settle().await;
    for login in ["atlas-ada", "atlas-ben"] {
        house.sign(number, login);
    }
    house.days(14).await;
    shows(
        &house,
        number,
        &expect!["success: All rules hold: 2 signatures, 14 days of review"],
    );
}
