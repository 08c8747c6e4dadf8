//! The algorithms of OpenPGP that count: Ed25519, P-256 and RSA, over SHA-256, SHA-384 and SHA-512.

use super::packet::number;
use crate::curve::ed25519::Ed25519Key;
use crate::curve::p256::P256Key;
use crate::curve::rsa::RsaKey;
use crate::key::KeyIdentity;
use crate::wire::{Wire, padded};
use sha2::{Digest, Sha256, Sha384, Sha512};

/// Numbers of algorithms of public keys (RFC 9580, section 9.1).
const RSA: u8 = 1;
const ECDSA: u8 = 19;
const EDDSA_LEGACY: u8 = 22;
const ED25519: u8 = 27;

/// The names of curves (RFC 9580, section 9.2).
const P256_NAME: &[u8] = &[0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07];
const ED25519_NAME: &[u8] = &[0x2b, 0x06, 0x01, 0x04, 0x01, 0xda, 0x47, 0x0f, 0x01];

/// How a digest is made (RFC 9580, section 9.5). What is weaker has no name here.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum HashAlgorithm {
    Sha256,
    Sha384,
    Sha512,
}

impl HashAlgorithm {
    pub(crate) fn of_number(number: u8) -> Option<Self> {
        match number {
            8 => Some(Self::Sha256),
            9 => Some(Self::Sha384),
            10 => Some(Self::Sha512),
            _ => None,
        }
    }

    /// The digest of parts, one behind the other.
    pub(crate) fn digest(self, parts: &[&[u8]]) -> Vec<u8> {
        fn of<D: Digest>(parts: &[&[u8]]) -> Vec<u8> {
            let mut digest = D::new();
            for part in parts {
                digest.update(part);
            }
            digest.finalize().to_vec()
        }
        match self {
            Self::Sha256 => of::<Sha256>(parts),
            Self::Sha384 => of::<Sha384>(parts),
            Self::Sha512 => of::<Sha512>(parts),
        }
    }

    /// What tells the algorithm within an RSA signature (RFC 8017, section 9.2, note 1).
    pub(crate) fn rsa_prefix(self) -> [u8; 19] {
        let (id, bytes) = match self {
            Self::Sha256 => (1, 32),
            Self::Sha384 => (2, 48),
            Self::Sha512 => (3, 64),
        };
        [
            0x30,
            17 + bytes,
            0x30,
            13,
            6,
            9,
            0x60,
            0x86,
            0x48,
            1,
            0x65,
            3,
            4,
            2,
            id,
            5,
            0,
            4,
            bytes,
        ]
    }
}

/// A key of OpenPGP that can verify.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Material {
    Ed25519Legacy(Ed25519Key),
    Ed25519(Ed25519Key),
    P256(P256Key),
    Rsa(RsaKey),
}

impl Material {
    /// Reads the numbers of a key. None: a kind of key that does not count, or one that is not what it says.
    pub(super) fn read(algorithm: u8, numbers: &[u8]) -> Option<Self> {
        let mut wire = Wire::new(numbers);
        let material = match algorithm {
            RSA => Self::Rsa(RsaKey::read(number(&mut wire)?, number(&mut wire)?)?),
            ECDSA => {
                let point = named_point(&mut wire, P256_NAME)?;
                Self::P256(P256Key::read(point)?)
            }
            EDDSA_LEGACY => match named_point(&mut wire, ED25519_NAME)? {
                [0x40, point @ ..] => Self::Ed25519Legacy(Ed25519Key::read(point).ok()?),
                _ => return None,
            },
            ED25519 => Self::Ed25519(Ed25519Key::read(wire.take(32)?).ok()?),
            _ => return None,
        };
        wire.is_empty().then_some(material)
    }

    pub(super) fn identity(&self) -> KeyIdentity {
        match self {
            Self::Ed25519Legacy(key) | Self::Ed25519(key) => KeyIdentity::ed25519(key),
            Self::P256(key) => KeyIdentity::p256(key),
            Self::Rsa(key) => KeyIdentity::rsa(key),
        }
    }

    /// The number of the algorithm with which it signs.
    pub(super) fn algorithm(&self) -> u8 {
        match self {
            Self::Ed25519Legacy(_) => EDDSA_LEGACY,
            Self::Ed25519(_) => ED25519,
            Self::P256(_) => ECDSA,
            Self::Rsa(_) => RSA,
        }
    }

    /// Whether the numbers of a signature fit a digest.
    pub(super) fn verifies(&self, hash: HashAlgorithm, digest: &[u8], numbers: &[u8]) -> bool {
        self.fits(hash, digest, numbers) == Some(true)
    }

    fn fits(&self, hash: HashAlgorithm, digest: &[u8], numbers: &[u8]) -> Option<bool> {
        let mut wire = Wire::new(numbers);
        let fits = match self {
            Self::Ed25519Legacy(key) => {
                let (r, s) = (padded(number(&mut wire)?)?, padded(number(&mut wire)?)?);
                key.verifies(digest, &[r, s].concat())
            }
            Self::Ed25519(key) => key.verifies(digest, wire.take(64)?),
            Self::P256(key) => {
                let (r, s) = (padded(number(&mut wire)?)?, padded(number(&mut wire)?)?);
                key.verifies(digest, &r, &s)
            }
            Self::Rsa(key) => key.verifies(&hash.rsa_prefix(), digest, number(&mut wire)?),
        };
        wire.is_empty().then_some(fits)
    }
}

/// The point behind the name of its curve.
fn named_point<'a>(wire: &mut Wire<'a>, name: &[u8]) -> Option<&'a [u8]> {
    let length = usize::from(wire.byte()?);
    (wire.take(length)? == name).then(|| number(wire))?
}
