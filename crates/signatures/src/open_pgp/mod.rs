//! OpenPGP (RFC 9580, version 4 packets), as far as one person's detached signatures need it: a certificate that is stored, and one
//! signature packet. What is not read here is refused, or where it can only take rights away from nobody, passed over.

pub(crate) mod algorithm;
mod certificate;
mod key_packet;
mod packet;
mod signature;

pub(crate) use certificate::Certificate;
pub(crate) use packet::packets;
pub(crate) use signature::{SIGNATURE_TAG, SignaturePacket};
