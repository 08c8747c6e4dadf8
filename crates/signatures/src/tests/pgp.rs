//! Certificates and signatures of OpenPGP, made packet by packet, so that everything about them can be wrong.

use super::hand::{armour, p256_numbers, point_of, trimmed};
use ed25519_dalek::Signer as _;
use sha1::{Digest as _, Sha1};
use sha2::{Sha256, Sha512};

/// When keys of tests are made: seconds since 1970.
pub(super) const CREATED: u32 = 1_790_000_000;

/// The secret of a key.
#[derive(Debug, Clone)]
pub(super) enum Secret {
    Ed25519(ed25519_dalek::SigningKey),
    P256(p256::ecdsa::SigningKey),
}

/// A key of OpenPGP.
#[derive(Debug, Clone)]
pub(super) struct Key {
    pub(super) secret: Secret,
    pub(super) created: u32,
}

/// What a signature says of itself.
#[derive(Debug, Clone)]
pub(super) struct Saying {
    pub(super) kind: u8,
    pub(super) hash: u8,
    /// Types and contents, hashed.
    pub(super) hashed: Vec<(u8, Vec<u8>)>,
    /// Types and contents, not hashed.
    pub(super) unhashed: Vec<(u8, Vec<u8>)>,
}

impl Saying {
    /// A kind and a time, over SHA-512.
    pub(super) fn new(kind: u8, created: u32) -> Self {
        Self {
            kind,
            hash: 10,
            hashed: vec![(2, created.to_be_bytes().to_vec())],
            unhashed: Vec::new(),
        }
    }

    pub(super) fn with(mut self, kind: u8, content: impl Into<Vec<u8>>) -> Self {
        self.hashed.push((kind, content.into()));
        self
    }

    pub(super) fn beside(mut self, kind: u8, content: impl Into<Vec<u8>>) -> Self {
        self.unhashed.push((kind, content.into()));
        self
    }
}

impl Key {
    pub(super) fn body(&self) -> Vec<u8> {
        let mut body = vec![4];
        body.extend(self.created.to_be_bytes());
        match &self.secret {
            Secret::Ed25519(key) => {
                body.extend([22, 9, 0x2b, 6, 1, 4, 1, 0xda, 0x47, 0x0f, 1]);
                put_number(
                    &mut body,
                    &[&[0x40], &key.verifying_key().as_bytes()[..]].concat(),
                );
            }
            Secret::P256(key) => {
                body.extend([19, 8, 0x2a, 0x86, 0x48, 0xce, 0x3d, 3, 1, 7]);
                put_number(&mut body, &point_of(key));
            }
        }
        body
    }

    pub(super) fn framed(&self) -> Vec<u8> {
        let body = self.body();
        let length = u16::try_from(body.len()).unwrap().to_be_bytes();
        [&[0x99], &length[..], &body].concat()
    }

    pub(super) fn fingerprint(&self) -> Vec<u8> {
        Sha1::digest(self.framed()).to_vec()
    }

    /// The body of a signature packet.
    pub(super) fn sign(&self, saying: &Saying, parts: &[&[u8]]) -> Vec<u8> {
        let mut body = vec![4, saying.kind, self.algorithm(), saying.hash];
        put_subpackets(&mut body, &saying.hashed);
        let length = u32::try_from(body.len()).unwrap().to_be_bytes();
        let digest = digest_of(
            saying.hash,
            &[&parts.concat()[..], &body, &[4, 0xff], &length].concat(),
        );
        put_subpackets(&mut body, &saying.unhashed);
        body.extend(&digest[..2]);
        let (r, s) = match &self.secret {
            Secret::Ed25519(key) => {
                let signature = key.sign(&digest).to_bytes();
                (signature[..32].to_vec(), signature[32..].to_vec())
            }
            Secret::P256(key) => {
                let (r, s) = p256_numbers(key, &digest);
                (r.to_vec(), s.to_vec())
            }
        };
        put_number(&mut body, &r);
        put_number(&mut body, &s);
        body
    }

    fn algorithm(&self) -> u8 {
        match &self.secret {
            Secret::Ed25519(_) => 22,
            Secret::P256(_) => 19,
        }
    }
}

fn digest_of(hash: u8, bytes: &[u8]) -> Vec<u8> {
    match hash {
        2 => Sha1::digest(bytes).to_vec(),
        8 => Sha256::digest(bytes).to_vec(),
        _ => Sha512::digest(bytes).to_vec(),
    }
}

fn put_number(into: &mut Vec<u8>, number: &[u8]) {
    let digits = trimmed(number);
    let bits = digits.len() * 8 - digits[0].leading_zeros() as usize;
    into.extend(u16::try_from(bits).unwrap().to_be_bytes());
    into.extend(digits);
}

fn put_subpackets(into: &mut Vec<u8>, subpackets: &[(u8, Vec<u8>)]) {
    let mut area = Vec::new();
    for (kind, content) in subpackets {
        area.push(255);
        area.extend(u32::try_from(content.len() + 1).unwrap().to_be_bytes());
        area.push(*kind);
        area.extend(content);
    }
    into.extend(u16::try_from(area.len()).unwrap().to_be_bytes());
    into.extend(area);
}

/// A packet with a length of five bytes.
pub(super) fn packet(tag: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len()).unwrap().to_be_bytes();
    [&[0xc0 | tag, 0xff], &length[..], body].concat()
}

/// The name in certificates of tests.
pub(super) const USER: &[u8] = b"Ada <ada@atlas.example>";

/// A certificate, packet by packet.
#[derive(Debug, Clone)]
pub(super) struct Certificate {
    pub(super) primary: Key,
    pub(super) packets: Vec<u8>,
}

impl Certificate {
    /// The primary key alone, of which nothing is said.
    pub(super) fn bare(secret: Secret) -> Self {
        let primary = Key {
            secret,
            created: CREATED,
        };
        Self {
            packets: packet(6, &primary.body()),
            primary,
        }
    }

    /// One name, and the primary key signs by itself.
    pub(super) fn plain(secret: Secret) -> Self {
        Self::bare(secret).user(&Saying::new(0x13, CREATED).with(27, [0x03]))
    }

    /// One name more, vouched for like this.
    pub(super) fn user(mut self, saying: &Saying) -> Self {
        self.packets.extend(packet(13, USER));
        self.user_signature(saying)
    }

    /// One signature more about that name.
    pub(super) fn user_signature(mut self, saying: &Saying) -> Self {
        let length = u32::try_from(USER.len()).unwrap().to_be_bytes();
        let parts = [&self.primary.framed()[..], &[0xb4], &length, USER].concat();
        self.packets
            .extend(packet(2, &self.primary.sign(saying, &[&parts])));
        self
    }

    /// One signature more about the primary key itself.
    pub(super) fn direct(mut self, saying: &Saying) -> Self {
        let parts = self.primary.framed();
        self.packets
            .extend(packet(2, &self.primary.sign(saying, &[&parts])));
        self
    }

    /// A subkey, bound like this.
    pub(super) fn subkey(mut self, subkey: &Key, saying: &Saying) -> Self {
        self.packets.extend(packet(14, &subkey.body()));
        self.subkey_signature(subkey, saying)
    }

    /// One signature more about that subkey.
    pub(super) fn subkey_signature(mut self, subkey: &Key, saying: &Saying) -> Self {
        let parts = [self.primary.framed(), subkey.framed()].concat();
        self.packets
            .extend(packet(2, &self.primary.sign(saying, &[&parts])));
        self
    }

    /// What a subkey says about the primary key.
    pub(super) fn back(&self, subkey: &Key) -> Vec<u8> {
        let parts = [self.primary.framed(), subkey.framed()].concat();
        subkey.sign(&Saying::new(0x19, subkey.created), &[&parts])
    }

    pub(super) fn armoured(&self) -> String {
        armour("PGP PUBLIC KEY BLOCK", "\n", &self.packets)
    }

    /// A signature over bytes, as a packet.
    pub(super) fn sign(&self, bytes: &[u8], created: u32) -> Vec<u8> {
        let issuer = [&[4], &self.primary.fingerprint()[..]].concat();
        let saying = Saying::new(0x00, created)
            .with(33, issuer)
            .beside(16, &self.primary.fingerprint()[12..]);
        packet(2, &self.primary.sign(&saying, &[bytes]))
    }
}
