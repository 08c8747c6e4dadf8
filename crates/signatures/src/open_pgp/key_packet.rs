//! A public key or subkey of a certificate (RFC 9580, section 5.5.2).

use super::algorithm::Material;
use super::signature::SignaturePacket;
use crate::wire::Wire;
use sha1::{Digest as _, Sha1};

/// A key as it stands in a certificate.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct KeyPacket {
    /// Seconds since 1970.
    pub(super) created: u32,
    /// None: a kind of key that cannot sign, or does not count.
    pub(super) material: Option<Material>,
    pub(super) fingerprint: [u8; 20],
    /// The packet as digests take it in.
    framed: Vec<u8>,
}

impl KeyPacket {
    /// Reads a key of version 4.
    pub(super) fn read(body: &[u8]) -> Option<Self> {
        let mut wire = Wire::new(body);
        if wire.byte()? != 4 {
            return None;
        }
        let created = wire.u32()?;
        let algorithm = wire.byte()?;
        let mut framed = vec![0x99];
        framed.extend(u16::try_from(body.len()).ok()?.to_be_bytes());
        framed.extend(body);
        Some(Self {
            created,
            material: Material::read(algorithm, wire.rest()),
            fingerprint: Sha1::digest(&framed).into(),
            framed,
        })
    }

    /// What digests over this key take in.
    pub(super) fn framed(&self) -> &[u8] {
        &self.framed
    }

    /// Whether a signature over some parts was made by this key.
    pub(super) fn made(&self, signature: &SignaturePacket<'_>, parts: &[&[u8]]) -> bool {
        let names_another = signature
            .issuer()
            .is_some_and(|issuer| *issuer != self.fingerprint);
        match &self.material {
            Some(material) if !names_another => signature.is_made_by(material, parts),
            Some(_) | None => false,
        }
    }
}
