//! How long a file may be outside of its test code.

use super::{FILE_LINES_MAX, Source, attributes, is_test_file};
use crate::report::Broken;
use std::ops::RangeInclusive;
use syn::spanned::Spanned as _;
use syn::visit::{self, Visit};

/// The lines of the file less those of its `#[cfg(test)]` items.
pub(super) fn file_length(source: &Source<'_>) -> Vec<Broken> {
    if is_test_file(source.path) {
        return Vec::new();
    }
    let mut finder = TestItems(Vec::new());
    finder.visit_file(source.tree);
    let in_tests = |line: &usize| finder.0.iter().any(|lines| lines.contains(line));
    let lines = (1..=source.text.lines().count())
        .filter(|line| !in_tests(line))
        .count();
    if lines <= FILE_LINES_MAX {
        return Vec::new();
    }
    let what = format!(
        "{lines} lines outside of tests, at most {FILE_LINES_MAX}: find the second thought and give it a file"
    );
    vec![Broken::at(source.path, 0, what)]
}

/// The lines of `#[cfg(test)]` items, their attributes included.
struct TestItems(Vec<RangeInclusive<usize>>);

impl<'ast> Visit<'ast> for TestItems {
    fn visit_item(&mut self, item: &'ast syn::Item) {
        if attributes::of_item(item).iter().any(attributes::is_cfg_test) {
            let span = item.span();
            self.0.push(span.start().line..=span.end().line);
        }
        visit::visit_item(self, item);
    }
}
