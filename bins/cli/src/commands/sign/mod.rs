//! `governance key`, `sign` and `verify`: a maintainer's hand, offline.

mod key_file;
mod pull_request;
mod remote;
mod verifying;

pub(crate) use verifying::verify;

use crate::arguments::{
    Format, FormatArgument, GenerateArguments, KeyCommand, KeyFileArguments, ProveArguments, SignArguments,
};
use crate::{Exit, Failure, Surroundings, output};
use key_file::KeyFile;
use serde_json::json;
use signatures::{KeyRegistration, STATEMENT_BYTES_MAX, SigningKey, Statement};
use std::path::Path;

/// Carries one of `governance key` out.
pub(crate) fn key(command: &KeyCommand) -> Result<Exit, Failure> {
    match command {
        KeyCommand::Generate(arguments) => generate(arguments),
        KeyCommand::Show(arguments) => show(arguments),
        KeyCommand::Prove(arguments) => prove(arguments),
    }
}

fn generate(arguments: &GenerateArguments) -> Result<Exit, Failure> {
    let key = KeyFile::fresh(arguments.scheme)?;
    key.write(&arguments.out)?;
    let public = key.signing_key()?;
    output::note(&format!(
        "wrote {}, which only you can read",
        arguments.out.display()
    ));
    output::result(&format!("{}\n", public.public_key()))?;
    Ok(Exit::Yes)
}

fn show(arguments: &KeyFileArguments) -> Result<Exit, Failure> {
    let key = read_key(arguments)?;
    let public = key.public_key();
    match arguments.format.format {
        Format::Text => output::result(&format!("{public}\n"))?,
        Format::Json => output::json(&json!({
            "schema": "governance/key/v1",
            "scheme": public.scheme().as_str(),
            "key": public.to_string(),
            "identity": public.identity().as_str(),
        }))?,
    }
    Ok(Exit::Yes)
}

fn prove(arguments: &ProveArguments) -> Result<Exit, Failure> {
    let key = read_key(&arguments.key)?;
    let statement = Statement::KeyRegistration(KeyRegistration {
        forge: arguments.forge.clone(),
        organisation: arguments.organisation.clone(),
        login: arguments.login.clone(),
        scheme: key.public_key().scheme(),
        key: key.public_key().identity(),
    });
    signed(&arguments.key, &key, &statement)
}

/// `governance sign`.
pub(crate) fn sign(arguments: &SignArguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    if let (Some(address), Some(clone)) = (&arguments.pull_request, &arguments.clone) {
        return pull_request::sign((address, clone), arguments, surroundings);
    }
    // The arguments see to it that one is there.
    let (Some(statement), Some(file)) = (&arguments.statement, &arguments.key) else {
        return Err(Failure::usage(
            "there is nothing to sign",
            "name `--statement` and `--key`, or `--pr` and `--clone`",
        ));
    };
    let statement = read_statement(statement)?;
    let key = KeyFileArguments {
        file: file.clone(),
        scheme: arguments.scheme,
        format: FormatArgument {
            format: arguments.format.format,
        },
    };
    signed(&key, &read_key(&key)?, &statement)
}

/// Shows the statement where the person sees it, and writes the signature where a program takes it.
fn signed(arguments: &KeyFileArguments, key: &SigningKey, statement: &Statement) -> Result<Exit, Failure> {
    let signature = key
        .sign(statement)
        .map_err(|error| Failure::world(format!("failed to sign: {error}"), "report this as a bug"))?;
    output::note(statement.to_string().trim_end());
    match arguments.format.format {
        Format::Text => output::result(&format!("{}\n", signature.as_str()))?,
        Format::Json => output::json(&json!({
            "schema": "governance/signature/v1",
            "statement": statement.to_string(),
            "statement_digest": statement.digest().hex(),
            "scheme": key.public_key().scheme().as_str(),
            "key": key.public_key().identity().as_str(),
            "signature": signature.as_str(),
        }))?,
    }
    Ok(Exit::Yes)
}

fn read_key(arguments: &KeyFileArguments) -> Result<SigningKey, Failure> {
    KeyFile::read(&arguments.file, arguments.scheme)?.signing_key()
}

fn read_statement(path: &Path) -> Result<Statement, Failure> {
    let bytes = read_bytes(path, STATEMENT_BYTES_MAX)?;
    Statement::parse(&bytes).map_err(|error| {
        Failure::usage(
            format!("{} is no statement: {error}", path.display()),
            "take the statement as it was given to you, byte by byte",
        )
    })
}

/// The bytes of a file, which may not be longer than its kind ever is.
fn read_bytes(path: &Path, bytes_max: usize) -> Result<Vec<u8>, Failure> {
    use std::io::Read as _;
    let of_path = |error: std::io::Error| Failure::of_path("read", path, &error);
    let file = std::fs::File::open(path).map_err(of_path)?;
    let mut bytes = Vec::new();
    // One byte more than a file may have tells that it has too many.
    file.take(bytes_max as u64 + 1)
        .read_to_end(&mut bytes)
        .map_err(of_path)?;
    match bytes.len() <= bytes_max {
        true => Ok(bytes),
        false => Err(Failure::usage(
            format!("{} has more than {bytes_max} bytes", path.display()),
            "check the path",
        )),
    }
}

/// The text of a file.
fn read_text(path: &Path, bytes_max: usize) -> Result<String, Failure> {
    String::from_utf8(read_bytes(path, bytes_max)?)
        .map_err(|_| Failure::usage(format!("{} is not UTF-8", path.display()), "check the path"))
}
