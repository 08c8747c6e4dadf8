//! What other machines, people and repositories have to add: workflows, attestations, pull requests that belong together.

use crate::beginnings::GREEN;
use crate::house::{AUTHOR, House, NODE, OWNER, Plan};
use expect_test::{Expect, expect};
use github_sim::{Happened, PullPlan};

/// The other repository.
pub(crate) const KIT: (&str, &str) = (OWNER, "atlas-kit");

fn shows(house: &House, number: u64, expected: &Expect) {
    expected.assert_eq(&house.gate(number));
}

/// A house whose node has these further rules, and a server in it.
async fn house_with(rules: &'static [(&'static str, &'static str)]) -> House {
    House::make(Plan {
        rules,
        ..Plan::default()
    })
    .await
}

const GATE: &[(&str, &str)] = &[(
    "config/repos/atlas-node.yml",
    "layer: 3\nsignature_threshold: 2-of-5\nreview_period_days: 14\nverification: {ci_workflow: verify.yml}\n",
)];

/// Runs for branches that are to be verified, and another one of the same name that runs for all.
const WORKFLOWS: &[(&str, &str)] = &[
    (
        ".github/workflows/verify.yml",
        "name: verify\non: {push: {branches: ['verify/*']}}\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: make}]}}\n",
    ),
    (
        ".github/workflows/other.yml",
        "name: verify\non: push\njobs: {a: {runs-on: ubuntu-latest, steps: [{run: 'true'}]}}\n",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_verification_of_the_head_turns_it_and_no_other_run_does() {
    let house = house_with(GATE).await;
    let (owner, name) = NODE;
    house
        .github
        .push_files(owner, name, WORKFLOWS, "atlas-ada")
        .unwrap();
    let _server = house.serve(1).await;
    let number = house.signed().await;
    // A workflow of that name has run for the head, and signatures are counted all the same.
    let shown = house.gate(number);
    assert!(shown.starts_with("pending: 14 days since"), "{shown}");
    house.days(14).await;
    shows(
        &house,
        number,
        &expect!["pending: .github/workflows/verify.yml has not run"],
    );
    let head = house.head(number);
    house
        .github
        .push_branch_by(NODE, ("verify/feature", &head), AUTHOR)
        .unwrap();
    house.settle().await;
    assert_eq!(house.gate(number), GREEN);
    assert!(house.count(asks_for_runs) > 0);
    // What passed for one head says nothing of the next.
    push_another_head(&house, number).await;
    shows(
        &house,
        number,
        &expect!["pending: .github/workflows/verify.yml has not run"],
    );
}

fn asks_for_runs(what: &Happened) -> bool {
    matches!(what, Happened::Request { path, .. } if path.ends_with("/actions/runs"))
}

/// The author pushes something else, and it is signed and old enough again.
async fn push_another_head(house: &House, number: u64) {
    let other = [("rpc/get.rs", "fn other() {}\n")];
    house
        .github
        .push_files_to(NODE, "feature", &other, AUTHOR)
        .unwrap();
    house.settle().await;
    for login in ["atlas-ada", "atlas-ben"] {
        house.sign(number, login);
    }
    house.days(14).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn runs_are_not_asked_for_where_no_rule_wants_them() {
    let house = house_with(&[]).await;
    let _server = house.serve(1).await;
    house.signed().await;
    assert_eq!(house.count(asks_for_runs), 0);
}

const AUDIT: &[(&str, &str)] = &[(
    "config/repos/atlas-node.yml",
    "layer: 3\nsignature_threshold: 2-of-5\nreview_period_days: 14\nrequires_security_audit: true\n",
)];

/// What people say of an audit, one after the other.
const SAID: &[(&str, &str)] = &[
    (
        "/governance-attest security_audit \"I have read every line of it\"",
        "stranger",
    ),
    ("/governance-attest security_audit \"looks good\"", "atlas-ada"),
    (
        "/governance-attest beauty \"I have read every line of it\"",
        "atlas-ada",
    ),
    (
        "/governance-attest security_audit cccccccccccccccc \"I have read every line of it\"",
        "atlas-ada",
    ),
    ("/governance-attest security_audit off", "atlas-ada"),
    ("/governance-attest security_audit", "atlas-ada"),
    (
        "/governance-attest security_audit \"https://audits.example.org/1\"",
        "atlas-ivy",
    ),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn an_attestation_counts_until_the_next_push() {
    let house = house_with(AUDIT).await;
    let _server = house.serve(1).await;
    let number = house.signed().await;
    house.days(14).await;
    shows(
        &house,
        number,
        &expect!["pending: nobody attests security_audit of this head"],
    );
    for (words, who) in SAID {
        house.say(number, words, who);
        house.settle().await;
    }
    assert_eq!(house.gate(number), GREEN);
    let answers = house.answers(number);
    expect![[r#"
        Only a maintainer of this layer or a keyholder may attest something; stranger is neither by the rules.
        <!-- governance-app answers NUMBER -->
        ---
        Say what it rests on, in quotes: at least 20 characters, or a link.
        <!-- governance-app answers NUMBER -->
        ---
        The rules ask for no `beauty`. They know: audit, cryptography_expert, security_audit.
        <!-- governance-app answers NUMBER -->
        ---
        That commit is not the head of this pull request: that is `COMMIT`.
        <!-- governance-app answers NUMBER -->
        ---
        There is no `security_audit` of yours here.
        <!-- governance-app answers NUMBER -->
        ---
        `/governance-attest security_audit` is no command; it is written `/governance-attest NAME [COMMIT] "EVIDENCE", or /governance-attest NAME off`.
        <!-- governance-app answers NUMBER -->
        ---
        atlas-ivy attests security_audit of `COMMIT`. Another head has to be attested anew.
        <!-- governance-app answers NUMBER -->"#]].assert_eq(&answers[2..].join("\n---\n"));
    push_another_head(&house, number).await;
    shows(
        &house,
        number,
        &expect!["pending: nobody attests security_audit of this head"],
    );
    let head = house.head(number);
    house.say(
        number,
        &format!("/governance-attest security_audit {head} \"I have read every line of it\""),
        "atlas-ada",
    );
    house.settle().await;
    assert_eq!(house.gate(number), GREEN);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_was_attested_outlives_the_server_and_the_comment() {
    let house = house_with(AUDIT).await;
    let server = house.serve(1).await;
    let number = house.signed().await;
    let comment = house.say(
        number,
        "/governance-attest security_audit \"https://audits.example.org/1\"",
        "atlas-ben",
    );
    house.settle().await;
    house
        .github
        .edit_comment_by(comment, "/governance-attest security_audit off", "atlas-ben")
        .unwrap();
    house.settle().await;
    house.github.delete_comment_by(comment, "atlas-ben").unwrap();
    server.die().await;
    house.leap(14);
    let _server = house.serve(2).await;
    house.settle().await;
    assert_eq!(house.gate(number), GREEN);
}

pub(crate) const BETWEEN: &[(&str, &str)] = &[(
    "config/cross-layer-rules.yml",
    "rules:\n  - {name: api, source_repo: atlas-node, source_pattern: 'rpc/**', target_repo: atlas-kit, target_pattern: 'api/**', \
     validation: corresponding_file_exists, bidirectional: true}\n",
)];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn two_pull_requests_that_belong_together_name_each_other() {
    let house = house_with(BETWEEN).await;
    let _server = house.serve(1).await;
    let number = house.signed().await;
    house.days(14).await;
    shows(
        &house,
        number,
        &expect!["pending: api: no pull request of atlas-kit is named"],
    );
    house
        .github
        .push_files_to(KIT, "feature", &[("api/get.rs", "fn get() {}\n")], AUTHOR)
        .unwrap();
    let plan = PullPlan::of("feature", "main");
    let other = house.github.open_pull_by(KIT, plan, AUTHOR).unwrap();
    let (node, kit) = ((OWNER, NODE.1, number), (OWNER, KIT.1, other));
    let words = format!("For the kit.\n\nDepends-On: {OWNER}/{}#{other}\n", KIT.1);
    house.github.reword_by(node, ("feature", &words), AUTHOR).unwrap();
    house.settle().await;
    shows(
        &house,
        number,
        &expect!["pending: api: atlas-kit#1 does not name this one"],
    );
    let words = format!(
        "depends-on: https://github.com/{OWNER}/{}/pull/{number}\n",
        NODE.1
    );
    house.github.reword_by(kit, ("feature", &words), AUTHOR).unwrap();
    house.settle().await;
    // The other one wakes this one, and lacks only its own signatures: nobody waits for ever.
    assert_eq!(house.gate(number), GREEN);
    let head = house.shown_of(KIT.1, &format!("pulls/{other}"))["head"]["sha"].clone();
    let shown = house.status_in(KIT.1, head.as_str().unwrap());
    assert!(shown.starts_with("pending: 0 of"), "{shown}");
    assert!(!shown.contains("api"), "{shown}");
    house.github.close_pull_by(kit, AUTHOR).unwrap();
    house.settle().await;
    shows(&house, number, &expect!["pending: api: atlas-kit#1 was closed"]);
}
