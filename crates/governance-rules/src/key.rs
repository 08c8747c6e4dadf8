//! Whether the text of a key can be one at all. Whether it is a point of its curve is a question for those who verify with it.

use crate::model::{KeyText, Scheme};

/// Characters of a key: an OpenPGP certificate is the largest.
const KEY_CHARS_MAX: usize = 64 * 1024;

/// The X of points of secp256k1 whose secret everybody knows: 1, 2 and 3, and those of the test vectors of BIP340.
const KNOWN: &[&str] = &[
    "79be667ef9dcbbac55a06295ce870b07029bfcdb2dce28d959f2815b16f81798",
    "c6047f9441ed7d6d3045406e95c07cd85c778e4b8cef3ca7abac09b95c709ee5",
    "f9308a019258c31049344f85f89d5229b531c845836f99b08601f113bce036f9",
    "dff1d77f2a671c5f36183726db2341be58feae1da2deced843240f7b502ba659",
    "dd308afec5777e13121fa72b9cc1b7cc0139715309b086c960e18fd969774eb8",
    "25d1dff95105f5253c4022f628a996ad3a0d95fbf21d468a1b33f8c160d8f517",
];

/// Types of SSH keys that can sign a statement.
const SSH_TYPES: &[&str] = &[
    "ssh-ed25519",
    "sk-ssh-ed25519@openssh.com",
    "ecdsa-sha2-nistp256",
    "sk-ecdsa-sha2-nistp256@openssh.com",
];

/// What a key turns out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Judged {
    /// It may be one. The text is the same for every way to write the key, so that two people with one key are seen.
    Usable(String),
    /// It says itself that it is none.
    Placeholder,
    /// Everybody knows its secret.
    Known,
    /// It cannot be one; what belongs there.
    Bad(&'static str),
}

/// Judges the text of a key.
pub(crate) fn judge(key: &KeyText) -> Judged {
    let text = key.text.trim();
    if is_placeholder(text) {
        return Judged::Placeholder;
    }
    if text.len() > KEY_CHARS_MAX {
        return Judged::Bad("at most 64 KiB");
    }
    match key.scheme {
        Scheme::Secp256k1 => on_secp256k1(x_of_point(text), "66 hexadecimal digits that begin with 02 or 03"),
        Scheme::Bip340 => on_secp256k1(hex(text, 64), "64 hexadecimal digits"),
        Scheme::Ed25519 => match hex(text, 64) {
            Some(point) if is_one_digit(&point) => Judged::Known,
            Some(point) => Judged::Usable(format!("ed25519 {point}")),
            None => Judged::Bad("64 hexadecimal digits"),
        },
        Scheme::Ssh => ssh(text),
        Scheme::OpenPgp => match text.split_whitespace().collect::<String>() {
            text if text.is_empty() => Judged::Bad("an armoured public key"),
            text => Judged::Usable(format!("openpgp {text}")),
        },
    }
}

fn is_placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    ["placeholder", "changeme", "change_me", "replace_me", "your_key"]
        .iter()
        .any(|word| lower.contains(word))
        || text.contains(['[', '<', '…'])
}

fn on_secp256k1(x: Option<String>, expected: &'static str) -> Judged {
    match x {
        Some(x) if KNOWN.contains(&x.as_str()) || is_one_digit(&x) => Judged::Known,
        Some(x) => Judged::Usable(format!("secp256k1 {x}")),
        None => Judged::Bad(expected),
    }
}

/// The X of a point, compressed or not. Points with one X have one secret, up to its sign.
fn x_of_point(text: &str) -> Option<String> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    match (digits.len(), digits.get(..2)?) {
        (66, "02" | "03") => hex(&digits[2..], 64),
        (130, "04") => hex(&digits[2..], 128).map(|point| point[..64].to_owned()),
        (_, _) => None,
    }
}

fn hex(text: &str, digits: usize) -> Option<String> {
    let is_hex = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_hex.then(|| text.to_ascii_lowercase())
}

/// No key that was drawn consists of one digit.
fn is_one_digit(digits: &str) -> bool {
    let first = digits.chars().next();
    digits.chars().all(|digit| Some(digit) == first)
}

/// `ssh-ed25519 AAAA… comment`.
fn ssh(text: &str) -> Judged {
    let expected = "an Ed25519 or P-256 key as in a `.pub` file";
    let mut words = text.split_whitespace();
    match (words.next(), words.next()) {
        (Some(kind), Some(blob)) if SSH_TYPES.contains(&kind) => Judged::Usable(format!("ssh {blob}")),
        (_, _) => Judged::Bad(expected),
    }
}
