//! Foreign text in messages: on one line, every hidden character shown as what it is, and not too long.

/// Characters of a foreign text that a message repeats: enough to know it again.
const REPEATED_MAX: usize = 120;
/// Characters of a whole message or key: what a person reads, and no flood.
const MESSAGE_MAX: usize = 1000;

/// A foreign text as it may stand in a message.
pub(crate) fn one_line(text: &str) -> String {
    visible(text, REPEATED_MAX)
}

/// A message that foreign text may be part of.
pub(crate) fn message(text: &str) -> String {
    visible(text, MESSAGE_MAX)
}

/// Cut where the shown form, with every escape written out, gets too long.
fn visible(text: &str, max: usize) -> String {
    let mut shown = String::new();
    let mut length = 0;
    for letter in text.chars() {
        if length >= max {
            shown.push('…');
            return shown;
        }
        match letter {
            '\'' | '"' | '\\' => {
                shown.push(letter);
                length += 1;
            }
            letter => {
                length += letter.escape_debug().count();
                shown.extend(letter.escape_debug());
            }
        }
    }
    shown
}
