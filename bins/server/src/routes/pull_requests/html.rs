//! The few forms of HTML that a page has. Text goes in through `text` alone, which takes every meaning from it.

use std::fmt::Write as _;

/// Text for a page: no letter of it is read as HTML, none turns the direction of reading, and none is hidden.
pub(super) fn text(foreign: &str) -> String {
    let mut safe = String::with_capacity(foreign.len());
    for letter in foreign.chars() {
        match letter {
            '&' => safe.push_str("&amp;"),
            '<' => safe.push_str("&lt;"),
            '>' => safe.push_str("&gt;"),
            '"' => safe.push_str("&quot;"),
            '\'' => safe.push_str("&#39;"),
            '\n' => safe.push('\n'),
            letter if letter.is_control() || is_unseen(letter) => safe.push('\u{fffd}'),
            letter => safe.push(letter),
        }
    }
    safe
}

/// Letters that show nothing, or change how others are shown.
fn is_unseen(letter: char) -> bool {
    matches!(letter,
        '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}'
        | '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}' | '\u{e0000}'..='\u{e007f}')
}

/// An element with a class, around what is HTML already.
pub(super) fn element(name: &str, class: &str, inner: &str) -> String {
    match class {
        "" => format!("<{name}>{inner}</{name}>"),
        class => format!("<{name} class=\"{}\">{inner}</{name}>", text(class)),
    }
}

/// An element around text.
pub(super) fn said(name: &str, class: &str, foreign: &str) -> String {
    element(name, class, &text(foreign))
}

/// Lines to read or to paste, as they are.
pub(super) fn block(foreign: &str) -> String {
    format!("<pre>{}</pre>\n", text(foreign))
}

/// A link to another page, if it leads to the web at all.
pub(super) fn link(address: &str, words: &str) -> String {
    match address.starts_with("https://") || address.starts_with("http://") {
        true => format!(
            "<a href=\"{}\" rel=\"noreferrer\">{}</a>",
            text(address),
            text(words)
        ),
        false => text(words),
    }
}

/// A list, of what is HTML already; nothing if it is empty.
pub(super) fn list(rows: impl IntoIterator<Item = String>) -> String {
    let mut list = String::new();
    for row in rows {
        // Writing to a text does not fail.
        let _ = writeln!(list, "<li>{row}</li>");
    }
    match list.is_empty() {
        true => list,
        false => format!("<ul>\n{list}</ul>\n"),
    }
}
