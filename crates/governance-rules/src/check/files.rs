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
    (
        "config/security-control-mapping.yml",
        "no file counts as one that security rests on",
    ),
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
    let (people, others): (Vec<&String>, Vec<&String>) = rules
        .unread
        .iter()
        .partition(|file| file.starts_with("config/maintainers/"));
    for file in people {
        let message = format!("`{}` names no layer: whom it lists cannot sign", one_line(file));
        let remedy = "call it layer-N.yml or layer-N-M.yml, after the layers whose maintainers it lists";
        findings.say(Code::MaintainersOfNoLayer, &Spot::start(file), message, remedy);
    }
    for file in others {
        findings.say(
            Code::FileNotRead,
            &Spot::start(file),
            format!("`{}` is none of the files that rules are read from", one_line(file)),
            "correct the name if it holds rules: maintainers/layer-N.yml, repos/REPOSITORY.yml, all ending in .yml",
        );
    }
}
