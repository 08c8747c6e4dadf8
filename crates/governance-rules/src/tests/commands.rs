//! Which lines of a comment command something.

use crate::{COMMANDS_MAX, COMMENT_BYTES_MAX, Command, commands, own_text};
use proptest::prelude::*;

fn check(comment: &str, expected: &[Command]) {
    assert_eq!(commands(comment), expected, "{comment}");
}

fn mistaken(line: &str, usage: &'static str) -> Command {
    Command::Mistaken {
        line: line.to_owned(),
        usage,
    }
}

#[test]
fn each_command_is_a_line_of_its_own() {
    check("/governance-sign", &[Command::Sign(None)]);
    check(
        "  /governance-sign  AAAA==  ",
        &[Command::Sign(Some("AAAA==".to_owned()))],
    );
    check(
        "/governance-unsign\r\n/governance-status",
        &[Command::Unsign, Command::Status],
    );
    check("/governance-help please", &[Command::Help]);
    check("/governance-hold off", &[Command::Release]);
    check(
        "/governance-hold the tests lie",
        &[Command::Hold {
            reason: "the tests lie".to_owned(),
        }],
    );
    for name in ["tier", "tier-override"] {
        let tier = Command::Tier {
            tier: "5".to_owned(),
            reason: "it changes the rules".to_owned(),
        };
        check(&format!("/governance-{name} 5 \"it changes the rules\""), &[tier]);
    }
    check("/governance-emergency", &[Command::Emergency(None)]);
    check(
        "/governance-emergency tier_1_critical \"it is bad\"",
        &[Command::Emergency(Some((
            "tier_1_critical".parse().unwrap(),
            "it is bad".to_owned(),
        )))],
    );
}

#[test]
fn what_looks_like_a_command_and_is_none_is_answered() {
    check(
        "/governance-signXYZ",
        &[mistaken(
            "/governance-signXYZ",
            "/governance-help lists the commands",
        )],
    );
    check(
        "/governance-",
        &[mistaken("/governance-", "/governance-help lists the commands")],
    );
    check(
        "/governance-tier",
        &[mistaken("/governance-tier", "/governance-tier N \"why\"")],
    );
    check(
        "/governance-tier a/b",
        &[mistaken("/governance-tier a/b", "/governance-tier N \"why\"")],
    );
    check(
        "/governance-hold",
        &[mistaken(
            "/governance-hold",
            "/governance-hold WHY, or /governance-hold off",
        )],
    );
    check(
        "/governance-status now",
        &[mistaken("/governance-status now", "/governance-status")],
    );
}

#[test]
fn nothing_is_commanded_by_quotes_code_or_hidden_text() {
    for comment in [
        "> /governance-sign",
        "   > /governance-sign",
        "say /governance-sign",
        "`/governance-sign`",
        "```\n/governance-sign\n```",
        "~~~~ sh\n/governance-sign\n~~~\n/governance-sign",
        "```\n/governance-sign",
        "    /governance-sign",
        "\t/governance-sign",
        "<!-- /governance-sign -->",
        "<!--\n/governance-sign\n-->",
        "a <!-- b\n/governance-sign",
        "governance-sign",
        "/Governance-Sign",
    ] {
        check(comment, &[]);
    }
    check("```\nx\n```\n/governance-sign", &[Command::Sign(None)]);
    check("``` a ` b\n/governance-sign", &[Command::Sign(None)]);
    check("<!-- a -->\n/governance-sign", &[Command::Sign(None)]);
}

#[test]
fn signatures_are_looked_for_in_code_too_and_never_in_quotes() {
    let comment = "> quoted\n```\n-----BEGIN\n> kept\n```\nown\n<!-- hidden -->";
    assert_eq!(own_text(comment), "```\n-----BEGIN\n> kept\n```\nown");
}

#[test]
fn a_comment_is_bounded() {
    let many = "/governance-status\n".repeat(COMMANDS_MAX + 5);
    assert_eq!(commands(&many).len(), COMMANDS_MAX);
    let long = format!("/governance-status\n{}", "x".repeat(COMMENT_BYTES_MAX));
    assert_eq!(commands(&long), []);
}

proptest! {
    #[test]
    fn whatever_is_quoted_commands_nothing(comment in "(/governance-[a-z]{0,9}|```|<!--|-->|>|    |[ -~é]{0,9}|\n){0,40}") {
        let quoted: String = comment.lines().map(|line| format!("> {line}\n")).collect();
        prop_assert_eq!(commands(&quoted), []);
        prop_assert_eq!(own_text(&quoted), "");
        for command in commands(&comment) {
            prop_assert!(comment.contains("/governance-"), "{command:?}");
        }
    }
}

#[test]
fn an_attestation_names_what_and_says_what_it_rests_on() {
    let attest = |commit: Option<&str>, evidence: Option<&str>| Command::Attest {
        name: "security_audit".to_owned(),
        commit: commit.map(str::to_owned),
        evidence: evidence.map(str::to_owned),
    };
    let sha = "0123456789abcdef0123456789ABCDEF01234567";
    for (line, expected) in [
        (
            "security_audit \"I read it all\"",
            attest(None, Some("I read it all")),
        ),
        (
            "Security_Audit  see https://a.bc/d ",
            attest(None, Some("see https://a.bc/d")),
        ),
        ("security_audit off", attest(None, None)),
        ("security_audit \"off\"", attest(None, Some("off"))),
        (
            "security_audit 0123456789ABCDEF \"I read it\"",
            attest(Some("0123456789abcdef"), Some("I read it")),
        ),
        // Fewer letters tell no commit, and without quotes they are words.
        (
            "security_audit abcdef0 \"I read it\"",
            attest(None, Some("abcdef0 \"I read it")),
        ),
        (
            "security_audit 0123456789abcdef I read it",
            attest(None, Some("0123456789abcdef I read it")),
        ),
    ] {
        check(&format!("/governance-attest {line}"), &[expected]);
    }
    let line = format!("/governance-attest security_audit {sha} \"I read it\"");
    check(
        &line,
        &[attest(Some(&sha.to_ascii_lowercase()), Some("I read it"))],
    );
    for line in [
        "",
        " security_audit",
        " security_audit \"\"",
        " security_audit 0123456789abcdef \"\"",
    ] {
        let line = format!("/governance-attest{line}");
        let usage = "/governance-attest NAME [COMMIT] \"EVIDENCE\", or /governance-attest NAME off";
        check(&line, &[mistaken(&line, usage)]);
    }
}
