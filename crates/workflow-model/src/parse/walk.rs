//! Reading single values of the tree, and remarking upon what is not as it should be.

use crate::wording::one_line;
use crate::yaml::{Node, Value};
use crate::{Access, Entry, Grant, Permissions, Place, Remark, RemarkKind, Text};

/// Remarks upon one file: more help nobody.
const REMARKS_MAX: usize = 100;

/// Scopes of a token. `metadata` is always granted and never named.
const SCOPES: &[&str] = &[
    "actions",
    "artifact-metadata",
    "attestations",
    "checks",
    "contents",
    "deployments",
    "discussions",
    "id-token",
    "issues",
    "models",
    "packages",
    "pages",
    "pull-requests",
    "repository-projects",
    "security-events",
    "statuses",
];

/// The remarks so far.
#[derive(Default)]
pub(super) struct Walk {
    pub(super) remarks: Vec<Remark>,
}

impl Walk {
    fn remark(&mut self, place: Place, key: &str, kind: RemarkKind, message: String) {
        if self.remarks.len() < REMARKS_MAX {
            self.remarks.push(Remark {
                place,
                key: one_line(key),
                kind,
                message,
            });
        }
    }

    /// A value that GitHub refuses here.
    pub(super) fn wrong(&mut self, place: Place, key: &str, message: impl Into<String>) {
        self.remark(place, key, RemarkKind::WrongShape, message.into());
    }

    /// A key that is not known here.
    pub(super) fn unknown(&mut self, within: &str, key: &Text, name: &str) {
        let message = format!(
            "the key `{}` is not known here and was not looked at",
            one_line(name)
        );
        self.remark(key.place, &join(within, name), RemarkKind::UnknownKey, message);
    }

    /// A key that must be there.
    pub(super) fn missing(&mut self, place: Place, within: &str, name: &str, reads_as_true: bool) {
        let hint = match reads_as_true {
            true => "; `true:` was written instead, by a tool that takes `on` for a yes",
            false => "",
        };
        self.wrong(place, &join(within, name), format!("there is no `{name}`{hint}"));
    }

    /// One text; nothing where nothing is written.
    pub(super) fn text(&mut self, key: &str, node: &Node) -> Option<Text> {
        match &node.value {
            Value::Text(text) => Some(text.clone()),
            Value::Null => None,
            Value::List(_) | Value::Mapping(_) => {
                self.wrong(node.place, key, "a text belongs here");
                None
            }
        }
    }

    /// A text or a list of texts.
    pub(super) fn texts(&mut self, key: &str, node: &Node) -> Vec<Text> {
        match &node.value {
            Value::List(items) => items.iter().filter_map(|item| self.text(key, item)).collect(),
            Value::Text(_) | Value::Null | Value::Mapping(_) => self.text(key, node).into_iter().collect(),
        }
    }

    /// A mapping of names to texts. An expression in its place gives nothing that could be read.
    pub(super) fn entries(&mut self, key: &str, node: &Node) -> Vec<Entry> {
        let mut entries = Vec::new();
        for (name, value) in self.mapping(key, node) {
            let value = match &value.value {
                Value::Null => Some(Text {
                    value: String::new(),
                    place: value.place,
                    marks: Vec::new(),
                }),
                Value::Text(_) | Value::List(_) | Value::Mapping(_) => {
                    self.text(&join(key, &name.value), value)
                }
            };
            entries.extend(value.map(|value| Entry {
                name: name.clone(),
                value,
            }));
        }
        entries
    }

    /// The entries of a mapping; none where nothing, or an expression, stands in its place.
    pub(super) fn mapping<'n>(&mut self, key: &str, node: &'n Node) -> &'n [(Text, Node)] {
        match &node.value {
            Value::Mapping(entries) => entries,
            Value::Null => &[],
            Value::Text(text) if text.value.trim_start().starts_with("${{") => &[],
            Value::Text(_) | Value::List(_) => {
                self.wrong(node.place, key, "a mapping belongs here");
                &[]
            }
        }
    }

    /// Whether something is `true`; nothing else is.
    pub(super) fn is_true(&mut self, key: &str, node: &Node) -> bool {
        match self.text(key, node) {
            Some(text) if matches!(text.value.as_str(), "true" | "True" | "TRUE") => true,
            Some(text) if !matches!(text.value.as_str(), "false" | "False" | "FALSE") => {
                self.wrong(text.place, key, "`true` or `false` belongs here");
                false
            }
            Some(_) | None => false,
        }
    }

    /// What a token may do.
    pub(super) fn permissions(&mut self, key: &str, node: &Node) -> Option<Permissions> {
        let place = node.place;
        let grant = match &node.value {
            Value::Text(text) if text.value == "read-all" => Grant::ReadAll,
            Value::Text(text) if text.value == "write-all" => Grant::WriteAll,
            Value::Text(text) => {
                self.wrong(
                    text.place,
                    key,
                    "`read-all`, `write-all` or a mapping of scopes belongs here",
                );
                return None;
            }
            Value::Null | Value::List(_) | Value::Mapping(_) => Grant::Scopes(self.scopes(key, node)),
        };
        Some(Permissions { place, grant })
    }

    fn scopes(&mut self, key: &str, node: &Node) -> Vec<(Text, Access)> {
        let mut scopes = Vec::new();
        for (name, value) in self.mapping(key, node) {
            if !SCOPES.contains(&name.value.as_str()) {
                self.unknown(key, name, &name.value);
                continue;
            }
            let path = join(key, &name.value);
            let access = self
                .text(&path, value)
                .and_then(|text| match text.value.as_str() {
                    "none" => Some(Access::None),
                    "read" => Some(Access::Read),
                    "write" => Some(Access::Write),
                    _ => {
                        self.wrong(text.place, &path, "`read`, `write` or `none` belongs here");
                        None
                    }
                });
            scopes.extend(access.map(|access| (name.clone(), access)));
        }
        scopes
    }
}

/// A key below another.
pub(super) fn join(within: &str, name: &str) -> String {
    match within {
        "" => name.to_owned(),
        _ => format!("{within}.{name}"),
    }
}
