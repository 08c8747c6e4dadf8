//! Reading single values of the tree. Everything that is not as it should be is noted, and reading goes on.

use crate::error::{RulesetError, RulesetErrorKind};
use crate::names::Repository;
use crate::pattern::Patterns;
use crate::wording::one_line;
use crate::yaml::{Node, Value};
use crate::{CompoundThreshold, Located, SIGNATURES_MAX, Spot, Threshold};
use std::collections::BTreeMap;
use std::str::FromStr;

/// Errors that are told at once: more help nobody.
const ERRORS_MAX: usize = 100;
/// Days of a period: a century.
pub(super) const DAYS_MAX: u32 = 36_500;

/// A value, and where it stands.
#[derive(Clone)]
pub(super) struct At<'n> {
    pub(super) node: &'n Node,
    pub(super) spot: Spot,
}

impl<'n> At<'n> {
    /// Whether a key is there, with or without something behind it.
    pub(super) fn has(&self, name: &str) -> bool {
        match &self.node.value {
            Value::Mapping(entries) => entries.iter().any(|(key, _)| key.text == name),
            Value::Null | Value::Plain(_) | Value::Quoted(_) | Value::List(_) => false,
        }
    }

    fn below(&self, name: &str, node: &'n Node) -> Self {
        let name = one_line(name);
        let key = match self.spot.key.as_str() {
            "" => name,
            within => format!("{within}.{name}"),
        };
        self.to(key, node)
    }

    fn to(&self, key: String, node: &'n Node) -> Self {
        let spot = Spot {
            file: self.spot.file.clone(),
            place: node.place,
            key,
        };
        Self { node, spot }
    }

    fn located<T>(&self, value: T) -> Located<T> {
        Located {
            value,
            spot: self.spot.clone(),
        }
    }
}

/// The errors so far.
#[derive(Default)]
pub(super) struct Walk {
    errors: Vec<RulesetError>,
}

impl Walk {
    /// Everything that was noted, each once, in the order of the files.
    pub(super) fn finish(mut self) -> Vec<RulesetError> {
        self.errors.sort_by(|one, other| {
            (&one.spot, one.kind.to_string()).cmp(&(&other.spot, other.kind.to_string()))
        });
        self.errors.dedup();
        self.errors
    }

    pub(super) fn note(&mut self, spot: &Spot, kind: RulesetErrorKind) {
        if self.errors.len() < ERRORS_MAX {
            self.errors.push(RulesetError {
                spot: spot.clone(),
                kind,
            });
        }
    }

    /// A value of the wrong kind.
    pub(super) fn wrong(&mut self, at: &At<'_>, expected: &str) {
        let found = match &at.node.value {
            Value::Null => "nothing".to_owned(),
            Value::Plain(text) => format!("`{}`", one_line(text)),
            Value::Quoted(text) => format!("the text \"{}\"", one_line(text)),
            Value::List(items) if items.is_empty() => "an empty list".to_owned(),
            Value::List(_) => "a list".to_owned(),
            Value::Mapping(_) => "a mapping".to_owned(),
        };
        let expected = expected.to_owned();
        self.note(&at.spot, RulesetErrorKind::WrongType { found, expected });
    }

    /// What stands under a key; nothing where nothing stands.
    pub(super) fn field<'n>(&mut self, at: &At<'n>, name: &str) -> Option<At<'n>> {
        match &at.node.value {
            Value::Mapping(entries) => {
                let (key, node) = entries.iter().find(|(key, _)| key.text == name)?;
                (!matches!(node.value, Value::Null)).then(|| at.below(&key.text, node))
            }
            Value::Null => None,
            Value::Plain(_) | Value::Quoted(_) | Value::List(_) => {
                self.wrong(at, "a mapping");
                None
            }
        }
    }

    /// What must stand under a key.
    pub(super) fn required<'n>(&mut self, at: &At<'n>, name: &str) -> Option<At<'n>> {
        let found = self.field(at, name);
        if found.is_none() && matches!(at.node.value, Value::Mapping(_) | Value::Null) {
            self.note(&at.spot, RulesetErrorKind::Missing(name.to_owned()));
        }
        found
    }

    /// What stands under a key that may be left out, but is not left empty.
    pub(super) fn section<'n>(&mut self, at: &At<'n>, name: &str) -> Option<At<'n>> {
        match at.has(name) {
            true => self.required(at, name),
            false => self.field(at, name),
        }
    }

    /// The entries of a mapping, each key with its place.
    pub(super) fn entries<'n>(&mut self, at: &At<'n>) -> Vec<(Located<String>, At<'n>)> {
        match &at.node.value {
            Value::Mapping(entries) => entries
                .iter()
                .map(|(key, node)| {
                    let below = at.below(&key.text, node);
                    let mut spot = below.spot.clone();
                    spot.place = key.place;
                    let key = Located {
                        value: key.text.clone(),
                        spot,
                    };
                    (key, below)
                })
                .collect(),
            Value::Null => Vec::new(),
            Value::Plain(_) | Value::Quoted(_) | Value::List(_) => {
                self.wrong(at, "a mapping");
                Vec::new()
            }
        }
    }

    /// The entries of the mapping under a key; none if there is no such key.
    pub(super) fn entries_of<'n>(&mut self, at: &At<'n>, name: &str) -> Vec<(Located<String>, At<'n>)> {
        let found = self.field(at, name);
        found.map_or_else(Vec::new, |at| self.entries(&at))
    }

    /// The items of the list under a key; none if there is no such key.
    pub(super) fn items<'n>(&mut self, at: &At<'n>, name: &str) -> Vec<At<'n>> {
        let Some(list) = self.field(at, name) else {
            return Vec::new();
        };
        match &list.node.value {
            Value::List(items) => {
                let item = |(index, node)| list.to(format!("{}[{index}]", list.spot.key), node);
                items.iter().enumerate().map(item).collect()
            }
            Value::Null | Value::Plain(_) | Value::Quoted(_) | Value::Mapping(_) => {
                self.wrong(&list, "a list");
                Vec::new()
            }
        }
    }

    /// A text, whatever YAML would take it for.
    pub(super) fn text(&mut self, at: &At<'_>) -> Option<Located<String>> {
        match &at.node.value {
            Value::Plain(text) | Value::Quoted(text) => Some(at.located(text.clone())),
            Value::Null | Value::List(_) | Value::Mapping(_) => {
                self.wrong(at, "a text");
                None
            }
        }
    }

    /// Something that is written as text and has rules of its own.
    pub(super) fn parsed<T: FromStr>(&mut self, at: &At<'_>, expected: &str) -> Option<Located<T>> {
        let parsed = match &at.node.value {
            Value::Plain(text) | Value::Quoted(text) => text.trim().parse().ok(),
            Value::Null | Value::List(_) | Value::Mapping(_) => None,
        };
        if parsed.is_none() {
            self.wrong(at, expected);
        }
        parsed.map(|value| at.located(value))
    }

    pub(super) fn number(&mut self, at: &At<'_>, max: u32) -> Option<Located<u32>> {
        let number = match &at.node.value {
            Value::Plain(text) if text.bytes().all(|byte| byte.is_ascii_digit()) => text.parse().ok(),
            Value::Plain(_) | Value::Quoted(_) | Value::Null | Value::List(_) | Value::Mapping(_) => None,
        };
        let number = number.filter(|number| *number <= max);
        if number.is_none() {
            self.wrong(at, &format!("a whole number from 0 to {max}"));
        }
        number.map(|value| at.located(value))
    }

    pub(super) fn days(&mut self, at: &At<'_>, name: &str) -> Option<Located<u32>> {
        let found = self.field(at, name)?;
        self.number(&found, DAYS_MAX)
    }

    /// `true` or `false`; `false` where nothing is said.
    pub(super) fn flag(&mut self, at: &At<'_>, name: &str) -> bool {
        self.flag_or(at, name, false)
    }

    /// `true` or `false`, and what holds where nothing is said.
    pub(super) fn flag_or(&mut self, at: &At<'_>, name: &str, unsaid: bool) -> bool {
        let Some(found) = self.field(at, name) else {
            return unsaid;
        };
        match &found.node.value {
            Value::Plain(text) if matches!(text.as_str(), "true" | "True" | "TRUE") => true,
            Value::Plain(text) if matches!(text.as_str(), "false" | "False" | "FALSE") => false,
            Value::Plain(_) | Value::Quoted(_) | Value::Null | Value::List(_) | Value::Mapping(_) => {
                self.wrong(&found, "`true` or `false`");
                false
            }
        }
    }

    /// `N-of-M`.
    pub(super) fn threshold(&mut self, at: &At<'_>, name: &str) -> Option<Located<Threshold>> {
        let found = self.field(at, name)?;
        self.parsed(&found, &format!("N-of-M, each at most {SIGNATURES_MAX},"))
    }

    /// `N-of-M`, alone or with `+ N-of-M` keyholders.
    pub(super) fn compound(&mut self, at: &At<'_>, name: &str) -> Option<Located<CompoundThreshold>> {
        let found = self.field(at, name)?;
        let expected = format!("N-of-M, or N-of-M + N-of-M, each at most {SIGNATURES_MAX},");
        self.parsed(&found, &expected)
    }

    pub(super) fn repository(&mut self, at: &At<'_>) -> Option<Located<Repository>> {
        self.parsed(at, "the bare name of a repository")
    }

    pub(super) fn texts(&mut self, at: &At<'_>, name: &str) -> Vec<Located<String>> {
        let items = self.items(at, name);
        items.iter().filter_map(|item| self.text(item)).collect()
    }

    pub(super) fn patterns(&mut self, at: &At<'_>, name: &str) -> Patterns {
        let texts = self.texts(at, name);
        self.compile(texts)
    }

    /// The items of a list that something rests on: without any it would never hold, so there is at least one.
    pub(super) fn some_items<'n>(&mut self, at: &At<'n>, name: &str) -> Vec<At<'n>> {
        let list = self.required(at, name);
        let is_empty = |list: &At<'_>| matches!(&list.node.value, Value::List(items) if items.is_empty());
        if let Some(list) = list.filter(is_empty) {
            self.wrong(&list, "a list with at least one entry");
        }
        self.items(at, name)
    }

    /// Patterns that something rests on: at least one.
    pub(super) fn some_patterns(&mut self, at: &At<'_>, name: &str) -> Patterns {
        let items = self.some_items(at, name);
        let texts = items.iter().filter_map(|item| self.text(item)).collect();
        self.compile(texts)
    }

    /// A single pattern under a key; nothing where nothing stands.
    pub(super) fn pattern(&mut self, at: &At<'_>, name: &str) -> Option<Patterns> {
        let found = self.field(at, name)?;
        let text = self.text(&found)?;
        Some(self.compile(vec![text]))
    }

    /// Refuses a number that two entries have.
    pub(super) fn once_each<'s>(&mut self, what: &str, numbered: impl Iterator<Item = (u32, &'s Spot)>) {
        let mut first: BTreeMap<u32, usize> = BTreeMap::new();
        for (number, spot) in numbered {
            match first.get(&number) {
                None => _ = first.insert(number, spot.place.line),
                Some(first_line) => {
                    let key = format!("{what} {number}");
                    let first_line = *first_line;
                    self.note(spot, RulesetErrorKind::DuplicateKey { key, first_line });
                }
            }
        }
    }

    pub(super) fn compile(&mut self, texts: Vec<Located<String>>) -> Patterns {
        Patterns::new(texts).unwrap_or_else(|bad| {
            let kind = RulesetErrorKind::WrongType {
                found: format!("`{}`", one_line(&bad.value)),
                expected: "a pattern of at most 256 characters with `*` and `**`, one of at most 500,"
                    .to_owned(),
            };
            self.note(&bad.spot, kind);
            Patterns::default()
        })
    }
}
