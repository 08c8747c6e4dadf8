//! Commands in a comment: lines of the commenter's own, outside quotes, code and hidden text.
//!
//! Who may command is not known here, nor whether it is carried out; only what was written.

use crate::TierId;
use crate::wording::one_line;

/// Bytes of a comment: GitHub takes 65,536 characters, of up to four bytes each.
pub const COMMENT_BYTES_MAX: usize = 4 * 65_536;
/// Commands of one comment: more help nobody, and each is answered.
pub const COMMANDS_MAX: usize = 20;
/// What every command begins with.
const PREFIX: &str = "/governance-";

/// What somebody wrote for us to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Command {
    /// Count a signature: one given on the line, or those elsewhere in the comment.
    Sign(Option<String>),
    /// Take back a signature given before.
    Unsign,
    /// Say where the pull request stands.
    Status,
    /// Judge it as this tier as well.
    Tier {
        /// The number or the id of the tier.
        tier: String,
        /// Why, in the commenter's words.
        reason: String,
    },
    /// Say how an emergency is activated, or ask for one: of which tier, and with which evidence.
    Emergency(Option<(TierId, String)>),
    /// Hold it.
    Hold {
        /// Why, in the commenter's words.
        reason: String,
    },
    /// Let it go again.
    Release,
    /// Attest something of the head, or take that back.
    Attest {
        /// What: the words behind `requires_`, in small letters.
        name: String,
        /// The beginning of the head that it is about, where it is told.
        commit: Option<String>,
        /// What it rests on, in the commenter's words; none takes it back.
        evidence: Option<String>,
    },
    /// Say which commands there are.
    Help,
    /// It looks like a command, and is none.
    Mistaken {
        /// The line, shortened.
        line: String,
        /// How it is written.
        usage: &'static str,
    },
}

/// The commands of a comment, in their order, at most [`COMMANDS_MAX`].
pub fn commands(comment: &str) -> Vec<Command> {
    plain_lines(comment)
        .into_iter()
        .filter(|line| line.starts_with(PREFIX))
        .take(COMMANDS_MAX)
        .map(command)
        .collect()
}

/// The lines of a text that are neither quoted, nor code, nor hidden.
pub(crate) fn plain_lines(text: &str) -> Vec<&str> {
    let lines = own_lines(text).into_iter().filter(|line| !line.is_code);
    lines.map(|line| line.text.trim()).collect()
}

/// What the commenter wrote, without what is quoted or hidden, code included: signatures are looked for in it.
pub fn own_text(comment: &str) -> String {
    let lines: Vec<&str> = own_lines(comment).iter().map(|line| line.text).collect();
    lines.join("\n")
}

fn command(line: &str) -> Command {
    let (name, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
    let rest = rest.trim();
    let given = (!rest.is_empty()).then(|| rest.to_owned());
    let mistaken = |usage| Command::Mistaken {
        line: one_line(line),
        usage,
    };
    match name.strip_prefix(PREFIX).unwrap_or_default() {
        "sign" => Command::Sign(given),
        "unsign" if given.is_none() => Command::Unsign,
        "unsign" => mistaken("/governance-unsign"),
        "status" if given.is_none() => Command::Status,
        "status" => mistaken("/governance-status"),
        "tier" | "tier-override" => tier(rest).unwrap_or_else(|| mistaken("/governance-tier N \"why\"")),
        "emergency" => emergency(given)
            .unwrap_or_else(|| mistaken("/governance-emergency, or /governance-emergency TIER \"EVIDENCE\"")),
        "hold" => match given {
            Some(word) if word == "off" => Command::Release,
            Some(reason) => Command::Hold { reason },
            None => mistaken("/governance-hold WHY, or /governance-hold off"),
        },
        "attest" => attest(rest).unwrap_or_else(|| mistaken(ATTEST)),
        "help" => Command::Help,
        _ => mistaken("/governance-help lists the commands"),
    }
}

fn tier(rest: &str) -> Option<Command> {
    let (tier, reason) = rest.split_once(char::is_whitespace).unwrap_or((rest, ""));
    let known: Result<TierId, _> = tier.parse();
    known.is_ok().then(|| Command::Tier {
        tier: tier.to_owned(),
        reason: reason.trim().trim_matches('"').to_owned(),
    })
}

/// How an attestation is written.
const ATTEST: &str = "/governance-attest NAME [COMMIT] \"EVIDENCE\", or /governance-attest NAME off";

/// Characters by which a commit is known: one that begins with as many nobody can make on purpose.
const COMMIT_CHARS_MIN: usize = 16;

/// A commit is told before evidence in quotes only: words of people may look like one.
fn attest(rest: &str) -> Option<Command> {
    let (name, said) = rest.split_once(char::is_whitespace)?;
    let said = said.trim();
    let is_commit = |word: &str| {
        (COMMIT_CHARS_MIN..=64).contains(&word.len()) && word.bytes().all(|byte| byte.is_ascii_hexdigit())
    };
    let told = said.split_once(char::is_whitespace);
    let told = told.filter(|(word, behind)| is_commit(word) && behind.trim_start().starts_with('"'));
    let (commit, words) = told.map_or((None, said), |(commit, words)| (Some(commit), words));
    let words = words.trim().trim_matches('"').trim();
    let evidence = (said != "off").then(|| words.to_owned());
    if evidence.as_deref() == Some("") {
        return None;
    }
    Some(Command::Attest {
        name: name.to_ascii_lowercase(),
        commit: commit.map(str::to_ascii_lowercase),
        evidence,
    })
}

fn emergency(given: Option<String>) -> Option<Command> {
    match given {
        None => Some(Command::Emergency(None)),
        Some(said) => {
            let (tier, evidence) = said.split_once(char::is_whitespace)?;
            let evidence = evidence.trim().trim_matches('"').to_owned();
            Some(Command::Emergency(Some((tier.parse().ok()?, evidence))))
        }
    }
}

/// A line that is neither quoted nor hidden.
struct OwnLine<'c> {
    text: &'c str,
    is_code: bool,
}

/// Goes through a comment as GitHub's Markdown does, as far as it matters here: fences, indented code, quotes, hidden text.
fn own_lines(comment: &str) -> Vec<OwnLine<'_>> {
    if comment.len() > COMMENT_BYTES_MAX {
        return Vec::new();
    }
    let mut lines = Vec::new();
    let mut fence: Option<&str> = None;
    let mut is_hidden = false;
    for line in comment.lines() {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        let is_deep = indent >= 4 || line.starts_with('\t');
        if let Some(open) = fence {
            if closes(text, open) && !is_deep {
                fence = None;
            }
            lines.push(OwnLine {
                text: line,
                is_code: true,
            });
            continue;
        }
        if is_hidden {
            is_hidden = !line.contains("-->");
            continue;
        }
        if text.starts_with('>') && !is_deep {
            continue;
        }
        if !is_deep && let Some(opened) = opens(text) {
            fence = Some(opened);
            lines.push(OwnLine {
                text: line,
                is_code: true,
            });
            continue;
        }
        if let Some((_, behind)) = line.split_once("<!--") {
            is_hidden = !behind.contains("-->");
            continue;
        }
        lines.push(OwnLine {
            text: line,
            is_code: is_deep,
        });
    }
    lines
}

/// The marks that open a fence: three or more of one kind, with nothing of that kind behind.
fn opens(text: &str) -> Option<&str> {
    let mark = text.chars().next().filter(|mark| matches!(mark, '`' | '~'))?;
    let rest = text.trim_start_matches(mark);
    let marks = &text[..text.len() - rest.len()];
    (marks.len() >= 3 && !(mark == '`' && rest.contains('`'))).then_some(marks)
}

/// A fence is closed by as many of its marks, or more, and nothing else.
fn closes(text: &str, open: &str) -> bool {
    let text = text.trim_end();
    let mark = open.chars().next();
    text.len() >= open.len() && text.chars().all(|letter| Some(letter) == mark)
}
