#![doc = include_str!("../README.md")]

mod change;
mod check;
mod classify;
mod code;
mod commands;
mod difference;
mod digest;
mod document;
mod electorate;
mod emergency;
mod error;
mod facts;
mod finding;
mod key;
mod model;
mod named;
mod names;
mod obstacles;
mod pattern;
mod place;
mod pool;
mod read;
mod references;
mod requirement;
mod settings;
#[cfg(test)]
mod tests;
mod verdict;
mod wording;
mod yaml;

pub use change::{Change, ChangedPath};
pub use check::check;
pub use classify::{Classification, Reason, classify};
pub use code::Code;
pub use commands::{COMMANDS_MAX, COMMENT_BYTES_MAX, Command, commands, own_text};
pub use difference::{Difference, Differing, Saying, difference};
pub use digest::RulesetDigest;
pub use document::{
    FACTS_BYTES_MAX, FactsDocument, FactsSchema, KeptDecision, KeptEmergency, KeptLowering, KeptMerge,
    KeptSignature, Restored,
};
pub use domain_types::{CompoundThreshold, Login, SIGNATURES_MAX, Threshold, TierId};
pub use electorate::Electorate;
pub use emergency::{
    Duty, EMERGENCY_EVIDENCE_CHARS_MIN, Emergency, EmergencyCase, EmergencyRequest, EmergencyVote, duties,
    emergency, is_emergency_tier,
};
pub use error::{RulesetError, RulesetErrorKind};
pub use facts::{
    Approval, Attestation, CheckFact, CheckState, Companion, EVIDENCE_CHARS_MIN, Hold, Lowering,
    LoweringVote, PullRequestFacts, Push, PushEffect, ReviewClock, RunFact, Subject,
};
pub use finding::{Finding, Mode, Severity};
pub use model::Ruleset;
pub use named::{NAMED_MAX, Named, named};
pub use place::{Located, Place, Spot};
pub use read::{FILES_MAX, read_ruleset};
pub use references::{
    FileReference, MANIFEST, REFERENCES_PER_FILE_MAX, ReferenceFormat, References, WantedReferences,
};
pub use requirement::{Requirement, Source, Sources, Unanswerable, requirement, requirement_of_tier};
pub use verdict::{
    Giver, Outcome, Remedy, Ruling, TierWish, Turns, Verdict, Wanted, attestable, evaluate, evaluate_as_if,
    statement, tier_wish, wanted, without_rules,
};
pub use yaml::{DEPTH_MAX, FILE_BYTES_MAX, NODES_MAX};
