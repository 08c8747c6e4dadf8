//! Files that are not there, and files that nobody reads.

use crate::finding::Findings;
use crate::wording::one_line;
use crate::{Code, Ruleset, Spot};

/// Files that rules usually have, and what is missing without them.
const USUAL: &[(&str, &str)] = &[
    (".governance.yml", "nothing says who may change the rules"),
    (
        "config/tier-classification-rules.yml",
        "every change counts as one of every tier",
    ),
    ("config/emergency-tiers.yml", "no emergency can be activated"),
    ("config/maintainers/emergency.yml", "there are no keyholders"),
];

pub(super) fn missing_and_unread(rules: &Ruleset, findings: &mut Findings) {
    for (file, without) in USUAL.iter().filter(|(file, _)| !rules.files.contains(*file)) {
        findings.say(
            Code::MissingFile,
            &Spot::start(file),
            format!("the file is not there: {without}"),
            "write it, or make sure that this is meant",
        );
    }
    for file in &rules.unread {
        findings.say(
            Code::FileNotRead,
            &Spot::start(file),
            format!("`{}` is none of the files that rules are read from", one_line(file)),
            "correct the name if it holds rules: maintainers/layer-N.yml, repos/REPOSITORY.yml, all ending in .yml",
        );
    }
}
