//! What is a key, what is none, and which texts are one key.

use super::hand::{Hand, KINDS, Kind, armour};
use crate::encoding::{base64, hex, unhex};
use crate::wire::put_string;
use crate::{KEY_TEXT_BYTES_MAX, KeyError, KeyIdentity, PublicKey, Scheme};
use std::collections::BTreeSet;

fn parse(scheme: Scheme, text: &str) -> Result<PublicKey, KeyError> {
    PublicKey::parse(scheme, text)
}

/// How a text is refused, in a word.
fn refusal(scheme: Scheme, text: &str) -> &'static str {
    match parse(scheme, text) {
        Ok(_) => "good",
        Err(KeyError::Placeholder) => "placeholder",
        Err(KeyError::WellKnown) => "well known",
        Err(KeyError::Malformed { .. }) => "malformed",
    }
}

/// A text of a key of SSH: its type, its strings.
fn ssh(kind: &str, strings: &[&[u8]]) -> String {
    let mut blob = Vec::new();
    for string in strings {
        put_string(&mut blob, string);
    }
    format!("{kind} {}", base64(&blob))
}

const GOOD: &str = "02d8e2a6e5c5a2ae3d5d0d3b3f2ac3c5d09b6f0a5f1f8c8a4b5e6d7c8a9b0c1d2e";

#[test]
fn hexadecimal_keys_are_read_in_both_cases_and_with_or_without_their_mark() {
    let hand = Hand::new(Kind::Compact, 1);
    let (text, key) = (hand.key_text(), hand.key());
    for spelling in [
        text.to_uppercase(),
        format!("0x{text}"),
        format!("  {text}\n"),
        format!("0x{}", text.to_uppercase()),
    ] {
        assert_eq!(parse(Scheme::Secp256k1, &spelling), Ok(key.clone()), "{spelling}");
    }
    assert_eq!((key.to_string(), key.fingerprint()), (text.clone(), text));
}

#[test]
fn what_stands_for_a_key_is_a_placeholder() {
    for (scheme, text) in [
        (Scheme::Secp256k1, "0x02[PLACEHOLDER_64_CHAR_HEX]"),
        (Scheme::Secp256k1, "0x04[64 chars]"),
        (Scheme::Secp256k1, "<your key>"),
        (Scheme::Secp256k1, "02…"),
        (Scheme::Bip340, "changeme"),
        (Scheme::Ed25519, "YOUR_KEY_HERE"),
        (Scheme::Ssh, "ssh-ed25519 <AAAA> ada"),
        (Scheme::Ssh, "ssh-ed25519 AAAA placeholder"),
        (
            Scheme::OpenPgp,
            "-----BEGIN PGP PUBLIC KEY BLOCK-----\n[paste it here]\n-----END PGP PUBLIC KEY BLOCK-----",
        ),
        (Scheme::OpenPgp, "PLACEHOLDER"),
    ] {
        assert_eq!(refusal(scheme, text), "placeholder", "{text}");
    }
}

#[test]
fn a_comment_with_brackets_makes_no_placeholder_of_a_key() {
    let text = Hand::new(Kind::SshEd25519, 1).key_text();
    for comment in ["", "Ada <ada@atlas.example>", "[laptop]", "a b c", "…"] {
        let words: Vec<&str> = text.split(' ').take(2).chain([comment]).collect();
        assert_eq!(refusal(Scheme::Ssh, &words.join(" ")), "good", "{comment}");
    }
}

#[test]
fn keys_whose_secret_everybody_knows_are_refused_in_every_scheme() {
    let generator = "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798";
    let rfc8032 = "d75a980182b10ab7d54bfed3c964073a0ee172f3daa62325af021a68f707511a";
    let point = unhex(rfc8032).unwrap();
    for (scheme, text) in [
        (Scheme::Secp256k1, format!("02{generator}")),
        (Scheme::Secp256k1, format!("0x03{}", generator.to_uppercase())),
        (Scheme::Bip340, generator.to_owned()),
        (
            Scheme::Bip340,
            "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9".to_owned(),
        ),
        (
            Scheme::Bip340,
            "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659".to_owned(),
        ),
        (Scheme::Secp256k1, format!("02{}", "0".repeat(64))),
        (Scheme::Secp256k1, format!("04{}", "0".repeat(128))),
        (Scheme::Secp256k1, format!("0x02{}", "11".repeat(32))),
        (Scheme::Bip340, "0".repeat(64)),
        (Scheme::Bip340, "F".repeat(64)),
        (Scheme::Ed25519, "0".repeat(64)),
        (Scheme::Ed25519, rfc8032.to_owned()),
        (Scheme::Ssh, ssh("ssh-ed25519", &[b"ssh-ed25519", &point])),
        (Scheme::Ssh, ssh("ssh-ed25519", &[b"ssh-ed25519", &[0; 32]])),
        (
            Scheme::Ssh,
            ssh(
                "sk-ssh-ed25519@openssh.com",
                &[b"sk-ssh-ed25519@openssh.com", &point, b"ssh:"],
            ),
        ),
    ] {
        assert_eq!(refusal(scheme, &text), "well known", "{text}");
    }
}

/// The multiples of the generators, and the secrets that people write first, reckoned anew.
#[test]
fn the_list_of_well_known_keys_is_what_it_says() {
    let secret = |number: u8| {
        let mut secret = [0; 32];
        secret[31] = number;
        secret
    };
    let of_digit = |digit: u8| [digit << 4 | digit; 32];
    let simple: Vec<[u8; 32]> = (1..=16).map(secret).chain((1..15).map(of_digit)).collect();
    for secret in simple {
        let point = secp256k1::Keypair::from_secret_bytes(secret)
            .unwrap()
            .public_key();
        assert_eq!(
            refusal(Scheme::Secp256k1, &hex(&point.serialize())),
            "well known",
            "{secret:?}"
        );
    }
    for number in 1..=16 {
        let key = p256::ecdsa::SigningKey::from_slice(&secret(number)).unwrap();
        let point = super::hand::point_of(&key);
        let text = ssh(
            "ecdsa-sha2-nistp256",
            &[b"ecdsa-sha2-nistp256", b"nistp256", &point],
        );
        assert_eq!(refusal(Scheme::Ssh, &text), "well known", "{number}");
    }
    for byte in [0, 1, 2, 3, 0x42, 0xff] {
        let key = ed25519_dalek::SigningKey::from_bytes(&[byte; 32]);
        assert_eq!(
            refusal(Scheme::Ed25519, &hex(key.verifying_key().as_bytes())),
            "well known",
            "{byte}"
        );
    }
}

/// Refuses each of these texts of a scheme, or not, as it says.
fn judged(scheme: Scheme, texts: &[(String, &str)]) {
    for (text, expected) in texts {
        assert_eq!(refusal(scheme, text), *expected, "{scheme} {text}");
    }
}

#[test]
fn what_is_no_point_of_secp256k1_in_its_one_spelling_is_no_key() {
    let p = "fffffffffffffffffffffffffffffffffffffffffffffffffffffffefffffc2f";
    judged(
        Scheme::Secp256k1,
        &[
            (GOOD[..64].to_owned(), "malformed"),
            (format!("05{}", &GOOD[2..]), "malformed"),
            (format!("02{p}"), "malformed"),
            (format!("02{}", "0".repeat(63) + "5"), "malformed"),
            (String::new(), "malformed"),
        ],
    );
    judged(
        Scheme::Bip340,
        &[
            (p.to_owned(), "malformed"),
            ("0".repeat(63) + "5", "malformed"),
            (format!("02{}", &GOOD[2..]), "malformed"),
        ],
    );
}

/// No point has this Y; one above 2^255 - 19; the point of order one, and others of small order.
#[test]
fn what_is_no_point_of_ed25519_in_its_one_spelling_or_a_weak_one_is_no_key() {
    let good = Hand::new(Kind::Ed25519, 1).key_text();
    let order_eight = "c7176a703d4dd84fba3c0b760d10670f2a2053fa2c39ccc64ec7fd7792ac037a";
    judged(
        Scheme::Ed25519,
        &[
            (good[..62].to_owned(), "malformed"),
            (format!("02{}", "0".repeat(62)), "malformed"),
            (format!("ee{}7f", "ff".repeat(30)), "malformed"),
            (format!("f0{}ff", "ff".repeat(30)), "malformed"),
            (format!("01{}", "0".repeat(62)), "well known"),
            (format!("ec{}7f", "ff".repeat(30)), "well known"),
            (order_eight.to_owned(), "well known"),
        ],
    );
}

#[test]
fn an_ssh_key_of_p256_is_a_whole_point_on_the_curve() {
    let point = super::hand::point_of(&p256::ecdsa::SigningKey::from_slice(&[9; 32]).unwrap());
    let mut off = point.clone();
    off[64] ^= 1;
    let plain = |point: &[u8]| {
        ssh(
            "ecdsa-sha2-nistp256",
            &[b"ecdsa-sha2-nistp256", b"nistp256", point],
        )
    };
    let compressed = [&[2 + (point[64] & 1)], &point[1..33]].concat();
    let hybrid = [&[6 + (point[64] & 1)], &point[1..]].concat();
    let p384 = ssh(
        "ecdsa-sha2-nistp256",
        &[b"ecdsa-sha2-nistp256", b"nistp384", &point],
    );
    judged(
        Scheme::Ssh,
        &[
            (plain(&point), "good"),
            (plain(&off), "malformed"),
            (plain(&compressed), "malformed"),
            (plain(&hybrid), "malformed"),
            (plain(&[0]), "malformed"),
            (p384, "malformed"),
        ],
    );
}

#[test]
fn an_ssh_key_has_exactly_the_strings_of_its_type() {
    let point = unhex(&Hand::new(Kind::Ed25519, 1).key_text()).unwrap();
    let good = ssh("ssh-ed25519", &[b"ssh-ed25519", &point]);
    let hardware = "sk-ssh-ed25519@openssh.com";
    judged(
        Scheme::Ssh,
        &[
            (good.clone(), "good"),
            (good[12..].to_owned(), "malformed"),
            (format!("{good}="), "malformed"),
            (good.replace("ssh-ed25519 ", "ssh-rsa "), "malformed"),
            (format!("no-pty {good}"), "malformed"),
            (format!("{good} one\n{good} two"), "malformed"),
            (ssh("ssh-ed25519", &[b"ssh-ed25519", &point, b""]), "malformed"),
            (ssh("ssh-ed25519", &[b"ssh-ed25519", &point[1..]]), "malformed"),
            (
                ssh("ssh-rsa", &[b"ssh-rsa", &[1, 0, 1], &[0xc1; 384]]),
                "malformed",
            ),
            (ssh(hardware, &[hardware.as_bytes(), &point]), "malformed"),
            (ssh(hardware, &[hardware.as_bytes(), &point, b"ssh:"]), "good"),
            ("ssh-ed25519".to_owned(), "malformed"),
        ],
    );
}

#[test]
fn what_is_no_certificate_is_no_key() {
    let public = |bytes: &[u8]| armour("PGP PUBLIC KEY BLOCK", "\n", bytes);
    judged(
        Scheme::OpenPgp,
        &[
            (String::new(), "malformed"),
            ("A".repeat(KEY_TEXT_BYTES_MAX + 1), "malformed"),
            (public(b""), "malformed"),
            (public(&[0xc6, 1, 4]), "malformed"),
            (armour("PGP PRIVATE KEY BLOCK", "\n", &[0xc5, 1, 4]), "malformed"),
        ],
    );
}

#[test]
fn one_secret_has_one_identity_in_all_schemes_and_spellings() {
    let identity = |kind| Hand::new(kind, 3).key().identity();
    let ed25519 = [
        Kind::Ed25519,
        Kind::SshEd25519,
        Kind::HardwareEd25519,
        Kind::PgpEd25519,
    ]
    .map(identity);
    let secp256k1 = [Kind::Bip340, Kind::Compact, Kind::Der].map(identity);
    let p256 = [Kind::SshP256, Kind::HardwareP256, Kind::PgpP256].map(identity);
    for same in [&ed25519[..], &secp256k1, &p256] {
        assert!(same.windows(2).all(|pair| pair[0] == pair[1]), "{same:?}");
    }
    let all: BTreeSet<KeyIdentity> = KINDS.map(identity).into_iter().collect();
    assert_eq!(all.len(), 3);
    let other = |kind| Hand::new(kind, 4).key().identity();
    assert!(KINDS.map(other).iter().all(|key| !all.contains(key)));
}

#[test]
fn both_points_with_one_x_and_the_long_spelling_are_one_key() {
    let text = Hand::new(Kind::Compact, 5).key_text();
    let x = &text[2..];
    let point = secp256k1::PublicKey::from_slice(&unhex(&text).unwrap()).unwrap();
    let long = hex(&point.serialize_uncompressed());
    let identities: BTreeSet<KeyIdentity> = [
        (Scheme::Secp256k1, format!("02{x}")),
        (Scheme::Secp256k1, format!("0x03{x}")),
        (Scheme::Secp256k1, long.clone()),
        (Scheme::Bip340, x.to_owned()),
    ]
    .into_iter()
    .map(|(scheme, text)| parse(scheme, &text).unwrap().identity())
    .collect();
    assert_eq!(identities.len(), 1);
    assert_eq!(
        refusal(Scheme::Secp256k1, &format!("06{}", &long[2..])),
        "malformed"
    );
    assert_eq!(
        refusal(Scheme::Secp256k1, &format!("07{}", &long[2..])),
        "malformed"
    );
}

#[test]
fn an_identity_is_read_back_as_it_was_written() {
    for kind in KINDS {
        let identity = Hand::new(kind, 6).key().identity();
        assert_eq!(identity.as_str().parse(), Ok(identity.clone()));
    }
    for bad in ["", "ed25519:", "ed25519:00", "rsa2:00", "ED25519:00"] {
        assert!(bad.parse::<KeyIdentity>().is_err(), "{bad}");
        let upper = format!("p256:{}", "A".repeat(64));
        assert!(upper.parse::<KeyIdentity>().is_err());
    }
}

#[test]
fn schemes_have_the_words_of_the_rules() {
    for (scheme, word) in [
        (Scheme::Ssh, "ssh"),
        (Scheme::OpenPgp, "openpgp"),
        (Scheme::Bip340, "bip340"),
        (Scheme::Ed25519, "ed25519"),
        (Scheme::Secp256k1, "secp256k1"),
    ] {
        assert_eq!((scheme.to_string().as_str(), word.parse()), (word, Ok(scheme)));
    }
    assert!("SSH".parse::<Scheme>().is_err());
}

#[test]
fn a_certificate_is_one_key_whatever_its_armour_says() {
    let hand = Hand::new(Kind::PgpEd25519, 7);
    let (text, key) = (hand.key_text(), hand.key());
    let commented = text.replacen("-----\n\n", "-----\nVersion: 1\nComment: <ada> [laptop]\n\n", 1);
    assert_ne!(commented, text);
    assert_eq!(parse(Scheme::OpenPgp, &commented), Ok(key.clone()));
    assert_eq!(key.fingerprint().len(), 40);
    assert!(
        key.fingerprint()
            .bytes()
            .all(|digit| matches!(digit, b'0'..=b'9' | b'A'..=b'F'))
    );
}
