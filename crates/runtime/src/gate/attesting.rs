//! What people attest in comments. Each counts for the head that was there when it was given, and for no other.

use super::book::Book;
use super::found::{Found, FoundComment};
use domain_types::{CommitSha, Timestamp};
use governance_rules::{Attestation, Command, EVIDENCE_CHARS_MIN, Electorate, Login, Ruleset, attestable};
use serde::{Deserialize, Serialize};

/// Characters of evidence that are kept.
const EVIDENCE_CHARS_MAX: usize = 500;

/// An attestation, as the book keeps it.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub(crate) struct Attested {
    pub(crate) name: String,
    pub(crate) by: String,
    pub(crate) head: CommitSha,
    /// The branch that it was to be merged into.
    pub(crate) base: String,
    pub(crate) at: Timestamp,
    pub(crate) evidence: String,
    /// Where it was said.
    pub(crate) comment: u64,
}

/// Forgets what was attested of another head or for another base.
pub(super) fn forget(book: &mut Book, found: &Found) {
    let is_current = |attested: &Attested| attested.head == found.head && attested.base == found.base;
    book.attested.retain(is_current);
}

/// What counts, for the verdict.
pub(super) fn attestations(book: &Book) -> Vec<Attestation> {
    let attestation = |attested: &Attested| {
        Some(Attestation {
            name: attested.name.clone(),
            by: attested.by.parse().ok()?,
            head: attested.head.clone(),
            at: attested.at,
            evidence: attested.evidence.clone(),
        })
    };
    book.attested.iter().filter_map(attestation).collect()
}

/// Takes an attestation, or takes one back; answers what came of it. None if the command is another one.
pub(super) fn hear(
    book: &mut Book,
    found: &Found,
    (rules, electorate): (&Ruleset, &Electorate),
    (comment, command): (&FoundComment, &Command),
) -> Option<String> {
    let Command::Attest {
        name,
        commit,
        evidence,
    } = command
    else {
        return None;
    };
    let login: Option<Login> = comment.author.parse().ok();
    let Some(login) = login.filter(|login| electorate.may_attest(login)) else {
        return Some(format!(
            "Only a maintainer of this layer or a keyholder may attest something; {} is neither by the rules.",
            comment.author.replace('`', "'")
        ));
    };
    let is_it = |attested: &Attested| attested.name == *name && attested.by == login.as_str();
    let Some(evidence) = evidence else {
        let before = book.attested.len();
        book.attested.retain(|attested| !is_it(attested));
        return Some(match before == book.attested.len() {
            true => format!("There is no `{}` of yours here.", quoted(name)),
            false => format!("Your `{}` is taken back.", quoted(name)),
        });
    };
    if let Err(why) = fits(book, found, (comment, commit.as_deref())) {
        return Some(why);
    }
    let attestation = Attestation {
        name: name.clone(),
        by: login.clone(),
        head: found.head.clone(),
        at: comment.created_at,
        evidence: evidence.chars().take(EVIDENCE_CHARS_MAX).collect(),
    };
    if let Err(why) = says_something(&attestation, (rules, found)) {
        return Some(why);
    }
    if book.pushers().contains(&login) {
        return Some("Nobody attests anything of what they pushed themselves.".to_owned());
    }
    book.attested.retain(|attested| !is_it(attested));
    book.attested.push(Attested {
        name: attestation.name,
        by: login.as_str().to_owned(),
        head: attestation.head,
        base: found.base.clone(),
        at: attestation.at,
        evidence: attestation.evidence,
        comment: comment.id,
    });
    Some(format!(
        "{login} attests {name} of `{}`. Another head has to be attested anew.",
        found.head
    ))
}

/// Whether a comment is about the head: it names it, or was written after it was there.
fn fits(book: &Book, found: &Found, (comment, commit): (&FoundComment, Option<&str>)) -> Result<(), String> {
    let head = &found.head;
    let since = book.heads.last().map(|head| head.at);
    match commit {
        Some(commit) if !head.as_str().starts_with(commit) => Err(format!(
            "That commit is not the head of this pull request: that is `{head}`."
        )),
        Some(_) => Ok(()),
        None if since.is_none_or(|since| comment.created_at <= since) => Err(format!(
            "The head `{head}` came after this comment, or was first seen here after it: look at it, and attest it anew, best with the commit \
             behind the name."
        )),
        None => Ok(()),
    }
}

/// Whether it is asked for anywhere, from somebody else than the author, and with something that it rests on.
fn says_something(attestation: &Attestation, (rules, found): (&Ruleset, &Found)) -> Result<(), String> {
    if found.author.eq_ignore_ascii_case(attestation.by.as_str()) {
        return Err("Nobody attests anything of what they propose themselves.".to_owned());
    }
    let names = attestable(rules);
    if !names.contains(&attestation.name) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let name = quoted(&attestation.name);
        return Err(format!(
            "The rules ask for no `{name}`. They know: {}.",
            names.join(", ")
        ));
    }
    if !attestation.has_evidence() {
        return Err(format!(
            "Say what it rests on, in quotes: at least {EVIDENCE_CHARS_MIN} characters, or a link."
        ));
    }
    Ok(())
}

/// A foreign word between backquotes.
fn quoted(word: &str) -> String {
    word.chars()
        .filter(|letter| *letter != '`')
        .take(EVIDENCE_CHARS_MAX)
        .collect()
}
