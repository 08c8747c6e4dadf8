//! SSH keys as in a `.pub` file (RFC 4253, section 6.6; PROTOCOL.u2f of OpenSSH): Ed25519 and P-256, and the forms of hardware keys.

use crate::KeyError;
use crate::curve::ed25519::Ed25519Key;
use crate::curve::p256::P256Key;
use crate::encoding::{base64, base64_unpadded, unbase64};
use crate::key::KeyIdentity;
use crate::wire::Wire;
use domain_types::Sha256Digest;

/// Bytes of the name of the application that a hardware key is for.
const APPLICATION_BYTES_MAX: usize = 1024;
/// The curve's name within the key.
const NISTP256: &[u8] = b"nistp256";

/// A key as SSH has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SshKey {
    pub(crate) kind: SshKind,
    pub(crate) point: SshPoint,
    /// What a hardware key is for; none for other keys.
    pub(crate) application: Option<Vec<u8>>,
    /// The bytes in the second word of a `.pub` file.
    pub(crate) blob: Vec<u8>,
}

/// The type of an SSH key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum SshKind {
    Ed25519,
    HardwareEd25519,
    P256,
    HardwareP256,
}

/// The point in an SSH key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum SshPoint {
    Ed25519(Ed25519Key),
    P256(P256Key),
}

impl SshKind {
    const ALL: [Self; 4] = [
        Self::Ed25519,
        Self::HardwareEd25519,
        Self::P256,
        Self::HardwareP256,
    ];

    /// The name in keys and signatures.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Ed25519 => "ssh-ed25519",
            Self::HardwareEd25519 => "sk-ssh-ed25519@openssh.com",
            Self::P256 => "ecdsa-sha2-nistp256",
            Self::HardwareP256 => "sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }

    fn of_name(name: &[u8]) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.name().as_bytes() == name)
    }
}

fn malformed() -> KeyError {
    KeyError::Malformed {
        expected: "an Ed25519 or P-256 key as in a `.pub` file",
    }
}

impl SshKey {
    /// Reads `ssh-ed25519 AAAA… comment`.
    pub(crate) fn read(text: &str) -> Result<Self, KeyError> {
        let mut words = text.split_whitespace();
        let (Some(name), Some(blob)) = (words.next(), words.next()) else {
            return Err(malformed());
        };
        let blob = unbase64(blob).ok_or_else(malformed)?;
        let key = Self::read_blob(blob)?;
        match key.kind.name() == name && !text.contains(['\n', '\r']) {
            true => Ok(key),
            false => Err(malformed()),
        }
    }

    fn read_blob(blob: Vec<u8>) -> Result<Self, KeyError> {
        let mut wire = Wire::new(&blob);
        let kind = wire.string().and_then(SshKind::of_name).ok_or_else(malformed)?;
        let point = match kind {
            SshKind::Ed25519 | SshKind::HardwareEd25519 => {
                SshPoint::Ed25519(Ed25519Key::read(wire.string().ok_or_else(malformed)?)?)
            }
            SshKind::P256 | SshKind::HardwareP256 => SshPoint::P256(p256(&mut wire).ok_or_else(malformed)?),
        };
        let application = match kind {
            SshKind::Ed25519 | SshKind::P256 => None,
            SshKind::HardwareEd25519 | SshKind::HardwareP256 => {
                Some(wire.string().ok_or_else(malformed)?.to_owned())
            }
        };
        let small = application
            .as_ref()
            .is_none_or(|name| name.len() <= APPLICATION_BYTES_MAX);
        if !wire.is_empty() || !small {
            return Err(malformed());
        }
        Ok(Self {
            kind,
            point,
            application,
            blob,
        })
    }

    pub(crate) fn identity(&self) -> KeyIdentity {
        match &self.point {
            SshPoint::Ed25519(key) => KeyIdentity::ed25519(key),
            SshPoint::P256(key) => KeyIdentity::p256(key),
        }
    }

    /// As `ssh-keygen -l` shows it.
    pub(crate) fn fingerprint(&self) -> String {
        format!(
            "SHA256:{}",
            base64_unpadded(Sha256Digest::of(&self.blob).as_bytes())
        )
    }

    /// The first two words of a `.pub` file.
    pub(crate) fn text(&self) -> String {
        format!("{} {}", self.kind.name(), base64(&self.blob))
    }
}

fn p256(wire: &mut Wire<'_>) -> Option<P256Key> {
    let curve = wire.string()?;
    let point = wire.string()?;
    (curve == NISTP256).then(|| P256Key::read(point))?
}
