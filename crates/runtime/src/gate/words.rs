//! What people say to a pull request: commands and signatures in comments, and what is answered.

use super::book::{Book, Held, Raised};
use super::found::{Found, FoundComment};
use super::judge::GateSettings;
use super::mirror;
use super::signing::{as_markdown, to_sign};
use domain_types::Timestamp;
use governance_rules::{Approval, Command, Electorate, Login, Ruleset, Verdict, commands, own_text};
use signatures::{SignatureText, Statement};
use std::collections::BTreeSet;
use storage::{NewSignature, SignatureName, SignatureRow};

/// Signatures of one comment that are tried: more nobody gives at once.
const SIGNATURES_MAX: usize = 8;
/// Characters of a reason that are kept.
const REASON_CHARS_MAX: usize = 500;

/// Answers by the comment that is answered.
pub(crate) type Answers = Vec<(u64, Vec<String>)>;

/// What was said since the last look.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// Signatures that were given, each with its comment and who wrote that.
    signatures: Vec<Given>,
    /// Who takes a signature back, and in which comment.
    unsigned: Vec<(u64, Login)>,
    /// Comments that ask where it stands.
    standing: Vec<u64>,
    answers: Answers,
    /// Comments of ours that keep a signature for somebody: they are answers themselves.
    mirrors: Vec<u64>,
}

#[derive(Debug)]
struct Given {
    comment: u64,
    author: String,
    at: Timestamp,
    texts: Vec<SignatureText>,
    was_asked_for: bool,
}

/// Reads the comments that were not read yet. What a comment commands it commands once; what is changed in it later commands nothing, but
/// a signature in it counts whenever it comes.
pub(crate) fn hear(book: &mut Book, found: &Found, (rules, electorate): (&Ruleset, &Electorate)) -> Heard {
    let mut heard = Heard::default();
    let read_before = book.comments_since();
    for comment in &found.comments {
        let was = book.comments.insert(comment.id, comment.updated_at);
        if was == Some(comment.updated_at) {
            continue;
        }
        // What we say commands nothing; a signature that we keep there for somebody is one like any other.
        if comment.is_own {
            heard.take_mirrored(comment);
            continue;
        }
        // One that is not remembered and older than what was read was changed, not written.
        let is_new = was.is_none() && read_before.is_none_or(|since| comment.created_at >= since);
        let said = if is_new {
            commands(&comment.body)
        } else {
            Vec::new()
        };
        heard.take_signatures(comment, &said);
        for command in said {
            take(&mut heard, book, (rules, electorate), (comment, command));
        }
    }
    book.read_comments(found.observed_at);
    heard
}

impl Heard {
    fn take_signatures(&mut self, comment: &FoundComment, said: &[Command]) {
        let mut texts = signatures::find_armour(&own_text(&comment.body));
        let given = said.iter().filter_map(|command| match command {
            Command::Sign(Some(text)) => SignatureText::parse(text).ok(),
            Command::Sign(None)
            | Command::Unsign
            | Command::Status
            | Command::Tier { .. }
            | Command::Emergency(_)
            | Command::Hold { .. }
            | Command::Release
            | Command::Help
            | Command::Mistaken { .. } => None,
        });
        texts.extend(given);
        texts.truncate(SIGNATURES_MAX);
        let was_asked_for = said.iter().any(|command| matches!(command, Command::Sign(_)));
        if !texts.is_empty() || was_asked_for {
            self.signatures.push(Given {
                comment: comment.id,
                author: comment.author.clone(),
                at: comment.created_at,
                texts,
                was_asked_for,
            });
        }
    }

    fn take_mirrored(&mut self, comment: &FoundComment) {
        let Some(text) = mirror::kept_in(&comment.body) else {
            return;
        };
        self.mirrors.push(comment.id);
        self.signatures.push(Given {
            comment: comment.id,
            author: comment.author.clone(),
            at: comment.created_at,
            texts: vec![text],
            was_asked_for: false,
        });
    }

    /// Whether somebody takes their signatures back in a comment behind this one.
    fn takes_back(&self, login: &Login, comment: u64) -> bool {
        self.unsigned
            .iter()
            .any(|(later, leaving)| leaving == login && *later > comment)
    }

    fn answer(&mut self, comment: u64, line: impl Into<String>) {
        answer(&mut self.answers, comment, line);
    }
}

fn answer(answers: &mut Answers, comment: u64, line: impl Into<String>) {
    match answers.iter_mut().find(|(known, _)| *known == comment) {
        Some((_, lines)) => lines.push(line.into()),
        None => answers.push((comment, vec![line.into()])),
    }
}

fn take(
    heard: &mut Heard,
    book: &mut Book,
    (rules, electorate): (&Ruleset, &Electorate),
    (comment, command): (&FoundComment, Command),
) {
    let id = comment.id;
    let author: Option<Login> = comment.author.parse().ok();
    let maintainer = author.filter(|login| electorate.knows(login));
    match command {
        // Answered where they are verified.
        Command::Sign(_) => {}
        Command::Status if heard.standing.contains(&id) => {}
        Command::Status => heard.standing.push(id),
        Command::Help => heard.answer(id, HELP),
        Command::Unsign => match maintainer {
            Some(login) => heard.unsigned.push((id, login)),
            None => heard.answer(id, not_yours(comment, "take a signature back")),
        },
        Command::Tier { tier, reason } => match (maintainer, rules.find_tier(&tier)) {
            (None, _) => heard.answer(id, not_yours(comment, "raise a tier")),
            (Some(_), None) => heard.answer(id, format!("There is no tier `{tier}` in the rules.")),
            (Some(login), Some(tier)) => {
                heard.answer(
                    id,
                    format!("This is judged as {tier} as well, on the word of {login}."),
                );
                book.raised.retain(|raised| raised.tier != tier.as_str());
                book.raised.push(Raised {
                    tier: tier.as_str().to_owned(),
                    by: login.to_string(),
                    at: comment.created_at,
                    reason: kept(&reason),
                });
            }
        },
        Command::Hold { reason } => match maintainer {
            Some(login) => {
                // Held again is not held for longer: a person has one hold of a pull request, and it ends.
                let before = book.holds.iter().position(|held| held.by == login.as_str());
                let before = before.map(|place| book.holds.remove(place).since);
                heard.answer(
                    id,
                    format!("{login} holds this: `/governance-hold off` lets it go."),
                );
                book.holds.push(Held {
                    by: login.as_str().to_owned(),
                    since: before.unwrap_or(comment.created_at),
                    reason: kept(&reason),
                });
            }
            None => heard.answer(id, not_yours(comment, "hold it")),
        },
        Command::Release => {
            let own = comment.author.to_ascii_lowercase();
            let before = book.holds.len();
            book.holds.retain(|held| held.by != own);
            let line = match before == book.holds.len() {
                true => "There is no hold of yours here.",
                false => "Your hold is gone.",
            };
            heard.answer(id, line);
        }
        Command::Emergency(_) => heard.answer(id, EMERGENCY),
        Command::Mistaken { line, usage } => {
            let line = line.replace('`', "'");
            heard.answer(id, format!("`{line}` is no command; it is written `{usage}`."));
        }
    }
}

/// Verifies the signatures that were given: each by the statements that were shown of this head, and by every key that may sign.
pub(crate) fn receive(
    book: &Book,
    heard: &Heard,
    (electorate, found): (&Electorate, &Found),
    (statement, stored): (&Option<Statement>, &[SignatureRow]),
) -> (Vec<(NewSignature, Approval)>, Answers) {
    let mut answers = heard.answers.clone();
    let mut received: Vec<(NewSignature, Approval)> = Vec::new();
    let statements = shown(book);
    for given in &heard.signatures {
        if given.texts.is_empty() {
            let how = "There is no signature in this comment: paste what `ssh-keygen -Y sign` or `gpg --armor --detach-sign` wrote, or \
                       write it behind `/governance-sign` on one line.";
            answer(&mut answers, given.comment, how);
        }
        for text in &given.texts {
            match verified(&statements, text, electorate, found.observed_at) {
                Some((login, approval)) => {
                    let row = row(text, &approval, given);
                    let known = stored.iter().find(|known| known.signature.name == row.name);
                    let line = match known.map(|known| known.withdrawn_at) {
                        Some(Some(_)) => {
                            format!("{login} took this signature back: it counts no more for this head.")
                        }
                        Some(None) | None => {
                            format!("Signed by {login} for `{}`.", approval.statement.head_sha)
                        }
                    };
                    answer(&mut answers, given.comment, line);
                    let is_new = received.iter().all(|(other, _)| other.name != row.name);
                    let is_taken_back = heard.takes_back(&login, given.comment);
                    if known.is_none() && is_new && !is_taken_back {
                        received.push((row, approval));
                    }
                }
                None if given.was_asked_for || !text.as_str().is_empty() => {
                    answer(&mut answers, given.comment, no_match(statement.as_ref()));
                }
                None => {}
            }
        }
    }
    answers.retain(|(comment, _)| !heard.mirrors.contains(comment));
    (received, answers)
}

/// The statements of this head that were shown, the newest first.
fn shown(book: &Book) -> Vec<Statement> {
    let parsed = book
        .statements
        .iter()
        .rev()
        .filter_map(|text| Statement::parse(text.as_bytes()).ok());
    parsed.collect()
}

/// Verifies one signature: by any of these statements, and any key that may sign.
pub(super) fn verified(
    statements: &[Statement],
    text: &SignatureText,
    electorate: &Electorate,
    at: Timestamp,
) -> Option<(Login, Approval)> {
    for statement in statements {
        let Statement::Approval(approval) = statement else {
            continue;
        };
        for (login, key) in electorate.keys() {
            if let Ok(proof) = signatures::verify(statement, text, key, at) {
                let approval = Approval {
                    statement: approval.clone(),
                    proof,
                    received_at: at,
                };
                return Some((login.clone(), approval));
            }
        }
    }
    None
}

fn row(text: &SignatureText, approval: &Approval, given: &Given) -> NewSignature {
    let statement = Statement::Approval(approval.statement.clone());
    NewSignature {
        name: SignatureName {
            statement_digest: statement.digest(),
            key_identity: approval.proof.key().to_string(),
        },
        scheme: approval.proof.scheme().to_string(),
        statement: statement.to_string(),
        signature: text.as_str().to_owned(),
        source: format!("comment {} by {} at {}", given.comment, given.author, given.at),
    }
}

/// Which stored signatures are taken back.
pub(crate) fn withdrawn(
    heard: &Heard,
    stored: &[SignatureRow],
    electorate: &Electorate,
) -> Vec<SignatureName> {
    let leaving: BTreeSet<&Login> = heard.unsigned.iter().map(|(_, login)| login).collect();
    let is_theirs = |row: &&SignatureRow| {
        let owner = electorate.owner(&row.signature.name.key_identity);
        row.withdrawn_at.is_none() && owner.is_some_and(|owner| leaving.contains(owner))
    };
    let rows = stored.iter().filter(is_theirs);
    rows.map(|row| row.signature.name.clone()).collect()
}

/// Answers those who asked where it stands, and those who took a signature back.
pub(crate) fn answer_standing(
    heard: &Heard,
    verdict: &Verdict,
    (statement, settings): (Option<&Statement>, &GateSettings),
    answers: &mut Answers,
) {
    for comment in &heard.standing {
        answer(answers, *comment, verdict.markdown());
        if let Some(statement) = statement {
            answer(
                answers,
                *comment,
                how_to(statement, settings.public_url.as_deref()),
            );
        }
    }
    for (comment, login) in &heard.unsigned {
        answer(
            answers,
            *comment,
            format!("The signatures of {login} no longer count."),
        );
    }
}

fn no_match(statement: Option<&Statement>) -> String {
    let which = match statement {
        Some(statement) => format!(
            "It must be over exactly this statement, by a key that is registered for this layer:\n\n{}",
            how_to(statement, None)
        ),
        None => "Nothing can be signed here now: see the report.".to_owned(),
    };
    format!("This signature counts for nothing. {which}")
}

/// The part of the report that says how to sign.
pub(crate) fn how_to_sign(statement: &Statement, settings: &GateSettings) -> String {
    let url = settings.public_url.as_deref();
    format!("\n\n## How to sign\n\n{}\n", how_to(statement, url))
}

/// The statement, and what to type. A maintainer needs no program of ours.
fn how_to(statement: &Statement, public_url: Option<&str>) -> String {
    as_markdown(&to_sign(statement, public_url))
}

fn not_yours(comment: &FoundComment, what: &str) -> String {
    format!(
        "Only a maintainer of this layer may {what}; {} is none by the rules.",
        comment.author.replace('`', "'")
    )
}

fn kept(reason: &str) -> String {
    reason.chars().take(REASON_CHARS_MAX).collect()
}

const EMERGENCY: &str = "An emergency is activated by keyholders' signatures in the repository of the rules; nothing is shortened here by a \
                         comment alone.";

const HELP: &str = "Each on a line of its own:\n\n\
    - `/governance-status`: where this stands, what is missing and who can give it\n\
    - `/governance-sign`: counts the signature in the same comment, or behind the command on the line\n\
    - `/governance-unsign`: your signatures here no longer count\n\
    - `/governance-tier N \"why\"`: judges this as tier N as well\n\
    - `/governance-hold WHY` and `/governance-hold off`: asks to wait, and lets it go\n\
    - `/governance-emergency`: how an emergency is activated\n\
    - `/governance-help`: this";
