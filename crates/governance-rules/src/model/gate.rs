//! What must have happened before signatures count: verifications that machines make, attestations that people give.

use crate::{Located, Spot};
use std::collections::BTreeMap;

/// What somebody has to attest, by the words behind `requires_`, each with the place of its key.
pub(crate) type Attestations = BTreeMap<String, Spot>;

/// The attestations that have a meaning. Any other is asked for by its name all the same.
pub(crate) const KNOWN_ATTESTATIONS: &[&str] = &[
    "audit",
    "bip_specification",
    "cryptography_expert",
    "equivalence_proof",
    "formal_verification",
    "post_mortem",
    "public_comment",
    "rationale",
    "security_audit",
    "security_review",
    "specification",
    "test_vectors",
];

/// `verification`: a workflow that must have passed for the head.
#[derive(Debug)]
#[allow(dead_code, reason = "what only the verdict asks for is read first")]
pub(crate) struct Verification {
    pub(crate) spot: Spot,
    /// It must pass. So it is where nothing is said.
    pub(crate) required: bool,
    /// The file of the workflow; there is one wherever it is required.
    pub(crate) workflow: Option<Located<String>>,
    /// Signatures do not count before. So it is where nothing is said.
    pub(crate) blocking: bool,
    /// Somebody may pass over it.
    pub(crate) override_allowed: bool,
    pub(crate) tools: Vec<Tool>,
}

/// A tool that the workflow runs.
#[derive(Debug)]
#[allow(dead_code, reason = "what only the verdict asks for is read first")]
pub(crate) struct Tool {
    pub(crate) name: Located<String>,
    pub(crate) required: bool,
}
