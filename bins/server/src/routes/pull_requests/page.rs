//! The page of a pull request: what is missing, who can give it, what to type; then every rule. Without a script, for any screen.

use super::html::{block, element, link, list, said, text};
use axum::http::HeaderValue;
use axum::http::header::{CONTENT_SECURITY_POLICY, CONTENT_TYPE, X_FRAME_OPTIONS};
use axum::response::{IntoResponse, Response};
use runtime::gate::{
    Decided, GateMode, Said, SaidRemedy, SaidRuling, SaidSource, SignatureStanding, Standing, ToSign,
};
use std::fmt::Write as _;

/// What a page may do: show itself in our style. Nothing is loaded from elsewhere, nothing is sent, nothing runs.
const POLICY: &str =
    "default-src 'none'; style-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'";

/// How pages look.
const STYLE: &str = include_str!("page.css");

/// `GET /page.css`.
pub(crate) async fn style() -> Response {
    let css = HeaderValue::from_static("text/css; charset=utf-8");
    ([(CONTENT_TYPE, css)], STYLE).into_response()
}

/// The page.
pub(super) fn of(standing: &Standing) -> Response {
    let headers = [
        (CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8")),
        (CONTENT_SECURITY_POLICY, HeaderValue::from_static(POLICY)),
        (X_FRAME_OPTIONS, HeaderValue::from_static("DENY")),
    ];
    (headers, html(standing)).into_response()
}

/// The same as HTML.
pub(super) fn html(standing: &Standing) -> String {
    let name = format!("{}#{}", standing.repository, standing.id.number());
    let said = standing
        .decided
        .as_ref()
        .and_then(|decided| decided.said.as_ref());
    let mut main = String::new();
    main.push_str(&head(standing, &name));
    if let Some(said) = said {
        main.push_str(&missing(said));
    }
    if let Some(to_sign) = &standing.to_sign {
        main.push_str(&signing(to_sign));
    }
    main.push_str(&signatures(&standing.signatures));
    if let Some(said) = said {
        main.push_str(&rules(said));
    }
    if let Some(decided) = &standing.decided {
        main.push_str(&foot(decided));
    }
    format!(
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n<meta name=\"referrer\" content=\"no-referrer\">\n\
         <title>{}</title>\n<link rel=\"stylesheet\" href=\"/page.css\">\n</head>\n<body>\n<main>\n{main}</main>\n</body>\n</html>\n",
        text(&name)
    )
}

/// How far it is, in one word and one line.
fn head(standing: &Standing, name: &str) -> String {
    let mut head = element("h1", "", &link(&standing.forge_page, name));
    let shown = standing.shown.as_ref().map(|(_, shown)| shown);
    let state = match (standing.is_open, shown, &standing.decided) {
        (false, _, _) => "closed",
        (true, Some(shown), _) => shown.state.as_str(),
        (true, None, Some(decided)) => decided.outcome.as_str(),
        (true, None, None) => "not looked at yet",
    };
    let line = shown.map_or("", |shown| shown.description.as_str());
    let _ = writeln!(
        head,
        "\n<p>{} {}</p>",
        said("strong", &format!("state {}", class_of(state)), state),
        text(line)
    );
    if standing.mode == GateMode::DryRun {
        head.push_str("<p>This is a dry run: nobody is held back by it.</p>\n");
    }
    if let Some(trouble) = &standing.trouble {
        let line = format!("The last look came to nothing, and is repeated: {trouble}");
        let _ = writeln!(head, "{}", said("p", "trouble", &line));
    }
    let _ = writeln!(
        head,
        "{}",
        said("p", "fine", &format!("Looked at last at {}.", standing.looked_at))
    );
    head
}

/// The class of a word, from a few.
fn class_of(word: &str) -> &'static str {
    match word {
        "success" => "good",
        "pending" => "waits",
        "failure" | "error" => "bad",
        _ => "plain",
    }
}

/// What is missing, who can give it, what to type, and when it turns by itself.
fn missing(verdict: &Said) -> String {
    let rows: Vec<String> = verdict.unmet().into_iter().map(unmet).collect();
    let turns = verdict.turns_at.map_or_else(String::new, |at| {
        format!("<p>The next thing that time alone changes is at {at}.</p>\n")
    });
    match rows.is_empty() {
        true => turns,
        false => format!("<h2>What is missing</h2>\n{}{turns}", list(rows)),
    }
}

fn unmet(ruling: &SaidRuling) -> String {
    let remedy = ruling.remedy.as_ref().map_or_else(String::new, remedy);
    format!(
        "{} {}\n{remedy}",
        said("strong", class_of(&ruling.outcome), &ruling.rule),
        text(&ruling.because)
    )
}

fn remedy(remedy: &SaidRemedy) -> String {
    let mut rows = vec![text(&format!("Missing: {}", remedy.missing))];
    if !remedy.who.is_empty() {
        rows.push(text(&format!("From: {}", remedy.who.join(", "))));
    }
    let commands = remedy.commands.iter();
    rows.extend(
        commands.map(|command| format!("Type in a comment, or a terminal: {}", said("code", "", command))),
    );
    // What an older program wrote says it by the time alone.
    rows.extend(match (remedy.turns.as_str(), remedy.turns_at) {
        ("", at) => at.map(|at| format!("It turns by itself at {at}.")),
        (turns, _) => Some(text(&format!("It turns {turns}."))),
    });
    list(rows)
}

/// The statement, and what to paste.
fn signing(to_sign: &ToSign) -> String {
    let mut section =
        String::from("<h2>How to sign</h2>\n<p>Read the statement. These lines write it into a file:</p>\n");
    section.push_str(&block(&to_sign.write));
    section.push_str("<p>One of these signs it, with the key that is registered for you:</p>\n");
    section.push_str(&block(&to_sign.sign.join("\n")));
    match &to_sign.hand_in {
        Some(hand_in) => {
            section.push_str(
                "<p>Put the signature into a comment on the pull request, or hand it in here; no login is needed, the key decides:</p>\n",
            );
            section.push_str(&block(hand_in));
        }
        None => section.push_str("<p>Put the signature into a comment on the pull request.</p>\n"),
    }
    section
}

fn signatures(signatures: &[SignatureStanding]) -> String {
    let parted = |heading: &str, is_it: &dyn Fn(&SignatureStanding) -> bool| {
        let rows = list(signatures.iter().filter(|one| is_it(one)).map(signature));
        match rows.is_empty() {
            true => rows,
            false => format!("{}\n{rows}", said("h2", "", heading)),
        }
    };
    let counting = parted("Signatures that count", &|one| one.counts == Some(true));
    let valid = parted("Signatures that are valid for this head", &|one| {
        one.counts.is_none()
    });
    let void = parted("Signatures that do not count", &|one| one.counts == Some(false));
    format!("{counting}{valid}{void}")
}

fn signature(signature: &SignatureStanding) -> String {
    let signer = signature.signer.as_deref().unwrap_or("somebody");
    let because = signature
        .because
        .as_ref()
        .map_or_else(String::new, |because| format!(": {because}"));
    format!(
        "{} {}",
        said("strong", "", signer),
        text(&format!(
            "with {} at {}{because}",
            signature.scheme, signature.received_at
        ))
    )
}

/// Every rule, with where it stands in the files.
fn rules(verdict: &Said) -> String {
    let mut section = String::from("<h2>Every rule</h2>\n");
    if let Some(needed) = &verdict.requirement {
        let numbers = format!(
            "Needed: {}-of-{} signatures, {} days of review ({}).",
            needed.required,
            needed.total,
            needed.review_days,
            verdict.tiers.join(", ")
        );
        section.push_str(&said("p", "", &numbers));
    }
    section.push_str(&list(verdict.rulings.iter().map(ruling)));
    let reasons = verdict.requirement.iter().flat_map(|needed| &needed.reasons);
    let reasons = list(reasons.map(|reason| text(reason)));
    if !reasons.is_empty() {
        let _ = write!(section, "<h2>Why these numbers</h2>\n{reasons}");
    }
    section
}

fn ruling(one: &SaidRuling) -> String {
    let place = |source: &SaidSource| {
        let place = format!("{}:{}", source.file, source.line);
        format!("{} {}", text(&source.rule), said("code", "", &place))
    };
    format!(
        "{} {}\n{}{}",
        said(
            "strong",
            class_of(&one.outcome),
            &format!("{} ({})", one.rule, one.outcome)
        ),
        text(&one.because),
        list(one.sources.iter().map(place)),
        list(one.parts.iter().map(ruling)),
    )
}

fn foot(decided: &Decided) -> String {
    let line = format!(
        "Decision {} of {}: head {}, base {}, rules {}.",
        decided.revision, decided.at, decided.head, decided.base, decided.ruleset
    );
    format!("{}\n", said("p", "fine", &line))
}
