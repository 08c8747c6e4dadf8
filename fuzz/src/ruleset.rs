//! Rules of an organisation: what is read gives findings and numbers, whatever it is; what is not is refused with its place.

use super::plain::{assert_one_line, assert_within};
use governance_rules::{
    Change, FILE_BYTES_MAX, Finding, Mode, Requirement, Ruleset, RulesetError, Severity, check, read_ruleset,
    requirement, requirement_of_tier,
};
use std::collections::BTreeMap;

/// Begins the line that names the file of the lines behind it.
const FILE: &str = "%% ";
/// Errors that are told at once.
const ERRORS_MAX: usize = 100;
/// Paths that a change of a repository is asked about with.
const PATHS: [&str; 4] = [
    "src/lib.rs",
    "docs/a.md",
    ".github/workflows/build.yml",
    "config/action-tiers.yml",
];

/// Everything that [`read_ruleset`], [`check`] and [`requirement`] promise.
pub fn ruleset(bytes: &[u8]) {
    let Ok(text) = std::str::from_utf8(bytes) else {
        return;
    };
    let files = files(text);
    match read_ruleset(&files) {
        Ok(rules) => {
            assert!(files.values().all(|text| text.len() <= FILE_BYTES_MAX));
            demand_findings(&files, &rules);
            demand_numbers(&rules);
        }
        Err(errors) => demand_errors(&files, &errors),
    }
}

/// The files of a text: each begins with a line `%% path`. What stands before the first is a file of tiers.
fn files(text: &str) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut path = "config/action-tiers.yml".to_owned();
    for line in text.split_inclusive('\n') {
        match line.strip_prefix(FILE) {
            Some(name) => {
                path = name.trim().to_owned();
                files.entry(path.clone()).or_insert_with(String::new);
            }
            None => files.entry(path.clone()).or_default().push_str(line),
        }
    }
    files
}

fn demand_errors(files: &BTreeMap<String, String>, errors: &[RulesetError]) {
    assert!((1..=ERRORS_MAX).contains(&errors.len()));
    assert!(errors.is_sorted_by_key(|error| &error.spot));
    for error in errors {
        let text = files.get(&*error.spot.file).map_or("", String::as_str);
        assert_within(text, error.spot.place.line, error.spot.place.column);
        assert_one_line(&error.message());
        assert_one_line(error.kind.remedy());
    }
}

fn demand_findings(files: &BTreeMap<String, String>, rules: &Ruleset) {
    let (strict, dry) = (check(rules, Mode::Enforce), check(rules, Mode::DryRun));
    assert_eq!(strict.len(), dry.len());
    assert!(dry.iter().all(|finding| finding.severity != Severity::Error));
    let place = |finding: &Finding| (finding.file.clone(), finding.line, finding.column);
    assert!(strict.is_sorted_by_key(place));
    for finding in &strict {
        let text = files.get(&finding.file).map_or("", String::as_str);
        assert_within(text, finding.line, finding.column);
        assert_one_line(&finding.message);
        assert_one_line(&finding.remedy);
        assert_one_line(&format!(".{}", finding.key));
    }
}

fn demand_numbers(rules: &Ruleset) {
    let tiers: Vec<_> = rules.tier_ids().collect();
    for layer in rules.layer_numbers() {
        for tier in &tiers {
            let needed = requirement_of_tier(rules, layer, tier).unwrap_or_else(|error| panic!("{error}"));
            demand_sense(&needed);
        }
    }
    for repository in rules.repositories() {
        let Ok(needed) = requirement(rules, repository, &Change::of_paths(PATHS)) else {
            continue;
        };
        demand_sense(&needed);
        let loud = repository.as_str().to_ascii_uppercase().parse().ok();
        let same = loud.and_then(|loud| requirement(rules, &loud, &Change::of_paths(PATHS)).ok());
        let numbers = |needed: &Requirement| (needed.required, needed.total, needed.review_days, needed.pool);
        assert_eq!(same.as_ref().map(numbers), Some(numbers(&needed)));
        let mut beyond = Change::of_paths(PATHS);
        beyond.more_than_listed = true;
        let more = requirement(rules, repository, &beyond).unwrap_or_else(|error| panic!("{error}"));
        assert!(more.required >= needed.required && more.review_days >= needed.review_days);
    }
}

fn demand_sense(needed: &Requirement) {
    let reachable = 1..=needed.pool;
    assert!(!needed.satisfiable || reachable.contains(&(needed.required as usize)));
    assert!(needed.satisfiable || !needed.reasons.is_empty());
    assert_eq!(needed.keyholders.is_none(), needed.sources.keyholders.is_empty());
    assert!(needed.required == 0 || !needed.sources.required.is_empty());
    for reason in &needed.reasons {
        assert_one_line(reason);
    }
}
