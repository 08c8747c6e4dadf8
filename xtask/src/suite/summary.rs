//! Reads what test runners say at their end and adds it up.

use std::fmt;

/// How many tests ended how. `runs_failed` are runners that ended badly without naming a failed test, such as a failed compilation.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Summary {
    pub(super) passed: u64,
    pub(super) failed: u64,
    pub(super) skipped: u64,
    pub(super) runs_failed: u64,
}

impl Summary {
    /// Adds a closing line of `cargo test`, if it is one. They begin at the margin; what a test itself printed is shown as it came,
    /// so a test that starts other tests must not print their closing lines.
    pub(super) fn hear_cargo_test(&mut self, line: &str) {
        if let Some(counts) = without_colours(line).strip_prefix("test result: ") {
            self.add(counts.split(['.', ';']));
        }
    }

    /// Adds nextest's closing line, if it is one. What failed tests printed is indented below their names and counts for nothing.
    pub(super) fn hear_nextest(&mut self, line: &str) {
        let line = without_colours(line);
        if let Some((_, counts)) = line
            .trim_start()
            .strip_prefix("Summary [")
            .and_then(|rest| rest.split_once("run: "))
        {
            self.add(counts.split([',', '(', ')']));
        }
    }

    /// Notes how the runner ended: badly without a failed test is a failure of its own.
    pub(super) fn ended(mut self, well: bool) -> Summary {
        if !well && self.failed == 0 {
            self.runs_failed += 1;
        }
        self
    }

    /// Both together.
    pub(super) fn plus(&self, other: &Summary) -> Summary {
        Summary {
            passed: self.passed + other.passed,
            failed: self.failed + other.failed,
            skipped: self.skipped + other.skipped,
            runs_failed: self.runs_failed + other.runs_failed,
        }
    }

    /// Whether nothing failed and something ran.
    pub(super) fn is_good(&self) -> bool {
        self.failed + self.runs_failed == 0 && self.passed > 0
    }

    fn add<'a>(&mut self, counts: impl Iterator<Item = &'a str>) {
        for count in counts {
            let Some((number, word)) = count.trim().split_once(' ') else {
                continue;
            };
            let Ok(number) = number.parse::<u64>() else {
                continue;
            };
            match word {
                "passed" => self.passed += number,
                "failed" | "exec failed" | "timed out" => self.failed += number,
                "skipped" | "ignored" | "filtered out" => self.skipped += number,
                _ => {}
            }
        }
    }
}

impl fmt::Display for Summary {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} passed, {} failed, {} skipped",
            self.passed,
            self.failed + self.runs_failed,
            self.skipped
        )
    }
}

/// The line without terminal colour sequences.
fn without_colours(line: &str) -> String {
    let mut plain = String::new();
    let mut rest = line;
    while let Some((before, behind)) = rest.split_once("\u{1b}[") {
        plain.push_str(before);
        rest = behind.split_once('m').map_or("", |(_, behind)| behind);
    }
    plain.push_str(rest);
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(hear: fn(&mut Summary, &str), lines: &[&str], expected: &str) {
        let mut summary = Summary::default();
        lines.iter().for_each(|line| hear(&mut summary, line));
        assert_eq!(summary.to_string(), expected);
    }

    const CARGO_TEST: &str =
        "test result: ok. 6 passed; 0 failed; 1 ignored; 0 measured; 2 filtered out; finished in 0.00s";

    #[test]
    fn closing_lines_of_cargo_test_are_added_up() {
        let lines = [CARGO_TEST, "running 6 tests", CARGO_TEST];
        check(Summary::hear_cargo_test, &lines, "12 passed, 0 failed, 6 skipped");
        check(
            Summary::hear_cargo_test,
            &["error: could not compile `a`", "1 passed by"],
            "0 passed, 0 failed, 0 skipped",
        );
    }

    #[test]
    fn the_closing_line_of_nextest_is_read_and_what_failed_tests_print_is_not() {
        let plain = "     Summary [   0.123s] 45 tests run: 45 passed, 3 skipped";
        check(
            Summary::hear_nextest,
            &[plain, &format!("    {CARGO_TEST}"), CARGO_TEST],
            "45 passed, 0 failed, 3 skipped",
        );
        let all = "     Summary [  12.3s] 45 tests run: 38 passed (1 slow), 5 failed, 1 timed out, 1 exec failed, 0 skipped";
        check(Summary::hear_nextest, &[all], "38 passed, 7 failed, 0 skipped");
        let coloured = "\u{1b}[31;1m     Summary\u{1b}[0m [   0.1s] \u{1b}[1m2\u{1b}[0m tests run: \u{1b}[1m2\u{1b}[0m \u{1b}[32;1mpassed\u{1b}[0m, 0 skipped";
        check(
            Summary::hear_nextest,
            &[coloured],
            "2 passed, 0 failed, 0 skipped",
        );
    }

    #[test]
    fn a_runner_that_ends_badly_is_never_good() {
        let compiled_not = Summary {
            passed: 5,
            ..Summary::default()
        }
        .ended(false);
        assert_eq!(compiled_not.to_string(), "5 passed, 1 failed, 0 skipped");
        assert!(!compiled_not.is_good());
        assert!(!Summary::default().ended(true).is_good());
        assert!(
            Summary {
                passed: 1,
                ..Summary::default()
            }
            .ended(true)
            .is_good()
        );
    }
}
