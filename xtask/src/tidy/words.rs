//! What comments must and may not say.

use super::{Source, is_test_file};
use crate::report::Broken;

/// Marks of unfinished work. Put together here, so that this file does not mark itself.
const OPEN_ENDS: [&str; 3] = [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X")];

/// Every file opens with what it is for.
pub(super) fn module_documentation(source: &Source<'_>) -> Vec<Broken> {
    let documented = source
        .tree
        .attrs
        .iter()
        .any(|attribute| attribute.path().is_ident("doc"));
    if documented || is_test_file(source.path) {
        return Vec::new();
    }
    vec![Broken::at(
        source.path,
        1,
        "no module documentation: open with `//!`, what the file is for and what not",
    )]
}

/// An open end in a comment names the decision that leaves it open, as in `(0003)`.
pub(super) fn no_open_ends(source: &Source<'_>) -> Vec<Broken> {
    let comments = source.text.lines().enumerate().filter_map(|(index, line)| {
        let comment = line.split_once("//")?.1;
        Some((index + 1, comment))
    });
    let mut broken = Vec::new();
    for (line, comment) in comments {
        for mark in OPEN_ENDS.iter().filter(|mark| contains_word(comment, mark)) {
            if !names_a_decision(comment, mark, source) {
                let what = format!(
                    "`{mark}` without a decision: finish it, or write `{mark}(NNNN)` of docs/decisions"
                );
                broken.push(Broken::at(source.path, line, what));
            }
        }
    }
    broken
}

fn contains_word(text: &str, word: &str) -> bool {
    text.split(|character: char| !character.is_alphanumeric())
        .any(|part| part == word)
}

fn names_a_decision(comment: &str, mark: &str, source: &Source<'_>) -> bool {
    let behind = comment.split_once(mark).map_or("", |(_, behind)| behind);
    let number = behind.strip_prefix('(').and_then(|rest| rest.split(')').next());
    number.is_some_and(|number| source.decisions.contains(number))
}
