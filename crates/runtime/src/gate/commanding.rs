//! What comes of one command of one comment.

use super::book::{Book, Held};
use super::emergency::Request;
use super::found::FoundComment;
use super::help::{EMERGENCY, HELP};
use super::tiers::TierRequest;
use super::words::Heard;
use governance_rules::{Command, Electorate, Login};

/// Characters of a reason that are kept.
const REASON_CHARS_MAX: usize = 500;

/// Carries a command out, or says why not.
pub(super) fn take(
    heard: &mut Heard,
    book: &mut Book,
    electorate: &Electorate,
    (comment, command): (&FoundComment, Command),
) {
    let id = comment.id;
    let author: Option<Login> = comment.author.parse().ok();
    let signer = author.filter(|login| electorate.knows(login) || electorate.holds_key(login));
    let maintainer = signer.clone().filter(|login| electorate.knows(login));
    match command {
        // Answered where they are verified or taken.
        Command::Sign(_) | Command::Attest { .. } => {}
        Command::Status if heard.standing.contains(&id) => {}
        Command::Status => heard.standing.push(id),
        Command::Help => heard.answer(id, HELP),
        Command::Unsign => match signer {
            Some(login) => heard.unsigned.push((id, login)),
            None => heard.answer(id, not_yours(comment, "take a signature back")),
        },
        // Answered where it is known what holds.
        Command::Tier { tier, reason } => heard.tiers.push(TierRequest {
            comment: id,
            author: comment.author.clone(),
            at: comment.created_at,
            tier,
            reason,
        }),
        Command::Hold { reason } => match maintainer {
            Some(login) => {
                hold(book, comment, (&login, &reason));
                heard.answer(
                    id,
                    format!("{login} holds this: `/governance-hold off` lets it go."),
                );
            }
            None => heard.answer(id, not_yours(comment, "hold it")),
        },
        Command::Release => heard.answer(id, release(book, &comment.author)),
        Command::Emergency(None) => heard.answer(id, EMERGENCY),
        // Answered where signatures of keyholders are known.
        Command::Emergency(Some((tier, evidence))) => heard.emergencies.push(Request {
            comment: id,
            author: comment.author.clone(),
            at: comment.created_at,
            tier,
            evidence,
        }),
        Command::Mistaken { line, usage } => {
            let line = line.replace('`', "'");
            heard.answer(id, format!("`{line}` is no command; it is written `{usage}`."));
        }
    }
}

/// Held again is not held for longer: a person has one hold of a pull request, and it ends.
fn hold(book: &mut Book, comment: &FoundComment, (login, reason): (&Login, &str)) {
    let before = book.holds.iter().position(|held| held.by == login.as_str());
    let before = before.map(|place| book.holds.remove(place).since);
    book.holds.push(Held {
        by: login.as_str().to_owned(),
        since: before.unwrap_or(comment.created_at),
        reason: kept(reason),
    });
}

fn release(book: &mut Book, author: &str) -> &'static str {
    let own = author.to_ascii_lowercase();
    let before = book.holds.len();
    book.holds.retain(|held| held.by != own);
    match before == book.holds.len() {
        true => "There is no hold of yours here.",
        false => "Your hold is gone.",
    }
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
