//! A signature packet of version 4 (RFC 9580, section 5.2.3): what it says with authority, and whether it fits.
//!
//! What stands in the unhashed part is a hint that anybody may change, and is not looked at, but for the embedded signature, which
//! proves itself.

use super::algorithm::{HashAlgorithm, Material};
use super::packet::subpacket_length;
use crate::wire::Wire;

/// The tag of signature packets.
pub(crate) const SIGNATURE_TAG: u8 = 2;
/// Subpackets of one signature: an ordinary one has ten.
const SUBPACKETS_MAX: usize = 64;
/// Types of subpackets that are acted upon, or that say nothing about whether a signature counts. Others must not be critical.
const UNDERSTOOD: [u8; 15] = [2, 3, 9, 11, 16, 21, 22, 23, 25, 27, 29, 30, 32, 33, 34];

/// A signature, still unverified.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct SignaturePacket<'a> {
    pub(crate) kind: u8,
    pub(crate) algorithm: u8,
    hash_number: u8,
    /// From the version to the end of the hashed part.
    hashed: &'a [u8],
    said: Said<'a>,
    embedded: Option<&'a [u8]>,
    /// The first bytes of the digest.
    left: [u8; 2],
    numbers: &'a [u8],
}

/// What the hashed part says.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Said<'a> {
    created: Option<u32>,
    expires_after: Option<u32>,
    key_expires_after: Option<u32>,
    flags: Option<u8>,
    issuer: Option<[u8; 20]>,
    reason: Option<u8>,
    embedded: Option<&'a [u8]>,
}

impl<'a> SignaturePacket<'a> {
    /// Reads a packet's body. None if it is not one, or says something critical that is not understood.
    pub(crate) fn read(body: &'a [u8]) -> Option<Self> {
        let mut wire = Wire::new(body);
        if wire.byte()? != 4 {
            return None;
        }
        let (kind, algorithm, hash_number) = (wire.byte()?, wire.byte()?, wire.byte()?);
        let hashed_bytes = usize::from(wire.u16()?);
        let said = said(wire.take(hashed_bytes)?)?;
        let unhashed_bytes = usize::from(wire.u16()?);
        let unhashed = wire.take(unhashed_bytes)?;
        let left = wire.take(2)?.try_into().ok()?;
        Some(Self {
            kind,
            algorithm,
            hash_number,
            hashed: &body[..6 + hashed_bytes],
            embedded: said.embedded.or_else(|| embedded_hint(unhashed)),
            said,
            left,
            numbers: wire.rest(),
        })
    }

    /// Seconds since 1970: every signature says when it was made.
    pub(crate) fn created(&self) -> Option<u32> {
        self.said.created
    }

    /// Seconds since 1970 at which it expires by itself; none if it does not.
    pub(crate) fn expires(&self) -> Option<u64> {
        let after = self.said.expires_after.filter(|seconds| *seconds != 0)?;
        Some(u64::from(self.said.created?) + u64::from(after))
    }

    /// Seconds after its making at which the key expires, which this signature is about; none if it does not.
    pub(super) fn key_expires_after(&self) -> Option<u32> {
        self.said.key_expires_after.filter(|seconds| *seconds != 0)
    }

    /// What the key is for; none if nothing is said.
    pub(super) fn flags(&self) -> Option<u8> {
        self.said.flags
    }

    /// The fingerprint of the key that made it, if it says so with authority.
    pub(super) fn issuer(&self) -> Option<&[u8; 20]> {
        self.said.issuer.as_ref()
    }

    /// Whether a revocation is only a farewell: the key was replaced or is not used any more. It holds from its time on, any other from the beginning.
    pub(super) fn is_farewell(&self) -> bool {
        matches!(self.said.reason, Some(1 | 3))
    }

    /// The signature within it, by which a subkey says that it belongs to the primary key.
    pub(super) fn embedded(&self) -> Option<Self> {
        Self::read(self.embedded?)
    }

    /// How the digest is made, if it counts.
    pub(crate) fn hash(&self) -> Option<HashAlgorithm> {
        HashAlgorithm::of_number(self.hash_number)
    }

    /// Whether this key made it over these parts.
    pub(super) fn is_made_by(&self, key: &Material, parts: &[&[u8]]) -> bool {
        let (Some(hash), Ok(length)) = (self.hash(), u32::try_from(self.hashed.len())) else {
            return false;
        };
        let [a, b, c, d] = length.to_be_bytes();
        let trailer = [4, 0xff, a, b, c, d];
        let digest = hash.digest(&[parts, &[self.hashed, &trailer]].concat());
        key.algorithm() == self.algorithm
            && digest[..2] == self.left
            && key.verifies(hash, &digest, self.numbers)
    }
}

/// Subpackets: whether each is critical, its type and its content.
fn subpackets(bytes: &[u8]) -> Option<Vec<(bool, u8, &[u8])>> {
    let mut wire = Wire::new(bytes);
    let mut found = Vec::new();
    while !wire.is_empty() {
        if found.len() == SUBPACKETS_MAX {
            return None;
        }
        let length = subpacket_length(&mut wire)?;
        let (kind, content) = wire.take(length)?.split_first()?;
        found.push((kind & 0x80 != 0, kind & 0x7f, content));
    }
    Some(found)
}

/// What the hashed part says. None if it says something twice that matters, or something critical that is not understood.
fn said(bytes: &[u8]) -> Option<Said<'_>> {
    let mut said = Said::default();
    for (critical, kind, content) in subpackets(bytes)? {
        let seconds = || content.try_into().ok().map(u32::from_be_bytes);
        let fresh = match kind {
            2 => said.created.replace(seconds()?).is_none(),
            3 => said.expires_after.replace(seconds()?).is_none(),
            9 => said.key_expires_after.replace(seconds()?).is_none(),
            27 => said.flags.replace(*content.first().unwrap_or(&0)).is_none(),
            29 => said.reason.replace(*content.first()?).is_none(),
            32 => said.embedded.replace(content).is_none(),
            33 => match content {
                [4, fingerprint @ ..] => said.issuer.replace(fingerprint.try_into().ok()?).is_none(),
                // A key of another version: certainly none of ours.
                _ => return None,
            },
            _ => true,
        };
        if !fresh || (critical && !UNDERSTOOD.contains(&kind)) {
            return None;
        }
    }
    Some(said)
}

fn embedded_hint(unhashed: &[u8]) -> Option<&[u8]> {
    let found = subpackets(unhashed)?;
    found
        .into_iter()
        .find_map(|(_, kind, content)| (kind == 32).then_some(content))
}
