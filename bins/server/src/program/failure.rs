//! Why the program could not do what it was asked: messages for a person, and the exit code.

use std::fmt;

/// Wrong usage or configuration.
pub(crate) const USAGE: u8 = 2;
/// The world failed: disk, network, database.
pub(crate) const WORLD: u8 = 3;

/// One or more messages, each with what to do next.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    code: u8,
    messages: Vec<(String, String)>,
}

impl Failure {
    pub(crate) fn usage(text: impl fmt::Display, help: &str) -> Self {
        Self::usage_of([(text.to_string(), help.to_owned())])
    }

    pub(crate) fn usage_of(messages: impl IntoIterator<Item = (String, String)>) -> Self {
        Self {
            code: USAGE,
            messages: messages.into_iter().collect(),
        }
    }

    pub(crate) fn world(text: impl fmt::Display, help: &str) -> Self {
        Self {
            code: WORLD,
            messages: vec![(text.to_string(), help.to_owned())],
        }
    }

    pub(crate) fn code(&self) -> u8 {
        self.code
    }
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (text, help) in &self.messages {
            writeln!(out, "error: {text}")?;
            if !help.is_empty() {
                writeln!(out, "help: {help}")?;
            }
        }
        Ok(())
    }
}
