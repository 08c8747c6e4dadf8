//! Hands that sign in every scheme, from secrets that are derived: what people do with their own tools.

use super::pgp::{Certificate, Secret};
use crate::encoding::{base64, hex};
use crate::wire::put_string;
use crate::{PublicKey, Scheme, SignatureText, Statement};
use domain_types::Sha256Digest;
use ed25519_dalek::Signer as _;
use p256::ecdsa::signature::hazmat::PrehashSigner as _;
use secp256k1::{Keypair, Message, SecretKey, ecdsa, schnorr};
use sha2::{Digest as _, Sha512};

/// A secret of a person.
#[derive(Debug, Clone)]
pub(super) struct Hand {
    secret: [u8; 32],
    kind: Kind,
}

/// What the person signs with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    Ed25519,
    Bip340,
    Compact,
    Der,
    SshEd25519,
    SshP256,
    HardwareEd25519,
    HardwareP256,
    PgpEd25519,
    PgpP256,
}

/// Every kind.
pub(super) const KINDS: [Kind; 10] = [
    Kind::Ed25519,
    Kind::Bip340,
    Kind::Compact,
    Kind::Der,
    Kind::SshEd25519,
    Kind::SshP256,
    Kind::HardwareEd25519,
    Kind::HardwareP256,
    Kind::PgpEd25519,
    Kind::PgpP256,
];

/// When the OpenPGP signatures of these hands are made.
pub(super) const SIGNED: u32 = 1_794_000_000;
const APPLICATION: &[u8] = b"ssh:";
const BIP340_TAG: &[u8] = b"governance-app/statement/v1";

impl Hand {
    /// The hand of a number.
    pub(super) fn new(kind: Kind, number: u64) -> Self {
        Self {
            secret: *Sha256Digest::of(&number.to_be_bytes()).as_bytes(),
            kind,
        }
    }

    pub(super) fn key(&self) -> PublicKey {
        PublicKey::parse(self.scheme(), &self.key_text()).unwrap()
    }

    pub(super) fn scheme(&self) -> Scheme {
        match self.kind {
            Kind::Ed25519 => Scheme::Ed25519,
            Kind::Bip340 => Scheme::Bip340,
            Kind::Compact | Kind::Der => Scheme::Secp256k1,
            Kind::SshEd25519 | Kind::SshP256 | Kind::HardwareEd25519 | Kind::HardwareP256 => Scheme::Ssh,
            Kind::PgpEd25519 | Kind::PgpP256 => Scheme::OpenPgp,
        }
    }

    /// What the person puts into the rules.
    pub(super) fn key_text(&self) -> String {
        match self.kind {
            Kind::Ed25519 => hex(self.ed25519().verifying_key().as_bytes()),
            Kind::Bip340 => hex(&self.secp256k1().x_only_public_key().0.to_byte_array()),
            Kind::Compact | Kind::Der => hex(&self.secp256k1().public_key().serialize()),
            Kind::SshEd25519 | Kind::SshP256 | Kind::HardwareEd25519 | Kind::HardwareP256 => {
                format!("{} {} ada@example", self.ssh_name(), base64(&self.ssh_blob()))
            }
            Kind::PgpEd25519 | Kind::PgpP256 => self.pgp().armoured(),
        }
    }

    pub(super) fn sign(&self, statement: &Statement) -> SignatureText {
        let value = self.sign_bytes(&statement.to_bytes(), statement.namespace());
        text_of(self.scheme(), &value)
    }

    /// The bytes of a signature: the frame for SSH, the packet for OpenPGP, the value for the others.
    pub(super) fn sign_bytes(&self, bytes: &[u8], namespace: &str) -> Vec<u8> {
        match self.kind {
            Kind::Ed25519 => self.ed25519().sign(bytes).to_bytes().to_vec(),
            Kind::Bip340 => {
                let tag = *Sha256Digest::of(BIP340_TAG).as_bytes();
                let digest = Sha256Digest::of(&[&tag[..], &tag[..], bytes].concat());
                schnorr::sign_no_aux_rand(digest.as_bytes(), &self.secp256k1())
                    .to_byte_array()
                    .to_vec()
            }
            Kind::Compact => self.ecdsa(bytes).serialize_compact().to_vec(),
            Kind::Der => self.ecdsa(bytes).serialize_der().to_vec(),
            Kind::SshEd25519 | Kind::SshP256 | Kind::HardwareEd25519 | Kind::HardwareP256 => {
                self.ssh_frame(bytes, namespace)
            }
            Kind::PgpEd25519 | Kind::PgpP256 => self.pgp().sign(bytes, SIGNED),
        }
    }

    fn ed25519(&self) -> ed25519_dalek::SigningKey {
        ed25519_dalek::SigningKey::from_bytes(&self.secret)
    }

    fn secp256k1(&self) -> Keypair {
        Keypair::from_secret_bytes(self.secret).unwrap()
    }

    fn p256(&self) -> p256::ecdsa::SigningKey {
        p256::ecdsa::SigningKey::from_slice(&self.secret).unwrap()
    }

    fn ecdsa(&self, bytes: &[u8]) -> ecdsa::Signature {
        let digest = Message::from_digest(*Sha256Digest::of(bytes).as_bytes());
        ecdsa::sign(digest, &SecretKey::from_keypair(&self.secp256k1()))
    }

    fn pgp(&self) -> Certificate {
        Certificate::plain(match self.kind == Kind::PgpP256 {
            true => Secret::P256(self.p256()),
            false => Secret::Ed25519(self.ed25519()),
        })
    }

    fn ssh_name(&self) -> &'static str {
        match (self.is_hardware(), self.is_p256()) {
            (false, false) => "ssh-ed25519",
            (false, true) => "ecdsa-sha2-nistp256",
            (true, false) => "sk-ssh-ed25519@openssh.com",
            (true, true) => "sk-ecdsa-sha2-nistp256@openssh.com",
        }
    }

    fn is_hardware(&self) -> bool {
        matches!(self.kind, Kind::HardwareEd25519 | Kind::HardwareP256)
    }

    fn is_p256(&self) -> bool {
        matches!(self.kind, Kind::SshP256 | Kind::HardwareP256)
    }

    fn ssh_blob(&self) -> Vec<u8> {
        let mut blob = Vec::new();
        put_string(&mut blob, self.ssh_name().as_bytes());
        if self.is_p256() {
            put_string(&mut blob, b"nistp256");
            put_string(&mut blob, &point_of(&self.p256()));
        } else {
            put_string(&mut blob, self.ed25519().verifying_key().as_bytes());
        }
        if self.is_hardware() {
            put_string(&mut blob, APPLICATION);
        }
        blob
    }

    fn ssh_frame(&self, bytes: &[u8], namespace: &str) -> Vec<u8> {
        let mut signed = b"SSHSIG".to_vec();
        let digest = Sha512::digest(bytes);
        for part in [namespace.as_bytes(), b"", b"sha512", &digest] {
            put_string(&mut signed, part);
        }
        let mut frame = b"SSHSIG\0\0\0\x01".to_vec();
        for part in [&self.ssh_blob()[..], namespace.as_bytes(), b"", b"sha512"] {
            put_string(&mut frame, part);
        }
        put_string(&mut frame, &self.ssh_value(&signed, 0x01));
        frame
    }

    /// The value of an SSH signature; for hardware keys with these flags and the counter 7.
    fn ssh_value(&self, signed: &[u8], flags: u8) -> Vec<u8> {
        let mut message = signed.to_vec();
        let counter = [0, 0, 0, 7];
        if self.is_hardware() {
            let (application, digest) = (Sha256Digest::of(APPLICATION), Sha256Digest::of(signed));
            message = [&application.as_bytes()[..], &[flags], &counter, digest.as_bytes()].concat();
        }
        let mut value = Vec::new();
        put_string(&mut value, self.ssh_name().as_bytes());
        if self.is_p256() {
            let (r, s) = p256_numbers(&self.p256(), Sha256Digest::of(&message).as_bytes());
            let mut numbers = Vec::new();
            for number in [r, s] {
                let digits = trimmed(&number);
                let sign: &[u8] = if digits[0] >= 0x80 { &[0] } else { &[] };
                put_string(&mut numbers, &[sign, digits].concat());
            }
            put_string(&mut value, &numbers);
        } else {
            put_string(&mut value, &self.ed25519().sign(&message).to_bytes());
        }
        if self.is_hardware() {
            value.push(flags);
            value.extend(counter);
        }
        value
    }

    /// A signature of a hardware key that nobody touched.
    pub(super) fn untouched(&self, statement: &Statement) -> SignatureText {
        let namespace = statement.namespace();
        let mut signed = b"SSHSIG".to_vec();
        let digest = Sha512::digest(statement.to_bytes());
        for part in [namespace.as_bytes(), b"", b"sha512", &digest] {
            put_string(&mut signed, part);
        }
        let mut frame = b"SSHSIG\0\0\0\x01".to_vec();
        for part in [&self.ssh_blob()[..], namespace.as_bytes(), b"", b"sha512"] {
            put_string(&mut frame, part);
        }
        put_string(&mut frame, &self.ssh_value(&signed, 0x00));
        text_of(Scheme::Ssh, &frame)
    }
}

/// 04, X and Y.
pub(super) fn point_of(key: &p256::ecdsa::SigningKey) -> Vec<u8> {
    key.verifying_key().to_sec1_point(false).as_bytes().to_vec()
}

/// R and S over a digest.
pub(super) fn p256_numbers(key: &p256::ecdsa::SigningKey, digest: &[u8]) -> ([u8; 32], [u8; 32]) {
    let signature: p256::ecdsa::Signature = key.sign_prehash(digest).unwrap();
    let (r, s) = signature.split_bytes();
    (r.into(), s.into())
}

/// Without zeros in front.
pub(super) fn trimmed(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

/// The text in which the bytes of a signature travel.
pub(super) fn text_of(scheme: Scheme, value: &[u8]) -> SignatureText {
    let text = match scheme {
        Scheme::Ssh => armour("SSH SIGNATURE", "", value),
        Scheme::OpenPgp => armour("PGP SIGNATURE", "\n", value),
        Scheme::Bip340 | Scheme::Ed25519 | Scheme::Secp256k1 => hex(value),
    };
    SignatureText::parse(&text).unwrap()
}

/// Armour without a checksum.
pub(super) fn armour(kind: &str, blank: &str, bytes: &[u8]) -> String {
    let encoded = base64(bytes);
    let lines: Vec<&str> = encoded
        .as_bytes()
        .chunks(70)
        .map(|line| std::str::from_utf8(line).unwrap())
        .collect();
    format!(
        "-----BEGIN {kind}-----\n{blank}{}\n-----END {kind}-----\n",
        lines.join("\n")
    )
}
