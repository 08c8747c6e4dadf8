//! Why a statement, a key or a signature was refused. The texts fit "failed to …: ".

/// A text is not a statement, byte by byte.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StatementError {
    /// It is longer than [`crate::STATEMENT_BYTES_MAX`].
    #[error("a statement has at most {bytes_max} bytes")]
    TooLong {
        /// The limit, in bytes.
        bytes_max: usize,
    },
    /// A line is not what belongs there.
    #[error("line {line}: expected {expected}")]
    Line {
        /// The line, counted from 1.
        line: usize,
        /// What belongs there.
        expected: String,
    },
}

impl StatementError {
    pub(crate) fn line(line: usize, expected: impl Into<String>) -> Self {
        Self::Line {
            line,
            expected: expected.into(),
        }
    }
}

/// A text is not a key that can be registered.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum KeyError {
    /// It says itself that it is none.
    #[error("the key is a placeholder")]
    Placeholder,
    /// Everybody knows its secret, or can sign without one.
    #[error("the secret of this key is known to everybody")]
    WellKnown,
    /// It cannot be a key of its scheme.
    #[error("expected {expected}")]
    Malformed {
        /// What belongs there.
        expected: &'static str,
    },
}

/// A signature is not one of this statement by this key.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VerifyError {
    /// The text is longer than [`crate::SIGNATURE_TEXT_BYTES_MAX`].
    #[error("a signature has at most {bytes_max} bytes")]
    TooLong {
        /// The limit, in bytes.
        bytes_max: usize,
    },
    /// The text is no signature of the key's scheme, or not in its one form.
    #[error("expected {expected}")]
    Malformed {
        /// What belongs there.
        expected: &'static str,
    },
    /// It was made by another key than the one that is registered.
    #[error("the signature was made by another key")]
    OtherKey,
    /// It was made for another purpose: another kind of statement, or another program.
    #[error("the signature was made with the namespace {found}, this statement needs {expected}")]
    Namespace {
        /// What the signature says, escaped and shortened.
        found: String,
        /// What this statement needs.
        expected: &'static str,
    },
    /// An algorithm that is too weak, or that is not verified here.
    #[error("the algorithm {found} is not accepted")]
    Algorithm {
        /// What the signature says, escaped and shortened.
        found: String,
    },
    /// A hardware key signed without somebody touching it.
    #[error("nobody touched the hardware key")]
    NotPresent,
    /// The key may not sign: its certificate gives it another use, or nobody vouches for it.
    #[error("the certificate does not let this key sign")]
    MayNotSign,
    /// The key or the signature has expired.
    #[error("the key or the signature has expired")]
    Expired,
    /// The key was revoked.
    #[error("the key was revoked")]
    Revoked,
    /// The signature's own time is before its key's, or in the future.
    #[error("the signature says that it was made at another time")]
    Untimely,
    /// Everything is well-formed, and the signature is not one of these bytes by this key.
    #[error("the signature does not fit the statement")]
    Mismatch,
}

impl VerifyError {
    pub(crate) fn expected(expected: &'static str) -> Self {
        Self::Malformed { expected }
    }

    pub(crate) fn algorithm(found: &[u8]) -> Self {
        Self::Algorithm { found: shown(found) }
    }
}

/// Characters of foreign bytes that a message repeats: enough to recognise them, too few to flood a log.
const SHOWN_CHARS_MAX: usize = 80;

/// Foreign bytes as a message may show them: escaped, and cut.
pub(crate) fn shown(bytes: &[u8]) -> String {
    let escaped = bytes.escape_ascii().to_string();
    escaped.chars().take(SHOWN_CHARS_MAX).collect()
}
