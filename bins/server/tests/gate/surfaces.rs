//! What people see and hand in at the server itself: pages, the API, signatures by POST.

use crate::companions::{BETWEEN, KIT};
use crate::house::{AUTHOR, House, NAMESPACE, NODE, OWNER, Plan, masked, within};
use crate::maintainer::Maintainer;
use crate::wound::Instance;
use expect_test::expect;
use github_sim::{Faults, Happened, MergeMethod, PullPlan};
use governance_server::{Scope, draw, entry};
use serde_json::Value;
use std::io::{Read as _, Write as _};
use std::net::TcpStream;

/// Where people reach the server, as it is told.
const PUBLIC_URL: &str = "https://governance.example.org";

/// What was answered.
#[derive(Debug)]
pub(crate) struct Answer {
    status: u16,
    head: String,
    pub(crate) body: String,
}

impl Answer {
    fn json(&self) -> Value {
        serde_json::from_str(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.body))
    }
}

/// Sends a request, and lets time pass until it is answered and everything has settled.
async fn ask(house: &House, server: &Instance, line: &str, (headers, body): (&str, &str)) -> Answer {
    let address = server.address;
    let request = format!(
        "{line} HTTP/1.1\r\nhost: {address}\r\nconnection: close\r\ncontent-length: {}\r\n{headers}\r\n{body}",
        body.len()
    );
    let asked = tokio::task::spawn_blocking(move || {
        let mut stream = TcpStream::connect(address).unwrap();
        // A body that is too large may be refused before it is whole.
        let _ = stream.write_all(request.as_bytes());
        let mut answer = String::new();
        let _ = stream.read_to_string(&mut answer);
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        Answer {
            status: head[9..12].parse().unwrap(),
            head: head.to_ascii_lowercase(),
            body: body.to_owned(),
        }
    });
    while !asked.is_finished() {
        house.settle().await;
    }
    house.settle().await;
    within("it is answered", asked).await.unwrap()
}

pub(crate) async fn get(house: &House, server: &Instance, path: &str) -> Answer {
    ask(house, server, &format!("GET {path}"), ("", "")).await
}

fn api(number: u64) -> String {
    format!("/api/v1/pull-requests/{OWNER}/{}/{number}", NODE.1)
}

/// The page of a pull request, as its status names it.
fn page(house: &House, number: u64) -> String {
    let statuses = house.shown(&format!("commits/{}/statuses", house.head(number)));
    let url = statuses[0]["target_url"].as_str().unwrap();
    url.strip_prefix(PUBLIC_URL).unwrap().to_owned()
}

/// Where signatures of what is shown now are handed in.
async fn desk(house: &House, server: &Instance, number: u64) -> String {
    let shown = get(house, server, &api(number)).await.json();
    let address = shown["statement"]["address"].as_str().unwrap();
    address.strip_prefix(PUBLIC_URL).unwrap().to_owned()
}

/// Somebody's signature of what the report shows.
fn signature(house: &House, number: u64, login: &str) -> String {
    house.maintainers[login].sign(&house.statement(number), NAMESPACE)
}

fn comments(house: &House) -> usize {
    house.count(|what| matches!(what, Happened::CommentCreated { .. }))
}

async fn open_house() -> (House, Instance, u64) {
    let plan = Plan {
        governance: "public_url = 'https://governance.example.org/'",
        ..Plan::default()
    };
    let house = House::make(plan).await;
    let server = house.serve(1).await;
    let number = house.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
    house.settle().await;
    (house, server, number)
}

/// The words of a page, without its marks.
fn words(page: &str) -> String {
    let (_, main) = page.split_once("<main>").unwrap();
    let mut words = String::new();
    for part in main.split('<').skip(1) {
        let (tag, text) = part.split_once('>').unwrap();
        if matches!(tag, "li" | "h1" | "h2") {
            words.push_str("- ");
        }
        words.push_str(text);
    }
    let lines = words.lines().map(str::trim).filter(|line| !line.is_empty());
    bare(&lines.collect::<Vec<_>>().join("\n"))
}

/// A text without what differs from run to run: also digests and ports.
pub(crate) fn bare(text: &str) -> String {
    let masked = masked(text);
    let words = masked.split_inclusive(|letter: char| !letter.is_ascii_alphanumeric());
    let mut after_host = false;
    let word = |word: &str| {
        let core = word.trim_end_matches(|letter: char| !letter.is_ascii_alphanumeric());
        let is_digest = core.len() == 64 && core.bytes().all(|byte| byte.is_ascii_hexdigit());
        let is_port = after_host && core.len() == 5 && core.bytes().all(|byte| byte.is_ascii_digit());
        after_host = word == "1:";
        match (is_digest, is_port) {
            (true, _) => word.replace(core, "DIGEST"),
            (_, true) => word.replace(core, "PORT"),
            (false, false) => word.to_owned(),
        }
    };
    words.map(word).collect()
}

/// What a page says in dry run besides.
const OF_DRY_RUN: &str = "This is a dry run: nobody is held back by it.\n";

/// What the page says once nothing is missing.
const GREEN: [&str; 3] = [
    "success All rules hold: 2 signatures, 14 days of review",
    "- Signatures that count\n- atlas-ben with ssh at TIME\n- atlas-finn with ssh at TIME",
    "- Signatures that do not count\n- atlas-ada with ssh at TIME: it was taken back at TIME",
];

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_says_what_is_missing_until_nothing_is() {
    let (house, server, number) = open_house().await;
    let shown = get(&house, &server, &page(&house, number)).await;
    expect![[r#"
        - atlas/atlas-node#1
        pending 0 of 2 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME
        Looked at last at TIME.
        - What is missing
        - maintainers 0 of 2 maintainers: nobody signed
        - Missing: 2 more signatures
        - From: atlas-ada, atlas-ben, atlas-finn, atlas-gus, atlas-hana
        - Type in a comment, or a terminal: /governance-sign
        - It turns as soon as it is given.
        - review period 14 days since the last push that changed it (TIME) end TIME
        - Missing: time, until TIME
        - From: nobody: it only takes time
        - Type in a comment, or a terminal: /governance-status
        - It turns by itself at TIME.
        The next thing that time alone changes is at TIME.
        - How to sign
        Read the statement. These lines write it into a file:
        cat &gt; approval.txt &lt;&lt;&#39;END&#39;
        governance-app-statement/v1
        type: pr-approval
        forge: 127.0.0.1:PORT
        repository-id: NUMBER
        repository: atlas/atlas-node
        pull-request: 1
        base-ref: refs/heads/main
        head-sha: COMMIT
        head-tree: COMMIT
        tier: tier_2_feature
        required: 2-of-5
        review-days: 14
        action: approve
        END
        One of these signs it, with the key that is registered for you:
        ssh-keygen -Y sign -f ~/.ssh/id_ed25519 -n pr-approval@governance-app.v1 approval.txt   # writes approval.txt.sig
        gpg --armor --detach-sign approval.txt   # or this; writes approval.txt.asc
        governance sign --statement approval.txt --key KEY &gt; approval.txt.sig   # or this, with a key of your own
        governance sign --pr https://127.0.0.1:PORT/atlas/atlas-node/pull/1 --clone . --server https://governance.example.org --key KEY &gt; approval.txt.sig   # or this, which holds it against your clone
        Put the signature into a comment on the pull request, or hand it in here; no login is needed, the key decides:
        curl --data-binary @approval.txt.sig https://governance.example.org/s/DIGEST
        - Every rule
        Needed: 2-of-5 signatures, 14 days of review (tier_2_feature).
        - maintainers (pending) 0 of 2 maintainers: nobody signed
        - Layer 3 config/repository-layers.yml:20
        - atlas-node config/repos/atlas-node.yml:2
        - Tier 2 config/action-tiers.yml:10
        - review period (pending) 14 days since the last push that changed it (TIME) end TIME
        - Layer 3 config/repository-layers.yml:21
        - atlas-node config/repos/atlas-node.yml:3
        - Tier 2 config/action-tiers.yml:11
        - Why these numbers
        - Tier 2: rpc/get.rs matches `rpc/**` (config/tier-classification-rules.yml:7:21)
        Decision 1 of TIME: head COMMIT, base main, rules sha256:DIGEST."#]].assert_eq(&house.without_line_of_dry_run(OF_DRY_RUN, &words(&shown.body)));
    house.sign(number, "atlas-ada");
    house.settle().await;
    house.say(number, "/governance-unsign", "atlas-ada");
    house.sign(number, "atlas-ben");
    house.settle().await;
    house.sign(number, "atlas-finn");
    house.days(14).await;
    let green = get(&house, &server, &page(&house, number)).await;
    let green = words(&green.body);
    assert!(!green.contains("What is missing"), "{green}");
    for part in GREEN {
        assert!(green.contains(part), "{part}: {green}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_page_trusts_nothing_that_it_shows() {
    let (house, server, number) = open_house().await;
    let shown = get(&house, &server, &page(&house, number)).await;
    for header in [
        "content-type: text/html; charset=utf-8",
        "content-security-policy: default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
        "x-frame-options: deny",
        "x-content-type-options: nosniff",
        "referrer-policy: no-referrer",
    ] {
        assert!(shown.head.contains(header), "{header}: {}", shown.head);
    }
    let style = get(&house, &server, "/page.css").await;
    assert!(style.head.contains("text/css"), "{style:?}");
    for path in [
        "/api/v1/pull-requests/atlas/atlas-node/99",
        "/api/v1/pull-requests/atlas/nothing/1",
        "/api/v1/pull-requests/atlas/atlas-node/one",
        "/p/99/1",
        "/p/0/x",
    ] {
        // Whoever bears no token does not learn what there is not.
        assert_eq!(get(&house, &server, path).await.status, 401, "{path}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_api_says_the_same_to_programs() {
    let (house, server, number) = open_house().await;
    let shown = get(&house, &server, &api(number)).await;
    assert_eq!(shown.status, 200, "{shown:?}");
    let mut shown = shown.json();
    assert_eq!(shown["head"], house.head(number).as_str());
    assert_eq!(shown["statement"]["text"], house.statement(number).as_str());
    assert_eq!(shown["verdict"]["rulings"][0]["rule"], "maintainers");
    let page = format!("{PUBLIC_URL}{}", page(&house, number));
    assert_eq!(shown["page"], page.as_str());
    for key in [
        "id",
        "head",
        "head_tree",
        "decided",
        "looked",
        "ruleset_digest",
        "verdict",
        "statement",
        "page",
        "forge_page",
    ] {
        assert!(!shown[key].is_null(), "{key}");
        shown.as_object_mut().unwrap().remove(key);
    }
    expect![[r#"
        {
          "base": "main",
          "mode": "MODE",
          "number": 1,
          "open": true,
          "outcome": "pending",
          "repository": "atlas/atlas-node",
          "revision": 1,
          "schema": "governance/verdict/v1",
          "signatures": [],
          "status": {
            "context": "CONTEXT",
            "description": "0 of 2 maintainers: nobody signed; 14 days since the last push that changed it (TIME) end TIME",
            "state": "pending"
          },
          "trouble": null
        }"#]]
    .assert_eq(&house.in_own_mode(&bare(&serde_json::to_string_pretty(&shown).unwrap())));
    house.sign(number, "atlas-ada");
    house.settle().await;
    let shown = get(&house, &server, &api(number)).await.json();
    let given = &shown["signatures"][0];
    assert_eq!(
        (&given["signer"], &given["counts"]),
        (&"atlas-ada".into(), &true.into())
    );
    // Another head makes it void, and says so.
    let more = [("rpc/get.rs", "fn get() { more() }\n")];
    house
        .github
        .push_files_to(NODE, "feature", &more, crate::house::AUTHOR)
        .unwrap();
    house.settle().await;
    let shown = get(&house, &server, &api(number)).await.json();
    let given = &shown["signatures"][0];
    assert_eq!(given["counts"], false);
    assert!(
        given["because"]
            .as_str()
            .unwrap()
            .starts_with("it is for the head"),
        "{given}"
    );
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn signatures_that_are_handed_in_count_and_outlive_the_server() {
    let (house, server, number) = open_house().await;
    let desk = desk(&house, &server, number).await;
    let before = comments(&house);
    for (method, login) in [("POST", "atlas-ada"), ("PUT", "atlas-ben")] {
        let given = signature(&house, number, login);
        let answer = ask(&house, &server, &format!("{method} {desk}"), ("", &given)).await;
        assert_eq!(answer.status, 202, "{answer:?}");
        let receipt = answer.json();
        assert_eq!(
            (&receipt["outcome"], &receipt["signer"]),
            (&"kept".into(), &login.into())
        );
    }
    expect!["pending: 14 days since the last push that changed it (TIME) end TIME"]
        .assert_eq(&house.gate(number));
    // Nobody is answered beside the comment that keeps it.
    assert_eq!(comments(&house), before + 2);
    let kept = house.answers(number).join("\n");
    assert!(kept.contains("Signed by atlas-ada for `COMMIT`."), "{kept}");
    let again = signature(&house, number, "atlas-ada");
    let again = ask(&house, &server, &format!("POST {desk}"), ("", &again)).await;
    assert_eq!(
        (again.status, again.json()["outcome"].clone()),
        (200, "already counted".into())
    );
    assert_eq!(comments(&house), before + 2);
    house.days(14).await;
    expect!["success: All rules hold: 2 signatures, 14 days of review"].assert_eq(&house.gate(number));
    // The machine is lost, with everything that was written on it.
    server.die().await;
    std::fs::remove_dir_all(house.path("server")).unwrap();
    let server = house.serve(2).await;
    house.settle().await;
    let shown = get(&house, &server, &api(number)).await.json();
    assert_eq!(shown["outcome"], "success", "{shown}");
    assert_eq!(shown["signatures"].as_array().unwrap().len(), 2);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_is_no_signature_of_the_statement_is_refused_and_written_nowhere() {
    let (house, server, number) = open_house().await;
    let desk = desk(&house, &server, number).await;
    let statement = house.statement(number);
    let ada = &house.maintainers["atlas-ada"];
    let stranger = Maintainer::with_key("a-stranger", &house.path("keys"));
    let other = statement.replace("pull-request: ", "pull-request: 1");
    let good = ada.sign(&statement, NAMESPACE);
    let before = comments(&house);
    let unknown = format!("/s/{}", "0".repeat(64));
    let upper = desk.to_ascii_uppercase().replace("/S/", "/s/");
    let twice = format!("{good}{good}");
    let with_words = good.replacen("SIGNATURE-----\n", "SIGNATURE-----\n```\n@everyone\n", 1);
    let large = format!("{good}{}", " ".repeat(16 * 1024));
    for (path, body, status, said) in [
        (
            &desk,
            &stranger.sign(&statement, NAMESPACE),
            422,
            "by a key that is registered",
        ),
        (&desk, &ada.sign(&other, NAMESPACE), 422, "not of this statement"),
        (&desk, &ada.sign(&statement, "git"), 422, "not of this statement"),
        (&desk, &with_words, 422, "not of this statement"),
        (&desk, &String::new(), 400, "no signature"),
        (&desk, &"sign it!\nplease".to_owned(), 400, "no signature"),
        (&desk, &twice, 422, "not of this statement"),
        (&desk, &large, 413, "16384 bytes"),
        (&unknown, &good, 404, "no open pull request has this statement"),
        (&upper, &good, 404, "no open pull request has this statement"),
    ] {
        let answer = ask(&house, &server, &format!("POST {path}"), ("", body)).await;
        assert_eq!(answer.status, status, "{path} {body}: {answer:?}");
        let problem = answer.json();
        assert_eq!(problem["schema"], "governance/problem/v1");
        assert!(problem["detail"].as_str().unwrap().contains(said), "{problem}");
    }
    assert_eq!(comments(&house), before);
    house.sign(number, "atlas-ada");
    house.settle().await;
    house.say(number, "/governance-unsign", "atlas-ada");
    house.settle().await;
    let answer = ask(&house, &server, &format!("POST {desk}"), ("", &good)).await;
    assert_eq!(answer.status, 409, "{answer:?}");
    // Another head has another address.
    let more = [("rpc/get.rs", "fn get() { more() }\n")];
    house
        .github
        .push_files_to(NODE, "feature", &more, crate::house::AUTHOR)
        .unwrap();
    house.settle().await;
    let ben = house.maintainers["atlas-ben"].sign(&statement, NAMESPACE);
    let answer = ask(&house, &server, &format!("POST {desk}"), ("", &ben)).await;
    assert_eq!(answer.status, 404, "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_github_did_not_take_is_not_promised_and_is_never_kept_twice() {
    for faults in [
        Faults {
            server_error_before: 1.0,
            ..Faults::default()
        },
        Faults {
            server_error_after: 1.0,
            ..Faults::default()
        },
        Faults {
            reset_after: 1.0,
            ..Faults::default()
        },
    ] {
        let (house, server, number) = open_house().await;
        let desk = desk(&house, &server, number).await;
        let given = signature(&house, number, "atlas-ada");
        house.github.set_faults(faults.clone());
        let answer = ask(&house, &server, &format!("POST {desk}"), ("", &given)).await;
        assert_eq!(answer.status, 503, "{faults:?}: {answer:?}");
        assert!(answer.head.contains("retry-after"), "{answer:?}");
        house.github.set_faults(Faults::default());
        let answer = ask(&house, &server, &format!("POST {desk}"), ("", &given)).await;
        assert!([200, 202].contains(&answer.status), "{faults:?}: {answer:?}");
        house.settle().await;
        assert!(
            house
                .gate(number)
                .starts_with("pending: 1 of 2 maintainers: signed by atlas-ada"),
            "{faults:?}: {}",
            house.gate(number)
        );
        assert_eq!(house.answers(number).len(), 1, "{faults:?}");
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_only_members_may_see_needs_a_token() {
    let (house, server, number) = open_house().await;
    let paths = [page(&house, number), api(number)];
    for path in &paths {
        assert_eq!(get(&house, &server, path).await.status, 200, "{path}");
    }
    house.github.set_private(OWNER, NODE.1, true).unwrap();
    house.days(1).await;
    let (text, token) = draw("reader".parse().unwrap(), Scope::Read, 1, house.github.now()).unwrap();
    std::fs::write(house.path("tokens.toml"), entry(&token)).unwrap();
    let bearer = format!("authorization: Bearer {text}\r\n");
    for path in &paths {
        let answer = get(&house, &server, path).await;
        assert_eq!(answer.status, 401, "{path}: {answer:?}");
        assert!(!answer.body.contains("atlas"), "{answer:?}");
        let answer = ask(&house, &server, &format!("GET {path}"), (&bearer, "")).await;
        assert_eq!(answer.status, 200, "{path}: {answer:?}");
    }
    let nothing = "GET /api/v1/pull-requests/atlas/atlas-node/99";
    assert_eq!(ask(&house, &server, nothing, (&bearer, "")).await.status, 404);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn facts_with_something_of_another_repository_need_a_token() {
    let house = House::make(Plan {
        rules: BETWEEN,
        ..Plan::default()
    })
    .await;
    let server = house.serve(1).await;
    let number = house.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
    house.settle().await;
    let facts = format!("{}/facts", api(number));
    assert_eq!(get(&house, &server, &facts).await.status, 200);
    let secret = [("api/secret.rs", "fn get() {}\n")];
    house
        .github
        .push_files_to(KIT, "feature", &secret, AUTHOR)
        .unwrap();
    let plan = PullPlan::of("feature", "main");
    let other = house.github.open_pull_by(KIT, plan, AUTHOR).unwrap();
    let words = format!("Depends-On: {OWNER}/{}#{other}\n", KIT.1);
    let node = (OWNER, NODE.1, number);
    house.github.reword_by(node, ("feature", &words), AUTHOR).unwrap();
    house.settle().await;
    let answer = get(&house, &server, &facts).await;
    assert_eq!(answer.status, 401, "{answer:?}");
    assert!(!answer.body.contains("secret"), "{answer:?}");
    let (text, token) = draw("reader".parse().unwrap(), Scope::Read, 1, house.github.now()).unwrap();
    std::fs::write(house.path("tokens.toml"), entry(&token)).unwrap();
    let bearer = format!("authorization: Bearer {text}\r\n");
    let answer = ask(&house, &server, &format!("GET {facts}"), (&bearer, "")).await;
    assert_eq!(answer.status, 200, "{answer:?}");
    assert!(answer.body.contains("api/secret.rs"), "{answer:?}");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_watches_the_gate_sees_what_it_does() {
    let house = House::make(Plan::default()).await;
    let server = house.serve(1).await;
    let number = house.open("feature", &[("rpc/get.rs", "fn get() {}\n")]);
    house.settle().await;
    house
        .github
        .merge_past_rules_by((NODE.0, NODE.1, number), MergeMethod::Merge, "atlas-ada")
        .unwrap();
    house.settle().await;
    let page = get(&house, &server, "/metrics").await.body;
    let own = page
        .lines()
        .filter(|line| line.contains("governance_gate_") && !line.contains("looks_total{"));
    // In dry run there is no gate that one could go past.
    let past = format!("past_total {}", house.by_mode(1, 0));
    let own = own.map(|line| line.replace(&past, "past_total PAST"));
    let own: Vec<String> = own.collect();
    expect![[r##"
        # TYPE governance_gate_looks_total counter
        # TYPE governance_gate_merges_past_total counter
        governance_gate_merges_past_total PAST
        # TYPE governance_gate_landed_total counter
        governance_gate_landed_total{result="different"} 0
        governance_gate_landed_total{result="unknown"} 0
        # TYPE governance_gate_overdue_seconds gauge
        governance_gate_overdue_seconds 0
        # TYPE governance_gate_rules_usable gauge
        governance_gate_rules_usable 1
        # TYPE governance_gate_decisions_total counter
        governance_gate_decisions_total{outcome="failure"} 1
        governance_gate_decisions_total{outcome="pending"} 1"##]]
    .assert_eq(&own.join("\n"));
    assert!(
        page.contains("governance_gate_looks_total{result=\"failed\"} 0"),
        "{page}"
    );
}
