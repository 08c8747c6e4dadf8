//! The workflow files that a repository of an organisation needs, written from templates. Only texts come out of here.

use crate::BadLabel;
use std::fmt;
use std::str::FromStr;

/// Longest label of a runner, in bytes. GitHub allows 256 characters; the labels that are in use have some twenty.
const LABEL_BYTES_MAX: usize = 100;

/// Actions by commit, so that nobody can change what runs; the comment says which version that is.
const PINS: [(&str, &str); 3] = [
    (
        "@CHECKOUT@",
        "actions/checkout@de0fac2e4500dabe0009e67214ff5f5447ce83dd # v6.0.2",
    ),
    (
        "@UPLOAD@",
        "actions/upload-artifact@ea165f8d65b6e75b540449e92b4886f43607fa02 # v4.6.2",
    ),
    (
        "@DOWNLOAD@",
        "actions/download-artifact@d3f86a106a0bac45b974a628896c90dbdf5c8093 # v4.3.0",
    ),
];

const BUILD_RUST: &str = r#"      - name: Use nothing that earlier runs left
        if: env.CLEAN_CACHE == 'true'
        shell: bash
        run: |
          echo "CARGO_HOME=$RUNNER_TEMP/cargo-home" >> "$GITHUB_ENV"
          rm -rf target
      - name: Build
        shell: bash
        run: cargo build --release --locked
      - name: Test
        shell: bash
        run: cargo test --release --locked
      - name: Collect
        shell: bash
        run: |
          rm -rf dist
          mkdir dist
          find target/release -maxdepth 1 -type f '(' -perm -u+x -o -name '*.exe' ')' -exec cp '{}' dist/ ';'"#;

const BUILD_GENERIC: &str = r#"      # `make dist` leaves in the folder dist what is to be released, and nothing else.
      - name: Use nothing that earlier runs left
        if: env.CLEAN_CACHE == 'true'
        shell: bash
        run: git clean -ffdxq
      - name: Build
        shell: bash
        run: make dist
      - name: Test
        shell: bash
        run: make check"#;

const SECURITY_RUST: &str = r#"      - name: No dependency has a known vulnerability
        shell: bash
        run: |
          cargo install --locked cargo-deny@0.20.2
          cargo deny --locked check advisories"#;

const SECURITY_GENERIC: &str = r#"      # `make audit` fails if a dependency has a known vulnerability.
      - name: No dependency has a known vulnerability
        shell: bash
        run: make audit"#;

/// What a repository is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Language {
    /// Cargo builds and tests it.
    Rust,
    /// `make dist`, `make check` and `make audit` do.
    Generic,
}

/// A label of a runner: letters, digits, `.`, `_`, `-`, a letter or digit first, at most 100 bytes.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct RunnerLabel(String);

impl FromStr for RunnerLabel {
    type Err = BadLabel;
    fn from_str(text: &str) -> Result<Self, BadLabel> {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_' | b'-');
        let begins_well = text.starts_with(|first: char| first.is_ascii_alphanumeric());
        if begins_well && text.len() <= LABEL_BYTES_MAX && text.bytes().all(legal) {
            return Ok(Self(text.to_owned()));
        }
        Err(BadLabel {
            label: crate::wording::one_line(text),
        })
    }
}

impl fmt::Display for RunnerLabel {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(&self.0)
    }
}

/// What can be chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowChoices {
    /// The labels that a runner must have, all of them.
    pub runs_on: Vec<RunnerLabel>,
    /// What the repository is written in.
    pub language: Language,
}

/// A workflow file to be written.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct WorkflowFile {
    /// Its name in `.github/workflows`.
    pub name: &'static str,
    /// Its text.
    pub text: String,
}

/// All workflow files, by name.
pub fn write_workflows(choices: &WorkflowChoices) -> Vec<WorkflowFile> {
    let release = include_str!("templates/release.yml");
    let file = |name, template: &str, places: &[(&str, &str)]| WorkflowFile {
        name,
        text: fill(template, places, choices),
    };
    vec![
        file("build.yml", include_str!("templates/build.yml"), &[]),
        file(
            "governance-check.yml",
            include_str!("templates/governance-check.yml"),
            &[],
        ),
        file(
            "prerelease.yml",
            release,
            &[
                ("@NAME@", "prerelease"),
                ("@ABOUT@", "A prerelease"),
                (
                    "@TAG_ABOUT@",
                    "The tag of the prerelease, such as v1.2.3-rc.1; it must exist",
                ),
                (
                    "@TAG_PATTERN@",
                    r"^v[0-9]+\.[0-9]+\.[0-9]+-(rc|prerelease|beta|test)\.[0-9]+$",
                ),
                ("@FLAGS@", "--prerelease"),
            ],
        ),
        file(
            "release.yml",
            release,
            &[
                ("@NAME@", "release"),
                ("@ABOUT@", "A release"),
                (
                    "@TAG_ABOUT@",
                    "The tag of the release, such as v1.2.3; it must exist",
                ),
                ("@TAG_PATTERN@", r"^v[0-9]+\.[0-9]+\.[0-9]+$"),
                ("@FLAGS@", "--latest"),
            ],
        ),
    ]
}

fn fill(template: &str, places: &[(&str, &str)], choices: &WorkflowChoices) -> String {
    let labels: Vec<&str> = choices.runs_on.iter().map(|label| label.0.as_str()).collect();
    let runs_on = format!("[{}]", labels.join(", "));
    let (build, security) = match choices.language {
        Language::Rust => (BUILD_RUST, SECURITY_RUST),
        Language::Generic => (BUILD_GENERIC, SECURITY_GENERIC),
    };
    let common = [
        ("@RUNS_ON@", runs_on.as_str()),
        ("@BUILD@", build),
        ("@SECURITY@", security),
    ];
    let mut text = template.to_owned();
    for (place, value) in places.iter().chain(&common).chain(&PINS) {
        text = text.replace(place, value);
    }
    text
}
