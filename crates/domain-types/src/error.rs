//! The one error of this crate: a text that is not the thing it should be.

/// A text was refused by the constructor of a newtype.
///
/// The message fits "failed to …: " and names the kind, the text (shortened) and the rule.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text:?} is not a {kind}: {rule}")]
pub struct Invalid {
    /// What the text should have been, in the field's standard term.
    pub kind: &'static str,
    /// The text, cut to [`Invalid::TEXT_CHARS_MAX`] characters.
    pub text: String,
    /// The rule that it breaks.
    pub rule: &'static str,
}

impl Invalid {
    /// Characters of the refused text that a message repeats: enough to recognise it, too few to flood a log.
    pub const TEXT_CHARS_MAX: usize = 80;

    pub(crate) fn new(kind: &'static str, text: &str, rule: &'static str) -> Self {
        Self {
            kind,
            text: text.chars().take(Self::TEXT_CHARS_MAX).collect(),
            rule,
        }
    }
}
