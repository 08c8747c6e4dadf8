//! A person signs with a key of their own, and everybody can verify it.
#![allow(clippy::unwrap_used, reason = "a key that cannot sign has failed")]

use domain_types::{Sha256Digest, Timestamp};
use signatures::{KeyError, PublicKey, Scheme, SigningKey, Statement, Withdrawal, verify};

fn statement(counter: u64) -> Statement {
    Statement::Withdrawal(Withdrawal {
        statement: Sha256Digest::of(b"statement"),
        counter,
    })
}

/// A secret that nobody guesses but everybody can derive.
fn secret() -> [u8; 32] {
    *Sha256Digest::of(b"a secret of a test").as_bytes()
}

#[test]
fn what_is_signed_verifies_with_the_key_that_is_shown_and_is_the_same_every_time() {
    for scheme in [Scheme::Bip340, Scheme::Ed25519, Scheme::Secp256k1] {
        let key = SigningKey::from_secret(scheme, secret()).unwrap();
        let shown = PublicKey::parse(scheme, &key.public_key().to_string()).unwrap();
        assert_eq!(&shown, key.public_key());
        let signature = key.sign(&statement(1)).unwrap();
        assert_eq!(key.sign(&statement(1)).unwrap(), signature);
        let at = Timestamp::EPOCH;
        let verified = verify(&statement(1), &signature, &shown, at).unwrap();
        assert_eq!(verified.key(), &shown.identity());
        assert!(verify(&statement(2), &signature, &shown, at).is_err());
    }
}

#[test]
fn secrets_that_everybody_knows_or_that_are_none_sign_nothing() {
    let refusal = |scheme, secret| SigningKey::from_secret(scheme, secret).map(drop).unwrap_err();
    let mut one = [0; 32];
    one[31] = 1;
    for scheme in [Scheme::Bip340, Scheme::Secp256k1] {
        assert_eq!(refusal(scheme, one), KeyError::WellKnown);
        for none in [[0; 32], [0xff; 32]] {
            assert!(matches!(refusal(scheme, none), KeyError::Malformed { .. }));
        }
    }
    assert_eq!(refusal(Scheme::Ed25519, [0; 32]), KeyError::WellKnown);
    for scheme in [Scheme::Ssh, Scheme::OpenPgp] {
        assert!(matches!(refusal(scheme, secret()), KeyError::Malformed { .. }));
    }
}

#[test]
fn a_secret_is_never_shown() {
    for scheme in [Scheme::Bip340, Scheme::Ed25519, Scheme::Secp256k1] {
        let key = SigningKey::from_secret(scheme, secret()).unwrap();
        assert_eq!(format!("{key:?}"), format!("SigningKey({})", key.public_key()));
    }
}
