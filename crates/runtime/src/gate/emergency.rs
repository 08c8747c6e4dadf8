//! An emergency in a pull request: who asked for it, and the signatures of keyholders that came.

use super::book::Book;
use super::found::Found;
use super::judge::Question;
use super::words::Heard;
use domain_types::{Sha256Digest, Timestamp};
use governance_rules::{
    EMERGENCY_EVIDENCE_CHARS_MIN, Electorate, Emergency, EmergencyCase, EmergencyRequest, EmergencyVote,
    Login, Ruleset, Subject, TierId, emergency, is_emergency_tier,
};
use serde::{Deserialize, Serialize};
use signatures::{EmergencyStatement, SignatureText, Statement};
use std::collections::BTreeSet;
use storage::{NewSignature, SignatureName, SignatureRow};

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
        let asked = book.emergency.as_ref()?;
        let request = EmergencyRequest {
            tier: asked.tier.parse().ok()?,
            evidence: Sha256Digest::of(asked.evidence.as_bytes()),
            by: asked.by.parse().ok()?,
        };
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
    pub(crate) received: Vec<NewSignature>,
}

/// Takes what was said of emergencies: requests first, then signatures of what is to be signed next.
pub(crate) fn declared(
    question: &mut Question<'_>,
    heard: &mut Heard,
    authority: &Authority<'_>,
) -> Declared {
    let found = question.found;
    let mut votes = stored(question.signatures, authority.electorate, found.observed_at);
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
    let statement = before.as_ref().and_then(|state| state.statement.clone());
    let mut received = Vec::new();
    if let Some(statement) = statement {
        for (row, vote) in receive(heard, &statement, (authority.electorate, found)) {
            let is_known = question
                .signatures
                .iter()
                .map(|known| &known.signature)
                .chain(&received)
                .any(|known| known.name == row.name);
            if !is_known {
                received.push(row);
                votes.push(vote);
            }
        }
    }
    Declared {
        emergency: authority.state(&question.book, &votes),
        received,
    }
}

/// The emergency as it stands, when nobody says anything.
pub(crate) fn standing(question: &Question<'_>, authority: &Authority<'_>) -> Option<Emergency> {
    let votes = stored(
        question.signatures,
        authority.electorate,
        question.found.observed_at,
    );
    authority.state(&question.book, &votes)
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
fn stored(rows: &[SignatureRow], electorate: &Electorate, at: Timestamp) -> Vec<EmergencyVote> {
    let vote = |row: &SignatureRow| {
        let Ok(Statement::Emergency(statement)) = Statement::parse(row.signature.statement.as_bytes()) else {
            return None;
        };
        let text = SignatureText::parse(&row.signature.signature).ok()?;
        let key = electorate.key(&row.signature.name.key_identity)?;
        let proof = signatures::verify(&Statement::Emergency(statement.clone()), &text, key, at).ok()?;
        Some(EmergencyVote {
            statement,
            proof,
            received_at: row.received_at,
        })
    };
    let counted = rows.iter().filter(|row| row.withdrawn_at.is_none());
    counted.filter_map(vote).collect()
}

/// Takes the signatures of this statement out of what was heard. What is of no emergency is left for whoever comes next.
fn receive(
    heard: &mut Heard,
    statement: &EmergencyStatement,
    (electorate, found): (&Electorate, &Found),
) -> Vec<(NewSignature, EmergencyVote)> {
    let whole = Statement::Emergency(statement.clone());
    let mut taken = Vec::new();
    heard.take_texts(|text, (comment, author, at)| {
        let keys = electorate.keys().filter(|(login, _)| electorate.holds_key(login));
        let mut proofs = keys.filter_map(|(login, key)| {
            let proof = signatures::verify(&whole, text, key, found.observed_at).ok()?;
            Some((login.clone(), proof))
        });
        let (login, proof) = proofs.next()?;
        let row = NewSignature {
            name: SignatureName {
                statement_digest: whole.digest(),
                key_identity: proof.key().to_string(),
            },
            scheme: proof.scheme().to_string(),
            statement: whole.to_string(),
            signature: text.as_str().to_owned(),
            source: format!("comment {comment} by {author} at {at}"),
        };
        let vote = EmergencyVote {
            statement: statement.clone(),
            proof,
            received_at: found.observed_at,
        };
        taken.push((row, vote));
        Some(format!(
            "Signed by {login} for the emergency {}.",
            statement.tier.as_str()
        ))
    });
    taken
}

/// The part of the report that says how keyholders sign.
pub(crate) fn how_to_declare(emergency: &Emergency, evidence: Option<&AskedFor>) -> String {
    let Some(statement) = &emergency.statement else {
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
