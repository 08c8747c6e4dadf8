//! YAML as a tree of texts with places. It does not say what a text means: `2025-01-01`, `075` and a key of 66 digits stay as written.
//!
//! Anchors, aliases, merge keys and tags are refused: a rule is judged where it stands, and nothing can grow on being read.

use crate::Place;
use crate::error::RulesetErrorKind;
use crate::wording::one_line;
use serde_saphyr::granit_parser::{self, Event, Marker, Parser, ScalarStyle, Span};
use std::collections::BTreeMap;

/// Bytes of a file of the rules. The largest that is known has 20 thousand.
pub const FILE_BYTES_MAX: usize = 1024 * 1024;
/// Values in a file. The largest that is known has some hundreds.
pub const NODES_MAX: usize = 50_000;
/// Lists and mappings within each other. Rules need six.
pub const DEPTH_MAX: usize = 32;

/// A value of the file.
#[derive(Debug)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

/// What a value is, as far as YAML's shape tells.
#[derive(Debug)]
pub(crate) enum Value {
    /// Nothing: an empty value, `~` or `null`, unquoted.
    Null,
    /// Anything else that is written without quotes.
    Plain(String),
    /// A text in quotes, or a block of text.
    Quoted(String),
    List(Vec<Node>),
    Mapping(Vec<(Key, Node)>),
}

/// A key of a mapping.
#[derive(Debug)]
pub(crate) struct Key {
    pub(crate) text: String,
    pub(crate) place: Place,
}

/// A failure and where it shows.
pub(crate) type Failure = (Place, RulesetErrorKind);

/// Reads one document; an empty file is [`Value::Null`].
pub(crate) fn read(text: &str) -> Result<Node, Failure> {
    if text.len() > FILE_BYTES_MAX {
        return Err((Place::START, RulesetErrorKind::TooLarge));
    }
    let mut options = granit_parser::options! {
        flow_nesting_limit: DEPTH_MAX + 1,
        block_nesting_limit: DEPTH_MAX + 1,
    };
    options.set_emit_comments(false);
    let mut tree = Tree {
        lines: text.split('\n').count(),
        open: Vec::new(),
        root: None,
        nodes: 0,
        documents: 0,
    };
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| {
            let kind = RulesetErrorKind::Syntax(one_line(&error.info()));
            (tree.within(error.marker()), kind)
        })?;
        tree.take(event, span)?;
    }
    Ok(tree.root.unwrap_or(Node {
        place: Place::START,
        value: Value::Null,
    }))
}

/// A list or mapping that is not closed yet.
struct Open {
    node: Node,
    /// The key that waits for its value.
    key: Option<Key>,
    /// The keys so far and their lines.
    keys: BTreeMap<String, usize>,
}

struct Tree {
    lines: usize,
    open: Vec<Open>,
    root: Option<Node>,
    nodes: usize,
    documents: usize,
}

impl Tree {
    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Failure> {
        let place = self.within(&span.start);
        let at = |kind| (place, kind);
        if event.tag().is_some() {
            return Err(at(RulesetErrorKind::Tag));
        }
        match event {
            Event::Scalar(_, _, anchor, _)
            | Event::SequenceStart(_, anchor, _)
            | Event::MappingStart(_, anchor, _)
                if anchor > 0 =>
            {
                Err(at(RulesetErrorKind::Alias))
            }
            Event::Scalar(value, style, ..) => {
                let value = scalar(&value, style);
                self.count(0).map_err(at)?;
                self.put(Node { place, value }).map_err(at)
            }
            Event::SequenceStart(..) => self.begin(place, Value::List(Vec::new())).map_err(at),
            Event::MappingStart(..) => self.begin(place, Value::Mapping(Vec::new())).map_err(at),
            Event::SequenceEnd | Event::MappingEnd => match self.open.pop() {
                Some(open) => self.put(open.node).map_err(at),
                None => Ok(()),
            },
            Event::Alias(..) | Event::UnresolvedAlias(..) => Err(at(RulesetErrorKind::Alias)),
            Event::DocumentStart(..) => {
                self.documents += 1;
                match self.documents {
                    1 => Ok(()),
                    _ => Err(at(RulesetErrorKind::SecondDocument)),
                }
            }
            // Beginnings and ends of the stream, and what the options leave out.
            Event::StreamStart | Event::StreamEnd | Event::DocumentEnd | Event::Anchor(..) | _ => Ok(()),
        }
    }

    fn begin(&mut self, place: Place, value: Value) -> Result<(), RulesetErrorKind> {
        self.count(1)?;
        self.open.push(Open {
            node: Node { place, value },
            key: None,
            keys: BTreeMap::new(),
        });
        Ok(())
    }

    /// Puts a whole value where it belongs: into the list or mapping that is open, as a key, or as the root.
    fn put(&mut self, node: Node) -> Result<(), RulesetErrorKind> {
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        match &mut open.node.value {
            Value::List(items) => items.push(node),
            Value::Mapping(entries) => match open.key.take() {
                Some(key) => entries.push((key, node)),
                None => open.key = Some(new_key(&mut open.keys, node)?),
            },
            Value::Null | Value::Plain(_) | Value::Quoted(_) => {}
        }
        Ok(())
    }

    fn count(&mut self, height: usize) -> Result<(), RulesetErrorKind> {
        self.nodes += 1;
        if self.open.len() + height > DEPTH_MAX {
            return Err(RulesetErrorKind::TooDeep);
        }
        match self.nodes {
            0..=NODES_MAX => Ok(()),
            _ => Err(RulesetErrorKind::TooMuch),
        }
    }

    /// The parser places what is missing at the end of a file behind its last line; no editor can go there.
    fn within(&self, marker: &Marker) -> Place {
        let place = Place {
            line: marker.line().max(1),
            column: marker.col() + 1,
        };
        if place.line > self.lines {
            return Place {
                line: self.lines,
                column: 1,
            };
        }
        place
    }
}

fn scalar(value: &str, style: ScalarStyle) -> Value {
    match (style, value) {
        (ScalarStyle::Plain, "" | "~" | "null" | "Null" | "NULL") => Value::Null,
        (ScalarStyle::Plain, _) => Value::Plain(value.to_owned()),
        (_, _) => Value::Quoted(value.to_owned()),
    }
}

fn new_key(keys: &mut BTreeMap<String, usize>, node: Node) -> Result<Key, RulesetErrorKind> {
    let text = match node.value {
        Value::Plain(text) if text == "<<" => return Err(RulesetErrorKind::Alias),
        Value::Plain(text) | Value::Quoted(text) => text,
        Value::Null | Value::List(_) | Value::Mapping(_) => return Err(RulesetErrorKind::KeyNotText),
    };
    match keys.insert(text.clone(), node.place.line) {
        Some(first_line) => Err(RulesetErrorKind::DuplicateKey {
            key: one_line(&text),
            first_line,
        }),
        None => Ok(Key {
            text,
            place: node.place,
        }),
    }
}
