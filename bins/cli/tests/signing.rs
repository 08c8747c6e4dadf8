//! A maintainer's hand: `governance key`, `sign` and `verify`, with real git, `ssh-keygen` and `gpg`, and a server that says what it is told.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on shall say where")]

use serde_json::{Value, json};
use signatures::{PullRequestApproval, Statement, TierLowering};
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::net::TcpListener;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

const SCHEMES: [&str; 3] = ["bip340", "ed25519", "secp256k1"];

/// A folder with a clone in which somebody looked at a pull request.
struct Desk {
    folder: tempfile::TempDir,
}

/// What a command said, and how it ended.
#[derive(Debug)]
struct Said {
    exit: i32,
    out: String,
    err: String,
}

impl From<Output> for Said {
    fn from(output: Output) -> Self {
        Self {
            exit: output.status.code().unwrap(),
            out: String::from_utf8(output.stdout).unwrap(),
            err: String::from_utf8(output.stderr).unwrap(),
        }
    }
}

impl Desk {
    fn new() -> Self {
        let desk = Self {
            folder: tempfile::tempdir().unwrap(),
        };
        let origin = desk.path("origin");
        fs::create_dir(&origin).unwrap();
        git(&origin, &["init", "-q", "-b", "main"]);
        commit(&origin, "README.md", "the node\n");
        git(desk.folder.path(), &["clone", "-q", "origin", "clone"]);
        desk.origin_is("https://github.com/atlas/atlas-node.git");
        git(&desk.clone_(), &["switch", "-q", "-c", "feature"]);
        commit(&desk.clone_(), "rpc/get.rs", "fn get() {}\n");
        desk
    }

    /// Another address for the remote of the clone.
    fn origin_is(&self, address: &str) {
        git(&self.clone_(), &["remote", "set-url", "origin", address]);
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn clone_(&self) -> PathBuf {
        self.path("clone")
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::write(self.path(name), text).unwrap();
        name.to_owned()
    }

    /// `governance` with these words, in the folder, where nobody can be asked.
    fn governance(&self, words: &[&str]) -> Said {
        let mut command = Command::new(env!("CARGO_BIN_EXE_governance"));
        let command = command
            .args(words)
            .current_dir(self.folder.path())
            .stdin(Stdio::null());
        command.env_remove("GOVERNANCE_TOKEN").output().unwrap().into()
    }

    /// A key of this scheme, and its public part as `verify` takes it.
    fn key(&self, scheme: &str) -> (String, String) {
        let file = format!("{scheme}.key");
        let made = self.governance(&["key", "generate", "--scheme", scheme, "--out", &file]);
        assert_eq!(made.exit, 0, "{made:?}");
        (file, format!("{scheme}:{}", made.out.trim()))
    }

    /// What the pull request's statement should say.
    fn approval(&self) -> PullRequestApproval {
        let said = |words: &[&str]| git(&self.clone_(), words).trim().to_owned();
        PullRequestApproval {
            forge: "github.com".parse().unwrap(),
            repository_id: 7,
            repository: "atlas/atlas-node".parse().unwrap(),
            pull_request: 42,
            base_ref: "refs/heads/main".parse().unwrap(),
            head_sha: said(&["rev-parse", "HEAD"]).parse().unwrap(),
            head_tree: said(&["rev-parse", "HEAD^{tree}"]).parse().unwrap(),
            tier: "tier_2_feature".parse().unwrap(),
            required: "2-of-5".parse().unwrap(),
            review_days: 14,
        }
    }

    /// Signs what a server shows.
    fn sign(&self, document: &Value, more: &[&str]) -> Said {
        let server = serve(document);
        let words = [
            "sign",
            "--pr",
            "https://github.com/atlas/atlas-node/pull/42",
            "--clone",
            "clone",
            "--server",
            &server,
        ];
        self.governance(&[&words, more].concat())
    }

    fn verify(&self, statement: &str, signature: &str, key: &str) -> Said {
        let (statement, signature) = (self.write("s.txt", statement), self.write("s.sig", signature));
        self.governance(&[
            "verify",
            "--statement",
            &statement,
            "--signature",
            &signature,
            "--key",
            key,
        ])
    }
}

fn must(program: &str, folder: &Path, words: &[&str]) -> String {
    let output = Command::new(program)
        .args(words)
        .current_dir(folder)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .output()
        .unwrap();
    assert!(output.status.success(), "{program} {words:?}: {output:?}");
    String::from_utf8(output.stdout).unwrap()
}

fn git(folder: &Path, words: &[&str]) -> String {
    let who = ["-c", "user.name=Ada", "-c", "user.email=ada@example.org"];
    must("git", folder, &[&who[..], words].concat())
}

fn commit(folder: &Path, file: &str, text: &str) {
    fs::create_dir_all(folder.join(file).parent().unwrap()).unwrap();
    fs::write(folder.join(file), text).unwrap();
    git(folder, &["add", "--all"]);
    git(folder, &["commit", "-q", "-m", file]);
}

/// What a server answers of a pull request with this statement.
fn document(statement: &Statement) -> Value {
    json!({
        "schema": "governance/verdict/v1", "open": true, "outcome": "pending",
        "statement": {"text": statement.to_string(), "address": "https://gate.example.org/s/1"},
    })
}

/// A server that says this to whoever asks, for as long as the test lasts.
fn serve(document: &Value) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = format!("http://{}", listener.local_addr().unwrap());
    let body = document.to_string();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let asked = BufReader::new(stream.try_clone().unwrap());
            let lines: Vec<String> = asked
                .lines()
                .map_while(Result::ok)
                .take_while(|line| !line.is_empty())
                .collect();
            let (status, body) = match lines[0].as_str() {
                "GET /api/v1/pull-requests/atlas/atlas-node/42 HTTP/1.1" => ("200 OK", body.as_str()),
                _ => (
                    "404 Not Found",
                    "{\"title\": \"no such pull request was heard of\"}",
                ),
            };
            let length = body.len();
            let answer = format!(
                "HTTP/1.1 {status}\r\ncontent-type: application/json\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}"
            );
            stream.write_all(answer.as_bytes()).unwrap();
        }
    });
    address
}

#[test]
fn a_key_is_made_shown_and_proven() {
    let desk = Desk::new();
    for scheme in SCHEMES {
        let (file, public) = desk.key(scheme);
        let mode = fs::metadata(desk.path(&file)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600);
        let again = desk.governance(&["key", "generate", "--scheme", scheme, "--out", &file]);
        assert_eq!((again.exit, again.out.as_str()), (2, ""), "{again:?}");
        let shown = desk.governance(&["key", "show", "--key", &file]);
        assert_eq!(format!("{scheme}:{}", shown.out.trim()), public);
        let shown = desk.governance(&["key", "show", "--key", &file, "--format", "json"]);
        let shown: Value = serde_json::from_str(&shown.out).unwrap();
        assert_eq!(
            (&shown["schema"], &shown["scheme"]),
            (&json!("governance/key/v1"), &json!(scheme))
        );
        let words = [
            "key",
            "prove",
            "--key",
            &file,
            "--organisation",
            "atlas",
            "--login",
            "atlas-ada",
            "--format",
            "json",
        ];
        let proven: Value = serde_json::from_str(&desk.governance(&words).out).unwrap();
        let (statement, signature) = (
            proven["statement"].as_str().unwrap(),
            proven["signature"].as_str().unwrap(),
        );
        assert!(
            statement.contains("type: key-registration\n") && statement.contains("login: atlas-ada\n"),
            "{statement}"
        );
        assert_eq!(desk.verify(statement, signature, &public).exit, 0);
    }
}

#[test]
fn each_scheme_signs_a_statement_and_each_is_verified_offline() {
    let desk = Desk::new();
    let statement = Statement::Approval(desk.approval()).to_string();
    let file = desk.write("approval.txt", &statement);
    let other = desk.key("ed25519").1;
    for scheme in ["bip340", "secp256k1"] {
        let (key, public) = desk.key(scheme);
        let signed = desk.governance(&["sign", "--statement", &file, "--key", &key]);
        assert_eq!(signed.exit, 0, "{signed:?}");
        assert!(signed.err.contains("type: pr-approval"), "{}", signed.err);
        assert_eq!(desk.verify(&statement, &signed.out, &public).exit, 0);
        let refused = desk.verify(&statement, &signed.out, &other);
        assert_eq!((refused.exit, refused.out.as_str()), (1, ""), "{refused:?}");
        let changed = statement.replace("pull-request: 42", "pull-request: 43");
        assert_eq!(desk.verify(&changed, &signed.out, &public).exit, 1);
    }
}

/// Secrets as tools wrote them that people had before.
#[test]
fn existing_key_files_are_read() {
    let desk = Desk::new();
    let secret = "5b".repeat(32);
    let file = desk.write("approval.txt", &Statement::Approval(desk.approval()).to_string());
    let mut signatures = Vec::new();
    for text in [
        secret.clone(),
        format!("0x{secret}\n"),
        format!(
            "{{\"secret_key\": \"{secret}\", \"public_key\": \"ignored\", \"created_at\": \"2025-01-01\"}}"
        ),
        format!("{{\"private_key\": \"{secret}\", \"key_id\": \"1\"}}"),
    ] {
        let key = desk.write("old.key", &text);
        let signed = desk.governance(&["sign", "--statement", &file, "--key", &key]);
        assert_eq!(signed.exit, 0, "{signed:?}");
        signatures.push(signed.out);
    }
    signatures.dedup();
    assert_eq!(signatures.len(), 1);
    for (text, exit) in [
        ("", 2),
        ("{}", 2),
        ("12", 2),
        ("{\"scheme\": \"rot13\", \"secret_key\": \"00\"}", 2),
    ] {
        let key = desk.write("no.key", text);
        let refused = desk.governance(&["sign", "--statement", &file, "--key", &key]);
        assert_eq!((refused.exit, refused.out.as_str()), (exit, ""), "{text}");
    }
}

#[test]
fn what_the_server_shows_is_signed_once_the_clone_agrees() {
    let desk = Desk::new();
    let statement = Statement::Approval(desk.approval());
    for scheme in SCHEMES {
        let (key, public) = desk.key(scheme);
        let signed = desk.sign(&document(&statement), &["--key", &key, "--yes"]);
        assert_eq!(signed.exit, 0, "{signed:?}");
        for told in [
            "rpc/get.rs | 1 +",
            "1 file changed",
            statement.to_string().trim_end(),
            "https://gate.example.org/s/1",
        ] {
            assert!(signed.err.contains(told), "{told}: {}", signed.err);
        }
        assert_eq!(desk.verify(&statement.to_string(), &signed.out, &public).exit, 0);
        let signed = desk.sign(
            &document(&statement),
            &["--key", &key, "--yes", "--format", "json"],
        );
        let signed: Value = serde_json::from_str(&signed.out).unwrap();
        assert_eq!(
            (&signed["schema"], &signed["scheme"]),
            (&json!("governance/signature/v1"), &json!(scheme))
        );
        assert_eq!(signed["statement_digest"], json!(statement.digest().hex()));
    }
    // Another commit than the one that is checked out is named.
    git(&desk.clone_(), &["switch", "-q", "main"]);
    let key = "bip340.key";
    assert_eq!(desk.sign(&document(&statement), &["--key", key, "--yes"]).exit, 1);
    assert_eq!(
        desk.sign(
            &document(&statement),
            &["--key", key, "--yes", "--head", "feature"]
        )
        .exit,
        0
    );
}

#[test]
fn without_a_key_the_statement_is_for_ssh_keygen() {
    let desk = Desk::new();
    let statement = Statement::Approval(desk.approval());
    let shown = desk.sign(&document(&statement), &[]);
    assert_eq!(
        (shown.exit, shown.out.as_str()),
        (0, statement.to_string().as_str())
    );
    assert!(
        shown.err.contains("ssh-keygen -Y sign") && shown.err.contains("gpg --armor"),
        "{}",
        shown.err
    );
    let file = desk.write("approval.txt", &shown.out);
    let folder = desk.folder.path();
    must(
        "ssh-keygen",
        folder,
        &["-q", "-t", "ed25519", "-N", "", "-f", "id"],
    );
    must(
        "ssh-keygen",
        folder,
        &[
            "-q",
            "-Y",
            "sign",
            "-f",
            "id",
            "-n",
            "pr-approval@governance-app.v1",
            &file,
        ],
    );
    let signature = fs::read_to_string(desk.path("approval.txt.sig")).unwrap();
    assert_eq!(desk.verify(&shown.out, &signature, "ssh:@id.pub").exit, 0);
    must(
        "ssh-keygen",
        folder,
        &[
            "-q",
            "-Y",
            "sign",
            "-f",
            "id",
            "-n",
            "file",
            &desk.write("other.txt", &shown.out),
        ],
    );
    let elsewhere = fs::read_to_string(desk.path("other.txt.sig")).unwrap();
    assert_eq!(desk.verify(&shown.out, &elsewhere, "ssh:@id.pub").exit, 1);
}

#[test]
fn without_a_key_the_statement_is_for_gpg_and_for_programs() {
    let desk = Desk::new();
    let statement = Statement::Approval(desk.approval());
    let shown = desk.sign(&document(&statement), &[]);
    let file = desk.write("approval.txt", &shown.out);
    let folder = desk.folder.path();
    let home = desk.path("gnupg");
    fs::create_dir(&home).unwrap();
    fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
    let gpg = |words: &[&str]| {
        must(
            "gpg",
            folder,
            &[
                &["--homedir", "gnupg", "--batch", "--quiet", "--passphrase", ""],
                words,
            ]
            .concat(),
        )
    };
    gpg(&["--quick-generate-key", "ada@example.org", "ed25519", "sign"]);
    desk.write("ada.asc", &gpg(&["--armor", "--export"]));
    let signature = gpg(&["--armor", "--output", "-", "--detach-sign", &file]);
    let _ = Command::new("gpgconf")
        .args(["--homedir", "gnupg", "--kill", "gpg-agent"])
        .current_dir(folder)
        .output();
    assert_eq!(desk.verify(&shown.out, &signature, "openpgp:@ada.asc").exit, 0);
    let json = desk.sign(&document(&statement), &["--format", "json"]);
    let json: Value = serde_json::from_str(&json.out).unwrap();
    assert_eq!(
        (&json["schema"], &json["statement"]),
        (&json!("governance/statement/v1"), &json!(statement.to_string()))
    );
    assert_eq!(json["head_tree"], json!(desk.approval().head_tree));
}

type Edit = fn(&mut PullRequestApproval);

/// Whatever the server says that is not so in the clone, or of what was named: nothing is signed.
#[test]
fn a_server_that_disagrees_is_refused() {
    let desk = Desk::new();
    let (key, _) = desk.key("ed25519");
    let edits: [(Edit, &str); 6] = [
        (
            |it| it.head_sha = "c".repeat(40).parse().unwrap(),
            "and what you looked at is",
        ),
        (
            |it| it.head_tree = "c".repeat(40).parse().unwrap(),
            "holds the tree cccc",
        ),
        (
            |it| it.pull_request = 43,
            "is about github.com/atlas/atlas-node#43",
        ),
        (
            |it| it.repository = "atlas/other".parse().unwrap(),
            "is about github.com/atlas/other#42",
        ),
        (
            |it| it.repository = "mallory/atlas-node".parse().unwrap(),
            "is about github.com/mallory/atlas-node#42",
        ),
        (
            |it| it.forge = "github.example.org".parse().unwrap(),
            "is about github.example.org/",
        ),
    ];
    for (edit, told) in edits {
        let mut approval = desk.approval();
        edit(&mut approval);
        let refused = desk.sign(
            &document(&Statement::Approval(approval)),
            &["--key", &key, "--yes"],
        );
        assert_eq!((refused.exit, refused.out.as_str()), (1, ""), "{refused:?}");
        assert!(
            refused.err.contains("the server disagrees") && refused.err.contains(told),
            "{told}: {}",
            refused.err
        );
    }
    let lowering = Statement::TierLowering(TierLowering {
        holding: desk.approval(),
        asked: "tier_1_routine".parse().unwrap(),
    });
    for (document, exit, told) in [
        (document(&lowering), 3, "a statement of the type tier-lower"),
        (
            json!({"statement": {"text": "governance-app-statement/v1\n"}}),
            3,
            "does not understand itself",
        ),
        (
            json!({"statement": null, "open": false}),
            1,
            "there is nothing to sign",
        ),
    ] {
        let refused = desk.sign(&document, &["--key", &key, "--yes"]);
        assert_eq!((refused.exit, refused.out.as_str()), (exit, ""), "{refused:?}");
        assert!(refused.err.contains(told), "{told}: {}", refused.err);
    }
}

/// Whoever cloned somebody's fork sees that fork's base.
#[test]
fn a_remote_of_another_repository_is_refused() {
    let desk = Desk::new();
    let (key, _) = desk.key("ed25519");
    let shown = document(&Statement::Approval(desk.approval()));
    for (address, shows) in [
        (
            "https://ada:secret@github.com/mallory/atlas-node",
            "https://github.com/mallory/atlas-node,",
        ),
        (
            "git@example.org:atlas/atlas-node.git",
            "example.org:atlas/atlas-node.git,",
        ),
        ("../origin", "../origin,"),
    ] {
        desk.origin_is(address);
        let refused = desk.sign(&shown, &["--key", &key, "--yes"]);
        assert_eq!((refused.exit, refused.out.as_str()), (2, ""), "{refused:?}");
        let told =
            format!("the remote origin is {shows} and the statement is about github.com/atlas/atlas-node");
        assert!(
            refused.err.contains(&told) && !refused.err.contains("secret"),
            "{}",
            refused.err
        );
        let signed = desk.sign(&shown, &["--key", &key, "--yes", "--any-remote"]);
        assert_eq!(signed.exit, 0, "{signed:?}");
    }
    desk.origin_is("git@github.com:Atlas/atlas-node.git");
    assert_eq!(desk.sign(&shown, &["--key", &key, "--yes"]).exit, 0);
    // Another address from which it is fetched is another repository.
    git(
        &desk.clone_(),
        &["remote", "set-url", "--add", "origin", "../origin"],
    );
    assert_eq!(desk.sign(&shown, &["--key", &key, "--yes"]).exit, 2);
}

/// What a server says is put into no shell.
#[test]
fn the_address_for_the_signature_is_quoted() {
    let desk = Desk::new();
    let (key, _) = desk.key("ed25519");
    let mut shown = document(&Statement::Approval(desk.approval()));
    shown["statement"]["address"] = json!("https://gate.example.org/s/1;touch 'x'\n$(id)");
    let signed = desk.sign(&shown, &["--key", &key, "--yes"]);
    let told = r"curl --data-binary @FILE 'https://gate.example.org/s/1;touch '\''x'\'' $(id)'";
    assert!(signed.err.contains(told), "{}", signed.err);
}

/// A tag may be named like the beginning of a commit, and a graft gives commits other parents: neither changes what is looked at.
#[test]
fn neither_a_tag_nor_a_graft_deceives_anybody() {
    let desk = Desk::new();
    let shown = document(&Statement::Approval(desk.approval()));
    let clone = desk.clone_();
    let head = git(&clone, &["rev-parse", "HEAD"]);
    let (head, short) = (head.trim(), &head[..8]);
    git(&clone, &["tag", short, "origin/main"]);
    let refused = desk.sign(&shown, &["--head", short]);
    assert_eq!((refused.exit, refused.out.as_str()), (3, ""), "{refused:?}");
    git(&clone, &["tag", "--delete", short]);
    assert_eq!(desk.sign(&shown, &["--head", short]).exit, 0);
    // It would begin from itself, and change nothing.
    let base = git(&clone, &["rev-parse", "origin/main"]);
    fs::create_dir_all(clone.join(".git/info")).unwrap();
    fs::write(
        clone.join(".git/info/grafts"),
        format!("{} {head}\n{head}\n", base.trim()),
    )
    .unwrap();
    let signed = desk.sign(&shown, &[]);
    assert_eq!(signed.exit, 0, "{signed:?}");
    assert!(signed.err.contains("rpc/get.rs | 1 +"), "{}", signed.err);
}

/// Names of files move no cursor, and hide none.
#[test]
fn names_of_files_are_shown_quoted() {
    let desk = Desk::new();
    commit(&desk.clone_(), "a\u{1b}[2K\nb", "x\n");
    let shown = document(&Statement::Approval(desk.approval()));
    let signed = desk.sign(&shown, &[]);
    assert_eq!(signed.exit, 0, "{signed:?}");
    assert!(signed.err.contains(r#""a\033[2K\nb" | 1 +"#), "{}", signed.err);
    assert!(signed.err.contains("2 files changed"), "{}", signed.err);
}

/// A replacement of an object, which git shows instead of it, deceives nobody.
#[test]
fn a_replaced_commit_is_seen_through() {
    let desk = Desk::new();
    let honest = desk.approval();
    git(&desk.clone_(), &["switch", "-q", "-c", "evil"]);
    commit(&desk.clone_(), "rpc/get.rs", "fn steal() {}\n");
    let evil = git(&desk.clone_(), &["rev-parse", "HEAD"]);
    git(&desk.clone_(), &["switch", "-q", "feature"]);
    git(
        &desk.clone_(),
        &["replace", evil.trim(), honest.head_sha.as_str()],
    );
    let claimed = PullRequestApproval {
        head_sha: evil.trim().parse().unwrap(),
        ..honest
    };
    let refused = desk.sign(&document(&Statement::Approval(claimed)), &["--head", "evil"]);
    assert_eq!((refused.exit, refused.out.as_str()), (1, ""), "{refused:?}");
    assert!(refused.err.contains("holds the tree"), "{}", refused.err);
}

#[test]
fn whoever_cannot_be_asked_says_yes_and_what_is_not_there_is_told() {
    let desk = Desk::new();
    let (key, _) = desk.key("ed25519");
    let shown = document(&Statement::Approval(desk.approval()));
    fs::create_dir(desk.path("empty")).unwrap();
    for (words, exit, told) in [
        (&["--key", &key][..], 2, "say `--yes`"),
        (
            &["--key", &key, "--yes", "--head", "nowhere"],
            2,
            "has no commit nowhere",
        ),
        (
            &["--key", &key, "--yes", "--head=--all"],
            2,
            "has no commit --all",
        ),
        (
            &["--key", &key, "--yes", "--remote", "fork"],
            2,
            "git fetch fork main",
        ),
        (&["--key", "no.key", "--yes"], 2, "no.key"),
    ] {
        let refused = desk.sign(&shown, words);
        assert_eq!((refused.exit, refused.out.as_str()), (exit, ""), "{refused:?}");
        assert!(refused.err.contains(told), "{told}: {}", refused.err);
    }
    let server = serve(&shown);
    let gone = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for (place, clone, server, exit) in [
        ("atlas/atlas-node#42", "clone", server.clone(), 0),
        ("atlas/atlas-node#42", "empty", server.clone(), 2),
        ("atlas/atlas-node#7", "clone", server.clone(), 2),
        ("atlas/atlas-node#42", "clone", format!("http://{gone}"), 3),
        (
            "atlas/atlas-node#42",
            "clone",
            "http://gate.example.org".to_owned(),
            2,
        ),
    ] {
        let said = desk.governance(&["sign", "--pr", place, "--clone", clone, "--server", &server]);
        assert_eq!(said.exit, exit, "{place} {clone} {server}: {said:?}");
    }
    for words in [
        &["sign"][..],
        &["sign", "--pr", "atlas/atlas-node#42"],
        &["sign", "--pr", "atlas/atlas-node#42", "--clone", "clone"],
        &["sign", "--statement", "a", "--pr", "atlas/atlas-node#42"],
        &["sign", "--statement", "a"],
        &[
            "sign",
            "--pr",
            "elsewhere",
            "--clone",
            "clone",
            "--server",
            &server,
        ],
    ] {
        assert_eq!(desk.governance(words).exit, 2, "{words:?}");
    }
}
