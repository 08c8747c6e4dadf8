//! Collects problems by byte offset while a manifest is read, and gives them lines and columns at the end.
//!
//! Offsets are turned into places in one pass over the text, so that a manifest of one enormous line costs no more
//! than one of many short ones.

use crate::{Problem, ProblemKind, Severity};
use std::fmt::Display;

/// Problems of one severity that are kept: nobody reads more at once, and a hostile text could have millions.
const PROBLEMS_MAX: usize = 200;

/// A line and a column, both counted from 1, the column in characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

struct Found {
    at: usize,
    severity: Severity,
    kind: ProblemKind,
    message: String,
    remedy: String,
}

/// The problems found so far in one text.
pub(crate) struct Findings<'t> {
    file: &'t str,
    text: &'t str,
    found: Vec<Found>,
    errors: usize,
    warnings: usize,
}

impl<'t> Findings<'t> {
    pub(crate) fn new(file: &'t str, text: &'t str) -> Self {
        Self {
            file,
            text,
            found: Vec::new(),
            errors: 0,
            warnings: 0,
        }
    }

    /// Records what makes a plan impossible, at a byte offset of the text.
    pub(crate) fn error(
        &mut self,
        kind: ProblemKind,
        at: usize,
        message: impl Display,
        remedy: impl Display,
    ) {
        self.errors += 1;
        if self.errors <= PROBLEMS_MAX {
            self.keep(Severity::Error, kind, at, (&message, &remedy));
        }
    }

    /// Records what a person should look at.
    pub(crate) fn warning(
        &mut self,
        kind: ProblemKind,
        at: usize,
        message: impl Display,
        remedy: impl Display,
    ) {
        self.warnings += 1;
        if self.warnings <= PROBLEMS_MAX {
            self.keep(Severity::Warning, kind, at, (&message, &remedy));
        }
    }

    fn keep(&mut self, severity: Severity, kind: ProblemKind, at: usize, said: (&dyn Display, &dyn Display)) {
        let (message, remedy) = (said.0.to_string(), said.1.to_string());
        self.found.push(Found {
            at,
            severity,
            kind,
            message,
            remedy,
        });
    }

    pub(crate) fn errors(&self) -> usize {
        self.errors
    }

    /// All problems in the order of the text.
    pub(crate) fn finish(mut self) -> Vec<Problem> {
        self.note_what_was_dropped();
        self.found.sort_by_key(|found| (found.at, found.kind));
        let offsets: Vec<usize> = self.found.iter().map(|found| found.at).collect();
        let places = places(self.text, &offsets);
        let file = self.file;
        self.found
            .into_iter()
            .zip(places)
            .map(|(found, place)| found.at_place(file, place))
            .collect()
    }

    fn note_what_was_dropped(&mut self) {
        let dropped = self.errors.saturating_sub(PROBLEMS_MAX);
        if dropped > 0 {
            let message = format!("{dropped} more errors are not shown");
            let remedy = format!("correct the first {PROBLEMS_MAX} and read the manifest again");
            self.keep(
                Severity::Error,
                ProblemKind::TooLarge,
                self.text.len(),
                (&message, &remedy),
            );
        }
    }
}

impl Found {
    fn at_place(self, file: &str, place: Place) -> Problem {
        Problem {
            file: file.to_owned(),
            line: place.line,
            column: place.column,
            severity: self.severity,
            kind: self.kind,
            message: self.message,
            remedy: self.remedy,
        }
    }
}

/// The places of ascending byte offsets.
pub(crate) fn places(text: &str, offsets: &[usize]) -> Vec<Place> {
    let (mut from, mut place) = (0, Place { line: 1, column: 1 });
    let mut places = Vec::with_capacity(offsets.len());
    for offset in offsets {
        let until = (*offset).clamp(from, text.len());
        for byte in &text.as_bytes()[from..until] {
            match byte {
                b'\n' => {
                    place = Place {
                        line: place.line + 1,
                        column: 1,
                    }
                }
                0x80..=0xbf => {}
                _ => place.column += 1,
            }
        }
        from = until;
        places.push(place);
    }
    places
}
