//! Ed25519 (RFC 8032), read narrowly: one spelling for each point, and no point of small order.

use crate::KeyError;
use ed25519_dalek::{Signature, VerifyingKey};

/// A point that can verify.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Ed25519Key(VerifyingKey);

impl Ed25519Key {
    /// The point of 32 bytes.
    ///
    /// # Errors
    /// [`KeyError::WellKnown`] for points of small order: anybody can sign for those.
    pub(crate) fn read(bytes: &[u8]) -> Result<Self, KeyError> {
        let malformed = KeyError::Malformed {
            expected: "a point of Ed25519 in its one spelling",
        };
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| malformed)?;
        if !is_canonical(&bytes) {
            return Err(malformed);
        }
        let key = VerifyingKey::from_bytes(&bytes).map_err(|_| malformed)?;
        if key.is_weak() {
            return Err(KeyError::WellKnown);
        }
        Ok(Self(key))
    }

    pub(crate) fn bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Whether 64 bytes are a signature of a message. The part S is below the order, and no point is of small order.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let Ok(signature) = Signature::from_slice(signature) else {
            return false;
        };
        self.0.verify_strict(message, &signature).is_ok()
    }
}

/// Whether the number Y is below 2^255 - 19. Libraries take the 19 numbers above it for small ones.
fn is_canonical(bytes: &[u8; 32]) -> bool {
    let beyond =
        bytes[31] & 0x7f == 0x7f && bytes[1..31].iter().all(|byte| *byte == 0xff) && bytes[0] >= 0xed;
    !beyond
}
