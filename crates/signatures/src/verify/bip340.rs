//! BIP340 over a tagged digest of the statement: no message of another purpose has the same digest.

use super::one_line;
use crate::curve::secp256k1::Bip340Key;
use crate::{KeyIdentity, SignatureText, VerifyError};

/// R and S.
const SIGNATURE_BYTES: usize = 64;

pub(super) fn verify(
    digest: &[u8; 32],
    signature: &SignatureText,
    key: &Bip340Key,
) -> Result<KeyIdentity, VerifyError> {
    let signature = one_line(signature)
        .filter(|signature| signature.len() == SIGNATURE_BYTES)
        .ok_or(VerifyError::expected(
            "128 hexadecimal digits, or base64 of 64 bytes",
        ))?;
    match key.verifies(digest, &signature) {
        true => Ok(KeyIdentity::secp256k1(&key.x())),
        false => Err(VerifyError::Mismatch),
    }
}
