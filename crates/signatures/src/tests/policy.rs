//! When a certificate lets a key sign: what its primary key says about it, at a time.

use super::hand::text_of;
use super::pgp::{CREATED, Certificate, Key, Saying, Secret, packet};
use super::samples::{AT, all, at};
use crate::{KeyError, PublicKey, Scheme, Statement, VerifyError, verify};
use domain_types::Timestamp;

const DAY: u32 = 24 * 60 * 60;
/// When the documents are signed.
const SIGNED: u32 = CREATED + 10 * DAY;

fn ed25519(number: u8) -> Secret {
    Secret::Ed25519(ed25519_dalek::SigningKey::from_bytes(
        &[number.wrapping_add(100); 32],
    ))
}

fn bare() -> Certificate {
    Certificate::bare(ed25519(1))
}

/// Vouching for the primary key, which may certify and sign.
fn vouching(created: u32) -> Saying {
    Saying::new(0x13, created).with(27, [0x03])
}

fn seconds(seconds: u32) -> Vec<u8> {
    seconds.to_be_bytes().to_vec()
}

fn at_second(second: u32) -> Timestamp {
    Timestamp::from_seconds(i64::from(second))
}

fn statement() -> Statement {
    all().remove(0)
}

fn read(certificate: &Certificate) -> Result<PublicKey, KeyError> {
    PublicKey::parse(Scheme::OpenPgp, &certificate.armoured())
}

/// What becomes of a signature of the primary key at a time.
fn signed_at(certificate: &Certificate, at: Timestamp) -> Result<(), VerifyError> {
    let packet = certificate.sign(&statement().to_bytes(), SIGNED);
    let key = read(certificate).unwrap();
    verify(&statement(), &text_of(Scheme::OpenPgp, &packet), &key, at).map(drop)
}

/// What becomes of a signature of another kind.
fn saying(change: impl FnOnce(Saying) -> Saying) -> Result<(), VerifyError> {
    let certificate = bare().user(&vouching(CREATED));
    let saying = change(Saying::new(0x00, SIGNED));
    let body = certificate.primary.sign(&saying, &[&statement().to_bytes()]);
    let text = text_of(Scheme::OpenPgp, &packet(2, &body));
    verify(&statement(), &text, &read(&certificate).unwrap(), at()).map(drop)
}

fn is_malformed(result: Result<(), VerifyError>) -> bool {
    matches!(result, Err(VerifyError::Malformed { .. }))
}

#[test]
fn a_key_that_says_nothing_about_its_use_may_sign() {
    assert_eq!(signed_at(&bare().user(&Saying::new(0x10, CREATED)), at()), Ok(()));
    assert_eq!(
        signed_at(&bare().direct(&Saying::new(0x1f, CREATED)), at()),
        Ok(())
    );
}

#[test]
fn a_key_that_is_for_something_else_may_not() {
    let certify_only = bare().user(&Saying::new(0x13, CREATED).with(27, [0x01]));
    assert_eq!(signed_at(&certify_only, at()), Err(VerifyError::MayNotSign));
}

#[test]
fn a_certificate_for_which_nobody_vouches_is_none() {
    let other = Certificate::bare(ed25519(2));
    let foreign = {
        let mut certificate = bare();
        let body = other.primary.sign(&vouching(CREATED), &[b"anything"]);
        certificate.packets.extend(packet(13, super::pgp::USER));
        certificate.packets.extend(packet(2, &body));
        certificate
    };
    let weak = bare().user(&Saying {
        hash: 2,
        ..vouching(CREATED)
    });
    let back = bare()
        .user(&vouching(CREATED))
        .user_signature(&Saying::new(0x30, CREATED + DAY));
    for certificate in [bare(), foreign, weak, back] {
        assert!(matches!(read(&certificate), Err(KeyError::Malformed { .. })));
    }
}

#[test]
fn an_expired_key_signs_nothing_until_it_is_made_to_last() {
    let short = bare().user(&vouching(CREATED).with(9, seconds(20 * DAY)));
    assert_eq!(signed_at(&short, at_second(CREATED + 20 * DAY - 1)), Ok(()));
    assert_eq!(
        signed_at(&short, at_second(CREATED + 20 * DAY)),
        Err(VerifyError::Expired)
    );
    let longer = short.user_signature(&vouching(CREATED + DAY).with(9, seconds(90 * DAY)));
    assert_eq!(signed_at(&longer, at_second(CREATED + 20 * DAY)), Ok(()));
    let for_ever = longer.user_signature(&vouching(CREATED + 2 * DAY).with(9, seconds(0)));
    assert_eq!(signed_at(&for_ever, at_second(CREATED + 300 * DAY)), Ok(()));
}

#[test]
fn the_newest_of_what_was_said_holds_and_what_is_said_later_does_not_yet() {
    let renewed = bare()
        .user(&vouching(CREATED).with(9, seconds(20 * DAY)))
        .user_signature(&vouching(CREATED + 15 * DAY).with(9, seconds(16 * DAY)));
    assert_eq!(signed_at(&renewed, at_second(CREATED + 12 * DAY)), Ok(()));
    assert_eq!(
        signed_at(&renewed, at_second(CREATED + 18 * DAY)),
        Err(VerifyError::Expired)
    );
}

#[test]
fn a_revoked_key_signs_nothing_and_a_farewell_holds_from_its_day() {
    let whole = || bare().user(&vouching(CREATED));
    let revoked = |reason: Option<u8>, created| {
        let saying = Saying::new(0x20, created);
        let saying = match reason {
            Some(reason) => saying.with(29, [reason]),
            None => saying,
        };
        // A direct signature comes before the names.
        let mut certificate = bare().direct(&saying);
        certificate
            .packets
            .extend_from_slice(&whole().packets[bare().packets.len()..]);
        certificate
    };
    let later = CREATED + 30 * DAY;
    for reason in [None, Some(0), Some(2)] {
        assert_eq!(
            signed_at(&revoked(reason, later), at_second(SIGNED)),
            Err(VerifyError::Revoked)
        );
    }
    for reason in [1, 3] {
        assert_eq!(
            signed_at(&revoked(Some(reason), later), at_second(SIGNED)),
            Ok(())
        );
        assert_eq!(
            signed_at(&revoked(Some(reason), later), at_second(later)),
            Err(VerifyError::Revoked)
        );
    }
}

/// A certificate whose subkey signs, bound like this.
fn with_subkey(binding: impl FnOnce(&Certificate, &Key) -> Saying) -> (Certificate, Key) {
    let certify_only = bare().user(&Saying::new(0x13, CREATED).with(27, [0x01]));
    let subkey = Key {
        secret: ed25519(3),
        created: CREATED + DAY,
    };
    let saying = binding(&certify_only, &subkey);
    (certify_only.subkey(&subkey, &saying), subkey)
}

fn bound(certificate: &Certificate, subkey: &Key) -> Saying {
    Saying::new(0x18, subkey.created)
        .with(27, [0x02])
        .beside(32, certificate.back(subkey))
}

fn signed_by(
    certificate: &Certificate,
    subkey: &Key,
    created: u32,
    at: Timestamp,
) -> Result<(), VerifyError> {
    let body = subkey.sign(&Saying::new(0x00, created), &[&statement().to_bytes()]);
    let text = text_of(Scheme::OpenPgp, &packet(2, &body));
    verify(&statement(), &text, &read(certificate).unwrap(), at).map(drop)
}

#[test]
fn a_subkey_signs_if_both_keys_say_so() {
    let (certificate, subkey) = with_subkey(bound);
    assert_eq!(signed_by(&certificate, &subkey, SIGNED, at()), Ok(()));
    let key = read(&certificate).unwrap();
    assert_eq!(key.identities().len(), 2);
    let body = subkey.sign(&Saying::new(0x00, SIGNED), &[&statement().to_bytes()]);
    let verified = verify(
        &statement(),
        &text_of(Scheme::OpenPgp, &packet(2, &body)),
        &key,
        at(),
    )
    .unwrap();
    assert_eq!(verified.key(), &key.identity());
    assert_ne!(verified.signer(), verified.key());
    assert!(key.identities().contains(verified.signer()));
}

#[test]
fn a_subkey_that_one_of_the_two_keys_does_not_own_signs_nothing() {
    let other = Certificate::bare(ed25519(9));
    let unbound: [fn(&Certificate, &Key) -> Saying; 4] = [
        // It does not say that it belongs there: anybody's key could be claimed like that.
        |_, subkey| Saying::new(0x18, subkey.created).with(27, [0x02]),
        // It is for encryption.
        |certificate, subkey| {
            Saying::new(0x18, subkey.created)
                .with(27, [0x0c])
                .beside(32, certificate.back(subkey))
        },
        // Nobody says what it is for.
        |certificate, subkey| Saying::new(0x18, subkey.created).beside(32, certificate.back(subkey)),
        // Another kind of signature.
        |certificate, subkey| {
            Saying::new(0x28, subkey.created)
                .with(27, [0x02])
                .beside(32, certificate.back(subkey))
        },
    ];
    for binding in unbound {
        let (certificate, subkey) = with_subkey(binding);
        assert_eq!(
            signed_by(&certificate, &subkey, SIGNED, at()),
            Err(VerifyError::Mismatch)
        );
        assert_eq!(read(&certificate).unwrap().identities().len(), 1);
    }
    let (certificate, subkey) = with_subkey(|_, subkey| {
        Saying::new(0x18, subkey.created)
            .with(27, [0x02])
            .beside(32, Certificate::bare(ed25519(9)).back(subkey))
    });
    assert_eq!(
        signed_by(&certificate, &subkey, SIGNED, at()),
        Err(VerifyError::Mismatch)
    );
    assert_eq!(
        signed_by(&certificate, &other.primary, SIGNED, at()),
        Err(VerifyError::Mismatch)
    );
}

#[test]
fn a_subkey_expires_and_is_revoked_by_itself_and_with_the_primary_key() {
    let (expiring, subkey) =
        with_subkey(|certificate, subkey| bound(certificate, subkey).with(9, seconds(20 * DAY)));
    let end = subkey.created + 20 * DAY;
    assert_eq!(signed_by(&expiring, &subkey, SIGNED, at_second(end - 1)), Ok(()));
    assert_eq!(
        signed_by(&expiring, &subkey, SIGNED, at_second(end)),
        Err(VerifyError::Expired)
    );
    let (certificate, subkey) = with_subkey(bound);
    let revoked = certificate
        .clone()
        .subkey_signature(&subkey, &Saying::new(0x28, SIGNED));
    assert_eq!(
        signed_by(&revoked, &subkey, SIGNED, at()),
        Err(VerifyError::Revoked)
    );
    let expired = certificate.user(
        &Saying::new(0x13, CREATED + DAY)
            .with(27, [1])
            .with(9, seconds(11 * DAY)),
    );
    assert_eq!(signed_by(&expired, &subkey, SIGNED, at_second(SIGNED)), Ok(()));
    assert_eq!(
        signed_by(&expired, &subkey, SIGNED, at()),
        Err(VerifyError::Expired)
    );
}

#[test]
fn a_signature_is_made_after_its_key_and_not_in_the_future() {
    let (certificate, subkey) = with_subkey(bound);
    assert_eq!(
        signed_by(&certificate, &subkey, CREATED, at()),
        Err(VerifyError::Untimely)
    );
    assert_eq!(
        signed_by(&certificate, &subkey, SIGNED, at_second(SIGNED - 10 * 60)),
        Ok(())
    );
    assert_eq!(
        signed_by(&certificate, &subkey, SIGNED, at_second(SIGNED - 20 * 60)),
        Err(VerifyError::Untimely)
    );
}

#[test]
fn only_a_signature_over_bytes_that_is_understood_counts() {
    assert_eq!(saying(|saying| saying), Ok(()));
    assert_eq!(saying(|saying| Saying { hash: 8, ..saying }), Ok(()));
    assert!(is_malformed(saying(|saying| Saying { kind: 0x01, ..saying })));
    assert!(matches!(
        saying(|saying| Saying { hash: 2, ..saying }),
        Err(VerifyError::Algorithm { .. })
    ));
    // Expires after a day, and long ago; a note that is critical; one that is not; a time twice; no time at all.
    assert_eq!(
        saying(|saying| saying.with(3, seconds(DAY))),
        Err(VerifyError::Expired)
    );
    assert_eq!(saying(|saying| saying.with(3, seconds(0))), Ok(()));
    assert!(is_malformed(saying(|saying| saying.with(0x80 | 20, [0; 8]))));
    assert_eq!(saying(|saying| saying.with(20, [0; 8])), Ok(()));
    assert!(is_malformed(saying(|saying| saying.with(2, seconds(SIGNED)))));
    let timeless = |saying: Saying| Saying {
        hashed: Vec::new(),
        ..saying
    };
    assert_eq!(saying(timeless), Err(VerifyError::Untimely));
    // Said to be another's.
    assert_eq!(
        saying(|saying| saying.with(33, [&[4], &[7; 20][..]].concat())),
        Err(VerifyError::OtherKey)
    );
    assert!(is_malformed(saying(|saying| saying.with(33, [6; 33]))));
}

#[test]
fn exactly_one_signature_packet_is_taken() {
    let certificate = bare().user(&vouching(CREATED));
    let key = read(&certificate).unwrap();
    let one = certificate.sign(&statement().to_bytes(), SIGNED);
    let padding = packet(21, b"padding");
    for (bytes, good) in [
        (one.clone(), true),
        ([one.clone(), one.clone()].concat(), false),
        ([padding.clone(), one.clone()].concat(), false),
        ([one.clone(), padding].concat(), false),
        ([one.clone(), vec![0]].concat(), false),
        (one[..one.len() - 1].to_vec(), false),
        (Vec::new(), false),
    ] {
        let result = verify(&statement(), &text_of(Scheme::OpenPgp, &bytes), &key, at());
        assert_eq!(result.is_ok(), good, "{result:?}");
        assert!(good || is_malformed(result.map(drop)));
    }
}

#[test]
fn the_time_of_the_tests_is_after_everything_that_is_signed_in_them() {
    assert!(i64::from(SIGNED) < AT);
}
