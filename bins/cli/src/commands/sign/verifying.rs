//! `governance verify`: whose signature is it?

use super::{read_statement, read_text};
use crate::arguments::{Format, VerifySignatureArguments};
use crate::{Exit, Failure, clock, output};
use serde_json::json;
use signatures::{
    KEY_TEXT_BYTES_MAX, PublicKey, SIGNATURE_TEXT_BYTES_MAX, Scheme, Statement, Verified, VerifyError,
    find_armour, verify as verify_one,
};
use std::path::Path;

/// Exit code 0 if every signature in the file is one of the statement by one of the keys.
pub(crate) fn verify(arguments: &VerifySignatureArguments) -> Result<Exit, Failure> {
    let statement = read_statement(&arguments.statement)?;
    let keys = arguments
        .keys
        .iter()
        .map(|text| read_key(text))
        .collect::<Result<Vec<_>, _>>()?;
    let text = read_text(&arguments.signature, SIGNATURE_TEXT_BYTES_MAX)?;
    let found = find_armour(&text);
    if found.is_empty() {
        return Err(Failure::usage(
            format!("{} holds no signature", arguments.signature.display()),
            "name a file with an armoured signature, or with one line of base64 or hexadecimal digits",
        ));
    }
    let at = arguments.at.unwrap_or_else(clock::now);
    let mut verified = Vec::new();
    for signature in &found {
        let tried = keys.iter().map(|key| verify_one(&statement, signature, key, at));
        verified.push(of_any(tried.collect()).map_err(|error| refused(&error))?);
    }
    report(arguments.format.format, &statement, &verified)?;
    Ok(Exit::Yes)
}

/// The first that holds, or why the one that came closest does not.
fn of_any(tried: Vec<Result<Verified, VerifyError>>) -> Result<Verified, VerifyError> {
    let mut closest = VerifyError::OtherKey;
    for result in tried {
        match result {
            Ok(verified) => return Ok(verified),
            Err(VerifyError::OtherKey) => {}
            Err(error) => closest = error,
        }
    }
    Err(closest)
}

fn refused(error: &VerifyError) -> Failure {
    Failure::no(
        format!("the signature is refused: {error}"),
        "sign these very bytes with a registered key",
    )
}

fn report(format: Format, statement: &Statement, verified: &[Verified]) -> Result<(), Failure> {
    match format {
        Format::Text => {
            let line =
                |verified: &Verified| format!("signed by {} ({})\n", verified.key(), verified.scheme());
            output::result(&verified.iter().map(line).collect::<String>())
        }
        Format::Json => {
            let entry = |verified: &Verified| {
                json!({
                    "scheme": verified.scheme().as_str(),
                    "key": verified.key().as_str(),
                    "signer": verified.signer().as_str(),
                })
            };
            output::json(&json!({
                "schema": "governance/signatures/v1",
                "type": statement.kind(),
                "statement_digest": statement.digest().hex(),
                "signatures": verified.iter().map(entry).collect::<Vec<_>>(),
            }))
        }
    }
}

/// `SCHEME:KEY` or `SCHEME:@FILE`.
fn read_key(text: &str) -> Result<PublicKey, Failure> {
    let help = "write `ssh`, `openpgp`, `bip340`, `ed25519` or `secp256k1`, a colon, and the key or `@FILE`";
    let (scheme, key) = text
        .split_once(':')
        .ok_or_else(|| Failure::usage(format!("`{text}` names no scheme"), help))?;
    let scheme: Scheme = scheme.parse().map_err(|error| Failure::usage(error, help))?;
    let key = match key.strip_prefix('@') {
        Some(path) => read_text(Path::new(path), KEY_TEXT_BYTES_MAX)?,
        None => key.to_owned(),
    };
    PublicKey::parse(scheme, &key).map_err(|error| Failure::usage(format!("this is no key: {error}"), help))
}
