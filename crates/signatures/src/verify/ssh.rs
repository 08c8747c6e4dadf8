//! SSH signatures (PROTOCOL.sshsig of OpenSSH), version 1: the frame is read whole, and nothing in it may be another than expected.

use crate::error::shown;
use crate::key::ssh::{SshKey, SshKind, SshPoint};
use crate::wire::{Wire, put_string};
use crate::{KeyIdentity, SignatureText, VerifyError};
use domain_types::Sha256Digest;
use sha2::{Digest as _, Sha256, Sha512};

/// What every frame and everything that is signed begins with.
const MAGIC: &[u8] = b"SSHSIG";
const VERSION: u32 = 1;
/// The flag that somebody touched the hardware key (PROTOCOL.u2f of OpenSSH).
const PRESENT: u8 = 0x01;

/// A frame, taken apart.
struct Frame<'a> {
    public_key: &'a [u8],
    namespace: &'a [u8],
    reserved: &'a [u8],
    hash: &'a [u8],
    signature: &'a [u8],
}

impl<'a> Frame<'a> {
    fn read(bytes: &'a [u8]) -> Option<Self> {
        let mut wire = Wire::new(bytes);
        if wire.take(MAGIC.len())? != MAGIC || wire.u32()? != VERSION {
            return None;
        }
        let frame = Self {
            public_key: wire.string()?,
            namespace: wire.string()?,
            reserved: wire.string()?,
            hash: wire.string()?,
            signature: wire.string()?,
        };
        wire.is_empty().then_some(frame)
    }

    /// What the key signed, for a message.
    fn signed(&self, message: &[u8]) -> Result<Vec<u8>, VerifyError> {
        let digest = match self.hash {
            b"sha512" => Sha512::digest(message).to_vec(),
            b"sha256" => Sha256::digest(message).to_vec(),
            other => return Err(VerifyError::algorithm(other)),
        };
        let mut signed = MAGIC.to_vec();
        for part in [self.namespace, self.reserved, self.hash, &digest] {
            put_string(&mut signed, part);
        }
        Ok(signed)
    }
}

pub(super) fn verify(
    bytes: &[u8],
    namespace: &'static str,
    signature: &SignatureText,
    key: &SshKey,
) -> Result<KeyIdentity, VerifyError> {
    let malformed = VerifyError::expected("an SSH signature, as `ssh-keygen -Y sign` writes it");
    let frame_bytes = signature.ssh_bytes().ok_or_else(|| malformed.clone())?;
    let frame = Frame::read(&frame_bytes)
        .filter(|frame| frame.reserved.is_empty())
        .ok_or_else(|| malformed.clone())?;
    if frame.public_key != key.blob {
        return Err(VerifyError::OtherKey);
    }
    if frame.namespace != namespace.as_bytes() {
        return Err(VerifyError::Namespace {
            found: shown(frame.namespace),
            expected: namespace,
        });
    }
    let signed = frame.signed(bytes)?;
    let mut wire = Wire::new(frame.signature);
    match wire.string() {
        Some(name) if name == key.kind.name().as_bytes() => {}
        Some(name) => return Err(VerifyError::algorithm(name)),
        None => return Err(malformed),
    }
    match fits(key, &signed, wire).ok_or(malformed)?? {
        true => Ok(key.identity()),
        false => Err(VerifyError::Mismatch),
    }
}

/// Whether the value of a signature fits. None: it is not in the form of its kind.
fn fits(key: &SshKey, signed: &[u8], mut wire: Wire<'_>) -> Option<Result<bool, VerifyError>> {
    let value = wire.string()?;
    let message = match key.kind {
        SshKind::Ed25519 | SshKind::P256 => signed.to_vec(),
        SshKind::HardwareEd25519 | SshKind::HardwareP256 => {
            let (flags, counter) = (wire.byte()?, wire.u32()?);
            if flags & PRESENT == 0 {
                return Some(Err(VerifyError::NotPresent));
            }
            let application = Sha256Digest::of(key.application.as_deref()?);
            let mut message = application.as_bytes().to_vec();
            message.push(flags);
            message.extend(counter.to_be_bytes());
            message.extend(Sha256Digest::of(signed).as_bytes());
            message
        }
    };
    if !wire.is_empty() {
        return None;
    }
    match &key.point {
        SshPoint::Ed25519(point) => (value.len() == 64).then(|| Ok(point.verifies(&message, value))),
        SshPoint::P256(point) => {
            let mut numbers = Wire::new(value);
            let (r, s) = (numbers.scalar()?, numbers.scalar()?);
            let digest = Sha256Digest::of(&message);
            numbers
                .is_empty()
                .then(|| Ok(point.verifies(digest.as_bytes(), &r, &s)))
        }
    }
}
