//! Keys: made, shown, proven, and what they sign offline.

use super::*;

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
