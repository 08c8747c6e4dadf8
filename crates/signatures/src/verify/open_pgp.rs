//! Detached OpenPGP signatures over bytes, as `gpg --detach-sign` makes them: exactly one packet, and nothing beside it.

use crate::limits::CLOCK_SKEW_SECONDS_MAX;
use crate::open_pgp::{Certificate, SIGNATURE_TAG, SignaturePacket, packets};
use crate::{KeyIdentity, SignatureText, VerifyError};
use domain_types::Timestamp;

/// The kind of signatures over bytes as they are. Those over texts take line ends for what they are not.
const OVER_BYTES: u8 = 0x00;

pub(super) fn verify(
    bytes: &[u8],
    signature: &SignatureText,
    certificate: &Certificate,
    at: Timestamp,
) -> Result<KeyIdentity, VerifyError> {
    let malformed = VerifyError::expected("one OpenPGP signature, as `gpg --detach-sign` writes it");
    let packet_bytes = signature.pgp_bytes().ok_or_else(|| malformed.clone())?;
    let packets = packets(&packet_bytes).unwrap_or_default();
    let body = match packets.as_slice() {
        [packet] if packet.tag == SIGNATURE_TAG => packet.body,
        _ => return Err(malformed),
    };
    let packet = SignaturePacket::read(body)
        .filter(|packet| packet.kind == OVER_BYTES)
        .ok_or(malformed)?;
    if packet.hash().is_none() {
        return Err(VerifyError::Algorithm {
            found: "of the digest".to_owned(),
        });
    }
    let at = u64::try_from(at.seconds()).unwrap_or(0);
    let signer = certificate.signer(&packet, bytes, at)?;
    let created = packet.created().map(u64::from).ok_or(VerifyError::Untimely)?;
    if created > at + CLOCK_SKEW_SECONDS_MAX {
        return Err(VerifyError::Untimely);
    }
    match packet.expires() {
        Some(expires) if expires <= at => Err(VerifyError::Expired),
        Some(_) | None => Ok(signer),
    }
}
