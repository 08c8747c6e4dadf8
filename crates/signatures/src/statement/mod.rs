//! Statements: the bytes that people sign, which anybody can derive, read, and parse back.

mod emergency;
mod field;
mod legacy;
mod lines;
mod pull_request;
mod registration;
mod withdrawal;

pub use emergency::{EmergencyAction, EmergencyStatement};
pub use field::{BaseRef, Forge, OwnerName, PullRequestName, PullRequests, RepositoryName, Required, Tiers};
pub use legacy::LegacyStatement;
pub use pull_request::{PullRequestApproval, TierLowering};
pub use registration::KeyRegistration;
pub use withdrawal::Withdrawal;

use crate::{STATEMENT_BYTES_MAX, StatementError};
use domain_types::{DigestWriter, Sha256Digest};
use lines::Reader;
use std::fmt;

/// Goes in front of the bytes whose digest names a statement.
const DIGEST_DOMAIN: &[u8] = b"governance-app/statement-digest/v1\0";

/// The tag of statements (BIP340, "Tagged hashes").
const TAG: &[u8] = b"governance-app/statement/v1";

/// Something that people sign. It exists only if it can be written, and what is written can be read back.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Statement {
    /// A pull request may be merged.
    Approval(PullRequestApproval),
    /// A lower tier holds for a pull request.
    TierLowering(TierLowering),
    /// An earlier statement no longer holds.
    Withdrawal(Withdrawal),
    /// An emergency begins or goes on.
    Emergency(EmergencyStatement),
    /// A key is a person's own.
    KeyRegistration(KeyRegistration),
}

impl Statement {
    /// Reads the bytes of a statement: exactly those that [`Statement::to_bytes`] writes.
    ///
    /// # Errors
    /// [`StatementError`], with the line and what belongs there.
    pub fn parse(bytes: &[u8]) -> Result<Self, StatementError> {
        if bytes.len() > STATEMENT_BYTES_MAX {
            return Err(StatementError::TooLong {
                bytes_max: STATEMENT_BYTES_MAX,
            });
        }
        let text = printable(bytes)?;
        let mut lines = Reader::new(text);
        lines.header()?;
        let statement = match lines.value("type")? {
            PullRequestApproval::TYPE => Self::Approval(PullRequestApproval::parse(&mut lines)?),
            TierLowering::TYPE => Self::TierLowering(TierLowering::parse(&mut lines)?),
            Withdrawal::TYPE => Self::Withdrawal(Withdrawal::parse(&mut lines)?),
            EmergencyStatement::TYPE => Self::Emergency(EmergencyStatement::parse(&mut lines)?),
            KeyRegistration::TYPE => Self::KeyRegistration(KeyRegistration::parse(&mut lines)?),
            _ => return Err(lines.error("`type: ` and a type that is known")),
        };
        lines.end()?;
        as_written(text, &statement)?;
        Ok(statement)
    }

    /// The bytes that are signed: lines of `key: value`, each ended by a line feed.
    pub fn to_bytes(&self) -> Vec<u8> {
        self.to_string().into_bytes()
    }

    /// The digest by which a statement is known: SHA-256 over a domain of its own and the bytes.
    pub fn digest(&self) -> Sha256Digest {
        let mut digest = DigestWriter::new();
        digest.update(DIGEST_DOMAIN);
        digest.update(self.to_string().as_bytes());
        digest.finish()
    }

    /// What BIP340 signs: SHA-256 over twice the digest of the tag `governance-app/statement/v1`, and the bytes.
    pub fn tagged_digest(&self) -> [u8; 32] {
        let tag = *Sha256Digest::of(TAG).as_bytes();
        let mut digest = DigestWriter::new();
        for part in [&tag[..], &tag, self.to_string().as_bytes()] {
            digest.update(part);
        }
        *digest.finish().as_bytes()
    }

    /// The word of the line `type`.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Approval(_) => PullRequestApproval::TYPE,
            Self::TierLowering(_) => TierLowering::TYPE,
            Self::Withdrawal(_) => Withdrawal::TYPE,
            Self::Emergency(_) => EmergencyStatement::TYPE,
            Self::KeyRegistration(_) => KeyRegistration::TYPE,
        }
    }

    /// The namespace of SSH signatures over this kind of statement: what `ssh-keygen -Y sign` is given with `-n`.
    pub fn namespace(&self) -> &'static str {
        match self {
            Self::Approval(_) => "pr-approval@governance-app.v1",
            Self::TierLowering(_) => "tier-lower@governance-app.v1",
            Self::Withdrawal(_) => "withdraw@governance-app.v1",
            Self::Emergency(_) => "emergency@governance-app.v1",
            Self::KeyRegistration(_) => "key-registration@governance-app.v1",
        }
    }
}

impl fmt::Display for Statement {
    /// The text that is signed, with its last line feed.
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&match self {
            Self::Approval(approval) => approval.encode(),
            Self::TierLowering(lowering) => lowering.encode(),
            Self::Withdrawal(withdrawal) => withdrawal.encode(),
            Self::Emergency(emergency) => emergency.encode(),
            Self::KeyRegistration(registration) => registration.encode(),
        })
    }
}

/// The text of bytes that are printable ASCII, spaces and line feeds.
fn printable(bytes: &[u8]) -> Result<&str, StatementError> {
    let legal = |byte: &u8| matches!(byte, b'\n' | b' '..=b'~');
    let good = bytes.iter().take_while(|byte| legal(byte)).count();
    match std::str::from_utf8(bytes) {
        Ok(text) if good == bytes.len() => Ok(text),
        Ok(_) | Err(_) => {
            let line = bytes[..good].iter().filter(|byte| **byte == b'\n').count() + 1;
            Err(StatementError::line(
                line,
                "printable ASCII, each line ended by one line feed",
            ))
        }
    }
}

/// What was read is what would be written: no second spelling has slipped through.
fn as_written(text: &str, statement: &Statement) -> Result<(), StatementError> {
    let written = statement.to_string();
    let differs = |(line, (read, written)): (usize, (&str, &str))| {
        (read != written).then(|| StatementError::line(line + 1, format!("`{written}`")))
    };
    match text.lines().zip(written.lines()).enumerate().find_map(differs) {
        Some(error) => Err(error),
        None if text == written => Ok(()),
        None => Err(StatementError::line(
            written.lines().count(),
            "one line feed at the end",
        )),
    }
}
