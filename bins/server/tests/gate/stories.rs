//! What happens to pull requests, from the opening to green and whatever comes between.

use crate::house::{AUTHOR, GATE_ACCOUNT, House, NODE, Plan};
use expect_test::{Expect, expect};
use github_sim::{Faults, Happened, MergeMethod, PullPlan};

fn shows(house: &House, number: u64, expected: &Expect) {
    expected.assert_eq(&house.gate(number));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn from_the_opening_to_green() {
    let house = House::make(Plan::default()).await;
    let _server = house.serve(1).await;
    let number = house.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
    house.settle().await;
    shows(
        &house,
        number,
        &expect![
            "pending: 0 of 2 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"
        ],
    );
    house.sign(number, "atlas-ada");
    house.settle().await;
    shows(
        &house,
        number,
        &expect![
            "pending: 1 of 2 maintainers: signed by atlas-ada; 14 days since the last push that changed it (TIME) end TIME"
        ],
    );
    house.sign(number, "atlas-ben");
    house.settle().await;
    shows(
        &house,
        number,
        &expect!["pending: 14 days since the last push that changed it (TIME) end TIME"],
    );
    // No webhook comes, and nobody does anything: time turns it.
    house.days(14).await;
    shows(
        &house,
        number,
        &expect!["success: All rules hold: 2 signatures, 14 days of review"],
    );
    expect![[r#"
        Signed by atlas-ada for `COMMIT`.
        <!-- governance-app answers NUMBER -->
        ---
        Signed by atlas-ben for `COMMIT`.
        <!-- governance-app answers NUMBER -->"#]]
    .assert_eq(&house.answers(number).join("\n---\n"));
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_push_makes_the_signatures_void_and_begins_the_review_anew() {
    let house = House::make(Plan::default()).await;
    let _server = house.serve(1).await;
    let number = house.signed().await;
    house.days(13).await;
    let evil = [("rpc/get.rs", "fn get() { steal() }\n")];
    house
        .github
        .push_files_to(NODE, "feature", &evil, AUTHOR)
        .unwrap();
    house.settle().await;
    shows(
        &house,
        number,
        &expect![
            "pending: 0 of 2 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"
        ],
    );
    house.days(2).await;
    shows(
        &house,
        number,
        &expect![
            "pending: 0 of 2 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"
        ],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_forced_push_is_a_push() {
    let house = House::make(Plan::default()).await;
    let _server = house.serve(1).await;
    let number = house.signed().await;
    house.days(13).await;
    let onto = house.node.head.clone();
    let other = [("rpc/get.rs", "fn other() {}\n")];
    house
        .github
        .force_push_by(NODE, ("feature", &onto), &other, AUTHOR)
        .unwrap();
    house.settle().await;
    shows(
        &house,
        number,
        &expect![
            "pending: 0 of 2 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"
        ],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn merging_the_base_in_makes_signatures_void_but_not_the_review() {
    let house = House::make(Plan::default()).await;
    let _server = house.serve(1).await;
    let number = house.signed().await;
    house.days(10).await;
    house
        .github
        .push_files_to(NODE, "main", &[("README.md", "news\n")], "atlas-ada")
        .unwrap();
    house
        .github
        .merge_branch_by(NODE, ("main", "feature"), AUTHOR)
        .unwrap();
    house.settle().await;
    shows(
        &house,
        number,
        &expect![
            "pending: 0 of 2 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"
        ],
    );
    house.days(4).await;
    shows(
        &house,
        number,
        &expect!["pending: 0 of 2 maintainers: nobody signed"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_draft_waits_and_its_review_begins_when_it_is_ready() {
    let house = House::make(Plan::default()).await;
    let _server = house.serve(1).await;
    let number = house.signed().await;
    let pull = (NODE.0, NODE.1, number);
    house.github.set_draft_by(pull, true, AUTHOR).unwrap();
    house.days(14).await;
    shows(&house, number, &expect!["pending: it is a draft"]);
    house.github.set_draft_by(pull, false, AUTHOR).unwrap();
    house.settle().await;
    shows(
        &house,
        number,
        &expect!["pending: 14 days since it was marked as ready for review (TIME) end TIME"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn another_base_and_another_opening_begin_the_review_anew() {
    let house = House::make(Plan::default()).await;
    let _server = house.serve(1).await;
    let number = house.signed().await;
    let pull = (NODE.0, NODE.1, number);
    house.days(14).await;
    assert!(
        house.gate(number).starts_with("success"),
        "{}",
        house.gate(number)
    );
    house
        .github
        .push_files_to(NODE, "release", &[("VERSION", "1\n")], "atlas-ada")
        .unwrap();
    house.github.retarget_by(pull, "release", AUTHOR).unwrap();
    house.settle().await;
    expect![
        "pending: 0 of 2 maintainers: nobody signed; 14 days since it was given another base (TIME) end TIME"
    ]
    .assert_eq(&house.status_under(&house.context("release"), NODE.1, &house.head(number)));
    house.github.retarget_by(pull, "main", AUTHOR).unwrap();
    house.settle().await;
    shows(
        &house,
        number,
        &expect!["pending: 14 days since it was given another base (TIME) end TIME"],
    );
    house.github.close_pull_by(pull, AUTHOR).unwrap();
    house.days(14).await;
    house.github.reopen_pull_by(pull, AUTHOR).unwrap();
    house.settle().await;
    shows(
        &house,
        number,
        &expect!["pending: 14 days since it was opened again (TIME) end TIME"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn losing_every_webhook_only_makes_it_late() {
    let faults = Faults {
        webhook_lost: 1.0,
        ..Faults::default()
    };
    let house = House::make(Plan {
        faults,
        ..Plan::default()
    })
    .await;
    let _server = house.serve(1).await;
    let number = house.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
    house.days(1).await;
    shows(
        &house,
        number,
        &expect![
            "pending: 0 of 2 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"
        ],
    );
    for login in ["atlas-ada", "atlas-ben"] {
        house.sign(number, login);
    }
    house.days(13).await;
    house.days(1).await;
    shows(
        &house,
        number,
        &expect!["success: All rules hold: 2 signatures, 14 days of review"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_done_to_a_comment_later_changes_no_signature() {
    let house = House::make(Plan::default()).await;
    let _server = house.serve(1).await;
    let number = house.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
    house.settle().await;
    let first = house.sign(number, "atlas-ada");
    let second = house.sign(number, "atlas-ben");
    house.settle().await;
    house
        .github
        .edit_comment_by(first, "/governance-unsign", "atlas-ada")
        .unwrap();
    house.github.delete_comment_by(second, "atlas-ben").unwrap();
    house.settle().await;
    shows(
        &house,
        number,
        &expect!["pending: 14 days since the last push that changed it (TIME) end TIME"],
    );
    // What is commanded anew is carried out.
    house.say(number, "/governance-unsign", "atlas-ada");
    house.settle().await;
    shows(
        &house,
        number,
        &expect![
            "pending: 1 of 2 maintainers: signed by atlas-ben; 14 days since the last push that changed it (TIME) end TIME"
        ],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn only_the_key_decides_who_signed() {
    let house = House::make(Plan::default()).await;
    let _server = house.serve(1).await;
    let number = house.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
    house.settle().await;
    let statement = house.statement(number);
    let ada = &house.maintainers["atlas-ada"];
    // Somebody brings it for her, and somebody else repeats it.
    let armour = ada.sign(&statement, crate::house::NAMESPACE);
    house.say(number, &armour, "stranger");
    house.say(number, &format!("/governance-sign\n{armour}"), "atlas-ben");
    // For another purpose, of other words, quoted.
    house.say(
        number,
        &format!("/governance-sign\n{}", ada.sign(&statement, "git")),
        "atlas-ada",
    );
    let other = statement.replace("pull-request: ", "pull-request: 1");
    house.say(
        number,
        &format!("/governance-sign\n{}", ada.sign(&other, crate::house::NAMESPACE)),
        "atlas-ada",
    );
    let gus = house.maintainers["atlas-gus"].sign(&statement, crate::house::NAMESPACE);
    let quoted: String = gus.lines().map(|line| format!("> {line}\n")).collect();
    house.say(number, &quoted, "atlas-gus");
    house.settle().await;
    shows(
        &house,
        number,
        &expect![
            "pending: 1 of 2 maintainers: signed by atlas-ada; 14 days since the last push that changed it (TIME) end TIME"
        ],
    );
}

/// What people command, one after the other.
const COMMANDS: &[(&str, &str)] = &[
    ("/governance-help", "stranger"),
    ("/governance-sign", "atlas-ada"),
    ("/governance-hold I am on a train", "atlas-ada"),
    ("/governance-hold me too", "stranger"),
    (
        "/governance-tier security_enhancement \"it is about keys\"",
        "atlas-ben",
    ),
    ("/governance-tier 9", "atlas-ben"),
    ("/governance-tier 1", "stranger"),
    ("/governance-sing", "atlas-ben"),
    ("/governance-hold off", "atlas-ada"),
    ("/governance-unsign", "stranger"),
    ("/governance-emergency", "atlas-ada"),
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn every_command_is_answered() {
    let house = House::make(Plan::default()).await;
    let _server = house.serve(1).await;
    let number = house.open("feature", &[("docs/a.md", "a\n")]);
    house.settle().await;
    for (words, who) in COMMANDS {
        house.say(number, words, who);
        house.settle().await;
    }
    expect![[r#"
        Each on a line of its own:

        - `/governance-status`: where this stands, what is missing and who can give it
        - `/governance-sign`: counts the signature in the same comment, or behind the command on the line
        - `/governance-unsign`: your signatures here no longer count
        - `/governance-tier N "why"`: judges this as tier N as well; where tier N asks for less, shows what as many as hold now must sign
        - `/governance-attest NAME "EVIDENCE"`: says that what the rules call NAME was done for this head, with at least 20 characters or a link; a commit behind NAME says which head, and `off` takes it back
        - `/governance-hold WHY` and `/governance-hold off`: asks to wait, and lets it go
        - `/governance-emergency TIER "EVIDENCE"`: asks for an emergency, and alone says how it begins
        - `/governance-help`: this
        <!-- governance-app answers NUMBER -->
        ---
        There is no signature in this comment: paste what `ssh-keygen -Y sign` or `gpg --armor --detach-sign` wrote, or write it behind `/governance-sign` on one line.
        <!-- governance-app answers NUMBER -->
        ---
        atlas-ada holds this: `/governance-hold off` lets it go.
        <!-- governance-app answers NUMBER -->
        ---
        Only a maintainer of this layer may hold it; stranger is none by the rules.
        <!-- governance-app answers NUMBER -->
        ---
        This is judged as security_enhancement as well, on the word of atlas-ben.
        <!-- governance-app answers NUMBER -->
        ---
        There is no tier `9` in the rules.
        <!-- governance-app answers NUMBER -->
        ---
        Only a maintainer of this layer may raise a tier, or ask for a lower one; stranger is none by the rules.
        <!-- governance-app answers NUMBER -->
        ---
        `/governance-sing` is no command; it is written `/governance-help lists the commands`.
        <!-- governance-app answers NUMBER -->
        ---
        Your hold is gone.
        <!-- governance-app answers NUMBER -->
        ---
        Only a maintainer of this layer may take a signature back; stranger is none by the rules.
        <!-- governance-app answers NUMBER -->
        ---
        `/governance-emergency TIER "EVIDENCE"` asks for an emergency of this pull request, by a maintainer or a keyholder, with at least 100 characters of evidence. It begins when enough keyholders have signed the statement that the report shows then, ends by itself, and shortens nothing before.
        <!-- governance-app answers NUMBER -->"#]].assert_eq(&house.answers(number).join("\n---\n"));
    shows(
        &house,
        number,
        &expect![
            "pending: 0 of 3 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"
        ],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_head_in_two_pull_requests_is_as_far_as_the_worse_of_them() {
    let house = House::make(Plan::default()).await;
    let _server = house.serve(1).await;
    let number = house.signed().await;
    house.days(14).await;
    assert!(
        house.gate(number).starts_with("success"),
        "{}",
        house.gate(number)
    );
    let head = house.head(number);
    house
        .github
        .push_branch_by(NODE, ("again", &head), AUTHOR)
        .unwrap();
    let again = house
        .github
        .open_pull_by(NODE, PullPlan::of("again", "main"), AUTHOR)
        .unwrap();
    house.settle().await;
    assert_eq!(house.head(again), head);
    let shown = house.gate(number);
    assert!(
        shown.starts_with("pending: #2, same head: 0 of 2 maintainers: nobody signed"),
        "{shown}"
    );
    house
        .github
        .close_pull_by((NODE.0, NODE.1, again), AUTHOR)
        .unwrap();
    house.settle().await;
    shows(
        &house,
        number,
        &expect!["success: All rules hold: 2 signatures, 14 days of review"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn in_dry_run_the_enforced_context_is_never_written() {
    let plan = Plan {
        github: "dry_run = true",
        ..Plan::default()
    };
    let house = House::make(plan).await;
    let _server = house.serve(1).await;
    let number = house.signed().await;
    house.days(14).await;
    let head = house.head(number);
    assert_eq!(house.status_under("governance/main", NODE.1, &head), "");
    expect!["success: All rules hold: 2 signatures, 14 days of review"].assert_eq(&house.status_under(
        "governance-dry-run/main",
        NODE.1,
        &head,
    ));
    // What somebody else writes there is nobody's business: it is not ours, and it is not written over.
    let by_hand = ("governance/main", "success");
    house.github.status_by(NODE, &head, by_hand, AUTHOR).unwrap();
    house.days(1).await;
    assert_eq!(house.enforced(), 0);
}

/// What every story asks at its end can be answered with no.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
#[should_panic(expected = "the enforced context was written in dry run")]
async fn a_story_in_which_the_enforced_context_is_written_in_dry_run_fails() {
    let house = House::make(Plan {
        github: "dry_run = true",
        ..Plan::default()
    })
    .await;
    let number = house.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
    let written = ("governance/main", "pending");
    house
        .github
        .status_by(NODE, &house.head(number), written, GATE_ACCOUNT)
        .unwrap();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_repository_may_be_tried_out_while_others_are_held_back() {
    let plan = Plan {
        governance: "dry_run_repositories = ['Atlas-Node']",
        ..Plan::default()
    };
    let house = House::make(plan).await;
    let _server = house.serve(1).await;
    let number = house.signed().await;
    let head = house.head(number);
    assert_eq!(house.status_under("governance/main", NODE.1, &head), "");
    assert!(
        house
            .status_under("governance-dry-run/main", NODE.1, &head)
            .starts_with("pending")
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_server_that_dies_goes_on_where_it_was() {
    let house = House::make(Plan::default()).await;
    let server = house.serve(1).await;
    let number = house.signed().await;
    server.die().await;
    house.leap(14);
    let _server = house.serve(2).await;
    house.settle().await;
    shows(
        &house,
        number,
        &expect!["success: All rules hold: 2 signatures, 14 days of review"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn required_checks_count_by_their_app_on_the_head() {
    let plan = Plan {
        settings: "required_checks: [{name: build, app_id: 15368}]",
        ..Plan::default()
    };
    let house = House::make(plan).await;
    let _server = house.serve(1).await;
    let number = house.signed().await;
    house.days(14).await;
    shows(
        &house,
        number,
        &expect!["pending: build of App NUMBER is not there yet"],
    );
    house
        .github
        .check_by(
            NODE,
            &house.head(number),
            ("build", Some("success")),
            house.app.app_id,
        )
        .unwrap();
    house.settle().await;
    shows(
        &house,
        number,
        &expect!["pending: build of App NUMBER is not there yet"],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn somebody_elses_status_is_written_over() {
    let house = House::make(Plan::default()).await;
    let _server = house.serve(1).await;
    let number = house.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
    house.settle().await;
    house
        .github
        .status_by(
            NODE,
            &house.head(number),
            (&house.context("main"), "success"),
            AUTHOR,
        )
        .unwrap();
    house.days(1).await;
    shows(
        &house,
        number,
        &expect![
            "pending: 0 of 2 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME"
        ],
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_merged_is_looked_at_no_more() {
    let house = House::make(Plan::default()).await;
    let _server = house.serve(1).await;
    let number = house.signed().await;
    house.days(14).await;
    house
        .github
        .merge_by((NODE.0, NODE.1, number), MergeMethod::Merge, "atlas-ada")
        .unwrap();
    house.settle().await;
    let looks =
        |what: &Happened| matches!(what, Happened::Request { path, .. } if path.ends_with("/pulls/1"));
    // Once more, as it is missing in the list of those that are open.
    house.days(1).await;
    let before = house.count(looks);
    house.days(30).await;
    assert_eq!(house.count(looks), before);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_fork_is_judged_like_any_other() {
    let house = House::make(Plan::default()).await;
    let _server = house.serve(1).await;
    house.github.fork(NODE.0, NODE.1, AUTHOR).unwrap();
    house
        .github
        .push_files_to(
            (AUTHOR, NODE.1),
            "feature",
            &[("rpc/get.rs", "fn get() {}\n")],
            AUTHOR,
        )
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

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn github_failing_in_every_way_only_makes_it_late() {
    for (seed, faults) in [
        Faults {
            server_error_before: 0.3,
            ..Faults::default()
        },
        Faults {
            server_error_after: 0.5,
            ..Faults::default()
        },
        Faults {
            timeout_after: 0.3,
            ..Faults::default()
        },
        Faults {
            reset_after: 0.5,
            ..Faults::default()
        },
        Faults {
            secondary_limit: 0.2,
            ..Faults::default()
        },
        Faults {
            webhook_repeated: 0.9,
            webhook_reordered: 0.5,
            ..Faults::default()
        },
    ]
    .into_iter()
    .enumerate()
    {
        let plan = Plan {
            faults,
            seed: seed as u64 + 1,
            ..Plan::default()
        };
        let house = House::make(plan).await;
        let _server = house.serve(1).await;
        let number = house.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
        house.days(1).await;
        house.github.set_faults(Faults::default());
        house.days(1).await;
        let written = house.written().await;
        assert!(
            house.gate(number).starts_with("pending: 0 of 2"),
            "{seed}: {}\n{written}",
            house.gate(number)
        );
        for login in ["atlas-ada", "atlas-ben"] {
            house.sign(number, login);
        }
        house.days(14).await;
        assert!(
            house.gate(number).starts_with("success"),
            "{seed}: {}",
            house.gate(number)
        );
        // Each signature was answered once, whatever was in doubt.
        assert_eq!(
            house.answers(number).len(),
            2,
            "{seed}: {:?}",
            house.answers(number)
        );
    }
}
