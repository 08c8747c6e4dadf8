//! The tools of people: what `ssh-keygen` and `gpg` sign is taken, and what is taken they take as well.

use super::hand::{Hand, Kind, armour, text_of};
use super::samples::all;
use crate::{PublicKey, Scheme, SignatureText, Statement, VerifyError, find_armour, verify};
use domain_types::Timestamp;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

/// Changed signatures that are shown to both, for each key.
const MUTANTS: usize = 150;

/// Later than whatever a tool signs while the tests run, within the century.
fn later() -> Timestamp {
    Timestamp::from_seconds(4_000_000_000)
}

fn run(program: &str, arguments: &[&str], folder: &Path, input: &[u8]) -> Output {
    let mut child = Command::new(program)
        .args(arguments)
        .current_dir(folder)
        .env("GNUPGHOME", folder)
        .env("LC_ALL", "C")
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    // A tool that refuses at once does not read what it is given.
    let _ = std::io::Write::write_all(&mut child.stdin.take().unwrap(), input);
    child.wait_with_output().unwrap()
}

fn must(program: &str, arguments: &[&str], folder: &Path, input: &[u8]) -> Vec<u8> {
    let output = run(program, arguments, folder, input);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{program} {arguments:?}: {said}");
    output.stdout
}

/// Numbers by chance that are the same in every run.
fn chance(seed: &mut u64, end: usize) -> usize {
    *seed = seed
        .wrapping_mul(6_364_136_223_846_793_005)
        .wrapping_add(1_442_695_040_888_963_407);
    usize::try_from((*seed >> 33) % end as u64).unwrap()
}

/// A few ways to spoil bytes.
fn mutant(bytes: &[u8], seed: &mut u64) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    let place = chance(seed, bytes.len());
    match chance(seed, 5) {
        0 => bytes.truncate(place),
        1 => bytes.insert(place, u8::try_from(chance(seed, 256)).unwrap()),
        2 => {
            bytes.remove(place);
        }
        3 => bytes[place] = u8::try_from(chance(seed, 256)).unwrap(),
        _ => bytes[place] ^= 1 << chance(seed, 8),
    }
    bytes
}

/// Whether `ssh-keygen` accepts a signature by this key.
fn ssh_accepts(folder: &Path, key: &str, statement: &Statement, signature: &str) -> bool {
    fs::write(folder.join("allowed"), format!("ada {key}\n")).unwrap();
    fs::write(folder.join("signature"), signature).unwrap();
    let arguments = [
        "-Y",
        "verify",
        "-f",
        "allowed",
        "-I",
        "ada",
        "-n",
        statement.namespace(),
        "-s",
        "signature",
    ];
    run("ssh-keygen", &arguments, folder, &statement.to_bytes())
        .status
        .success()
}

fn accepts(scheme: Scheme, key: &str, statement: &Statement, signature: &str) -> Result<(), VerifyError> {
    let key = PublicKey::parse(scheme, key).unwrap();
    let text = SignatureText::parse(signature)?;
    verify(statement, &text, &key, later()).map(drop)
}

#[test]
fn what_ssh_keygen_signs_is_taken_and_what_is_taken_it_takes() {
    for kind in [["-t", "ed25519"].as_slice(), &["-t", "ecdsa", "-b", "256"]] {
        let folder = tempfile::tempdir().unwrap();
        let folder = folder.path();
        let made = [
            &[
                "-q",
                "-N",
                "",
                "-C",
                "Ada <ada@atlas.example> [laptop]",
                "-f",
                "key",
            ],
            kind,
        ]
        .concat();
        must("ssh-keygen", &made, folder, b"");
        let key = fs::read_to_string(folder.join("key.pub")).unwrap();
        for statement in all() {
            let arguments = ["-Y", "sign", "-f", "key", "-n", statement.namespace()];
            let signature =
                String::from_utf8(must("ssh-keygen", &arguments, folder, &statement.to_bytes())).unwrap();
            let found = find_armour(&format!("I read it.\r\n\r\n{signature}")).remove(0);
            assert_eq!(accepts(Scheme::Ssh, &key, &statement, found.as_str()), Ok(()));
            let sha256 = [&arguments[..], &["-O", "hashalg=sha256"]].concat();
            let signature =
                String::from_utf8(must("ssh-keygen", &sha256, folder, &statement.to_bytes())).unwrap();
            assert_eq!(accepts(Scheme::Ssh, &key, &statement, &signature), Ok(()));
        }
        let statement = &all()[0];
        let arguments = ["-Y", "sign", "-f", "key", "-n", statement.namespace()];
        let signature =
            String::from_utf8(must("ssh-keygen", &arguments, folder, &statement.to_bytes())).unwrap();
        agree_on_mutants(folder, &key, statement, &signature);
    }
}

/// Spoiled frames, in good armour: both say the same of each. Spoiled armour: what is taken here is taken there.
fn agree_on_mutants(folder: &Path, key: &str, statement: &Statement, signature: &str) {
    let frame = SignatureText::parse(signature).unwrap().ssh_bytes().unwrap();
    let mut seed = 1;
    for _ in 0..MUTANTS {
        let text = armour("SSH SIGNATURE", "", &mutant(&frame, &mut seed));
        let ours = accepts(Scheme::Ssh, key, statement, &text);
        assert_eq!(
            ours.is_ok(),
            ssh_accepts(folder, key, statement, &text),
            "{text} {ours:?}"
        );
    }
    for _ in 0..MUTANTS {
        let Ok(text) = String::from_utf8(mutant(signature.as_bytes(), &mut seed)) else {
            continue;
        };
        let ours = accepts(Scheme::Ssh, key, statement, &text);
        let theirs = ssh_accepts(folder, key, statement, &text);
        assert!(theirs || ours.is_err(), "{text}");
        // They read on behind the last line, and take blanks and broken padding within.
        let same_frame =
            SignatureText::parse(&text).ok().and_then(|text| text.ssh_bytes()) == Some(frame.clone());
        assert!(ours.is_ok() || !theirs || !same_frame, "{text} {ours:?}");
    }
}

#[test]
fn ssh_keygen_takes_what_our_hands_sign_in_software_and_in_hardware() {
    let folder = tempfile::tempdir().unwrap();
    let statement = &all()[0];
    for kind in [
        Kind::SshEd25519,
        Kind::SshP256,
        Kind::HardwareEd25519,
        Kind::HardwareP256,
    ] {
        for number in 0..4 {
            let hand = Hand::new(kind, number);
            let (key, good) = (hand.key_text(), hand.sign(statement));
            assert!(
                ssh_accepts(folder.path(), &key, statement, &format!("{}\n", good.as_str())),
                "{kind:?}"
            );
            let value = hand.sign_bytes(&statement.to_bytes(), statement.namespace());
            let mut seed = number;
            for _ in 0..12 {
                let text = armour("SSH SIGNATURE", "", &mutant(&value, &mut seed));
                let ours = accepts(Scheme::Ssh, &key, statement, &text);
                assert_eq!(
                    ours.is_ok(),
                    ssh_accepts(folder.path(), &key, statement, &text),
                    "{kind:?} {text}"
                );
            }
        }
    }
}

/// A home of gpg, whose agent ends with it.
struct Home(tempfile::TempDir);

impl Home {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Makes a key; answers its certificate.
    fn key(&self, arguments: &[&str]) -> String {
        let common = [
            "--batch",
            "--quiet",
            "--passphrase",
            "",
            "--quick-generate-key",
            "Ada <ada@atlas.example>",
        ];
        must("gpg", &[&common[..], arguments].concat(), self.path(), b"");
        String::from_utf8(must("gpg", &["--armor", "--export"], self.path(), b"")).unwrap()
    }

    fn sign(&self, more: &[&str], bytes: &[u8]) -> String {
        let common = ["--batch", "--armor", "--detach-sign"];
        String::from_utf8(must("gpg", &[more, &common[..]].concat(), self.path(), bytes)).unwrap()
    }

    fn accepts(&self, bytes: &[u8], signature: &[u8]) -> bool {
        fs::write(self.path().join("signature"), signature).unwrap();
        let arguments = ["--batch", "--verify", "signature", "-"];
        run("gpg", &arguments, self.path(), bytes).status.success()
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        let _ = run("gpgconf", &["--kill", "gpg-agent"], self.path(), b"");
    }
}

#[test]
fn what_gpg_signs_is_taken_and_what_is_taken_it_takes() {
    for kind in ["ed25519", "nistp256", "rsa3072"] {
        let home = Home::new();
        let key = home.key(&[kind, "sign", "never"]);
        // Numbers that begin with zeros come up once in a while.
        for round in 0..8 {
            for statement in all() {
                let signature = home.sign(&[], &statement.to_bytes());
                assert_eq!(
                    accepts(Scheme::OpenPgp, &key, &statement, &signature),
                    Ok(()),
                    "{kind} {round}\n{signature}"
                );
            }
        }
        let statement = &all()[0];
        let signature = home.sign(&[], &statement.to_bytes());
        let text = SignatureText::parse(&signature).unwrap();
        let packet = text.pgp_bytes().unwrap();
        let mut seed = 2;
        for _ in 0..MUTANTS {
            let bytes = mutant(&packet, &mut seed);
            let ours = accepts(
                Scheme::OpenPgp,
                &key,
                statement,
                text_of(Scheme::OpenPgp, &bytes).as_str(),
            );
            assert!(
                ours.is_err() || home.accepts(&statement.to_bytes(), &bytes),
                "{kind} {bytes:?}"
            );
        }
        assert!(home.accepts(&statement.to_bytes(), &packet));
    }
}

#[test]
fn what_gpg_signs_otherwise_is_refused_as_it_says() {
    let home = Home::new();
    let key = home.key(&["ed25519", "sign", "never"]);
    let statement = &all()[0];
    let bytes = statement.to_bytes();
    for (more, taken) in [
        (["--digest-algo", "SHA256"].as_slice(), true),
        (&["--digest-algo", "SHA384"], true),
        (&["--textmode"], false),
        (&["--digest-algo", "SHA224"], false),
        (&["--no-emit-version", "--comment", "Ada <ada> [laptop]"], true),
        (&["--set-notation", "!critical@atlas.example=1"], false),
    ] {
        let result = accepts(Scheme::OpenPgp, &key, statement, &home.sign(more, &bytes));
        assert_eq!(result.is_ok(), taken, "{more:?} {result:?}");
    }
    let inline = String::from_utf8(must(
        "gpg",
        &["--batch", "--armor", "--sign"],
        home.path(),
        &bytes,
    ))
    .unwrap();
    assert!(find_armour(&inline).is_empty());
}

#[test]
fn keys_with_subkeys_expiry_and_revocation_made_by_gpg_are_judged_like_gpg_does() {
    let home = Home::new();
    home.key(&["ed25519", "cert", "never"]);
    let listed = String::from_utf8(must("gpg", &["--list-keys", "--with-colons"], home.path(), b"")).unwrap();
    let fingerprint = listed
        .lines()
        .find_map(|line| line.strip_prefix("fpr:::::::::"))
        .unwrap();
    let fingerprint = fingerprint.trim_end_matches(':');
    let add = |kind: &str, usage: &str, expiry: &str| {
        let arguments = [
            "--batch",
            "--passphrase",
            "",
            "--quick-add-key",
            fingerprint,
            kind,
            usage,
            expiry,
        ];
        must("gpg", &arguments, home.path(), b"");
    };
    add("cv25519", "encr", "never");
    add("ed25519", "sign", "30d");
    let export = || String::from_utf8(must("gpg", &["--armor", "--export"], home.path(), b"")).unwrap();
    let statement = &all()[0];
    let signature = home.sign(&[], &statement.to_bytes());
    let text = SignatureText::parse(&signature).unwrap();
    let created = {
        let listed =
            String::from_utf8(must("gpg", &["--list-keys", "--with-colons"], home.path(), b"")).unwrap();
        let subkey = listed
            .lines()
            .rfind(|line| line.starts_with("sub:"))
            .unwrap()
            .to_owned();
        subkey.split(':').nth(5).unwrap().parse::<i64>().unwrap()
    };
    let key = PublicKey::parse(Scheme::OpenPgp, &export()).unwrap();
    assert_eq!(key.fingerprint(), fingerprint);
    assert_eq!(key.identities().len(), 2);
    let days = |days: i64| Timestamp::from_seconds(created + days * 86_400);
    assert!(verify(statement, &text, &key, days(29)).is_ok());
    assert_eq!(
        verify(statement, &text, &key, days(31)),
        Err(VerifyError::Expired)
    );
    let revocation = fs::read_to_string(
        home.path()
            .join("openpgp-revocs.d")
            .join(format!("{fingerprint}.rev")),
    )
    .unwrap();
    let block = revocation.replace("\n:-----BEGIN", "\n-----BEGIN");
    must("gpg", &["--batch", "--import"], home.path(), block.as_bytes());
    let revoked = PublicKey::parse(Scheme::OpenPgp, &export()).unwrap();
    assert_eq!(
        verify(statement, &text, &revoked, days(1)),
        Err(VerifyError::Revoked)
    );
}
