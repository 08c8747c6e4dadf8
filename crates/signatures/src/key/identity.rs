//! One name for each key, whatever scheme it signs with and however it is written.

use crate::curve::ed25519::Ed25519Key;
use crate::curve::p256::P256Key;
use crate::curve::rsa::RsaKey;
use crate::encoding::hex;
use domain_types::{Invalid, Sha256Digest};
use std::fmt;
use std::str::FromStr;

/// What stands before the digits, for each kind of key.
const KINDS: [&str; 4] = ["ed25519:", "secp256k1:", "p256:", "rsa:"];
/// Digits of an identity: a point's coordinate, or a digest.
const DIGITS: usize = 64;

/// The canonical name of a key: the curve and the point, such as `ed25519:` and 64 digits.
///
/// Two texts of one secret have one identity: an SSH key and the bare Ed25519 point in it; an X of BIP340 and the two points of
/// secp256k1 that have it; an OpenPGP certificate with other comments or another date. RSA keys are named by a digest of their modulus.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct KeyIdentity(String);

impl KeyIdentity {
    pub(crate) fn ed25519(key: &Ed25519Key) -> Self {
        Self(format!("ed25519:{}", hex(key.bytes())))
    }

    pub(crate) fn secp256k1(x: &[u8; 32]) -> Self {
        Self(format!("secp256k1:{}", hex(x)))
    }

    pub(crate) fn p256(key: &P256Key) -> Self {
        Self(format!("p256:{}", hex(key.x())))
    }

    pub(crate) fn rsa(key: &RsaKey) -> Self {
        Self(format!("rsa:{}", Sha256Digest::of(&key.modulus()).hex()))
    }

    /// The name, in printable ASCII without spaces.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for KeyIdentity {
    type Err = Invalid;

    /// Reads a name that was stored. It does not look whether there is such a point.
    fn from_str(text: &str) -> Result<Self, Invalid> {
        let is_digits = |digits: &str| {
            digits.len() == DIGITS
                && digits
                    .bytes()
                    .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'))
        };
        let known = |kind: &&str| text.strip_prefix(*kind).is_some_and(is_digits);
        if KINDS.iter().any(known) {
            return Ok(Self(text.to_owned()));
        }
        Err(Invalid {
            kind: "key identity",
            text: text.chars().take(Invalid::TEXT_CHARS_MAX).collect(),
            rule: "ed25519:, secp256k1:, p256: or rsa: and 64 lower-case hexadecimal digits",
        })
    }
}

impl fmt::Display for KeyIdentity {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}
