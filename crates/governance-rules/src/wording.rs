//! Foreign text in messages: on one line, every hidden character shown as what it is, and not too long.

/// Characters of a foreign text that a message repeats: enough to know it again.
const REPEATED_MAX: usize = 120;
/// Names that a message lists before it only counts the rest.
const NAMES_MAX: usize = 7;

/// A foreign text as it may stand in a message or key.
pub(crate) fn one_line(text: &str) -> String {
    let mut shown = String::new();
    let mut length = 0;
    for letter in text.chars() {
        if length >= REPEATED_MAX {
            shown.push('…');
            break;
        }
        if matches!(letter, '\'' | '"' | '\\') {
            shown.push(letter);
            length += 1;
        } else {
            length += letter.escape_debug().count();
            shown.extend(letter.escape_debug());
        }
    }
    shown
}

/// `a, b, c and 4 more`.
pub(crate) fn list<T: AsRef<str>>(names: &[T]) -> String {
    let shown: Vec<String> = names
        .iter()
        .take(NAMES_MAX)
        .map(|name| one_line(name.as_ref()))
        .collect();
    match names.len().saturating_sub(NAMES_MAX) {
        0 => shown.join(", "),
        more => format!("{} and {more} more", shown.join(", ")),
    }
}

/// `1 day`, `2 days`.
pub(crate) fn count(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}

/// `1 day`, `90 days`.
pub(crate) fn days(number: u32) -> String {
    count(number as usize, "day", "days")
}
