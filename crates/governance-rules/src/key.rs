//! What a key in the rules turns out to be.

use crate::model::KeyText;
use signatures::{KeyError, KeyIdentity};
use std::collections::BTreeSet;

/// What a key turns out to be.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Judged<'k> {
    /// It can verify, and has these identities.
    Usable(&'k BTreeSet<KeyIdentity>),
    /// It says itself that it is none.
    Placeholder,
    /// Everybody knows its secret.
    Known,
    /// It cannot be one; what belongs there.
    Bad(&'static str),
}

/// Judges the text of a key.
pub(crate) fn judge(key: &KeyText) -> Judged<'_> {
    match &key.read {
        Ok(_) => Judged::Usable(&key.identities),
        Err(KeyError::Placeholder) => Judged::Placeholder,
        Err(KeyError::WellKnown) => Judged::Known,
        Err(KeyError::Malformed { expected }) => Judged::Bad(expected),
    }
}
