//! secp256k1: ECDSA with the lower S only, and the Schnorr signatures of BIP340. Both by libsecp256k1.

use secp256k1::{Message, PublicKey, XOnlyPublicKey, ecdsa, schnorr};

/// A point that can verify ECDSA.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Secp256k1Key(PublicKey);

impl Secp256k1Key {
    /// The point of 33 bytes, or of 65 that begin with 04, if it is on the curve.
    pub(crate) fn read(bytes: &[u8]) -> Option<Self> {
        // The library also takes 06 and 07, which nobody writes.
        match (bytes.first(), bytes.len()) {
            (Some(2 | 3), 33) | (Some(4), 65) => PublicKey::from_slice(bytes).ok().map(Self),
            (_, _) => None,
        }
    }

    /// The X of the point.
    pub(crate) fn x(&self) -> [u8; 32] {
        self.0.x_only_public_key().0.to_byte_array()
    }

    /// 33 bytes.
    pub(crate) fn bytes(&self) -> [u8; 33] {
        self.0.serialize()
    }

    /// Whether 64 bytes, R and S, are a signature of a digest.
    pub(crate) fn verifies_compact(&self, digest: [u8; 32], signature: &[u8]) -> bool {
        ecdsa::Signature::from_compact(signature).is_ok_and(|signature| self.verifies(digest, &signature))
    }

    /// Whether a signature in strict DER is one of a digest.
    pub(crate) fn verifies_der(&self, digest: [u8; 32], signature: &[u8]) -> bool {
        match ecdsa::Signature::from_der(signature) {
            // The parser takes a few spellings that the writer does not make.
            Ok(parsed) => *parsed.serialize_der() == *signature && self.verifies(digest, &parsed),
            Err(_) => false,
        }
    }

    /// The library refuses the higher S of the two.
    fn verifies(&self, digest: [u8; 32], signature: &ecdsa::Signature) -> bool {
        ecdsa::verify(signature, Message::from_digest(digest), &self.0).is_ok()
    }
}

/// An X that can verify BIP340.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Bip340Key(XOnlyPublicKey);

impl Bip340Key {
    /// The point of the even Y with this X, if there is one.
    pub(crate) fn read(bytes: [u8; 32]) -> Option<Self> {
        XOnlyPublicKey::from_byte_array(bytes).ok().map(Self)
    }

    /// The X of the point.
    pub(crate) fn x(&self) -> [u8; 32] {
        self.0.to_byte_array()
    }

    /// Whether 64 bytes are a signature of a message.
    pub(crate) fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let signature = signature.try_into().map(schnorr::Signature::from_byte_array);
        signature.is_ok_and(|signature| schnorr::verify(&signature, message, &self.0).is_ok())
    }
}
