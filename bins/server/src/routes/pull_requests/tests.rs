//! What strangers write stays text on a page.

use super::html::{link, text};
use super::page::html;
use domain_types::{PullRequestId, Sha256Digest, Timestamp};
use runtime::gate::{
    Decided, GateMode, Said, SaidRemedy, SaidRequirement, SaidRuling, SaidSource, ShownStatus,
    SignatureStanding, Standing, ToSign,
};

/// Everything that means something in HTML, and a text that turns the direction of reading.
const EVIL: &str = "<script>alert(\"1\")</script>' onload='x\u{202e}&lt;\u{0}";

fn evil() -> String {
    EVIL.to_owned()
}

fn ruling(parts: Vec<SaidRuling>) -> SaidRuling {
    SaidRuling {
        rule: evil(),
        outcome: evil(),
        because: evil(),
        remedy: Some(SaidRemedy {
            missing: evil(),
            who: vec![evil()],
            commands: vec![evil()],
            turns_at: None,
            turns: evil(),
        }),
        sources: vec![SaidSource {
            rule: evil(),
            file: evil(),
            line: 7,
        }],
        parts,
    }
}

fn standing() -> Standing {
    let at = Timestamp::from_seconds(0);
    let signature = |counts| SignatureStanding {
        signer: Some(evil()),
        scheme: evil(),
        key: evil(),
        statement: evil(),
        source: evil(),
        received_at: at,
        counts,
        because: Some(evil()),
    };
    let said = Said {
        outcome: evil(),
        tiers: vec![evil()],
        requirement: Some(SaidRequirement {
            required: 2,
            total: 3,
            review_days: 4,
            reasons: vec![evil()],
        }),
        rulings: vec![ruling(vec![ruling(Vec::new())])],
        turns_at: Some(at),
        observed_at: at,
    };
    Standing {
        id: PullRequestId::new(7, 42).unwrap(),
        repository: evil(),
        is_open: true,
        mode: GateMode::DryRun,
        looked_at: at,
        trouble: Some(evil()),
        shown: Some((
            evil(),
            ShownStatus {
                state: evil(),
                description: evil(),
            },
        )),
        decided: Some(Decided {
            revision: 1,
            at,
            outcome: evil(),
            ruleset: Sha256Digest::of(b"rules"),
            head: "6dcb09b5b57875f334f61aebed695e2e4193db5e".parse().unwrap(),
            head_tree: "6dcb09b5b57875f334f61aebed695e2e4193db5e".parse().unwrap(),
            base: evil(),
            verdict: None,
            said: Some(said),
        }),
        to_sign: Some(ToSign {
            id: evil(),
            statement: evil(),
            namespace: "n",
            write: evil(),
            sign: vec![evil()],
            address: Some(evil()),
            hand_in: Some(evil()),
        }),
        signatures: [None, Some(true), Some(false)].map(signature).to_vec(),
        forge_page: format!("https://example.org/\"{EVIL}"),
        page: Some(evil()),
    }
}

#[test]
fn what_strangers_write_stays_text() {
    let page = html(&standing());
    for bad in ["<script", "onload='", "\u{202e}", "\u{0}", "alert(\"", "org/\""] {
        assert!(!page.contains(bad), "{bad:?} in {page}");
    }
    assert!(page.contains("&lt;script&gt;"), "{page}");
    // Every tag that is opened is one of ours.
    for tag in page.split('<').skip(1) {
        let name: String = tag
            .trim_start_matches('/')
            .chars()
            .take_while(|letter| letter.is_ascii_alphanumeric() || *letter == '!')
            .collect();
        let known = [
            "!doctype", "html", "head", "meta", "title", "link", "body", "main", "h1", "h2", "a", "p",
            "strong", "ul", "li", "pre", "code",
        ];
        assert!(known.contains(&name.as_str()), "<{tag}");
    }
}

#[test]
fn a_link_leads_to_the_web_or_nowhere() {
    for (address, is_link) in [
        ("https://github.com/a/b/pull/1", true),
        ("http://127.0.0.1:80/", true),
        ("javascript:alert(1)", false),
        ("", false),
    ] {
        assert_eq!(link(address, "there").starts_with("<a "), is_link, "{address}");
    }
    assert_eq!(text("a\nb\tc"), "a\nb\u{fffd}c");
}
