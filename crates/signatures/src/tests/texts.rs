//! Signatures are found in what people write, and in nothing that they quote.

use super::hand::{Hand, Kind};
use super::samples::{all, at};
use crate::{ARMOURS_MAX, SIGNATURE_TEXT_BYTES_MAX, SignatureText, VerifyError, find_armour, verify};

const SSH: &str = "-----BEGIN SSH SIGNATURE-----\nAAAA\n-----END SSH SIGNATURE-----";
const PGP: &str = "-----BEGIN PGP SIGNATURE-----\n\nAAAA\n-----END PGP SIGNATURE-----";

fn found(text: &str) -> Vec<String> {
    find_armour(text)
        .iter()
        .map(|found| found.as_str().to_owned())
        .collect()
}

#[test]
fn every_armour_is_found_wherever_it_stands() {
    assert_eq!(found(SSH), [SSH]);
    assert_eq!(
        found(&format!("Fine.\n\n```\n{SSH}\n```\nand\n{PGP}\nbye")),
        [SSH, PGP]
    );
    assert_eq!(found(&format!("    {}", SSH.replace('\n', "\r\n    "))), [SSH]);
}

#[test]
fn what_is_quoted_or_not_closed_is_nobodys() {
    let quoted = format!("> {}", SSH.replace('\n', "\n> "));
    assert!(found(&quoted).is_empty());
    assert!(found("-----BEGIN SSH SIGNATURE-----\nAAAA").is_empty());
    assert_eq!(found(&format!("-----BEGIN SSH SIGNATURE-----\nAA\n{PGP}")), [PGP]);
    assert!(found("say -----BEGIN SSH SIGNATURE----- and\n-----END SSH SIGNATURE-----").is_empty());
}

#[test]
fn one_line_alone_is_a_signature_and_words_are_none() {
    let line = "0xAB+/=".repeat(13);
    assert_eq!(found(&format!(" {line} \n")), [line]);
    assert!(found("lgtm").is_empty());
    assert!(found("please sign").is_empty());
    assert!(found("").is_empty());
    assert_eq!(found(&format!("{SSH}\nAAAA")), [SSH]);
}

#[test]
fn no_more_and_no_longer_ones_are_taken_than_the_limits_say() {
    let many = [PGP; ARMOURS_MAX + 5].join("\n");
    assert_eq!(found(&many).len(), ARMOURS_MAX);
    let long = SSH.replace("AAAA", &"A".repeat(SIGNATURE_TEXT_BYTES_MAX));
    assert_eq!(found(&format!("{long}\n{PGP}")), [PGP]);
    assert!(found(&"A".repeat(SIGNATURE_TEXT_BYTES_MAX + 1)).is_empty());
    let error = SignatureText::parse(&"A".repeat(SIGNATURE_TEXT_BYTES_MAX + 1)).unwrap_err();
    assert_eq!(
        error,
        VerifyError::TooLong {
            bytes_max: SIGNATURE_TEXT_BYTES_MAX
        }
    );
    assert!(SignatureText::parse("two words").is_err());
}

/// The texts of one signature, and whether each is taken.
#[test]
fn armour_may_be_indented_and_ended_otherwise_and_nothing_else() {
    let statement = &all()[0];
    for kind in [Kind::SshEd25519, Kind::PgpEd25519] {
        let hand = Hand::new(kind, 1);
        let (key, good) = (hand.key(), hand.sign(statement).as_str().to_owned());
        let lines: Vec<&str> = good.lines().collect();
        let body = if kind == Kind::SshEd25519 { 1 } else { 2 };
        let bare = lines[body..lines.len() - 1].concat();
        let without_end = lines[..lines.len() - 1].join("\n");
        let beside = |line: &str| {
            let mut lines = lines.clone();
            lines.insert(body, line);
            lines.join("\n")
        };
        for (text, taken) in [
            (good.clone(), true),
            (good.replace('\n', "\r\n"), true),
            (format!("  {}", good.replace('\n', "\n  ")), true),
            (bare.clone(), true),
            (beside(""), true),
            (format!("{bare}="), false),
            (bare[..bare.len() - 4].to_owned(), false),
            (without_end, false),
            (format!("{good}\nmore"), false),
            (format!("{good}\n{good}"), false),
            (beside("> "), false),
            (beside("AA=="), false),
            (beside("é"), false),
        ] {
            let result = SignatureText::parse(&text).and_then(|text| verify(statement, &text, &key, at()));
            assert_eq!(result.is_ok(), taken, "{kind:?} {text} {result:?}");
        }
    }
}

#[test]
fn the_checksum_of_armour_must_fit_if_there_is_one() {
    let statement = &all()[0];
    let hand = Hand::new(Kind::PgpP256, 1);
    let good = hand.sign(statement).as_str().to_owned();
    let with = |line: &str| good.replace("\n-----END", &format!("\n{line}\n-----END"));
    let checksum = checksum(&hand.sign_bytes(&statement.to_bytes(), ""));
    for (text, taken) in [
        (with(&checksum), true),
        (with("=AAAA"), false),
        (with("=AAA"), false),
        (with("AAAA"), false),
    ] {
        let result = verify(
            statement,
            &SignatureText::parse(&text).unwrap(),
            &hand.key(),
            at(),
        );
        assert_eq!(result.is_ok(), taken, "{text} {result:?}");
    }
}

/// Another way to reckon the checksum of RFC 9580, section 6.1: by the remainder of a long division.
fn checksum(bytes: &[u8]) -> String {
    let mut rest: u64 = 0x00b7_04ce;
    for bit in bytes
        .iter()
        .flat_map(|byte| (0..8).rev().map(move |place| u64::from(byte >> place) & 1))
    {
        let carry = (rest >> 23) ^ bit;
        rest = ((rest << 1) & 0x00ff_ffff) ^ ((carry & 1) * 0x0086_4cfb);
    }
    let bytes = rest.to_be_bytes();
    format!("={}", crate::encoding::base64(&bytes[5..]))
}

#[test]
fn values_on_one_line_are_hexadecimal_digits_or_base64() {
    let statement = &all()[0];
    for kind in [Kind::Ed25519, Kind::Bip340, Kind::Compact, Kind::Der] {
        let hand = Hand::new(kind, 1);
        let hex = hand.sign(statement).as_str().to_owned();
        let base64 = crate::encoding::base64(&hand.sign_bytes(&statement.to_bytes(), ""));
        for (text, taken) in [
            (hex.clone(), true),
            (hex.to_uppercase(), true),
            (format!("0x{hex}"), true),
            (base64.clone(), true),
            (format!("{hex}00"), false),
            (hex[2..].to_owned(), false),
            (format!("00{hex}"), false),
            (SSH.to_owned(), false),
        ] {
            let text = SignatureText::parse(&text).unwrap();
            let result = verify(statement, &text, &hand.key(), at());
            assert_eq!(result.is_ok(), taken, "{kind:?} {text:?} {result:?}");
        }
    }
}
