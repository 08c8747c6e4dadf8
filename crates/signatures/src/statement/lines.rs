//! The lines of a statement: `key: value`, in one order, in one spelling.

use crate::StatementError;
use domain_types::Invalid;
use std::fmt::Display;
use std::str::FromStr;

/// The first line of every statement.
pub(super) const HEADER: &str = "governance-app-statement/v1";

/// Writes the lines of a statement.
pub(super) struct Writer(String);

impl Writer {
    /// The header and the line of the type.
    pub(super) fn new(kind: &str) -> Self {
        Self(format!("{HEADER}\ntype: {kind}\n"))
    }

    /// One more line.
    pub(super) fn line(mut self, key: &str, value: impl Display) -> Self {
        self.0.push_str(&format!("{key}: {value}\n"));
        self
    }

    pub(super) fn finish(self) -> String {
        self.0
    }
}

/// Reads the lines of a statement, one after the other.
pub(super) struct Reader<'a> {
    rest: &'a str,
    line: usize,
}

impl<'a> Reader<'a> {
    pub(super) fn new(text: &'a str) -> Self {
        Self { rest: text, line: 0 }
    }

    /// The line that was read last is not what belongs there.
    pub(super) fn error(&self, expected: impl Into<String>) -> StatementError {
        StatementError::line(self.line, expected)
    }

    /// The first line.
    pub(super) fn header(&mut self) -> Result<(), StatementError> {
        match self.next() {
            Some(HEADER) => Ok(()),
            _ => Err(self.error(format!("`{HEADER}`"))),
        }
    }

    /// The value of the next line, whose key is known.
    pub(super) fn value(&mut self, key: &str) -> Result<&'a str, StatementError> {
        let line = self.next();
        line.and_then(|line| line.strip_prefix(key)?.strip_prefix(": "))
            .ok_or_else(|| self.error(format!("`{key}: ` and a value, ended by a line feed")))
    }

    /// The value of the next line, which is of a kind.
    pub(super) fn parsed<T: FromStr<Err = Invalid>>(&mut self, key: &str) -> Result<T, StatementError> {
        let value = self.value(key)?;
        let misfit = |error: Invalid| self.error(format!("`{key}: ` and {}", error.rule));
        value.parse().map_err(misfit)
    }

    /// The next line's number: digits, without zeros in front.
    pub(super) fn number<T: FromStr>(&mut self, key: &str) -> Result<T, StatementError> {
        let value = self.value(key)?;
        let plain =
            value.bytes().all(|byte| byte.is_ascii_digit()) && (value == "0" || !value.starts_with('0'));
        let number = value.parse().ok().filter(|_| plain);
        number.ok_or_else(|| {
            self.error(format!(
                "`{key}: ` and a number in digits, without zeros in front"
            ))
        })
    }

    /// The next line has one of these values; answers which.
    pub(super) fn one_of<T: Copy>(&mut self, key: &str, choices: &[(&str, T)]) -> Result<T, StatementError> {
        let value = self.value(key)?;
        let found = choices.iter().find(|(word, _)| *word == value);
        found.map(|(_, choice)| *choice).ok_or_else(|| {
            let words: Vec<&str> = choices.iter().map(|(word, _)| *word).collect();
            self.error(format!("`{key}: ` and {}", words.join(" or ")))
        })
    }

    /// Nothing stands behind the last line.
    pub(super) fn end(&mut self) -> Result<(), StatementError> {
        if self.rest.is_empty() {
            return Ok(());
        }
        self.line += 1;
        Err(self.error("the end of the statement"))
    }

    /// The next line, if it ends with a line feed.
    fn next(&mut self) -> Option<&'a str> {
        self.line += 1;
        let (line, rest) = self.rest.split_once('\n')?;
        self.rest = rest;
        Some(line)
    }
}
