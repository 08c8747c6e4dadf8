#![doc = include_str!("../README.md")]

mod armour;
mod curve;
mod encoding;
mod error;
mod key;
mod limits;
mod open_pgp;
mod quorum;
#[cfg(feature = "signer")]
mod signer;
mod statement;
#[cfg(test)]
mod tests;
mod verify;
mod wire;

pub use armour::{SignatureText, find_armour};
pub use error::{KeyError, StatementError, VerifyError};
pub use key::{KeyIdentity, PublicKey, Scheme};
pub use limits::{ARMOURS_MAX, KEY_TEXT_BYTES_MAX, SIGNATURE_TEXT_BYTES_MAX, STATEMENT_BYTES_MAX};
pub use quorum::{Ballot, Quorum, Registry, count};
#[cfg(feature = "signer")]
pub use signer::SigningKey;
pub use statement::{
    BaseRef, EmergencyAction, EmergencyStatement, Forge, KeyRegistration, LegacyStatement, OwnerName,
    PullRequestApproval, PullRequestName, PullRequests, RepositoryName, Required, Statement, TierLowering,
    Tiers, Withdrawal,
};
pub use verify::{Verified, VerifiedLegacy, verify, verify_legacy};
