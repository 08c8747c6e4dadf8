//! Why a command could not say yes: messages for a person, and the exit code.
//!
//! Every message says what was found and expected; `help` says what to do next. Errors of the other crates are
//! turned into failures here and in the command that meets them, nowhere else.

use crate::Exit;
use std::error::Error;
use std::fmt;

/// One message: `error: …` and, where there is something to do, `help: …`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Message {
    text: String,
    help: Option<String>,
}

/// A command that ends without a yes.
#[derive(Debug, Clone, PartialEq, Eq)]
#[must_use]
pub(crate) struct Failure {
    exit: Exit,
    messages: Vec<Message>,
}

impl Failure {
    /// A failure with one message.
    pub(crate) fn new(exit: Exit, text: impl fmt::Display, help: &str) -> Self {
        Self {
            exit,
            messages: Vec::new(),
        }
        .and(text, help)
    }

    /// A clear no.
    pub(crate) fn no(text: impl fmt::Display, help: &str) -> Self {
        Self::new(Exit::No, text, help)
    }

    /// Wrong usage, configuration, manifest or tag.
    pub(crate) fn usage(text: impl fmt::Display, help: &str) -> Self {
        Self::new(Exit::Usage, text, help)
    }

    /// The world failed.
    pub(crate) fn world(text: impl fmt::Display, help: &str) -> Self {
        Self::new(Exit::World, text, help)
    }

    /// A usage failure of many messages, each with its help.
    pub(crate) fn usage_of(messages: impl IntoIterator<Item = (String, String)>) -> Self {
        let failure = Self {
            exit: Exit::Usage,
            messages: Vec::new(),
        };
        messages
            .into_iter()
            .fold(failure, |failure, (text, help)| failure.and(text, &help))
    }

    /// An end whose reason is on standard output already.
    pub(crate) fn told(exit: Exit) -> Self {
        Self {
            exit,
            messages: Vec::new(),
        }
    }

    /// One more message; an empty `help` is left out.
    pub(crate) fn and(mut self, text: impl fmt::Display, help: &str) -> Self {
        let help = (!help.is_empty()).then(|| help.to_owned());
        self.messages.push(Message {
            text: text.to_string(),
            help,
        });
        self
    }

    /// Two failures as one; the exit code is that of the first, and nothing is said twice.
    pub(crate) fn with(mut self, other: Self) -> Self {
        for message in other.messages {
            if !self.messages.contains(&message) {
                self.messages.push(message);
            }
        }
        self
    }

    /// A file or folder that could not be used.
    pub(crate) fn of_path(doing: &str, path: &std::path::Path, error: &std::io::Error) -> Self {
        use std::io::ErrorKind::{
            AlreadyExists, IsADirectory, NotADirectory, NotFound, PermissionDenied, StorageFull,
        };
        let kind = error.kind();
        let (exit, help) = if matches!(kind, AlreadyExists | NotFound | NotADirectory | IsADirectory) {
            (Exit::Usage, "check the path")
        } else if kind == PermissionDenied {
            (Exit::World, "check who owns it and its mode")
        } else if kind == StorageFull {
            (Exit::World, "free some space and run the same command again")
        } else {
            (Exit::World, "mend the cause and run the same command again")
        };
        Self::new(
            exit,
            format!("failed to {doing} {}: {error}", path.display()),
            help,
        )
    }

    /// How the program ends.
    pub(crate) fn exit(&self) -> Exit {
        self.exit
    }
}

/// An error with everything that caused it: `a: b: c`, each cause only where its text adds something.
pub(crate) fn chain(error: &(dyn Error + 'static)) -> String {
    let mut text = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        let part = error.to_string();
        if !text.contains(&part) {
            text = format!("{text}: {part}");
        }
        cause = error.source();
    }
    text
}

impl fmt::Display for Failure {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for message in &self.messages {
            writeln!(out, "error: {}", message.text)?;
            if let Some(help) = &message.help {
                writeln!(out, "help: {help}")?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn each_message_is_followed_by_its_help() {
        let failure = Failure::usage_of([
            (
                "versions.toml:3:5: unknown dependency `x`".to_owned(),
                "did you mean `y`?".to_owned(),
            ),
            ("versions.toml:4:1: duplicate".to_owned(), String::new()),
        ]);
        expect![[r#"
            error: versions.toml:3:5: unknown dependency `x`
            help: did you mean `y`?
            error: versions.toml:4:1: duplicate
        "#]]
        .assert_eq(&failure.to_string());
        assert_eq!(failure.exit(), Exit::Usage);
    }
}
