//! A certificate (RFC 9580, section 10.1): the primary key, who vouches for what, and which keys may sign when.

use super::key_packet::KeyPacket;
use super::packet::{Packet, packets};
use super::signature::{SIGNATURE_TAG, SignaturePacket};
use crate::armour::unarmour_pgp_key;
use crate::encoding::hex;
use crate::key::KeyIdentity;
use crate::limits::CERTIFICATE_CHECKS_MAX;
use crate::{KeyError, VerifyError};
use std::collections::BTreeSet;

/// Tags of packets (RFC 9580, section 5).
const PRIMARY_KEY_TAG: u8 = 6;
const TRUST_TAG: u8 = 12;
const USER_ID_TAG: u8 = 13;
const SUBKEY_TAG: u8 = 14;
const USER_ATTRIBUTE_TAG: u8 = 17;

/// Kinds of signatures (RFC 9580, section 5.2.1).
const CERTIFICATIONS: std::ops::RangeInclusive<u8> = 0x10..=0x13;
const SUBKEY_BINDING: u8 = 0x18;
const PRIMARY_KEY_BINDING: u8 = 0x19;
const DIRECT_KEY: u8 = 0x1f;
const KEY_REVOCATION: u8 = 0x20;
const SUBKEY_REVOCATION: u8 = 0x28;
const CERTIFICATION_REVOCATION: u8 = 0x30;

/// The flag of keys that may sign.
const MAY_SIGN: u8 = 0x02;

const EXPECTED: KeyError = KeyError::Malformed {
    expected: "an armoured OpenPGP certificate whose primary key is Ed25519, P-256 or RSA of 3072 bits or more, with a signature of its own over SHA-256 or better",
};

/// A person's certificate: only what was proved by its primary key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Certificate {
    primary: Member,
    subkeys: Vec<Member>,
}

/// A key of a certificate, with what the primary key says about it.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Member {
    key: KeyPacket,
    identity: KeyIdentity,
    grants: Vec<Grant>,
    revocations: Vec<Revocation>,
}

/// What the primary key says about a key, until it says something newer.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Grant {
    created: u64,
    expires: Option<u64>,
    key_expires: Option<u64>,
    may_sign: bool,
}

/// That a key is not to be used any more.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Revocation {
    created: u64,
    farewell: bool,
}

/// Signatures that are still reckoned with a key; those beyond are passed over, which only takes rights away.
struct Budget(usize);

impl Budget {
    fn spend(&mut self) -> bool {
        self.0 = self.0.saturating_sub(1);
        self.0 > 0
    }
}

impl Certificate {
    /// Reads an armoured certificate.
    pub(crate) fn read(text: &str) -> Result<Self, KeyError> {
        let bytes = unarmour_pgp_key(text).ok_or(EXPECTED)?;
        let packets = packets(&bytes).ok_or(EXPECTED)?;
        Self::of_packets(&packets).ok_or(EXPECTED)
    }

    fn of_packets(packets: &[Packet<'_>]) -> Option<Self> {
        let (first, rest) = packets.split_first()?;
        if first.tag != PRIMARY_KEY_TAG {
            return None;
        }
        let key = KeyPacket::read(first.body)?;
        let mut primary = Member::new(key)?;
        let mut subkeys = Vec::new();
        let mut budget = Budget(CERTIFICATE_CHECKS_MAX);
        for (head, signatures) in components(rest)? {
            match head {
                None => primary.take_direct(&signatures, &mut budget),
                Some(head) if head.tag == SUBKEY_TAG => {
                    let subkey = subkey(&primary.key, head, &signatures, &mut budget);
                    subkeys.extend(subkey);
                }
                Some(head) => primary.take_user(head, &signatures, &mut budget),
            }
        }
        (!primary.grants.is_empty()).then_some(Self { primary, subkeys })
    }

    pub(crate) fn identity(&self) -> KeyIdentity {
        self.primary.identity.clone()
    }

    /// The primary key and every subkey that could ever sign.
    pub(crate) fn identities(&self) -> BTreeSet<KeyIdentity> {
        let subkeys = self.subkeys.iter().map(|subkey| subkey.identity.clone());
        subkeys.chain([self.identity()]).collect()
    }

    pub(crate) fn fingerprint(&self) -> String {
        hex(&self.primary.key.fingerprint).to_uppercase()
    }

    /// The key that made a signature over a document, if it may sign at this time (seconds since 1970).
    pub(crate) fn signer(
        &self,
        signature: &SignaturePacket<'_>,
        document: &[u8],
        at: u64,
    ) -> Result<KeyIdentity, VerifyError> {
        let members = || self.subkeys.iter().chain([&self.primary]);
        if let Some(issuer) = signature.issuer()
            && members().all(|member| member.key.fingerprint != *issuer)
        {
            return Err(VerifyError::OtherKey);
        }
        let made = |member: &&Member| member.key.made(signature, &[document]);
        let signer = members().find(made).ok_or(VerifyError::Mismatch)?;
        self.primary.is_live(at)?;
        let grant = signer.is_live(at)?;
        if !grant.may_sign {
            return Err(VerifyError::MayNotSign);
        }
        if signature
            .created()
            .is_none_or(|created| created < signer.key.created)
        {
            return Err(VerifyError::Untimely);
        }
        Ok(signer.identity.clone())
    }
}

/// A packet that signatures are about, and those signatures; none for the primary key itself.
type Component<'a> = (Option<Packet<'a>>, Vec<SignaturePacket<'a>>);

/// The packets behind the primary key. None if there is one that belongs into no certificate.
fn components<'a>(packets: &[Packet<'a>]) -> Option<Vec<Component<'a>>> {
    let mut components: Vec<Component<'a>> = vec![(None, Vec::new())];
    for packet in packets {
        match packet.tag {
            SIGNATURE_TAG => {
                let (_, signatures) = components.last_mut()?;
                // One that cannot be read grants nothing.
                signatures.extend(SignaturePacket::read(packet.body));
            }
            USER_ID_TAG | USER_ATTRIBUTE_TAG | SUBKEY_TAG => components.push((Some(*packet), Vec::new())),
            TRUST_TAG => {}
            _ => return None,
        }
    }
    Some(components)
}

/// A subkey that is bound to the primary key and may sign. Others, such as those for encryption, are of no use here.
fn subkey(
    primary: &KeyPacket,
    head: Packet<'_>,
    signatures: &[SignaturePacket<'_>],
    budget: &mut Budget,
) -> Option<Member> {
    let mut subkey = Member::new(KeyPacket::read(head.body)?)?;
    let parts = [primary.framed().to_vec(), subkey.key.framed().to_vec()];
    let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
    for signature in signatures {
        match signature.kind {
            SUBKEY_BINDING if budget.spend() && primary.made(signature, &parts) => {
                let belongs = |own: SignaturePacket<'_>| {
                    own.kind == PRIMARY_KEY_BINDING && budget.spend() && subkey.key.made(&own, &parts)
                };
                let may_sign = signature.flags().is_some_and(|flags| flags & MAY_SIGN != 0)
                    && signature.embedded().is_some_and(belongs);
                let grant = Grant::of(signature, &subkey.key, may_sign);
                subkey.grants.extend(grant);
            }
            SUBKEY_REVOCATION if budget.spend() && primary.made(signature, &parts) => {
                subkey.revocations.push(Revocation::of(signature));
            }
            _ => {}
        }
    }
    subkey.grants.iter().any(|grant| grant.may_sign).then_some(subkey)
}

impl Member {
    fn new(key: KeyPacket) -> Option<Self> {
        Some(Self {
            identity: key.material.as_ref()?.identity(),
            key,
            grants: Vec::new(),
            revocations: Vec::new(),
        })
    }

    /// What the primary key says about itself.
    fn take_direct(&mut self, signatures: &[SignaturePacket<'_>], budget: &mut Budget) {
        for signature in signatures {
            let made = |member: &Self, budget: &mut Budget| {
                budget.spend() && member.key.made(signature, &[member.key.framed()])
            };
            match signature.kind {
                DIRECT_KEY if made(self, budget) => self.grant(signature),
                KEY_REVOCATION if made(self, budget) => self.revocations.push(Revocation::of(signature)),
                _ => {}
            }
        }
    }

    /// What the primary key says about itself beside a name. A name that was taken back says nothing more.
    fn take_user(&mut self, head: Packet<'_>, signatures: &[SignaturePacket<'_>], budget: &mut Budget) {
        let mark = if head.tag == USER_ID_TAG { 0xb4 } else { 0xd1 };
        let Ok(length) = u32::try_from(head.body.len()) else {
            return;
        };
        let frame = [&[mark], &length.to_be_bytes()[..]].concat();
        let parts = [self.key.framed().to_vec(), frame, head.body.to_vec()];
        let parts: Vec<&[u8]> = parts.iter().map(Vec::as_slice).collect();
        let is_ours = |signature: &&SignaturePacket<'_>| {
            let matters =
                CERTIFICATIONS.contains(&signature.kind) || signature.kind == CERTIFICATION_REVOCATION;
            matters && budget.spend() && self.key.made(signature, &parts)
        };
        let ours: Vec<_> = signatures.iter().filter(is_ours).collect();
        let revoked = ours
            .iter()
            .any(|signature| signature.kind == CERTIFICATION_REVOCATION);
        for signature in ours.into_iter().filter(|_| !revoked) {
            self.grant(signature);
        }
    }

    /// The primary key may sign unless it says that it is for something else.
    fn grant(&mut self, signature: &SignaturePacket<'_>) {
        let may_sign = signature.flags().is_none_or(|flags| flags & MAY_SIGN != 0);
        let grant = Grant::of(signature, &self.key, may_sign);
        self.grants.extend(grant);
    }

    /// What holds for this key at this time: the newest that was said.
    fn is_live(&self, at: u64) -> Result<&Grant, VerifyError> {
        let ended = |revocation: &Revocation| !revocation.farewell || revocation.created <= at;
        if self.revocations.iter().any(ended) {
            return Err(VerifyError::Revoked);
        }
        let said = self.grants.iter().filter(|grant| grant.created <= at);
        let newest = said.max_by_key(|grant| (grant.created, std::cmp::Reverse(grant.key_expires)));
        let grant = newest.ok_or(VerifyError::Untimely)?;
        let over = |expires: Option<u64>| expires.is_some_and(|expires| expires <= at);
        if over(grant.expires) || over(grant.key_expires) {
            return Err(VerifyError::Expired);
        }
        Ok(grant)
    }
}

impl Grant {
    /// None if the signature does not say when it was made.
    fn of(signature: &SignaturePacket<'_>, key: &KeyPacket, may_sign: bool) -> Option<Self> {
        let key_expires = |seconds: u32| u64::from(key.created) + u64::from(seconds);
        Some(Self {
            created: u64::from(signature.created()?),
            expires: signature.expires(),
            key_expires: signature.key_expires_after().map(key_expires),
            may_sign,
        })
    }
}

impl Revocation {
    /// One that does not say when it was made holds from the beginning.
    fn of(signature: &SignaturePacket<'_>) -> Self {
        Self {
            created: signature.created().map_or(0, u64::from),
            farewell: signature.is_farewell(),
        }
    }
}
