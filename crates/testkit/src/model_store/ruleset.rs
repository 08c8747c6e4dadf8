//! Rulesets of the model: one per version, from 1 without a gap.

use super::limits::{refused, require_body};
use domain_types::Sha256Digest;
use storage::{RulesetRow, StoreError};

#[derive(Debug, Default)]
pub(super) struct Rulesets(Vec<RulesetRow>);

impl Rulesets {
    pub(super) fn accept(&mut self, ruleset: &RulesetRow) -> Result<(), StoreError> {
        require_body("the ruleset", &ruleset.body)?;
        require_body("why the ruleset was accepted", &ruleset.because)?;
        let newest = self.0.last().map_or(0, |newest| newest.version);
        if ruleset.version.checked_sub(1) != Some(newest) {
            return Err(StoreError::RulesetConflict {
                version: ruleset.version,
                newest,
            });
        }
        if self.0.iter().any(|known| known.commit == ruleset.commit) {
            return Err(refused(format!("commit {} was accepted before", ruleset.commit)));
        }
        self.0.push(ruleset.clone());
        Ok(())
    }

    pub(super) fn newest(&self) -> Option<&RulesetRow> {
        self.0.last()
    }

    pub(super) fn find(&self, digest: &Sha256Digest) -> Option<&RulesetRow> {
        self.0.iter().rev().find(|known| known.digest == *digest)
    }
}
