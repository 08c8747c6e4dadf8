//! A statement has one spelling, and what is not that spelling is refused with its line.

use super::samples::{all, approval, changed};
use crate::{BaseRef, Forge, PullRequests, RepositoryName, Required, STATEMENT_BYTES_MAX, Statement, Tiers};
use domain_types::{CompoundThreshold, Threshold};
use expect_test::expect;
use proptest::prelude::*;
use std::collections::BTreeSet;

#[test]
fn approvals_lowerings_and_withdrawals_are_written_like_this() {
    let written: Vec<String> = all().iter().map(Statement::to_string).collect();
    expect![[r#"
        governance-app-statement/v1
        type: pr-approval
        forge: github.com
        repository-id: 1296269
        repository: atlas/engine
        pull-request: 42
        base-ref: refs/heads/main
        head-sha: 6dcb09b5b57875f334f61aebed695e2e4193db5e
        head-tree: 9f1c0f0e7c1e8f5e3c4cbbf6b7a1f3f2a4b0c9d8
        tier: tier_1_routine+tier_2_features
        required: 5-of-7+2-of-3
        review-days: 90
        action: approve

        governance-app-statement/v1
        type: tier-lower
        forge: github.com
        repository-id: 1296269
        repository: atlas/engine
        pull-request: 42
        base-ref: refs/heads/main
        head-sha: 6dcb09b5b57875f334f61aebed695e2e4193db5e
        head-tree: 9f1c0f0e7c1e8f5e3c4cbbf6b7a1f3f2a4b0c9d8
        tier: tier_1_routine+tier_2_features
        required: 5-of-7+2-of-3
        review-days: 90
        asked-tier: tier_1_routine
        action: lower-tier

        governance-app-statement/v1
        type: withdraw
        statement: 0077970e120956df4e7fc65b251381ca2e936cbd1a9157e22efe7555317f7c09
        counter: 1
        action: withdraw
    "#]]
    .assert_eq(&written[..3].join("\n"));
}

#[test]
fn emergencies_and_registrations_are_written_like_this() {
    let written: Vec<String> = all().iter().map(Statement::to_string).collect();
    expect![[r#"
        governance-app-statement/v1
        type: emergency
        forge: github.com
        repository-id: 1296269
        repository: atlas/engine
        emergency-tier: tier_1_critical
        pull-requests: atlas/engine#42+atlas/wheel#7
        duration-days: 7
        evidence-sha256: ee8250fb76e094b34b471f13a73dbbe51d1ae142e9df59d7c0d31ec20f0a0a8e
        extension: 0
        action: activate

        governance-app-statement/v1
        type: emergency
        forge: github.com
        repository-id: 1296269
        repository: atlas/engine
        emergency-tier: tier_1_critical
        pull-requests: atlas/engine#42+atlas/wheel#7
        duration-days: 7
        evidence-sha256: ee8250fb76e094b34b471f13a73dbbe51d1ae142e9df59d7c0d31ec20f0a0a8e
        extension: 1
        action: extend

        governance-app-statement/v1
        type: key-registration
        forge: github.com
        organisation: atlas
        login: ada
        scheme: ssh
        key: ed25519:0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f0f
        action: register
    "#]]
    .assert_eq(&written[3..].join("\n"));
}

/// Computed by another program from the text above.
#[test]
fn the_digests_are_those_that_anybody_computes() {
    let statement = Statement::Approval(approval());
    assert_eq!(
        statement.digest().hex(),
        "0077970e120956df4e7fc65b251381ca2e936cbd1a9157e22efe7555317f7c09"
    );
    assert_eq!(
        crate::encoding::hex(&statement.tagged_digest()),
        "1b69d68fc12bf883ad6615f9b6dc457ea2a7eac848fb7610103fc9e27261ade2"
    );
}

#[test]
fn every_type_has_a_namespace_and_a_digest_of_its_own() {
    let statements = all();
    let digests: BTreeSet<_> = statements.iter().map(Statement::digest).collect();
    assert_eq!(digests.len(), statements.len());
    for statement in &statements {
        assert_eq!(
            statement.namespace(),
            format!("{}@governance-app.v1", statement.kind())
        );
        assert_eq!(Statement::parse(&statement.to_bytes()).as_ref(), Ok(statement));
    }
}

/// A text of the approval, and what stands in its place.
const SPOILED: [(&str, &str); 35] = [
    ("statement/v1", "statement/v2"),
    ("type: pr-approval", "type: pr-approval "),
    ("type: pr-approval", "type: release"),
    ("type: pr-approval\n", ""),
    ("forge: ", "forge:"),
    ("forge: ", "forge:  "),
    ("forge: ", "Forge: "),
    ("github.com", "GitHub.com"),
    ("github.com", "github..com"),
    ("github.com", "github.com:0443"),
    ("repository-id: 1296269", "repository-id: 01296269"),
    ("repository-id: 1296269", "repository-id: +1296269"),
    ("repository-id: 1296269", "repository-id: "),
    ("1296269", "18446744073709551616"),
    ("atlas/engine", "atlas/.."),
    ("atlas/engine", "atlas/engine/x"),
    ("refs/heads/main", "main"),
    ("refs/heads/main", "refs/heads/a..b"),
    ("6dcb09b5", "6DCB09b5"),
    ("6dcb09b5", "6dcb09b"),
    ("9f1c", "9f1g"),
    ("tier_1_routine+tier_2_features", "tier_2_features+tier_1_routine"),
    ("tier_1_routine+tier_2_features", "tier_1_routine+tier_1_routine"),
    ("tier_1_routine+tier_2_features", "tier_1_routine+"),
    ("5-of-7+2-of-3", "5-of-7 + 2-of-3"),
    ("5-of-7+2-of-3", "05-of-7+2-of-3"),
    ("5-of-7+2-of-3", "5-of-1001"),
    ("review-days: 90", "review-days: 4294967296"),
    ("action: approve", "action: lower-tier"),
    ("action: approve\n", "action: approve"),
    ("action: approve\n", "action: approve\n\n"),
    ("action: approve\n", "action: approve\r\n"),
    ("action: approve\n", "action: approve\nnonce: 1\n"),
    ("atlas/engine", "atlas/éngine"),
    ("atlas/engine", "atlas/eng\tine"),
];

#[test]
fn what_is_not_the_one_spelling_is_refused_with_its_line() {
    let text = Statement::Approval(approval()).to_string();
    let mut said = String::new();
    for (from, to) in SPOILED {
        assert!(text.contains(from), "{from:?}");
        let error = Statement::parse(text.replacen(from, to, 1).as_bytes()).unwrap_err();
        said.push_str(&format!("{to:?}: {error}\n"));
    }
    expect![[r#"
        "statement/v2": line 1: expected `governance-app-statement/v1`
        "type: pr-approval ": line 2: expected `type: ` and a type that is known
        "type: release": line 2: expected `type: ` and a type that is known
        "": line 2: expected `type: ` and a value, ended by a line feed
        "forge:": line 3: expected `forge: ` and a value, ended by a line feed
        "forge:  ": line 3: expected `forge: ` and the name of a host in lower case, with a port at most
        "Forge: ": line 3: expected `forge: ` and a value, ended by a line feed
        "GitHub.com": line 3: expected `forge: ` and the name of a host in lower case, with a port at most
        "github..com": line 3: expected `forge: ` and the name of a host in lower case, with a port at most
        "github.com:0443": line 3: expected `forge: ` and the name of a host in lower case, with a port at most
        "repository-id: 01296269": line 4: expected `repository-id: ` and a number in digits, without zeros in front
        "repository-id: +1296269": line 4: expected `repository-id: ` and a number in digits, without zeros in front
        "repository-id: ": line 4: expected `repository-id: ` and a number in digits, without zeros in front
        "18446744073709551616": line 4: expected `repository-id: ` and a number in digits, without zeros in front
        "atlas/..": line 5: expected `repository: ` and OWNER/NAME of A-Z a-z 0-9 . _ -
        "atlas/engine/x": line 5: expected `repository: ` and OWNER/NAME of A-Z a-z 0-9 . _ -
        "main": line 7: expected `base-ref: ` and refs/heads/ and a branch that git accepts, in printable ASCII
        "refs/heads/a..b": line 7: expected `base-ref: ` and refs/heads/ and a branch that git accepts, in printable ASCII
        "6DCB09b5": line 8: expected `head-sha: ` and 40 or 64 lower-case hexadecimal digits
        "6dcb09b": line 8: expected `head-sha: ` and 40 or 64 lower-case hexadecimal digits
        "9f1g": line 9: expected `head-tree: ` and 40 or 64 lower-case hexadecimal digits
        "tier_2_features+tier_1_routine": line 10: expected `tier: ` and the ids of tiers, ascending and joined by +, in at most 1024 bytes
        "tier_1_routine+tier_1_routine": line 10: expected `tier: ` and the ids of tiers, ascending and joined by +, in at most 1024 bytes
        "tier_1_routine+": line 10: expected `tier: ` and the ids of tiers, ascending and joined by +, in at most 1024 bytes
        "5-of-7 + 2-of-3": line 11: expected `required: ` and N-of-M or N-of-M+N-of-M, each at most 1000 and without zeros in front
        "05-of-7+2-of-3": line 11: expected `required: ` and N-of-M or N-of-M+N-of-M, each at most 1000 and without zeros in front
        "5-of-1001": line 11: expected `required: ` and N-of-M or N-of-M+N-of-M, each at most 1000 and without zeros in front
        "review-days: 4294967296": line 12: expected `review-days: ` and a number in digits, without zeros in front
        "action: lower-tier": line 13: expected `action: ` and approve
        "action: approve": line 13: expected `action: ` and a value, ended by a line feed
        "action: approve\n\n": line 14: expected the end of the statement
        "action: approve\r\n": line 13: expected printable ASCII, each line ended by one line feed
        "action: approve\nnonce: 1\n": line 14: expected the end of the statement
        "atlas/éngine": line 5: expected printable ASCII, each line ended by one line feed
        "atlas/eng\tine": line 5: expected printable ASCII, each line ended by one line feed
    "#]]
    .assert_eq(&said);
}

#[test]
fn what_is_no_statement_at_all_is_refused() {
    let refusal = |bytes: &[u8]| Statement::parse(bytes).unwrap_err().to_string();
    expect!["line 1: expected `governance-app-statement/v1`"].assert_eq(&refusal(b""));
    expect!["a statement has at most 4096 bytes"].assert_eq(&refusal(&[b'a'; STATEMENT_BYTES_MAX + 1]));
    expect!["line 1: expected printable ASCII, each line ended by one line feed"]
        .assert_eq(&refusal(&[0xff]));
}

#[test]
fn the_logins_of_registrations_are_in_lower_case() {
    let text = all().pop().unwrap().to_string();
    let error = Statement::parse(text.replace("login: ada", "login: Ada").as_bytes()).unwrap_err();
    assert_eq!(error.to_string(), "line 5: expected `login: ada`");
}

#[test]
fn an_extension_has_a_number_and_an_activation_has_none() {
    let texts: Vec<String> = all().iter().map(Statement::to_string).collect();
    for (text, from, to) in [
        (&texts[3], "extension: 0", "extension: 1"),
        (&texts[4], "extension: 1", "extension: 0"),
        (&texts[3], "action: activate", "action: extend"),
    ] {
        assert!(
            Statement::parse(text.replace(from, to).as_bytes()).is_err(),
            "{to}"
        );
    }
}

#[test]
fn the_longest_statement_is_within_the_limit() {
    let label = "a".repeat(63);
    let mut approval = approval();
    approval.forge = format!("{label}.{label}.{label}.{}:65535", "a".repeat(61))
        .parse()
        .unwrap();
    approval.repository_id = u64::MAX;
    approval.repository = format!("{}/{}", "a".repeat(100), "a".repeat(100))
        .parse()
        .unwrap();
    approval.pull_request = u64::MAX;
    approval.base_ref = BaseRef::of_branch(&"a".repeat(244)).unwrap();
    approval.head_sha = "a".repeat(64).parse().unwrap();
    approval.head_tree = "a".repeat(64).parse().unwrap();
    approval.review_days = u32::MAX;
    approval.required = "1000-of-1000+1000-of-1000".parse().unwrap();
    let ids: Vec<String> = (0..15).map(|index| format!("{index:064}")).collect();
    approval.tier = ids.join("+").parse().unwrap();
    let lowering = Statement::TierLowering(crate::TierLowering {
        asked: approval.tier.clone(),
        holding: approval,
    });
    let bytes = lowering.to_bytes();
    assert!(
        (2800..STATEMENT_BYTES_MAX).contains(&bytes.len()),
        "{}",
        bytes.len()
    );
    assert_eq!(Statement::parse(&bytes), Ok(lowering));
}

#[test]
fn what_could_not_be_written_cannot_be_made() {
    assert!(Tiers::new(BTreeSet::new()).is_err());
    let many = (0..100).map(|index| format!("tier_{index:050}").parse().unwrap());
    assert!(Tiers::new(many.collect()).is_err());
    assert!(PullRequests::new(BTreeSet::new()).is_err());
    let maintainers = Threshold {
        required: 1001,
        total: 5,
    };
    let keyholders = None;
    assert!(
        Required::new(CompoundThreshold {
            maintainers,
            keyholders
        })
        .is_err()
    );
    for bad in [
        "",
        "a b",
        "feature/ü",
        "a~b",
        "-x",
        "a/.b",
        "a.lock",
        "a//b",
        "@{",
        "a.",
    ] {
        assert!(BaseRef::of_branch(bad).is_err(), "{bad:?}");
    }
    for bad in [
        "", ".", "a.", "-a.b", "a_b", "a:b", "a:0", "a:65536", "a:", "A", "[::1]",
    ] {
        assert!(bad.parse::<Forge>().is_err(), "{bad:?}");
    }
    for bad in ["", "a", "/a", "a/", "a/..", "-a/b", "a/b c", "a/b#1", "a+/b"] {
        assert!(bad.parse::<RepositoryName>().is_err(), "{bad:?}");
    }
    for good in ["atlas/.github", "A-b_c/d.e"] {
        assert!(good.parse::<RepositoryName>().is_ok(), "{good:?}");
    }
    for good in ["localhost:8080", "127.0.0.1", "ghe.atlas.example"] {
        assert!(good.parse::<Forge>().is_ok(), "{good:?}");
    }
}

proptest! {
    #[test]
    fn what_is_read_is_what_is_written(bits in 0_usize..1024, days: u32, number: u64, id: u64, branch in "[a-z!-+]{1,9}(/[A-Z0-9_-]{1,9})?") {
        let mut approval = changed(bits);
        approval.review_days = days;
        approval.pull_request = number;
        approval.repository_id = id;
        if let Ok(base) = BaseRef::of_branch(&branch) {
            approval.base_ref = base;
        }
        let statement = Statement::Approval(approval);
        prop_assert_eq!(Statement::parse(&statement.to_bytes()), Ok(statement));
    }

    #[test]
    fn one_byte_changed_is_another_statement_or_none(index in 0_usize..6, place: prop::sample::Index, byte in 0_u8..=255) {
        let statement = &all()[index];
        let mut bytes = statement.to_bytes();
        let place = place.index(bytes.len());
        prop_assume!(bytes[place] != byte);
        bytes[place] = byte;
        if let Ok(other) = Statement::parse(&bytes) {
            prop_assert_ne!(&other, statement);
            prop_assert_eq!(other.to_bytes(), bytes);
        }
    }

    #[test]
    fn whatever_is_read_is_written_again(text in "(governance-app-statement/v1\n)?(type: (withdraw|emergency)\n)?(statement: [0-9a-f]{64}\n)?(counter: [0-9]{1,3}\n)?(action: withdraw\n)?") {
        if let Ok(statement) = Statement::parse(text.as_bytes()) {
            prop_assert_eq!(statement.to_string(), text);
        }
    }
}
