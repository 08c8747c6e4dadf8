//! Ed25519 over the bytes of the statement: their first line says what they are, which no message of another protocol begins with.

use super::one_line;
use crate::curve::ed25519::Ed25519Key;
use crate::{KeyIdentity, SignatureText, VerifyError};

/// R and S.
const SIGNATURE_BYTES: usize = 64;

pub(super) fn verify(
    bytes: &[u8],
    signature: &SignatureText,
    key: &Ed25519Key,
) -> Result<KeyIdentity, VerifyError> {
    let signature = one_line(signature)
        .filter(|signature| signature.len() == SIGNATURE_BYTES)
        .ok_or(VerifyError::expected(
            "128 hexadecimal digits, or base64 of 64 bytes",
        ))?;
    match key.verifies(bytes, &signature) {
        true => Ok(KeyIdentity::ed25519(key)),
        false => Err(VerifyError::Mismatch),
    }
}
