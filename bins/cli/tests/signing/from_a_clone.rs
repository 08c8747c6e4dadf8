//! Statements that are derived from a clone and agreed upon with the server.

use super::*;

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
