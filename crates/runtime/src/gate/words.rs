//! What people say to a pull request: commands and signatures in comments, and what is answered.

use super::attesting;
use super::book::Book;
use super::came::Came;
use super::commanding::take;
use super::emergency::Request;
use super::found::{Found, FoundComment};
use super::judge::GateSettings;
use super::legacy_text::{self, OfLegacyText, Written};
use super::mirror;
use super::received::row;
use super::signing::{as_markdown, to_sign};
use super::tiers::TierRequest;
use domain_types::Timestamp;
use governance_rules::{Approval, Command, Electorate, Login, Ruleset, Verdict, commands, own_text};
use signatures::{SignatureText, Statement};
use std::collections::BTreeSet;
use storage::{NewSignature, SignatureName, SignatureRow};

/// Signatures of one comment that are tried: more nobody gives at once.
const SIGNATURES_MAX: usize = 8;

/// Answers by the comment that is answered.
pub(crate) type Answers = Vec<(u64, Vec<String>)>;

/// What was said since the last look.
#[derive(Debug, Default)]
pub(crate) struct Heard {
    /// Signatures that were given, each with its comment and who wrote that.
    signatures: Vec<Given>,
    /// Who takes a signature back, and in which comment.
    pub(super) unsigned: Vec<(u64, Login)>,
    /// Comments that ask where it stands.
    pub(super) standing: Vec<u64>,
    answers: Answers,
    /// Emergencies that were asked for.
    pub(super) emergencies: Vec<Request>,
    /// Tiers that were named.
    pub(super) tiers: Vec<TierRequest>,
    /// Comments of ours that keep a signature for somebody: they are answers themselves.
    mirrors: Vec<u64>,
}

#[derive(Debug)]
struct Given {
    came: Came,
    texts: Vec<SignatureText>,
    was_asked_for: bool,
    /// Whether its author wrote it as it stands there, by all that can be told.
    is_as_written: bool,
    /// A signature of it was taken by somebody else.
    is_taken: bool,
}

/// Reads the comments that were not read yet. What a comment commands it commands once; what is changed in it later commands nothing, but
/// a signature in it counts whenever it comes.
pub(crate) fn hear(book: &mut Book, found: &Found, (rules, electorate): (&Ruleset, &Electorate)) -> Heard {
    let mut heard = Heard::default();
    let read_before = book.comments_since();
    let mut is_news = false;
    attesting::forget(book, found);
    for comment in &found.comments {
        let was = book.comments.insert(comment.id, comment.updated_at);
        if was == Some(comment.updated_at) {
            continue;
        }
        is_news = true;
        // What we say commands nothing; a signature that we keep there for somebody is one like any other.
        if comment.is_own {
            heard.take_mirrored(comment, Came::of(comment, found, read_before));
            continue;
        }
        // One that is not remembered and older than what was read was changed, not written.
        let is_new = was.is_none() && read_before.is_none_or(|since| comment.created_at >= since);
        let said = if is_new {
            unedited(&mut heard, comment)
        } else {
            Vec::new()
        };
        heard.take_signatures(comment, Came::of(comment, found, read_before), &said);
        for command in said {
            if let Some(line) = attesting::hear(book, found, (rules, electorate), (comment, &command)) {
                heard.answer(comment.id, line);
            }
            take(&mut heard, book, electorate, (comment, command));
        }
    }
    // The same question has the same answer, which GitHub does not count: another one is asked only after something was said.
    if is_news {
        book.read_comments(found.observed_at);
    }
    heard
}

/// What a comment commands. Others may edit a comment and its author stays: what was edited commands nothing, but for signatures, whose key
/// says whose they are.
fn unedited(heard: &mut Heard, comment: &FoundComment) -> Vec<Command> {
    let mut said = commands(&comment.body);
    if comment.updated_at != comment.created_at {
        let before = said.len();
        said.retain(|command| matches!(command, Command::Sign(_)));
        if said.len() < before {
            heard.answer(
                comment.id,
                "This comment was edited before it was read, and perhaps not by its author: it commands nothing. Write a new one.",
            );
        }
    }
    said
}

impl Heard {
    fn take_signatures(&mut self, comment: &FoundComment, came: Came, said: &[Command]) {
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
            | Command::Attest { .. }
            | Command::Help
            | Command::Mistaken { .. } => None,
        });
        texts.extend(given);
        texts.truncate(SIGNATURES_MAX);
        let was_asked_for = said.iter().any(|command| matches!(command, Command::Sign(_)));
        if !texts.is_empty() || was_asked_for {
            self.signatures.push(Given {
                came,
                texts,
                was_asked_for,
                is_as_written: comment.updated_at == comment.created_at,
                is_taken: false,
            });
        }
    }

    fn take_mirrored(&mut self, comment: &FoundComment, came: Came) {
        let Some(text) = mirror::kept_in(&comment.body) else {
            return;
        };
        self.mirrors.push(comment.id);
        self.signatures.push(Given {
            came,
            texts: vec![text],
            was_asked_for: false,
            // It is ours, and keeps what somebody else signed.
            is_as_written: false,
            is_taken: false,
        });
    }

    /// Lets somebody take signatures, each with the comment that gave it: what is answered for one takes it.
    pub(super) fn take_texts(&mut self, mut takes: impl FnMut(&SignatureText, &Came) -> Option<String>) {
        for given in &mut self.signatures {
            let before = given.texts.len();
            given.texts.retain(|text| match takes(text, &given.came) {
                Some(line) => {
                    answer(&mut self.answers, given.came.comment, line);
                    false
                }
                None => true,
            });
            given.is_taken |= given.texts.len() < before;
        }
    }

    pub(super) fn answer(&mut self, comment: u64, line: impl Into<String>) {
        answer(&mut self.answers, comment, line);
    }
}

/// Whether somebody takes their signatures back in a comment behind this one.
pub(super) fn took_back(unsigned: &[(u64, Login)], login: &Login, comment: u64) -> bool {
    unsigned
        .iter()
        .any(|(later, leaving)| leaving == login && *later > comment)
}

fn answer(answers: &mut Answers, comment: u64, line: impl Into<String>) {
    match answers.iter_mut().find(|(known, _)| *known == comment) {
        Some((_, lines)) => lines.push(line.into()),
        None => answers.push((comment, vec![line.into()])),
    }
}

/// Verifies the signatures that were given: each by the statements that were shown of this head, and by every key that may sign.
pub(crate) fn receive(
    book: &Book,
    heard: &Heard,
    (rules, electorate, found): (&Ruleset, &Electorate, &Found),
    (statement, stored): (&Option<Statement>, &[SignatureRow]),
) -> (Approvals, Answers) {
    let mut answers = heard.answers.clone();
    let mut received: Vec<(NewSignature, Approval)> = Vec::new();
    let mut taken_back = Vec::new();
    let statements = shown(book);
    for given in &heard.signatures {
        if given.texts.is_empty() && !given.is_taken {
            let how = "There is no signature in this comment: paste what `ssh-keygen -Y sign` or `gpg --armor --detach-sign` wrote, or \
                       write it behind `/governance-sign` on one line.";
            answer(&mut answers, given.came.comment, how);
        }
        for text in &given.texts {
            let legacy = || {
                let written = Written {
                    author: &given.came.author,
                    at: given.came.at,
                    is_as_written: given.is_as_written,
                };
                legacy_text::read(
                    (rules, electorate),
                    (book, found),
                    (statement.as_ref(), text),
                    &written,
                )
            };
            let signed = match verified(&statements, text, electorate, found.observed_at) {
                Some(signed) => OfLegacyText::Taken(Box::new(signed)),
                None => legacy(),
            };
            match signed {
                OfLegacyText::Taken(taken) => {
                    let (login, mut approval) = *taken;
                    approval.received_at = given.came.received_at;
                    let signed = Statement::Approval(approval.statement.clone());
                    let row = row(&signed, text, (&approval.proof, &given.came));
                    let known = stored.iter().find(|known| known.signature.name == row.name);
                    answer(
                        &mut answers,
                        given.came.comment,
                        taken_line(&login, &approval, known),
                    );
                    let is_new = received.iter().all(|(other, _)| other.name != row.name);
                    let is_taken_back = took_back(&heard.unsigned, &login, given.came.comment);
                    if known.is_none() && is_new {
                        // It is kept as one that was taken back, so that nobody can give it again.
                        taken_back.extend(is_taken_back.then(|| row.name.clone()));
                        received.push((row, approval));
                    }
                }
                OfLegacyText::Refused(why) => answer(&mut answers, given.came.comment, why),
                OfLegacyText::None if given.was_asked_for || !text.as_str().is_empty() => {
                    answer(&mut answers, given.came.comment, no_match(statement.as_ref()));
                }
                OfLegacyText::None => {}
            }
        }
    }
    answers.retain(|(comment, _)| !heard.mirrors.contains(comment));
    let received = Approvals {
        rows: received,
        taken_back,
    };
    (received, answers)
}

/// What whoever sent a signature is told.
fn taken_line(login: &Login, approval: &Approval, known: Option<&SignatureRow>) -> String {
    match known.map(|known| known.withdrawn_at) {
        Some(Some(_)) => format!("{login} took this signature back: it counts no more for this head."),
        Some(None) | None => format!("Signed by {login} for `{}`.", approval.statement.head_sha),
    }
}

/// Approvals that came.
pub(crate) struct Approvals {
    /// All of them, each with what it approves.
    pub(crate) rows: Vec<(NewSignature, Approval)>,
    /// Those that were taken back before anybody counted them.
    pub(crate) taken_back: Vec<SignatureName>,
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
pub(super) fn how_to(statement: &Statement, public_url: Option<&str>) -> String {
    as_markdown(&to_sign(statement, public_url))
}
