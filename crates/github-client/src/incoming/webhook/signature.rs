//! Whether a body was signed with one of our secrets: over the raw bytes, before anything reads them.

use hmac::{Hmac, KeyInit as _, Mac as _};
use sha2::Sha256;
use std::fmt;

/// Bytes of a digest.
const DIGEST_BYTES: usize = 32;

/// A secret that GitHub signs with. It is never shown, not even by `Debug`.
#[derive(Clone)]
pub struct Secret(Vec<u8>);

impl Secret {
    /// From its text. Whether it is a good secret is for the configuration to say.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into().into_bytes())
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("Secret(hidden)")
    }
}

/// Why a body does not count as GitHub's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum SignatureError {
    /// No `X-Hub-Signature-256`.
    #[error("the signature is missing")]
    Missing,
    /// More than one: which of them is meant, nobody can say.
    #[error("there is more than one signature")]
    Repeated,
    /// Not `sha256=` and 64 lower-case hexadecimal digits.
    #[error("the signature is not of the form sha256= and 64 lower-case hexadecimal digits")]
    Malformed,
    /// No secret is configured, so nothing can be right.
    #[error("there is no secret to check the signature with")]
    NoSecret,
    /// It was made with another secret, or over other bytes.
    #[error("the signature is wrong")]
    Wrong,
}

/// Which of `secrets` signed `body`, by the values of its `X-Hub-Signature-256` headers.
///
/// All secrets are tried, whichever fits, and each in constant time: how long it takes says nothing about them.
///
/// # Errors
///
/// [`SignatureError`], which says no more than what the sender knows already.
pub fn verify_signature<V: AsRef<[u8]>>(
    secrets: &[Secret],
    header_values: impl IntoIterator<Item = V>,
    body: &[u8],
) -> Result<usize, SignatureError> {
    let mut values = header_values.into_iter();
    let value = values.next().ok_or(SignatureError::Missing)?;
    if values.next().is_some() {
        return Err(SignatureError::Repeated);
    }
    let signature = parse(value.as_ref()).ok_or(SignatureError::Malformed)?;
    if secrets.is_empty() {
        return Err(SignatureError::NoSecret);
    }
    let mut matched = None;
    for (index, secret) in secrets.iter().enumerate() {
        if signed_by(secret, body, &signature) && matched.is_none() {
            matched = Some(index);
        }
    }
    matched.ok_or(SignatureError::Wrong)
}

fn signed_by(secret: &Secret, body: &[u8], signature: &[u8; DIGEST_BYTES]) -> bool {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(&secret.0) else {
        return false;
    };
    mac.update(body);
    mac.verify_slice(signature).is_ok()
}

/// The exact form: an upper-case digit, a blank or another algorithm is no signature.
fn parse(value: &[u8]) -> Option<[u8; DIGEST_BYTES]> {
    let digits = value.strip_prefix(b"sha256=")?;
    let (pairs, rest) = digits.as_chunks::<2>();
    if pairs.len() != DIGEST_BYTES || !rest.is_empty() {
        return None;
    }
    let mut digest = [0; DIGEST_BYTES];
    for (byte, [high, low]) in digest.iter_mut().zip(pairs) {
        *byte = (digit(*high)? << 4) | digit(*low)?;
    }
    Some(digest)
}

fn digit(character: u8) -> Option<u8> {
    match character {
        b'0'..=b'9' => Some(character - b'0'),
        b'a'..=b'f' => Some(character - b'a' + 10),
        _ => None,
    }
}
