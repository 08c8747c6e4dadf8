//! Numbers within the names of the rules.

/// The runs of digits in a name: `layer-1-2` has 1 and 2.
pub(crate) fn numbers_in(text: &str) -> Vec<u32> {
    text.split(|letter: char| !letter.is_ascii_digit())
        .filter_map(|digits| digits.parse().ok())
        .collect()
}
