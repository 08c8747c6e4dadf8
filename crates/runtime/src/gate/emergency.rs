//! An emergency in a pull request: who asked for it, and the signatures of keyholders that came.

use super::book::Book;
use super::judge::Question;
use super::received::{Received, Thanks, receive, verified_again};
use super::words::Heard;
use domain_types::{Sha256Digest, Timestamp};
use governance_rules::{
    EMERGENCY_EVIDENCE_CHARS_MIN, Electorate, Emergency, EmergencyCase, EmergencyRequest, EmergencyVote,
    Login, Ruleset, Subject, TierId, emergency, is_emergency_tier,
};
use serde::{Deserialize, Serialize};
use signatures::{EmergencyStatement, Statement, Verified};
use std::collections::BTreeSet;
use storage::{SignatureName, SignatureRow};

/// Characters of evidence that are kept, and that its digest is of.
const EVIDENCE_CHARS_MAX: usize = 4_000;

/// An emergency that somebody asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct AskedFor {
    pub(crate) tier: String,
    pub(crate) evidence: String,
    pub(crate) by: String,
    pub(crate) at: Timestamp,
}

impl AskedFor {
    /// The same in the words of the rules; none if it is of a tier or a person that cannot be.
    pub(super) fn request(&self) -> Option<EmergencyRequest> {
        Some(EmergencyRequest {
            tier: self.tier.parse().ok()?,
            evidence: Sha256Digest::of(self.evidence.as_bytes()),
            by: self.by.parse().ok()?,
        })
    }
}

/// A request as it was heard.
#[derive(Debug, Clone)]
pub(crate) struct Request {
    pub(crate) comment: u64,
    pub(crate) author: String,
    pub(crate) at: Timestamp,
    pub(crate) tier: TierId,
    pub(crate) evidence: String,
}

/// What is known of who may do what.
pub(crate) struct Authority<'a> {
    pub(crate) rules: &'a Ruleset,
    pub(crate) electorate: &'a Electorate,
    pub(crate) subject: &'a Subject,
    /// Whoever opened or pushed the change.
    pub(crate) excluded: &'a BTreeSet<Login>,
}

impl Authority<'_> {
    /// How far the emergency is that the book knows of.
    fn state(&self, book: &Book, votes: &[EmergencyVote]) -> Option<Emergency> {
        let request = book.emergency.as_ref()?.request()?;
        let case = EmergencyCase {
            subject: self.subject,
            request: &request,
            excluded: self.excluded,
        };
        emergency(self.rules, self.electorate, &case, votes)
    }
}

/// An emergency, and the signatures for it that are new.
#[derive(Default)]
pub(crate) struct Declared {
    pub(crate) emergency: Option<Emergency>,
    pub(crate) received: Received,
}

/// Takes what was said of emergencies: requests first, then signatures of what is to be signed next.
pub(crate) fn declared(
    question: &mut Question<'_>,
    heard: &mut Heard,
    (authority, withdrawn): (&Authority<'_>, &[SignatureName]),
) -> Declared {
    let found = question.found;
    let rows = question.signatures;
    let left = rows.iter().filter(|row| !withdrawn.contains(&row.signature.name));
    let mut votes = stored(left, authority.electorate, found.observed_at);
    for request in std::mem::take(&mut heard.emergencies) {
        let before = authority.state(&question.book, &votes);
        let line = take(
            &mut question.book,
            &request,
            authority,
            (before.as_ref(), found.observed_at),
        );
        heard.answer(request.comment, line);
    }
    let before = authority.state(&question.book, &votes);
    let statement = before
        .as_ref()
        .and_then(|state| to_sign(state, found.observed_at))
        .cloned();
    let received = match statement {
        Some(statement) => signed(heard, statement, (authority.electorate, question), &mut votes),
        None => Received::default(),
    };
    Declared {
        emergency: authority.state(&question.book, &votes),
        received,
    }
}

/// The emergency as it stands, when nobody says anything.
pub(crate) fn standing(question: &Question<'_>, authority: &Authority<'_>) -> Option<Emergency> {
    let votes = stored(
        question.signatures.iter(),
        authority.electorate,
        question.found.observed_at,
    );
    authority.state(&question.book, &votes)
}

/// What keyholders sign next. Once it ended nothing goes on: only another request begins anew.
fn to_sign(state: &Emergency, now: Timestamp) -> Option<&EmergencyStatement> {
    let is_open = state.lasts.is_none_or(|(_, until)| now < until);
    state.statement.as_ref().filter(|_| is_open)
}

/// Notes a request, and says what comes of it.
fn take(
    book: &mut Book,
    request: &Request,
    authority: &Authority<'_>,
    (before, now): (Option<&Emergency>, Timestamp),
) -> String {
    let login: Option<Login> = request.author.parse().ok();
    let may = |login: &Login| authority.electorate.knows(login) || authority.electorate.holds_key(login);
    let Some(login) = login.filter(may) else {
        return "Only a maintainer of this layer or a keyholder may ask for an emergency.".to_owned();
    };
    if !is_emergency_tier(authority.rules, &request.tier) {
        return format!(
            "There is no emergency tier `{}` in the rules.",
            request.tier.as_str()
        );
    }
    if let Some((_, until)) = before.and_then(|before| before.lasts)
        && now < until
    {
        return format!("An emergency lasts here already, until {until}.");
    }
    if let Some(before) = before.filter(|before| before.lasts.is_none() && !before.signed.is_empty())
        && before.by != login
    {
        return format!(
            "{} asked for an emergency here, and keyholders have signed that: only {} may ask for another one now.",
            before.by, before.by
        );
    }
    let evidence: String = request.evidence.chars().take(EVIDENCE_CHARS_MAX).collect();
    if evidence.chars().count() < EMERGENCY_EVIDENCE_CHARS_MIN {
        return format!(
            "An emergency needs evidence of at least {EMERGENCY_EVIDENCE_CHARS_MIN} characters: what is wrong, since when, whom it harms."
        );
    }
    book.emergency = Some(AskedFor {
        tier: request.tier.as_str().to_owned(),
        evidence,
        by: login.as_str().to_owned(),
        at: request.at,
    });
    format!(
        "{login} asks for the emergency {}. It begins when enough keyholders have signed what the report shows; until then nothing changes.",
        request.tier.as_str()
    )
}

/// Signatures of emergencies that were received before, verified again by the keys that are registered now.
fn stored<'r>(
    rows: impl Iterator<Item = &'r SignatureRow>,
    electorate: &Electorate,
    at: Timestamp,
) -> Vec<EmergencyVote> {
    let vote = |row: &SignatureRow| {
        let (statement, proof) = verified_again(row, (electorate, at), |statement| match statement {
            Statement::Emergency(emergency) => Some(emergency.clone()),
            Statement::Approval(_)
            | Statement::TierLowering(_)
            | Statement::Withdrawal(_)
            | Statement::KeyRegistration(_) => None,
        })?;
        Some(EmergencyVote {
            statement,
            proof,
            received_at: row.signature.received_at,
        })
    };
    rows.filter_map(vote).collect()
}

/// Takes the signatures of this statement by keyholders out of what was heard, and counts them.
fn signed(
    heard: &mut Heard,
    statement: EmergencyStatement,
    (electorate, question): (&Electorate, &Question<'_>),
    votes: &mut Vec<EmergencyVote>,
) -> Received {
    let thanks = Thanks {
        taken: &format!(" for the emergency {}", statement.tier.as_str()),
        void: "this emergency",
    };
    let whole = Statement::Emergency(statement.clone());
    let may_sign = |login: &Login| electorate.holds_key(login);
    let received = receive(heard, (&whole, &thanks), may_sign, (electorate, question));
    let vote = |(proof, received_at): &(Verified, Timestamp)| EmergencyVote {
        statement: statement.clone(),
        proof: proof.clone(),
        received_at: *received_at,
    };
    votes.extend(received.proofs.iter().map(vote));
    received
}

/// The part of the report that says how keyholders sign.
pub(crate) fn how_to_declare(emergency: &Emergency, evidence: Option<&AskedFor>, now: Timestamp) -> String {
    let Some(statement) = to_sign(emergency, now) else {
        return String::new();
    };
    let evidence = evidence.map_or("", |asked| asked.evidence.as_str());
    format!(
        "\n\n## Emergency\n\n{} of {} keyholders have signed. The evidence, as {} gave it:\n\n```text\n{}\n```\n\n{}\n",
        emergency.signed.len(),
        emergency.required,
        emergency.by,
        evidence.replace("```", "'''"),
        super::words::how_to(&Statement::Emergency(statement.clone()), None)
    )
}
