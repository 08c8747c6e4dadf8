//! Signatures of the text of before, `PR #42 in owner/name`: taken only where the rules say so. It names no commit and is good for ever, so it
//! counts for the head that was there when its own signer wrote it, and for no other.

use super::book::Book;
use super::found::Found;
use domain_types::Timestamp;
use governance_rules::{Approval, Electorate, Login, Ruleset};
use signatures::{LegacyStatement, PublicKey, PullRequestApproval, SignatureText, Statement, Verified};

/// The scheme under which such a signature is kept.
pub(super) const LEGACY_TEXT: &str = "secp256k1-legacy-text";

/// The comment that gave it.
pub(super) struct Written<'w> {
    pub(super) author: &'w str,
    pub(super) at: Timestamp,
    /// Whether its author wrote it as it stands there, by all that can be told.
    pub(super) is_as_written: bool,
}

/// What a signature is that is none of the statement.
pub(super) enum OfLegacyText {
    /// One of the text of before, taken for an approval of this head.
    Taken(Box<(Login, Approval)>),
    /// One of it that is not taken, and why.
    Refused(String),
    /// Something else.
    None,
}

/// Reads a signature as one of the text of before.
pub(super) fn read(
    (rules, electorate): (&Ruleset, &Electorate),
    (book, found): (&Book, &Found),
    (statement, text): (Option<&Statement>, &SignatureText),
    written: &Written<'_>,
) -> OfLegacyText {
    let Some(Statement::Approval(approval)) = statement else {
        return OfLegacyText::None;
    };
    let mut signed = electorate
        .keys()
        .filter_map(|(login, key)| Some((login, taken_for(approval, text, key)?)));
    let Some((login, proof)) = signed.next() else {
        return OfLegacyText::None;
    };
    match why_not((rules, login), (book, found), written) {
        Some(why) => OfLegacyText::Refused(format!(
            "This signs the text of before (`PR #{} in {}`), which names no commit, and counts for nothing: {why}.",
            approval.pull_request, approval.repository
        )),
        None => OfLegacyText::Taken(Box::new((
            login.clone(),
            Approval {
                statement: approval.clone(),
                proof,
                received_at: found.observed_at,
            },
        ))),
    }
}

/// A signature of the text of before as one of an approval. Whether it came in time is asked when it is received.
pub(super) fn taken_for(
    approval: &PullRequestApproval,
    text: &SignatureText,
    key: &PublicKey,
) -> Option<Verified> {
    let legacy = LegacyStatement {
        repository: approval.repository.clone(),
        pull_request: approval.pull_request,
    };
    signatures::verify_legacy(&legacy, text, key)
        .ok()?
        .taken_for(approval)
}

/// Why it is not taken. It can be copied from one comment into another, so the comment must be its signer's own.
fn why_not(
    (rules, login): (&Ruleset, &Login),
    (book, found): (&Book, &Found),
    written: &Written<'_>,
) -> Option<String> {
    let is_own = written
        .author
        .parse::<Login>()
        .is_ok_and(|author| author == *login);
    let head = book.heads.last();
    let pushed_at = head.map_or(found.observed_at, |head| head.at);
    let retargeted_at = found.retargeted_at.max(book.retargeted_at);
    match () {
        () if !rules.takes_legacy_text(&found.name) => Some(
            "`legacy_text_repositories` in config/pull-requests.yml does not name this repository; sign the statement that the report shows"
                .to_owned(),
        ),
        () if !is_own => Some(format!("{login} must write the comment, and nobody else")),
        () if !written.is_as_written => Some("the comment was edited; write a new one".to_owned()),
        () if written.at <= pushed_at => Some(format!(
            "the comment of {} is not younger than the head `{}`, which was pushed at {pushed_at}; write a new one",
            written.at, found.head
        )),
        () if retargeted_at.is_some_and(|at| written.at <= at) => Some(
            "the comment is not younger than the base; write a new one".to_owned(),
        ),
        () => None,
    }
}

#[cfg(test)]
pub(super) mod tests;
