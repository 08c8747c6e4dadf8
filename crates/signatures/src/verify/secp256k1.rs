//! ECDSA over secp256k1 and SHA-256, as the keys that there are already sign: 64 bytes, or DER; only the lower S.

use super::one_line;
use crate::curve::secp256k1::Secp256k1Key;
use crate::{KeyIdentity, SignatureText, VerifyError};
use domain_types::Sha256Digest;

/// R and S.
const COMPACT_BYTES: usize = 64;
/// The first byte of DER.
const SEQUENCE: u8 = 0x30;

pub(super) fn verify(
    bytes: &[u8],
    signature: &SignatureText,
    key: &Secp256k1Key,
) -> Result<KeyIdentity, VerifyError> {
    let digest = *Sha256Digest::of(bytes).as_bytes();
    let signature = one_line(signature).unwrap_or_default();
    let fits = match (signature.len(), signature.first()) {
        (COMPACT_BYTES, _) => key.verifies_compact(digest, &signature),
        (_, Some(&SEQUENCE)) => key.verifies_der(digest, &signature),
        (_, _) => {
            let expected = "128 hexadecimal digits, or DER in hexadecimal digits";
            return Err(VerifyError::expected(expected));
        }
    };
    match fits {
        true => Ok(KeyIdentity::secp256k1(&key.x())),
        false => Err(VerifyError::Mismatch),
    }
}
