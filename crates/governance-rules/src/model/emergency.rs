//! Emergencies: what an activated one puts in the place of the usual numbers, and what has to follow.

use super::Demand;
use crate::{Located, Threshold, TierId};

/// The short description of an emergency tier in the file of the tiers.
#[derive(Debug)]
pub(crate) struct EmergencyCopy {
    pub(crate) name: String,
    pub(crate) activation: Option<Located<Threshold>>,
    pub(crate) days: Option<Located<u32>>,
    pub(crate) duration_days: Option<Located<u32>>,
    pub(crate) extensions: Option<Located<u32>>,
}

/// A tier of emergencies.
#[derive(Debug)]
#[allow(dead_code, reason = "what only the verdict asks for is read first")]
pub(crate) struct EmergencyTier {
    pub(crate) id: TierId,
    pub(crate) demand: Demand,
    pub(crate) activation: Located<Threshold>,
    pub(crate) duration_days: Located<u32>,
    pub(crate) extensions: Located<u32>,
    /// Days of one extension, where there are any.
    pub(crate) extension_days: Option<Located<u32>>,
    pub(crate) extension_threshold: Option<Located<Threshold>>,
    pub(crate) follow_up: FollowUp,
}

/// What is owed after an emergency, each with the days that there are for it; nothing where it is not asked for.
#[derive(Debug, Default)]
#[allow(dead_code, reason = "what only the verdict asks for is read first")]
pub(crate) struct FollowUp {
    pub(crate) post_mortem_days: Option<Located<u32>>,
    pub(crate) security_audit_days: Option<Located<u32>>,
}
