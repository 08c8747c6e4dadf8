//! The four kinds of keys behind all schemes: points and numbers, strictly decoded, and what they can verify.

pub(crate) mod ed25519;
pub(crate) mod p256;
pub(crate) mod rsa;
pub(crate) mod secp256k1;
