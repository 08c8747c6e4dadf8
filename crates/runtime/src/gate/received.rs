//! Signatures of one statement: those that were heard now are taken, and those that were received before are verified again.

use super::came::Came;
use super::judge::Question;
use super::legacy_text::LEGACY_TEXT;
use super::words::{Heard, took_back};
use domain_types::Timestamp;
use governance_rules::{Electorate, Login};
use signatures::{SignatureText, Statement, Verified};
use storage::{NewSignature, SignatureName, SignatureRow};

/// Signatures that came, and that nobody had received before.
#[derive(Default)]
pub(crate) struct Received {
    pub(crate) rows: Vec<NewSignature>,
    /// What proves those of them that count, each with when it was received.
    pub(crate) proofs: Vec<(Verified, Timestamp)>,
    /// Those that were taken back before anybody counted them.
    pub(crate) taken_back: Vec<SignatureName>,
}

/// What whoever gave a signature is told.
pub(super) struct Thanks<'t> {
    /// That it counts, behind the name of who signed.
    pub(super) taken: &'t str,
    /// For what it counts no more, once it was taken back.
    pub(super) void: &'t str,
}

/// Takes the signatures of this statement by those who may sign it out of what was heard, and answers each. What is of another statement, or
/// by nobody of these, is left for whoever comes next.
pub(super) fn receive(
    heard: &mut Heard,
    (statement, thanks): (&Statement, &Thanks<'_>),
    may_sign: impl Fn(&Login) -> bool,
    (electorate, question): (&Electorate, &Question<'_>),
) -> Received {
    let at = question.found.observed_at;
    let unsigned = heard.unsigned.clone();
    let mut received = Received::default();
    heard.take_texts(|text, came| {
        let mut keys = electorate.keys().filter(|(login, _)| may_sign(login));
        let (login, proof) = keys.find_map(|(login, key)| {
            let proof = signatures::verify(statement, text, key, at).ok()?;
            Some((login, proof))
        })?;
        let row = row(statement, text, (&proof, came));
        let mut known = question.signatures.iter();
        let known = known.find(|known| known.signature.name == row.name);
        let is_taken_back = took_back(&unsigned, login, came.comment);
        let was_taken_back = known.is_some_and(|known| known.withdrawn_at.is_some())
            || received.taken_back.contains(&row.name);
        let is_void = is_taken_back || was_taken_back;
        if known.is_none() && received.rows.iter().all(|other| other.name != row.name) {
            match is_taken_back {
                true => received.taken_back.push(row.name.clone()),
                false => received.proofs.push((proof, came.received_at)),
            }
            received.rows.push(row);
        }
        Some(match is_void {
            true => format!(
                "{login} took this signature back: it counts no more for {}.",
                thanks.void
            ),
            false => format!("Signed by {login}{}.", thanks.taken),
        })
    });
    received
}

/// A signature of a statement that was given in a comment, as it is stored.
pub(super) fn row(
    statement: &Statement,
    text: &SignatureText,
    (proof, came): (&Verified, &Came),
) -> NewSignature {
    NewSignature {
        name: SignatureName {
            statement_digest: statement.digest(),
            key_identity: proof.key().to_string(),
        },
        scheme: match proof.is_of_legacy_text() {
            true => LEGACY_TEXT.to_owned(),
            false => proof.scheme().to_string(),
        },
        statement: statement.to_string(),
        signature: text.as_str().to_owned(),
        source: came.source(),
        received_at: came.received_at,
    }
}

/// A signature that was received before and not taken back, if it is of a statement that is wanted: what it signs, and what proves it by the
/// keys that are registered now.
pub(super) fn verified_again<S>(
    row: &SignatureRow,
    (electorate, at): (&Electorate, Timestamp),
    wanted: impl FnOnce(&Statement) -> Option<S>,
) -> Option<(S, Verified)> {
    if row.withdrawn_at.is_some() {
        return None;
    }
    let statement = Statement::parse(row.signature.statement.as_bytes()).ok()?;
    let signed = wanted(&statement)?;
    let text = SignatureText::parse(&row.signature.signature).ok()?;
    let key = electorate.key(&row.signature.name.key_identity)?;
    let proof = signatures::verify(&statement, &text, key, at).ok()?;
    Some((signed, proof))
}
