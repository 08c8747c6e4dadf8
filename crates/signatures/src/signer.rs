//! Signing with a secret of one's own, for the machine of the person. A server is built without this.

use crate::encoding::hex;
use crate::{KeyError, PublicKey, Scheme, SignatureText, Statement, VerifyError};
use domain_types::Sha256Digest;
use ed25519_dalek::Signer as _;
use secp256k1::{Keypair, Message, PublicKey as PublicPoint, SecretKey, ecdsa, schnorr};
use std::fmt;

/// A secret that signs: of BIP340, Ed25519 or secp256k1. SSH and OpenPGP keys stay with their own tools.
pub struct SigningKey {
    secret: Secret,
    public: PublicKey,
}

enum Secret {
    Ed25519(Box<ed25519_dalek::SigningKey>),
    Bip340(Keypair),
    Secp256k1(SecretKey),
}

impl fmt::Debug for SigningKey {
    /// The public key alone.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "SigningKey({})", self.public)
    }
}

impl SigningKey {
    /// The key of 32 secret bytes, which the caller draws or reads.
    ///
    /// # Errors
    /// [`KeyError::WellKnown`] if everybody knows these bytes, and [`KeyError::Malformed`] if they are the secret of no point, or if the
    /// scheme has tools of its own.
    pub fn from_secret(scheme: Scheme, secret: [u8; 32]) -> Result<Self, KeyError> {
        let of_no_point = |_| KeyError::Malformed {
            expected: "a number below the order of secp256k1, and not 0",
        };
        let (secret, point) = match scheme {
            Scheme::Ed25519 => {
                let key = ed25519_dalek::SigningKey::from_bytes(&secret);
                let point = hex(key.verifying_key().as_bytes());
                (Secret::Ed25519(Box::new(key)), point)
            }
            Scheme::Bip340 => {
                let pair = Keypair::from_secret_bytes(secret).map_err(of_no_point)?;
                let point = hex(&pair.x_only_public_key().0.to_byte_array());
                (Secret::Bip340(pair), point)
            }
            Scheme::Secp256k1 => {
                let key = SecretKey::from_secret_bytes(secret).map_err(of_no_point)?;
                let point = hex(&PublicPoint::from_secret_key(&key).serialize());
                (Secret::Secp256k1(key), point)
            }
            Scheme::Ssh | Scheme::OpenPgp => {
                return Err(KeyError::Malformed {
                    expected: "bip340, ed25519 or secp256k1: `ssh-keygen` and `gpg` make and use their own keys",
                });
            }
        };
        let public = PublicKey::parse(scheme, &point)?;
        Ok(Self { secret, public })
    }

    /// The key that others register.
    pub fn public_key(&self) -> &PublicKey {
        &self.public
    }

    /// Signs a statement: 128 hexadecimal digits. The same bytes are signed alike every time.
    ///
    /// # Errors
    /// Never in practice: the digits are a signature's text.
    pub fn sign(&self, statement: &Statement) -> Result<SignatureText, VerifyError> {
        let bytes = statement.to_bytes();
        let value = match &self.secret {
            Secret::Ed25519(key) => key.sign(&bytes).to_bytes().to_vec(),
            Secret::Bip340(pair) => {
                let signature = schnorr::sign_no_aux_rand(&statement.tagged_digest(), pair);
                signature.to_byte_array().to_vec()
            }
            Secret::Secp256k1(key) => {
                let digest = Message::from_digest(*Sha256Digest::of(&bytes).as_bytes());
                ecdsa::sign(digest, key).serialize_compact().to_vec()
            }
        };
        SignatureText::parse(&hex(&value))
    }
}
