//! One bit changed: a signature is refused, or it is the same vote.

use super::hand::{Hand, Kind, text_of};
use super::samples::{all, at};
use crate::{SignatureText, Statement, verify};

/// Bits by chance that are tried of a signature.
const SAMPLED_BITS: usize = 64;

/// Of each kind, how many signatures are tried bit by bit, and of how many some bits by chance: 20 and 1,000 of each scheme.
const fn shares(kind: Kind) -> (u64, u64) {
    match kind {
        Kind::Ed25519 | Kind::Bip340 => (20, 1000),
        Kind::Compact | Kind::Der => (10, 500),
        Kind::SshEd25519 => (8, 500),
        Kind::HardwareEd25519 => (6, 300),
        Kind::SshP256 | Kind::HardwareP256 => (3, 100),
        Kind::PgpEd25519 => (14, 850),
        Kind::PgpP256 => (6, 150),
    }
}

/// Numbers by chance that are the same in every run (SplitMix64).
struct Chance(u64);

impl Chance {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }
}

fn flipped(bytes: &[u8], bit: usize) -> Vec<u8> {
    let mut bytes = bytes.to_vec();
    bytes[bit / 8] ^= 1 << (bit % 8);
    bytes
}

/// The bytes of a signature that nobody vouches for: of an OpenPGP packet its frame, and what stands in the part that is not hashed.
fn loose(hand: Kind, value: &[u8]) -> Vec<usize> {
    match hand {
        Kind::PgpEd25519 | Kind::PgpP256 => {
            let hashed = usize::from(u16::from_be_bytes([value[10], value[11]]));
            let start = 12 + hashed;
            let unhashed = usize::from(u16::from_be_bytes([value[start], value[start + 1]]));
            (0..6).chain(start..start + 2 + unhashed).collect()
        }
        Kind::Ed25519
        | Kind::Bip340
        | Kind::Compact
        | Kind::Der
        | Kind::SshEd25519
        | Kind::SshP256
        | Kind::HardwareEd25519
        | Kind::HardwareP256 => Vec::new(),
    }
}

fn exhaust(kind: Kind) {
    let statements = all();
    for number in 0..shares(kind).0 {
        let hand = Hand::new(kind, number);
        let statement = &statements[usize::try_from(number).unwrap() % statements.len()];
        let (key, bytes) = (hand.key(), statement.to_bytes());
        let value = hand.sign_bytes(&bytes, statement.namespace());
        let good = text_of(hand.scheme(), &value);
        let vote = verify(statement, &good, &key, at()).unwrap();
        let loose = loose(kind, &value);
        for bit in 0..value.len() * 8 {
            let text = text_of(hand.scheme(), &flipped(&value, bit));
            if let Ok(other) = verify(statement, &text, &key, at()) {
                assert!(
                    loose.contains(&(bit / 8)) && other == vote,
                    "{kind:?} {number} bit {bit}"
                );
            }
        }
        // The statement: another one that can be read, or the bytes as they are.
        for bit in 0..bytes.len() * 8 {
            let changed = flipped(&bytes, bit);
            if let Ok(other) = Statement::parse(&changed) {
                assert!(
                    verify(&other, &good, &key, at()).is_err(),
                    "{kind:?} {number} bit {bit} of the statement"
                );
            }
        }
        texts_exhausted(&hand, statement);
    }
}

/// Every bit of the text: another spelling of the same vote, or nothing.
fn texts_exhausted(hand: &Hand, statement: &Statement) {
    let (key, good) = (hand.key(), hand.sign(statement));
    let vote = verify(statement, &good, &key, at()).unwrap();
    let bytes = good.as_str().as_bytes();
    for bit in 0..bytes.len() * 8 {
        let Ok(text) = String::from_utf8(flipped(bytes, bit)) else {
            continue;
        };
        let result = SignatureText::parse(&text).and_then(|text| verify(statement, &text, &key, at()));
        assert!(result.is_err() || result == Ok(vote.clone()), "{text}");
    }
}

fn sample(kind: Kind) {
    let statements = all();
    let mut chance = Chance(1);
    let mut survived = 0;
    for number in 0..shares(kind).1 {
        let hand = Hand::new(kind, 1_000_000 + number);
        let statement = &statements[chance.below(statements.len())];
        let (key, bytes) = (hand.key(), statement.to_bytes());
        let value = hand.sign_bytes(&bytes, statement.namespace());
        let vote = verify(statement, &text_of(hand.scheme(), &value), &key, at()).unwrap();
        let loose = loose(kind, &value);
        for _ in 0..SAMPLED_BITS {
            let bit = chance.below(value.len() * 8);
            let text = text_of(hand.scheme(), &flipped(&value, bit));
            if let Ok(other) = verify(statement, &text, &key, at()) {
                assert!(
                    loose.contains(&(bit / 8)) && other == vote,
                    "{kind:?} {number} bit {bit}"
                );
                survived += 1;
            }
        }
    }
    assert_eq!(
        survived > 0,
        matches!(kind, Kind::PgpEd25519 | Kind::PgpP256),
        "{kind:?}"
    );
}

#[test]
fn every_bit_of_ed25519_counts() {
    exhaust(Kind::Ed25519);
}

#[test]
fn bits_by_chance_of_many_ed25519_count() {
    sample(Kind::Ed25519);
}

#[test]
fn every_bit_of_bip340_counts() {
    exhaust(Kind::Bip340);
}

#[test]
fn bits_by_chance_of_many_bip340_count() {
    sample(Kind::Bip340);
}

#[test]
fn every_bit_of_compact_ecdsa_counts() {
    exhaust(Kind::Compact);
}

#[test]
fn bits_by_chance_of_many_compact_ecdsa_count() {
    sample(Kind::Compact);
}

#[test]
fn every_bit_of_der_ecdsa_counts() {
    exhaust(Kind::Der);
}

#[test]
fn bits_by_chance_of_many_der_ecdsa_count() {
    sample(Kind::Der);
}

#[test]
fn every_bit_of_ssh_ed25519_counts() {
    exhaust(Kind::SshEd25519);
}

#[test]
fn bits_by_chance_of_many_ssh_ed25519_count() {
    sample(Kind::SshEd25519);
}

#[test]
fn every_bit_of_ssh_p256_counts() {
    exhaust(Kind::SshP256);
}

#[test]
fn bits_by_chance_of_many_ssh_p256_count() {
    sample(Kind::SshP256);
}

#[test]
fn every_bit_of_hardware_ed25519_counts() {
    exhaust(Kind::HardwareEd25519);
}

#[test]
fn bits_by_chance_of_many_hardware_ed25519_count() {
    sample(Kind::HardwareEd25519);
}

#[test]
fn every_bit_of_hardware_p256_counts() {
    exhaust(Kind::HardwareP256);
}

#[test]
fn bits_by_chance_of_many_hardware_p256_count() {
    sample(Kind::HardwareP256);
}

#[test]
fn every_bit_of_open_pgp_ed25519_counts() {
    exhaust(Kind::PgpEd25519);
}

#[test]
fn bits_by_chance_of_many_open_pgp_ed25519_count() {
    sample(Kind::PgpEd25519);
}

#[test]
fn every_bit_of_open_pgp_p256_counts() {
    exhaust(Kind::PgpP256);
}

#[test]
fn bits_by_chance_of_many_open_pgp_p256_count() {
    sample(Kind::PgpP256);
}
