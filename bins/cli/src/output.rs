//! Results on standard output, everything else on standard error. A reader that went away is no error.

use crate::Failure;
use serde::Serialize;
use std::io::{self, ErrorKind, Write};

/// Writes a result. A broken pipe ends quietly: whoever reads has seen enough.
pub(crate) fn result(text: &str) -> Result<(), Failure> {
    let mut out = io::stdout().lock();
    let written = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    match written {
        Err(error) if error.kind() != ErrorKind::BrokenPipe => Err(Failure::world(
            format!("failed to write the result: {error}"),
            "check where standard output goes",
        )),
        Ok(()) | Err(_) => Ok(()),
    }
}

/// Writes a result as JSON with a final line end.
pub(crate) fn json(value: &impl Serialize) -> Result<(), Failure> {
    let text = serde_json::to_string_pretty(value)
        .map_err(|error| Failure::world(format!("failed to write JSON: {error}"), "report this as a bug"))?;
    result(&format!("{text}\n"))
}

/// Writes a line of progress. Nobody who listens is no error.
pub(crate) fn note(text: &str) {
    let mut out = io::stderr().lock();
    let _ = writeln!(out, "{text}").and_then(|()| out.flush());
}

/// Writes the messages of a failure.
pub(crate) fn failure(failure: &Failure) {
    let mut out = io::stderr().lock();
    let _ = write!(out, "{failure}").and_then(|()| out.flush());
}
