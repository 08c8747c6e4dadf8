//! What is written where: results to standard output, everything else to standard error.

use super::failure::Failure;
use serde_json::Value;
use std::io::Write as _;

/// A failure, for a person.
pub(crate) fn error(failure: &Failure) {
    note(&failure.to_string());
}

/// A result.
pub(crate) fn result(text: &str) -> Result<(), Failure> {
    let mut out = std::io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    written.map_err(|error| {
        Failure::world(
            format!("failed to write the result: {error}"),
            "check where it goes",
        )
    })
}

/// A result for programs, on one line.
pub(crate) fn json(value: &Value) -> Result<(), Failure> {
    result(&format!("{value}\n"))
}

/// Something by the way. Nobody reads what cannot be written.
pub(crate) fn note(text: &str) {
    let _ = std::io::stderr().lock().write_all(text.as_bytes());
}
