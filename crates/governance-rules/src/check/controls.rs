//! Security controls against the tiers that their files fall into.

use crate::finding::Findings;
use crate::wording::{days, one_line};
use crate::{Code, Ruleset};

/// A control that asks less than its tier says a number that never holds.
pub(super) fn below_their_tier(rules: &Ruleset, findings: &mut Findings) {
    for control in &rules.controls {
        let Some(tier) = control.tier().and_then(|id| rules.tier(&id)) else {
            continue;
        };
        let (Some(own), Some(of_tier), Some(spot)) = (
            control.demand.threshold(),
            tier.demand.threshold(),
            &control.demand.required,
        ) else {
            continue;
        };
        let asks_less = own.max(of_tier) != own || control.demand.days() < tier.demand.days();
        if asks_less {
            let message = format!(
                "control {} ({:?}) says {own} and {}; its tier {} says {of_tier} and {}",
                one_line(&control.id.value),
                control.priority,
                days(control.demand.days()),
                tier.id,
                days(tier.demand.days())
            );
            let remedy = "write what shall hold: the larger number of each counts; or give the control another priority";
            findings.say(Code::ControlBelowTier, &spot.spot, message, remedy);
        }
    }
}
