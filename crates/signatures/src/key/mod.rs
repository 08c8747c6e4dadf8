//! Registered keys: texts that people put into rules, read strictly, each with one identity.

mod identity;
pub(crate) mod ssh;
mod well_known;

pub use identity::KeyIdentity;

use crate::curve::ed25519::Ed25519Key;
use crate::curve::secp256k1::{Bip340Key, Secp256k1Key};
use crate::encoding::{hex, unhex, unhex_exactly};
use crate::open_pgp::Certificate;
use crate::{KEY_TEXT_BYTES_MAX, KeyError};
use domain_types::Invalid;
use ssh::SshKey;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// How a key signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Scheme {
    /// `ssh-keygen -Y sign`: Ed25519 and P-256, in software and in hardware keys.
    Ssh,
    /// `gpg --detach-sign`: Ed25519, P-256 and RSA of at least 3072 bits.
    OpenPgp,
    /// Schnorr signatures over secp256k1 (BIP340).
    Bip340,
    /// Ed25519 over the bytes themselves (RFC 8032).
    Ed25519,
    /// ECDSA over secp256k1, for keys that there are already.
    Secp256k1,
}

impl Scheme {
    const ALL: [Self; 5] = [
        Self::Ssh,
        Self::OpenPgp,
        Self::Bip340,
        Self::Ed25519,
        Self::Secp256k1,
    ];

    /// The word for it in rules and statements.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ssh => "ssh",
            Self::OpenPgp => "openpgp",
            Self::Bip340 => "bip340",
            Self::Ed25519 => "ed25519",
            Self::Secp256k1 => "secp256k1",
        }
    }
}

impl FromStr for Scheme {
    type Err = Invalid;

    fn from_str(text: &str) -> Result<Self, Invalid> {
        let known = Self::ALL.into_iter().find(|scheme| scheme.as_str() == text);
        known.ok_or_else(|| Invalid {
            kind: "scheme",
            text: text.chars().take(Invalid::TEXT_CHARS_MAX).collect(),
            rule: "ssh, openpgp, bip340, ed25519 or secp256k1",
        })
    }
}

impl fmt::Display for Scheme {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(self.as_str())
    }
}

/// A key that can verify: a point of its curve, whose secret is not everybody's.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PublicKey(Material);

/// The key, as its scheme has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Material {
    Ssh(SshKey),
    OpenPgp(Box<Certificate>),
    Bip340(Bip340Key),
    Ed25519(Ed25519Key),
    Secp256k1(Secp256k1Key),
}

impl PublicKey {
    /// Reads the text of a key. Blanks around it do not matter, nor does the case of hexadecimal digits.
    ///
    /// # Errors
    /// [`KeyError::Placeholder`] for texts that say that they are none, [`KeyError::WellKnown`] for keys whose secret everybody knows
    /// or that need none, and [`KeyError::Malformed`] for everything else that is no key of the scheme.
    pub fn parse(scheme: Scheme, text: &str) -> Result<Self, KeyError> {
        let text = text.trim();
        if text.len() > KEY_TEXT_BYTES_MAX {
            return Err(KeyError::Malformed {
                expected: "at most 64 KiB",
            });
        }
        // Base64 may spell any word by chance, and certificates are long enough for it.
        if scheme != Scheme::OpenPgp && says_placeholder(text) {
            return Err(KeyError::Placeholder);
        }
        let key = read(scheme, text).map(Self);
        match key {
            Ok(key) if key.identities().iter().any(well_known::is_well_known) => Err(KeyError::WellKnown),
            Ok(key) => Ok(key),
            Err(KeyError::Malformed { .. }) if is_placeholder(text) => Err(KeyError::Placeholder),
            Err(KeyError::Malformed { .. }) if is_one_digit(text) => Err(KeyError::WellKnown),
            Err(error) => Err(error),
        }
    }

    /// How it signs.
    pub fn scheme(&self) -> Scheme {
        match &self.0 {
            Material::Ssh(_) => Scheme::Ssh,
            Material::OpenPgp(_) => Scheme::OpenPgp,
            Material::Bip340(_) => Scheme::Bip340,
            Material::Ed25519(_) => Scheme::Ed25519,
            Material::Secp256k1(_) => Scheme::Secp256k1,
        }
    }

    /// The one name of this key: of an OpenPGP certificate that of its primary key.
    pub fn identity(&self) -> KeyIdentity {
        match &self.0 {
            Material::Ssh(key) => key.identity(),
            Material::OpenPgp(certificate) => certificate.identity(),
            Material::Bip340(key) => KeyIdentity::secp256k1(&key.x()),
            Material::Ed25519(key) => KeyIdentity::ed25519(key),
            Material::Secp256k1(key) => KeyIdentity::secp256k1(&key.x()),
        }
    }

    /// All keys in it, those of an OpenPGP certificate's signing subkeys included: none of them may be another person's.
    pub fn identities(&self) -> BTreeSet<KeyIdentity> {
        match &self.0 {
            Material::OpenPgp(certificate) => certificate.identities(),
            Material::Ssh(_) | Material::Bip340(_) | Material::Ed25519(_) | Material::Secp256k1(_) => {
                BTreeSet::from([self.identity()])
            }
        }
    }

    /// How the key's own tools show it: `SHA256:…` for SSH, 40 digits for OpenPGP, the point in digits for others.
    pub fn fingerprint(&self) -> String {
        match &self.0 {
            Material::Ssh(key) => key.fingerprint(),
            Material::OpenPgp(certificate) => certificate.fingerprint(),
            Material::Bip340(key) => hex(&key.x()),
            Material::Ed25519(key) => hex(key.bytes()),
            Material::Secp256k1(key) => hex(&key.bytes()),
        }
    }

    pub(crate) fn material(&self) -> &Material {
        &self.0
    }
}

impl fmt::Display for PublicKey {
    /// The text by which it can be registered, without comments; of an OpenPGP certificate the fingerprint.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Material::Ssh(key) => out.write_str(&key.text()),
            Material::OpenPgp(_) | Material::Bip340(_) | Material::Ed25519(_) | Material::Secp256k1(_) => {
                out.write_str(&self.fingerprint())
            }
        }
    }
}

fn read(scheme: Scheme, text: &str) -> Result<Material, KeyError> {
    match scheme {
        Scheme::Ssh => SshKey::read(text).map(Material::Ssh),
        Scheme::OpenPgp => {
            Certificate::read(text).map(|certificate| Material::OpenPgp(Box::new(certificate)))
        }
        Scheme::Bip340 => {
            let point = unhex_exactly::<32>(text).and_then(Bip340Key::read);
            let expected = "64 hexadecimal digits, the X of a point of secp256k1";
            point
                .map(Material::Bip340)
                .ok_or(KeyError::Malformed { expected })
        }
        Scheme::Ed25519 => {
            let expected = "64 hexadecimal digits, a point of Ed25519";
            let point = unhex_exactly::<32>(text).ok_or(KeyError::Malformed { expected })?;
            Ed25519Key::read(&point).map(Material::Ed25519)
        }
        Scheme::Secp256k1 => {
            let point = unhex(text).and_then(|point| Secp256k1Key::read(&point));
            let expected = "66 hexadecimal digits that begin with 02 or 03, a point of secp256k1";
            point
                .map(Material::Secp256k1)
                .ok_or(KeyError::Malformed { expected })
        }
    }
}

/// Words by which people mark what they mean to fill in later.
const PLACEHOLDERS: [&str; 5] = ["placeholder", "changeme", "change_me", "replace_me", "your_key"];

fn says_placeholder(text: &str) -> bool {
    let lower = text.to_ascii_lowercase();
    PLACEHOLDERS.iter().any(|word| lower.contains(word))
}

/// Whether what is no key is a place for one. A key whose comment has brackets is a key, and never comes here.
fn is_placeholder(text: &str) -> bool {
    says_placeholder(text) || text.contains(['[', '<', '…'])
}

/// Whether a point would be one digit all over: what people write where a key shall come.
fn is_one_digit(text: &str) -> bool {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let point = match digits.len() {
        66 | 130 => digits.get(2..).unwrap_or_default(),
        64 => digits,
        _ => return false,
    };
    point.bytes().all(|byte| byte.is_ascii_hexdigit()) && well_known::is_one_digit(point)
}
