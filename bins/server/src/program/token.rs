//! `governance-app token new`: draws a token, shows it once, and keeps its digest in the file of tokens.

use super::arguments::{Format, NewToken, TokenCommand};
use super::failure::Failure;
use super::output;
use super::understood::Understood;
use crate::tokens::{Token, TokenError, TokenSource, draw, entry};
use runtime::SystemClock;
use runtime::ports::Clock as _;
use serde_json::json;
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;
use std::process::ExitCode;

/// The mode of a file of tokens that is made: its owner's only.
const FILE_MODE: u32 = 0o600;

/// Does what is asked.
pub(crate) fn run(
    order: &TokenCommand,
    understood: &Understood,
    format: Format,
) -> Result<ExitCode, Failure> {
    match order {
        TokenCommand::New(new) => draw_one(new, understood, format),
    }
}

fn draw_one(new: &NewToken, understood: &Understood, format: Format) -> Result<ExitCode, Failure> {
    let refused = |error: TokenError| Failure::usage(error, "see `governance-app token new --help`");
    let Some(path) = &understood.configuration.server.tokens_file else {
        return Err(Failure::usage(
            "`tokens_file` in [server] is not set: the token would count nowhere",
            "write `tokens_file = \"tokens.toml\"` in [server]",
        ));
    };
    let name = new.name.parse().map_err(refused)?;
    let known = read(path)?;
    if known.iter().any(|token| token.name == name) {
        let text = format!("there is a token called {name} already");
        return Err(Failure::usage(
            text,
            "take it out of the file of tokens first, or choose another name",
        ));
    }
    let (text, token) = draw(name, new.scope.into(), new.expires, SystemClock.now()).map_err(refused)?;
    keep(path, &token)?;
    match format {
        Format::Text => {
            output::result(&format!("{text}\n"))?;
            output::note(&format!(
                "this is the only time that it is shown; it may {} until {}\n",
                token.scope, token.expires
            ));
        }
        Format::Json => output::json(&json!({
            "schema": "governance/token/v1",
            "name": token.name,
            "token": text,
            "scope": token.scope,
            "expires": token.expires,
        }))?,
    }
    Ok(ExitCode::SUCCESS)
}

fn read(path: &Path) -> Result<Vec<Token>, Failure> {
    let reading = TokenSource::File(path.to_owned());
    reading
        .read()
        .map_err(|error| Failure::usage(error, "mend the file of tokens, or name another one"))
}

fn keep(path: &Path, token: &Token) -> Result<(), Failure> {
    let opened = OpenOptions::new()
        .create(true)
        .append(true)
        .mode(FILE_MODE)
        .open(path);
    let kept = opened.and_then(|mut file| {
        file.write_all(format!("\n{}", entry(token)).as_bytes())?;
        file.sync_all()
    });
    kept.map_err(|error| {
        let text = format!("failed to write to {}: {error}", path.display());
        Failure::world(text, "see where `tokens_file` in [server] points to")
    })
}
