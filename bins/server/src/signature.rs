//! Did GitHub sign these bytes? HMAC-SHA256 over the body as it came, compared in constant time.
//!
//! The headers are not signed: whoever has a signed body may send it again under another name. So a delivery is a hint, and
//! nothing is decided on it.

use crate::webhook_secret::WebhookSecrets;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// Bytes of an HMAC-SHA256.
const SIGNATURE_BYTES: usize = 32;

/// What the header says: `sha256=` and 64 lower hexadecimal digits, nothing else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signature([u8; SIGNATURE_BYTES]);

impl Signature {
    /// Reads the header's value.
    pub fn parse(header: &[u8]) -> Option<Self> {
        let hex = header.strip_prefix(b"sha256=")?;
        if hex.len() != 2 * SIGNATURE_BYTES {
            return None;
        }
        let mut bytes = [0; SIGNATURE_BYTES];
        for (byte, pair) in bytes.iter_mut().zip(hex.chunks_exact(2)) {
            *byte = nibble(pair[0])? << 4 | nibble(pair[1])?;
        }
        Some(Self(bytes))
    }
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        _ => None,
    }
}

/// Which secret signed the body: 0 the one in use, 1 the one that follows it. Each is tried, whether or not another fits, so that
/// the time tells nothing.
pub fn signed_by(secrets: &WebhookSecrets, body: &[u8], signature: &Signature) -> Option<usize> {
    let mut signer = None;
    for (index, secret) in secrets.all().enumerate() {
        let fits = fits(secret.bytes(), body, signature);
        signer = if fits && signer.is_none() {
            Some(index)
        } else {
            signer
        };
    }
    signer
}

fn fits(secret: &[u8], body: &[u8], signature: &Signature) -> bool {
    // HMAC takes a key of any length; that it could not is no reason to let anybody in.
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else {
        return false;
    };
    mac.update(body);
    mac.verify_slice(&signature.0).is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::webhook_secret::WebhookSecret;

    /// From GitHub's page on validating deliveries.
    const VECTOR: &str = "sha256=757107ea0eb2509fc211221cce984b8a37570b6d7586c22c46f4379c8b043e17";

    #[test]
    fn the_documented_vector_fits_and_no_neighbour_does() {
        let signature = Signature::parse(VECTOR.as_bytes()).unwrap();
        assert!(fits(b"It's a Secret to Everybody", b"Hello, World!", &signature));
        assert!(!fits(b"It's a Secret to Everybody", b"Hello, World", &signature));
        assert!(!fits(
            b"It's a Secret to Everybody.",
            b"Hello, World!",
            &signature
        ));
        for bit in 0..8 * SIGNATURE_BYTES {
            let mut flipped = signature;
            flipped.0[bit / 8] ^= 1 << (bit % 8);
            assert!(
                !fits(b"It's a Secret to Everybody", b"Hello, World!", &flipped),
                "bit {bit}"
            );
        }
    }

    #[test]
    fn a_header_is_read_in_one_form_only() {
        let hex = &VECTOR["sha256=".len()..];
        let rows = [
            (VECTOR.to_owned(), true),
            (String::new(), false),
            (hex.to_owned(), false),
            (format!("sha1={}", &hex[..40]), false),
            (format!("sha256={}", &hex[..63]), false),
            (format!("sha256={hex}0"), false),
            (format!("SHA256={hex}"), false),
            (format!("sha256={}", hex.to_uppercase()), false),
            (format!("sha256= {hex}"), false),
            (format!("sha256={hex} "), false),
            (format!("sha256={}", "g".repeat(64)), false),
        ];
        for (text, read) in rows {
            assert_eq!(Signature::parse(text.as_bytes()).is_some(), read, "{text}");
        }
    }

    #[test]
    fn either_of_two_secrets_counts_and_it_is_known_which() {
        let secret = |text: &str| WebhookSecret::new(text.to_owned()).unwrap();
        let (old, new) = (secret("k7!vQ2#pLz9@rT4$"), secret("n3^wB8*mXc6&yH1("));
        let both = WebhookSecrets::new(old.clone(), Some(new.clone())).unwrap();
        let sign = |secret: &WebhookSecret| {
            let mut mac = Hmac::<Sha256>::new_from_slice(secret.bytes()).unwrap();
            mac.update(b"{}");
            Signature(mac.finalize().into_bytes().into())
        };
        assert_eq!(signed_by(&both, b"{}", &sign(&old)), Some(0));
        assert_eq!(signed_by(&both, b"{}", &sign(&new)), Some(1));
        assert_eq!(signed_by(&both, b"{} ", &sign(&new)), None);
        let only_new = WebhookSecrets::new(new, None).unwrap();
        assert_eq!(signed_by(&only_new, b"{}", &sign(&old)), None);
    }
}
