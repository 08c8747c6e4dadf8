//! The page of behaviours held against the tests: every line names one that is there.

use std::path::Path;

/// Fewer lines would mean that some were lost.
const LINES_MIN: usize = 40;

#[test]
fn every_behaviour_on_the_page_has_a_source_and_a_test() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let page = std::fs::read_to_string(root.join("../../docs/github-behaviours.md")).unwrap();
    let mut tests = String::new();
    for entry in std::fs::read_dir(root.join("tests/simulator/behaviours")).unwrap() {
        tests.push_str(&std::fs::read_to_string(entry.unwrap().path()).unwrap());
    }
    let is_line = |line: &&str| line.starts_with("| ") && !line.starts_with("| behaviour");
    let lines: Vec<&str> = page.lines().filter(is_line).collect();
    assert!(lines.len() >= LINES_MIN, "{}", lines.len());
    for line in lines {
        let cells: Vec<&str> = line.trim_matches('|').split(" | ").map(str::trim).collect();
        let [behaviour, source, test] = cells[..] else {
            panic!("three cells: {line}");
        };
        assert!(!behaviour.is_empty() && !source.is_empty(), "{line}");
        let name = test.trim_matches('`');
        assert!(tests.contains(&format!("fn {name}(")), "no test named {name}");
    }
}
