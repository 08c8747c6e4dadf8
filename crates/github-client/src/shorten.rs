//! Texts within GitHub's limit: what is left away is said.

use std::borrow::Cow;

/// Longest text of a comment or a check run. GitHub counts characters, bytes are the stricter reading.
pub(crate) const TEXT_BYTES_MAX: usize = 65_535;
/// What stands where something was left away.
const LEFT_AWAY: &str = "\n\n(Shortened: the rest is longer than GitHub takes.)\n";

/// A text that GitHub takes: the whole, or its beginning up to the end of a line and a sentence that says so.
pub(crate) fn shortened(text: &str) -> Cow<'_, str> {
    if text.len() <= TEXT_BYTES_MAX {
        return Cow::Borrowed(text);
    }
    let fits = TEXT_BYTES_MAX - LEFT_AWAY.len();
    let end = (0..=fits)
        .rev()
        .find(|at| text.is_char_boundary(*at))
        .unwrap_or(0);
    let begin = text.get(..end).unwrap_or_default();
    let lines = begin.rfind('\n').and_then(|at| begin.get(..at));
    Cow::Owned(format!("{}{LEFT_AWAY}", lines.unwrap_or(begin)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_fits_stays_as_it_is() {
        let text = "é".repeat(TEXT_BYTES_MAX / 2);
        assert_eq!(shortened(&text), text);
        assert_eq!(shortened(""), "");
    }

    #[test]
    fn what_is_too_long_ends_with_a_line_and_says_so() {
        let lines = "a line of some length, é\n".repeat(4_000);
        let short = shortened(&lines);
        assert!(
            short.len() <= TEXT_BYTES_MAX && short.len() > TEXT_BYTES_MAX - 200,
            "{}",
            short.len()
        );
        let (kept, rest) = short.split_once("\n\n").unwrap();
        assert!(lines.starts_with(kept) && kept.ends_with('é'));
        assert!(rest.starts_with("(Shortened"));
        let one_line = "é".repeat(TEXT_BYTES_MAX);
        let short = shortened(&one_line);
        assert!(
            short.len() <= TEXT_BYTES_MAX && short.ends_with(LEFT_AWAY),
            "{}",
            short.len()
        );
    }
}
