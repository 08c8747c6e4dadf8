//! The rules for the rules: what `.governance.yml` says, and what the tiers say of the same files.

use crate::finding::Findings;
use crate::model::Register;
use crate::pool;
use crate::wording::{days, one_line};
use crate::{Code, Ruleset};

/// A change of the rules is a change of files, and those fall into tiers like any others.
pub(super) fn tiers_of_own_files(rules: &Ruleset, findings: &mut Findings) {
    let (Some(meta), Some(classification)) = (&rules.meta, &rules.classification) else {
        return;
    };
    let Some(own) = meta.demand.threshold() else {
        return;
    };
    let files = || rules.files.iter().filter(|file| !rules.unread.contains(file));
    for patterns in &classification.tiers {
        let takes = |file: &&String| patterns.hit(file).is_some();
        let (Some(file), Some(tier)) = (files().find(takes), rules.tier(&patterns.id.value)) else {
            continue;
        };
        let (Some(threshold), Some(spot)) = (tier.demand.threshold(), &tier.demand.days) else {
            continue;
        };
        let asks_more = threshold.max(own) != own || tier.demand.days() > meta.demand.days();
        if asks_more {
            let message = format!(
                "{} takes the rules' own files ({} among them) and says {threshold} and {}; .governance.yml says {own} and {} for them",
                tier.id,
                one_line(file),
                days(tier.demand.days()),
                days(meta.demand.days())
            );
            let remedy = "write in .governance.yml what shall hold: the larger number of each counts";
            findings.say(Code::MetaDiffersFromTier, &spot.spot, message, remedy);
        }
    }
}

/// Where no file is for the rules themselves, somebody else's people change them. That must be known.
pub(super) fn maintainers(rules: &Ruleset, findings: &mut Findings) {
    let Some(meta) = &rules.meta else { return };
    let number = meta.layer.value;
    let registers = pool::registers(rules, number);
    let is_for_another = |register: &&&Register| !register.layers.contains(&number);
    if let Some(register) = registers.iter().find(is_for_another) {
        let first = register.layers.iter().min().copied().unwrap_or_default();
        let message = format!(
            "no file is for layer {number}, that of the rules: the maintainers of layer {first} change them"
        );
        let remedy = format!(
            "write {number} into the name of the file that is meant, or a file of its own, config/maintainers/layer-{number}.yml"
        );
        findings.say(Code::RulesOfFirstLayer, &meta.layer.spot, message, &remedy);
    }
}
