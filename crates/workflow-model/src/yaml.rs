//! YAML as a tree of texts with places. It does not say what a text means: `on`, `true` and `1.10` stay as written, so that
//! nothing is lost to what some YAML takes them for.
//!
//! Aliases are written out, within limits that hold for the tree that comes of it, not for the file.

use crate::error::WorkflowErrorKind;
use crate::wording::one_line;
use crate::{Place, Text};
use serde_saphyr::granit_parser::{self, Event, Marker, Parser, ScalarStyle, Span};
use std::collections::BTreeMap;

/// Bytes of a workflow file. GitHub's own limit is not documented; a file of this size is no workflow that a person wrote.
pub const WORKFLOW_BYTES_MAX: usize = 1024 * 1024;
/// Values in a file after aliases are written out. The largest workflow files that are known have some thousands.
pub const NODES_MAX: usize = 50_000;
/// Bytes of all texts after aliases are written out: twice what a file without aliases can hold.
pub const TEXT_BYTES_MAX: usize = 2 * WORKFLOW_BYTES_MAX;
/// Lists and mappings within each other. A workflow needs eight.
pub const DEPTH_MAX: usize = 32;

/// A value of the file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Node {
    pub(crate) place: Place,
    pub(crate) value: Value,
}

/// What a value is, as far as YAML's shape tells.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Value {
    /// Nothing: an empty value, `~` or `null`, unquoted.
    Null,
    /// Anything that is written as text.
    Text(Text),
    List(Vec<Node>),
    Mapping(Vec<(Text, Node)>),
}

/// A failure and where it shows.
pub(crate) type Failure = (Place, WorkflowErrorKind);

/// Reads one document.
pub(crate) fn read(text: &str) -> Result<Node, Failure> {
    if text.len() > WORKFLOW_BYTES_MAX {
        return Err((Place::START, WorkflowErrorKind::TooLarge));
    }
    let mut options = granit_parser::options! {
        flow_nesting_limit: DEPTH_MAX + 1,
        block_nesting_limit: DEPTH_MAX + 1,
    };
    options.set_emit_comments(false);
    let mut tree = Tree::new(text);
    for event in Parser::new_from_str_with_options(text, options) {
        let (event, span) = event.map_err(|error| {
            let kind = WorkflowErrorKind::Syntax(one_line(&error.info()));
            (tree.within(place_of(error.marker())), kind)
        })?;
        tree.take(event, span)?;
    }
    tree.root.ok_or((Place::START, WorkflowErrorKind::NotAMapping))
}

/// What the tree costs: kept for every anchor, since an alias costs it again.
#[derive(Debug, Clone, Copy, Default)]
struct Cost {
    nodes: usize,
    bytes: usize,
    height: usize,
}

/// A list or mapping that is not closed yet.
struct Open {
    node: Node,
    anchor: usize,
    cost: Cost,
    /// The key that waits for its value.
    key: Option<Text>,
    /// The keys so far and their lines.
    keys: BTreeMap<String, usize>,
}

struct Tree<'t> {
    text: &'t str,
    lines: usize,
    open: Vec<Open>,
    anchors: BTreeMap<usize, (Node, Cost)>,
    spent: Cost,
    root: Option<Node>,
    documents: usize,
}

impl<'t> Tree<'t> {
    fn new(text: &'t str) -> Self {
        Self {
            text,
            lines: text.split('\n').count(),
            open: Vec::new(),
            anchors: BTreeMap::new(),
            spent: Cost::default(),
            root: None,
            documents: 0,
        }
    }

    fn take(&mut self, event: Event<'_>, span: Span) -> Result<(), Failure> {
        let place = self.within(place_of(&span.start));
        let at = |kind| (place, kind);
        if event.tag().is_some() {
            return Err(at(WorkflowErrorKind::Tag));
        }
        match event {
            Event::Scalar(value, style, anchor, _) => {
                let cost = Cost {
                    nodes: 1,
                    bytes: value.len(),
                    height: 0,
                };
                self.spend(cost).map_err(at)?;
                let node = self.scalar(&value, style, span);
                self.put(node, anchor, cost).map_err(at)
            }
            Event::SequenceStart(_, anchor, _) => {
                self.begin(place, Value::List(Vec::new()), anchor).map_err(at)
            }
            Event::MappingStart(_, anchor, _) => {
                self.begin(place, Value::Mapping(Vec::new()), anchor).map_err(at)
            }
            Event::SequenceEnd | Event::MappingEnd => self.end().map_err(at),
            Event::Alias(anchor) => {
                let known = self.anchors.get(&anchor).cloned();
                let (node, cost) = known.ok_or(at(WorkflowErrorKind::AliasOfItself))?;
                self.spend(cost).map_err(at)?;
                self.put(node, 0, cost).map_err(at)
            }
            Event::DocumentStart(..) => {
                self.documents += 1;
                if self.documents > 1 {
                    Err(at(WorkflowErrorKind::SecondDocument))
                } else {
                    Ok(())
                }
            }
            // Beginnings and ends of the stream, and what the options leave out.
            Event::StreamStart
            | Event::StreamEnd
            | Event::DocumentEnd
            | Event::Anchor(..)
            | Event::UnresolvedAlias(_)
            | _ => Ok(()),
        }
    }

    fn begin(&mut self, place: Place, value: Value, anchor: usize) -> Result<(), WorkflowErrorKind> {
        let cost = Cost {
            nodes: 1,
            bytes: 0,
            height: 1,
        };
        self.spend(cost)?;
        self.open.push(Open {
            node: Node { place, value },
            anchor,
            cost,
            key: None,
            keys: BTreeMap::new(),
        });
        Ok(())
    }

    fn end(&mut self) -> Result<(), WorkflowErrorKind> {
        match self.open.pop() {
            Some(open) => self.put(open.node, open.anchor, open.cost),
            None => Ok(()),
        }
    }

    /// Puts a whole value where it belongs: into the list or mapping that is open, as a key, or as the root.
    fn put(&mut self, node: Node, anchor: usize, cost: Cost) -> Result<(), WorkflowErrorKind> {
        if anchor > 0 {
            self.spend(cost)?;
            self.anchors.insert(anchor, (node.clone(), cost));
        }
        let Some(open) = self.open.last_mut() else {
            self.root = Some(node);
            return Ok(());
        };
        open.cost.nodes += cost.nodes;
        open.cost.bytes += cost.bytes;
        open.cost.height = open.cost.height.max(cost.height + 1);
        match &mut open.node.value {
            Value::List(items) => items.push(node),
            Value::Mapping(entries) => match open.key.take() {
                Some(key) => entries.push((key, node)),
                None => open.key = Some(new_key(&mut open.keys, node)?),
            },
            Value::Null | Value::Text(_) => {}
        }
        Ok(())
    }

    /// Counts what is about to be put into the tree, or kept beside it for aliases.
    fn spend(&mut self, cost: Cost) -> Result<(), WorkflowErrorKind> {
        if self.open.len() + cost.height > DEPTH_MAX {
            return Err(WorkflowErrorKind::TooDeep);
        }
        self.spent.nodes += cost.nodes;
        self.spent.bytes += cost.bytes;
        if self.spent.nodes > NODES_MAX || self.spent.bytes > TEXT_BYTES_MAX {
            return Err(WorkflowErrorKind::TooMuch);
        }
        Ok(())
    }

    fn scalar(&self, value: &str, style: ScalarStyle, span: Span) -> Node {
        let place = self.within(place_of(&span.start));
        let is_null = style == ScalarStyle::Plain && matches!(value, "" | "~" | "null" | "Null" | "NULL");
        let value = match is_null {
            true => Value::Null,
            false => Value::Text(Text {
                value: value.to_owned(),
                place,
                marks: self.marks(value, span),
            }),
        };
        Node { place, value }
    }

    /// The places of every `${{` of a scalar: those of the source text, if as many are written there as were read.
    fn marks(&self, value: &str, span: Span) -> Vec<Place> {
        let expected = value.matches("${{").count();
        if expected == 0 {
            return Vec::new();
        }
        let start = self.within(place_of(&span.start));
        let written = span.slice(self.text).unwrap_or_default();
        let marks: Vec<Place> = written
            .match_indices("${{")
            .map(|(offset, _)| behind(start, &written[..offset]))
            .collect();
        if marks.len() == expected {
            marks
        } else {
            vec![start; expected]
        }
    }

    /// The parser places what is missing at the end of a file behind its last line; no editor can go there.
    fn within(&self, place: Place) -> Place {
        if place.line > self.lines {
            Place {
                line: self.lines,
                column: 1,
            }
        } else {
            place
        }
    }
}

fn new_key(keys: &mut BTreeMap<String, usize>, node: Node) -> Result<Text, WorkflowErrorKind> {
    let key = match node.value {
        Value::Text(text) => text,
        Value::Null => Text {
            value: "null".to_owned(),
            place: node.place,
            marks: Vec::new(),
        },
        Value::List(_) | Value::Mapping(_) => return Err(WorkflowErrorKind::KeyNotText),
    };
    match keys.insert(key.value.clone(), key.place.line) {
        Some(first_line) => Err(WorkflowErrorKind::DuplicateKey {
            key: one_line(&key.value),
            first_line,
        }),
        None => Ok(key),
    }
}

fn place_of(marker: &Marker) -> Place {
    Place {
        line: marker.line().max(1),
        column: marker.col() + 1,
    }
}

/// The place behind `text`, which begins at `start`.
fn behind(start: Place, text: &str) -> Place {
    let letters = |text: &str| text.chars().count();
    match text.rsplit_once('\n') {
        Some((_, last)) => Place {
            line: start.line + text.matches('\n').count(),
            column: letters(last) + 1,
        },
        None => Place {
            line: start.line,
            column: start.column + letters(text),
        },
    }
}
