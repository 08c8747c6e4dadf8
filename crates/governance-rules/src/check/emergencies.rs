//! The two descriptions of emergencies. The one in a file of its own holds.

use crate::finding::Findings;
use crate::model::{EmergencyCopy, EmergencyTier};
use crate::wording::one_line;
use crate::{Code, Located, Ruleset};
use std::fmt::Display;

/// `critical` in the one file and `tier_1_critical` in the other are the same.
pub(super) fn copies(rules: &Ruleset, findings: &mut Findings) {
    for copy in &rules.emergency_copies {
        let is_same = |tier: &&EmergencyTier| {
            tier.id.as_str() == copy.name || tier.id.as_str().ends_with(&format!("_{}", copy.name))
        };
        if let Some(tier) = rules.emergencies.iter().find(is_same) {
            compare(copy, tier, findings);
        }
    }
}

fn compare(copy: &EmergencyCopy, tier: &EmergencyTier, findings: &mut Findings) {
    let name = one_line(&copy.name);
    differ(
        &name,
        "activation",
        (&copy.activation, Some(&tier.activation)),
        findings,
    );
    differ(
        &name,
        "days of review",
        (&copy.days, tier.demand.days.as_ref()),
        findings,
    );
    differ(
        &name,
        "days at most",
        (&copy.duration_days, Some(&tier.duration_days)),
        findings,
    );
    differ(
        &name,
        "extensions",
        (&copy.extensions, Some(&tier.extensions)),
        findings,
    );
}

fn differ<T: Display + PartialEq>(
    name: &str,
    what: &str,
    (copy, holds): (&Option<Located<T>>, Option<&Located<T>>),
    findings: &mut Findings,
) {
    if let (Some(copy), Some(holds)) = (copy, holds)
        && copy.value != holds.value
    {
        let message = format!(
            "{name}, {what}: {} here, and {} in {}, which holds",
            copy.value, holds.value, holds.spot
        );
        let remedy = "write the same in both files, or leave `emergency_tiers` out here";
        findings.say(Code::EmergencyCopiesDiffer, &copy.spot, message, remedy);
    }
}
