//! What holds for every message and every path, whatever the bytes were.

use std::path::{Component, Path};

/// Characters of a message: a sentence with a few shortened foreign names in it.
const MESSAGE_CHARS_MAX: usize = 3000;

/// A message is one short line: foreign text in it can neither forge lines nor command a terminal.
pub(crate) fn assert_one_line(message: &str) {
    assert!(!message.is_empty(), "a refusal without words");
    assert!(
        !message.chars().any(is_hidden),
        "hidden characters in {message:?}"
    );
    assert!(
        message.chars().count() <= MESSAGE_CHARS_MAX,
        "too long: {message:?}"
    );
}

/// Control characters, and those that turn the direction of what follows.
pub(crate) fn is_hidden(letter: char) -> bool {
    let turns = matches!(letter, '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}');
    letter.is_control() || turns
}

/// A place is within the text, or right behind one of its lines; both numbers are counted from 1.
pub(crate) fn assert_within(text: &str, line: usize, column: usize) {
    let lines: Vec<&str> = text.split('\n').collect();
    assert!(
        (1..=lines.len()).contains(&line),
        "line {line} of {}",
        lines.len()
    );
    let columns_max = lines[line - 1].chars().count() + 1;
    assert!(
        (1..=columns_max).contains(&column),
        "column {column} of {columns_max} in line {line}"
    );
}

/// A path stays below the folder that it is joined to, on every system.
pub(crate) fn assert_below(path: &str) {
    let parts = || Path::new(path).components();
    assert!(parts().count() > 0, "an empty path");
    assert!(
        parts().all(|part| matches!(part, Component::Normal(_))),
        "{path:?} leaves its folder"
    );
    assert!(!path.contains('\0'), "{path:?} has a NUL");
}
