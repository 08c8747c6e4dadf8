//! Keys and signatures: strictly read, and never good for two statements.

use super::plain::assert_one_line;
use domain_types::{Sha256Digest, Timestamp};
use signatures::{
    ARMOURS_MAX, KeyIdentity, PublicKey, SIGNATURE_TEXT_BYTES_MAX, Scheme, Statement, Withdrawal,
    find_armour, verify,
};

/// Stands between a scheme, a key and the text that has signatures in it.
const BETWEEN: &str = "\n%%\n";

/// Everything that [`PublicKey::parse`], [`find_armour`] and [`verify`] promise. The bytes are the name of a scheme, a key, and a text.
pub fn signature(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let mut parts = text.splitn(3, BETWEEN);
    let (scheme, key, comment) = (parts.next(), parts.next(), parts.next());
    let found = find_armour(comment.unwrap_or(text));
    assert!(found.len() <= ARMOURS_MAX);
    assert!(
        found
            .iter()
            .all(|found| found.as_str().len() <= SIGNATURE_TEXT_BYTES_MAX)
    );
    let Some(Ok(scheme)) = scheme.map(str::parse::<Scheme>) else {
        return;
    };
    let key = match PublicKey::parse(scheme, key.unwrap_or_default()) {
        Ok(key) => key,
        Err(error) => return assert_one_line(&error.to_string()),
    };
    demand_key(scheme, &key);
    for signature in &found {
        let accepted = statements().filter(|statement| {
            let result = verify(statement, signature, &key, Timestamp::from_seconds(1_795_000_000));
            if let Err(error) = &result {
                assert_one_line(&error.to_string());
            }
            result.is_ok_and(|verified| {
                verified.key() == &key.identity() && key.identities().contains(verified.signer())
            })
        });
        assert!(accepted.count() <= 1, "good for two statements");
    }
}

fn demand_key(scheme: Scheme, key: &PublicKey) {
    assert_eq!(key.scheme(), scheme);
    assert!(key.identities().contains(&key.identity()));
    assert_eq!(key.identity().as_str().parse::<KeyIdentity>(), Ok(key.identity()));
    assert_one_line(&key.to_string());
    if scheme != Scheme::OpenPgp {
        let again = PublicKey::parse(scheme, &key.to_string());
        assert_eq!(again.map(|again| again.identity()), Ok(key.identity()));
    }
}

/// The withdrawals that the corpus has signatures of, and others.
fn statements() -> impl Iterator<Item = Statement> {
    (0..4).map(|counter| {
        Statement::Withdrawal(Withdrawal {
            statement: Sha256Digest::of(b"statement"),
            counter,
        })
    })
}
