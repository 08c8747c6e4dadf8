//! Tiers that maintainers name: one word raises, and so many signatures as the higher tier needs lower, for one head.

use super::book::{Book, Raised};
use super::found::Found;
use super::judge::Question;
use super::received::{Received, Thanks, receive, verified_again};
use super::words::{Heard, how_to};
use domain_types::{CommitSha, Timestamp};
use governance_rules::{
    Electorate, Login, Lowering, LoweringVote, PullRequestFacts, Ruleset, TierId, TierWish, Verdict,
    classify, evaluate, tier_wish,
};
use serde::{Deserialize, Serialize};
use signatures::{Statement, TierLowering, Verified};
use storage::{SignatureName, SignatureRow};

/// Characters of a reason that are kept.
const REASON_CHARS_MAX: usize = 500;

/// A comment that names a tier.
#[derive(Debug, Clone)]
pub(crate) struct TierRequest {
    pub(crate) comment: u64,
    pub(crate) author: String,
    pub(crate) at: Timestamp,
    pub(crate) tier: String,
    pub(crate) reason: String,
}

/// A lower tier that was asked for, as the book keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct AskedLower {
    pub(crate) tier: TierId,
    pub(crate) by: String,
    pub(crate) at: Timestamp,
    pub(crate) reason: String,
    /// What it was asked for, and no other head or base.
    pub(crate) head: CommitSha,
    pub(crate) base: String,
    /// Who raised the tier after that: then nothing is lowered any more.
    pub(crate) ended_by: Option<String>,
}

/// Takes what was said of tiers, and puts it into the facts; answers the signatures that came for a lower one.
pub(crate) fn named(
    question: &mut Question<'_>,
    heard: &mut Heard,
    (rules, electorate): (&Ruleset, &Electorate),
    (facts, withdrawn): (&mut PullRequestFacts, &[SignatureName]),
) -> Received {
    let found = question.found;
    let is_of = |asked: &AskedLower| asked.head == found.head && asked.base == found.base;
    question.book.lowering = question.book.lowering.take().filter(is_of);
    for request in std::mem::take(&mut heard.tiers) {
        let line = take(&mut question.book, &request, (rules, electorate), (facts, found));
        heard.answer(request.comment, line);
        facts.change.raised = question.book.raised();
    }
    let asked = question
        .book
        .lowering
        .as_ref()
        .filter(|asked| asked.ended_by.is_none());
    if question
        .book
        .lowering
        .as_ref()
        .is_some_and(|asked| asked.ended_by.is_some())
    {
        // What somebody ended is not begun again by the same signatures, at whatever head.
        return Received {
            taken_back: given(question.signatures),
            ..Received::default()
        };
    }
    let Some((tier, by)) = asked.and_then(|asked| Some((asked.tier.clone(), asked.by.parse().ok()?))) else {
        return Received::default();
    };
    let left = question
        .signatures
        .iter()
        .filter(|row| !withdrawn.contains(&row.signature.name));
    let votes = left
        .filter_map(|row| reverified(row, electorate, found.observed_at))
        .collect();
    facts.lowering = Some(Lowering { tier, by, votes });
    match evaluate(rules, facts).lowering {
        Some(statement) => signed(heard, statement, (electorate, question), facts),
        None => Received::default(),
    }
}

/// What comes of one request.
fn take(
    book: &mut Book,
    request: &TierRequest,
    (rules, electorate): (&Ruleset, &Electorate),
    (facts, found): (&PullRequestFacts, &Found),
) -> String {
    let login: Option<Login> = request.author.parse().ok();
    let Some(login) = login.filter(|login| electorate.knows(login)) else {
        return format!(
            "Only a maintainer of this layer may raise a tier, or ask for a lower one; {} is none by the rules.",
            request.author.replace('`', "'")
        );
    };
    let Some(tier) = rules.find_tier(&request.tier) else {
        return format!("There is no tier `{}` in the rules.", request.tier);
    };
    let open = book.lowering.as_ref().filter(|asked| asked.ended_by.is_none());
    let before = open.map(|asked| &asked.tier);
    match tier_wish(rules, (&facts.subject, &facts.change), tier, before) {
        TierWish::Raise => raise(book, request, (&login, tier)),
        TierWish::Nothing => {
            remember(book, request, (&login, tier));
            format!("{tier} asks for nothing here that does not hold already, and for nothing less.")
        }
        TierWish::Lower(statement) => {
            // Whoever names a tier that holds anyway means it, whatever else made it hold.
            if classify(rules, &found.name, &facts.change)
                .tiers
                .contains_key(tier)
            {
                remember(book, request, (&login, tier));
            }
            lower(book, request, (&login, tier, *statement), found)
        }
    }
}

/// The signatures of lowerings that were received and not taken back.
fn given(rows: &[SignatureRow]) -> Vec<SignatureName> {
    let is_lowering = |row: &&SignatureRow| {
        let statement = Statement::parse(row.signature.statement.as_bytes());
        matches!(statement, Ok(Statement::TierLowering(_)))
    };
    let standing = rows.iter().filter(|row| row.withdrawn_at.is_none());
    standing
        .filter(is_lowering)
        .map(|row| row.signature.name.clone())
        .collect()
}

/// Notes a tier that somebody named. It never makes anything less.
fn remember(book: &mut Book, request: &TierRequest, (login, tier): (&Login, &TierId)) {
    book.raised.retain(|raised| raised.tier != tier.as_str());
    book.raised.push(Raised {
        tier: tier.as_str().to_owned(),
        by: login.to_string(),
        at: request.at,
        reason: kept(&request.reason),
    });
}

/// One word is enough. It ends whatever lowering was asked for.
fn raise(book: &mut Book, request: &TierRequest, (login, tier): (&Login, &TierId)) -> String {
    remember(book, request, (login, tier));
    let said = format!("This is judged as {tier} as well, on the word of {login}.");
    match book.lowering.as_mut().filter(|asked| asked.ended_by.is_none()) {
        None => said,
        Some(asked) => {
            asked.ended_by = Some(login.to_string());
            format!("{said} No tier is lowered at this head any more.")
        }
    }
}

fn lower(
    book: &mut Book,
    request: &TierRequest,
    (login, tier, statement): (&Login, &TierId, TierLowering),
    found: &Found,
) -> String {
    if let Some(ended_by) = book.lowering.as_ref().and_then(|asked| asked.ended_by.as_ref()) {
        return format!(
            "{ended_by} raised the tier after a lower one was asked for: nothing is lowered at this head any more."
        );
    }
    book.lowering = Some(AskedLower {
        tier: tier.clone(),
        by: login.as_str().to_owned(),
        at: request.at,
        reason: kept(&request.reason),
        head: found.head.clone(),
        base: found.base.clone(),
        ended_by: None,
    });
    format!(
        "{login} asks for {tier} instead of what holds. That takes as many signatures of this statement as hold now ({}), and changes nothing \
         before. {}",
        statement.holding.required,
        how_to(&Statement::TierLowering(statement.clone()), None)
    )
}

fn kept(reason: &str) -> String {
    reason.chars().take(REASON_CHARS_MAX).collect()
}

/// A signature that was received before.
fn reverified(row: &SignatureRow, electorate: &Electorate, at: Timestamp) -> Option<LoweringVote> {
    let (statement, proof) = verified_again(row, (electorate, at), |statement| match statement {
        Statement::TierLowering(lowering) => Some(lowering.clone()),
        Statement::Approval(_)
        | Statement::Withdrawal(_)
        | Statement::Emergency(_)
        | Statement::KeyRegistration(_) => None,
    })?;
    Some(LoweringVote {
        statement,
        proof,
        received_at: row.signature.received_at,
    })
}

/// Takes the signatures of this statement out of what was heard, and counts them.
fn signed(
    heard: &mut Heard,
    statement: TierLowering,
    (electorate, question): (&Electorate, &Question<'_>),
    facts: &mut PullRequestFacts,
) -> Received {
    let thanks = Thanks {
        taken: &format!(": `{}` instead of `{}`", statement.asked, statement.holding.tier),
        void: "this head",
    };
    let whole = Statement::TierLowering(statement.clone());
    let received = receive(heard, (&whole, &thanks), |_| true, (electorate, question));
    if let Some(lowering) = &mut facts.lowering {
        let vote = |(proof, received_at): &(Verified, Timestamp)| LoweringVote {
            statement: statement.clone(),
            proof: proof.clone(),
            received_at: *received_at,
        };
        lowering.votes.extend(received.proofs.iter().map(vote));
    }
    received
}

/// The part of the report that says how to sign a lower tier; nothing where none is asked for, or where it holds.
pub(crate) fn how_to_lower(verdict: &Verdict) -> String {
    let Some(statement) = &verdict.lowering else {
        return String::new();
    };
    if verdict.tiers.iter().eq(statement.asked.iter()) {
        return String::new();
    }
    let how = how_to(&Statement::TierLowering(statement.clone()), None);
    format!("\n\n## Lower tier\n\n{how}\n")
}
