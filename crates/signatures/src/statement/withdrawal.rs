//! What is said about an earlier statement: that it no longer holds.

use super::lines::{Reader, Writer};
use crate::StatementError;
use domain_types::Sha256Digest;

/// "I withdraw what I signed."
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Withdrawal {
    /// The digest of the statement that is withdrawn.
    pub statement: Sha256Digest,
    /// Tells this withdrawal from earlier ones of the same statement: each has a higher number.
    pub counter: u64,
}

impl Withdrawal {
    pub(super) const TYPE: &'static str = "withdraw";

    pub(super) fn encode(&self) -> String {
        Writer::new(Self::TYPE)
            .line("statement", self.statement.hex())
            .line("counter", self.counter)
            .line("action", "withdraw")
            .finish()
    }

    pub(super) fn parse(lines: &mut Reader<'_>) -> Result<Self, StatementError> {
        let statement = digest(lines, "statement")?;
        let counter = lines.number("counter")?;
        lines.one_of("action", &[("withdraw", ())])?;
        Ok(Self { statement, counter })
    }
}

/// A SHA-256 digest in 64 digits.
pub(super) fn digest(lines: &mut Reader<'_>, key: &str) -> Result<Sha256Digest, StatementError> {
    let value = lines.value(key)?;
    Sha256Digest::from_hex(value).map_err(|error| lines.error(format!("`{key}: ` and {}", error.rule)))
}
