use super::*;
use crate::gate::Beside;
use crate::gate::book::SeenHead;
use crate::read_rules_folder;
use domain_types::CommitSha;
use governance_rules::read_ruleset;
use std::path::Path;

const KEY: &str = "03e74216a28f6ea66327755e34bedfc7d3f3072154bd9545a240e8eccc4f719dbd";
/// Of `PR #1 in atlas/atlas-node`.
const SIGNATURE: &str = "595815ec6f9ca4a11df12936da89d60815060358f9a3e86bc2b23f1efa1118c67f06a7a8b2730b816a2cb8b88f42358d6d07df126f619b6d5a42ae41cbd1f509";

fn rules(settings: &str) -> Ruleset {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fixtures/governance/well");
    let mut files = read_rules_folder(&root).unwrap();
    let people = format!("maintainers:\n  - {{github: atlas-ada, public_key: '{KEY}', status: active}}\n");
    files.insert("config/maintainers/layer-3.yml".to_owned(), people);
    files.insert("config/pull-requests.yml".to_owned(), settings.to_owned());
    read_ruleset(&files).unwrap()
}

fn head() -> CommitSha {
    "a".repeat(40).parse().unwrap()
}

/// A pull request of which nothing matters but its name, its head and its base.
pub(in crate::gate) fn found() -> Found {
    Found {
        observed_at: Timestamp::from_seconds(900),
        owner: "atlas".to_owned(),
        name: "atlas-node".parse().unwrap(),
        is_open: true,
        is_draft: false,
        author: "contributor".to_owned(),
        title: String::new(),
        body: String::new(),
        labels: Vec::new(),
        base: "main".to_owned(),
        head: head(),
        head_tree: "b".repeat(40).parse().unwrap(),
        opened_at: Timestamp::from_seconds(0),
        ready_at: None,
        reopened_at: None,
        retargeted_at: Some(Timestamp::from_seconds(500)),
        pushed_at: None,
        files: Vec::new(),
        more_files: false,
        comments: Vec::new(),
        checks: Vec::new(),
        status: None,
        twins: Vec::new(),
        statuses: 0,
        pushed_by: None,
        pushed_before: Vec::new(),
        merged: None,
        beside: Beside::default(),
        groups: Vec::new(),
    }
}

fn statement(number: u64) -> Statement {
    Statement::Approval(PullRequestApproval {
        forge: "github.com".parse().unwrap(),
        repository_id: 7,
        repository: "atlas/atlas-node".parse().unwrap(),
        pull_request: number,
        base_ref: "refs/heads/main".parse().unwrap(),
        head_sha: head(),
        head_tree: "b".repeat(40).parse().unwrap(),
        tier: "tier_1_routine".parse().unwrap(),
        required: "2-of-5".parse().unwrap(),
        review_days: 14,
    })
}

/// A head that was pushed in the four-hundredth second.
fn book() -> Book {
    let mut book = Book::default();
    book.heads.push(SeenHead {
        sha: head(),
        at: Timestamp::from_seconds(400),
        fingerprint: None,
        is_same_change: None,
        by: None,
        tree: None,
    });
    book
}

#[test]
fn it_is_taken_from_its_own_signer_after_the_head_and_only_where_the_rules_say_so() {
    let here = "legacy_text_repositories: [atlas-node]\n";
    let rows = [
        (here, 1, "Atlas-Ada", 501, true, "taken"),
        (
            "author_may_sign: false\n",
            1,
            "atlas-ada",
            501,
            true,
            "does not name this repository",
        ),
        (
            "legacy_text_repositories: [atlas-kit]\n",
            1,
            "atlas-ada",
            501,
            true,
            "does not name this repository",
        ),
        (
            here,
            1,
            "atlas-ben",
            501,
            true,
            "atlas-ada must write the comment",
        ),
        (here, 1, "", 501, true, "atlas-ada must write the comment"),
        (here, 1, "atlas-ada", 501, false, "the comment was edited"),
        (here, 1, "atlas-ada", 400, true, "is not younger than the head"),
        (here, 1, "atlas-ada", 500, true, "is not younger than the base"),
        (here, 2, "atlas-ada", 501, true, "nothing"),
    ];
    for (settings, number, author, at, is_as_written, expected) in rows {
        let rules = rules(settings);
        let found = found();
        let electorate = Electorate::of(&rules, &found.name);
        let written = Written {
            author,
            at: Timestamp::from_seconds(at),
            is_as_written,
        };
        let (statement, text) = (statement(number), SignatureText::parse(SIGNATURE).unwrap());
        let read = read(
            (&rules, &electorate),
            (&book(), &found),
            (Some(&statement), &text),
            &written,
        );
        let said = match read {
            OfLegacyText::Taken(taken) => {
                let (login, approval) = *taken;
                assert_eq!(login.as_str(), "atlas-ada");
                assert!(approval.proof.is_of_legacy_text());
                assert_eq!(approval.proof.statement(), statement.digest());
                "taken".to_owned()
            }
            OfLegacyText::Refused(why) => why,
            OfLegacyText::None => "nothing".to_owned(),
        };
        assert!(said.contains(expected), "{settings}{author} {at}: {said}");
    }
}
