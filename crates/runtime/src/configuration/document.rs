//! A TOML text with the places of its parts, and the problems found so far.

use super::Problem;
use std::ops::Range;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Shortest likeness (0 to 1) at which a known key is suggested for an unknown one: a swapped or missing letter in a
/// word of five letters is above it, an unrelated word below.
const LIKENESS_MIN: f64 = 0.75;

/// Problems reported at once: more than anyone mends in one go, and a bound for hostile files.
const PROBLEMS_MAX: usize = 100;

/// Characters of a foreign text that a message repeats.
const SHOWN_CHARS_MAX: usize = 80;

pub(super) type Value<'a> = Spanned<DeValue<'a>>;

/// Collects problems against byte offsets of one text.
#[derive(Debug)]
pub(super) struct Document {
    file: String,
    line_starts: Vec<usize>,
    text: String,
    problems: Vec<Problem>,
    broken_lines: Vec<usize>,
}

impl Document {
    pub(super) fn new(file: &str, text: &str) -> Self {
        let after_breaks = text
            .bytes()
            .enumerate()
            .filter(|(_, byte)| *byte == b'\n')
            .map(|(at, _)| at + 1);
        Self {
            file: file.to_owned(),
            line_starts: std::iter::once(0).chain(after_breaks).collect(),
            text: text.to_owned(),
            problems: Vec::new(),
            broken_lines: Vec::new(),
        }
    }

    /// The tables of the text; syntax errors become problems, and what could be read is returned.
    pub(super) fn parse<'a>(&mut self, text: &'a str) -> DeTable<'a> {
        let (table, errors) = DeTable::parse_recoverable(text);
        for error in &errors {
            let offset = error.span().map_or(0, |span| span.start);
            self.problem(
                offset,
                error.message().to_owned(),
                "see https://toml.io for the syntax of TOML",
            );
            self.broken_lines.push(self.place(offset).0);
        }
        table.into_inner()
    }

    /// Notes a problem at a byte offset. On a line whose syntax is broken only the syntax errors are kept, since
    /// whatever else seems wrong there follows from them.
    pub(super) fn problem(&mut self, offset: usize, message: String, remedy: &str) {
        let (line, column) = self.place(offset);
        if self.broken_lines.contains(&line) {
            return;
        }
        self.problems.push(Problem {
            file: self.file.clone(),
            line,
            column,
            message,
            remedy: remedy.to_owned(),
        });
    }

    /// Notes a problem at the beginning of a value.
    pub(super) fn problem_at(&mut self, span: Range<usize>, message: String, remedy: &str) {
        self.problem(span.start, message, remedy);
    }

    /// Every key of `table` must be one of `known`; `path` is the table's own name, empty for the root.
    pub(super) fn check_keys(&mut self, path: &str, table: &DeTable<'_>, known: &[&str]) {
        for key in table.keys() {
            if known.contains(&key.get_ref().as_ref()) {
                continue;
            }
            let place = if path.is_empty() {
                String::new()
            } else {
                format!(" in [{path}]")
            };
            let message = format!("unknown key `{}`{place}", shown(key.get_ref()));
            let remedy = match nearest(key.get_ref(), known) {
                Some(like) => format!("did you mean `{like}`?"),
                None => format!("known keys here: {}", known.join(", ")),
            };
            self.problem_at(key.span(), message, &remedy);
        }
    }

    /// The table under `key`, if the key is there; anything else but a table is a problem. `path` is the parent's
    /// name with a dot, empty for the root.
    pub(super) fn table<'t, 'a>(
        &mut self,
        path: &str,
        parent: &'t DeTable<'a>,
        key: &str,
    ) -> Option<&'t DeTable<'a>> {
        let value = parent.get(key)?;
        let table = value.get_ref().as_table();
        if table.is_none() {
            let message = format!("`{path}{key}` is {}, expected a table", kind(value));
            self.problem_at(
                value.span(),
                message,
                &format!("write `[{path}{key}]` on a line of its own"),
            );
        }
        table
    }

    /// All problems by place, at most `PROBLEMS_MAX`.
    pub(super) fn into_problems(mut self) -> Vec<Problem> {
        self.problems
            .sort_by_key(|problem| (problem.line, problem.column));
        self.problems.dedup();
        self.problems.truncate(PROBLEMS_MAX);
        self.problems
    }

    /// Line and column (in characters), counted from 1.
    fn place(&self, offset: usize) -> (usize, usize) {
        let line = self.line_starts.partition_point(|start| *start <= offset).max(1);
        let start = self.line_starts.get(line - 1).copied().unwrap_or(0);
        let before = self
            .text
            .get(start..offset.min(self.text.len()))
            .unwrap_or_default();
        (line, before.chars().count() + 1)
    }
}

/// A foreign text, shortened and with control characters escaped.
pub(super) fn shown(text: &str) -> String {
    text.chars()
        .take(SHOWN_CHARS_MAX)
        .flat_map(char::escape_debug)
        .collect()
}

/// What a value is, with its article.
pub(super) fn kind(value: &Value<'_>) -> &'static str {
    match value.get_ref() {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) => "a whole number",
        DeValue::Float(_) => "a decimal number",
        DeValue::Boolean(_) => "a truth value",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a table",
    }
}

fn nearest<'k>(key: &str, known: &[&'k str]) -> Option<&'k str> {
    let likeness = |candidate: &str| strsim::jaro_winkler(&key.to_lowercase(), candidate);
    let best = known
        .iter()
        .copied()
        .max_by(|a, b| likeness(a).total_cmp(&likeness(b)))?;
    (likeness(best) >= LIKENESS_MIN).then_some(best)
}
