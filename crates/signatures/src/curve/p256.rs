//! ECDSA over P-256 (FIPS 186-5). Both halves of S are taken, as everybody who signs with it expects: a vote is a person's, not a signature's.

use p256::ecdsa::signature::hazmat::PrehashVerifier as _;
use p256::ecdsa::{Signature, VerifyingKey};

/// Bytes of a point that is written whole: 04, X and Y.
const POINT_BYTES: usize = 65;

/// A point that can verify.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct P256Key {
    key: VerifyingKey,
    x: [u8; 32],
}

impl P256Key {
    /// The point of 65 bytes, if it is on the curve.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        if bytes.len() != POINT_BYTES {
            return None;
        }
        Some(Self {
            key: VerifyingKey::from_sec1_bytes(bytes).ok()?,
            x: bytes[1..33].try_into().ok()?,
        })
    }

    /// The X of the point: whoever knows the secret for it knows that of the point below.
    pub(crate) fn x(&self) -> &[u8; 32] {
        &self.x
    }

    /// Whether R and S are a signature of a digest, of which the first 32 bytes count.
    pub(crate) fn verifies(&self, digest: &[u8], r: &[u8; 32], s: &[u8; 32]) -> bool {
        let Ok(signature) = Signature::from_scalars(*r, *s) else {
            return false;
        };
        self.key.verify_prehash(digest, &signature).is_ok()
    }
}
