//! Everything that can be wrong with a manifest: what is said, and exactly where.

use crate::common::{manifest_of, name, names, plain, shown, with_alias};
use dependency_graph::{
    COMPONENTS_MAX, PlanOptions, ProblemKind, RepositoryOptions, TEXT_BYTES_MAX, read_plan,
};
use expect_test::{Expect, expect};

fn check_with(options: &PlanOptions, text: &str, expected: &Expect) {
    let problems = read_plan("versions.toml", text, options).expect_err("a manifest at fault");
    expected.assert_eq(&shown(&problems));
}

/// The body stands below `[versions]`, so its first line is line 2.
fn check(body: &str, expected: &Expect) {
    check_with(&plain(), &format!("[versions]\n{body}"), expected);
}

#[test]
fn every_mistake_of_a_manifest_is_reported_at_once() {
    check_with(
        &plain(),
        fixture!("everything-wrong.toml"),
        &expect![[r#"
            versions.toml:2:1: error: "not a name" is not a repository name: 1 to 100 of A-Z a-z 0-9 . _ -, not beginning with . or -
              help: give the repository the name of its folder
            versions.toml:3:21: error: alpha has the version "0.1": unexpected end of input while parsing minor version number
              help: write X.Y.Z, optionally with a prerelease (https://semver.org)
            versions.toml:4:39: error: beta has the version 0.1.0 but the tag 0.1.0
              help: write git_tag = "v0.1.0", or the version that the tag stands for
            versions.toml:5:63: error: gamma is pinned to what is no commit: "0123abc" is not a commit id: 40 or 64 lower-case hexadecimal digits
              help: write the full commit id of the tag, or "" for no pin
            versions.toml:6:62: error: delta requires itself
              help: remove its own name from the list
            versions.toml:6:71: error: delta requires gama, which is not in [versions]
              help: did you mean gamma?
            versions.toml:6:85: error: delta requires gamma =0.2.0, but gamma is 0.1.0
              help: require what the manifest gives, or give gamma a version that is allowed
            versions.toml:6:100: error: delta requires gamma twice
              help: keep one requirement; a range can be one text: "NAME>=0.1,<1"
            versions.toml:7:60: error: components wait for each other: one -> two -> three -> one
              help: remove one of these requirements, or one of [release.after] in the configuration
            versions.toml:10:70: error: tools has the binary "../tool", which cannot be a file of a release: 1 to 255 of A-Z a-z 0-9 . _ - + ~ @ = , not beginning with . or -
              help: write the base name of the program
            versions.toml:11:67: error: tools and more-tools both have the binary tool
              help: let one component have it; the release's archive holds all binaries side by side
            versions.toml:11:76: warning: more-tools has a key require that nothing reads
              help: did you mean requires?
            versions.toml:12:1: error: the key tools is given twice
              help: keep one of the two
            versions.toml:13:1: error: untagged has no git_tag
              help: add git_tag, as in { version = "0.1.0", git_tag = "v0.1.0" }
            versions.toml:14:10: error: number is an integer, expected a table or the text of a tag
              help: write { version = "0.1.0", git_tag = "v0.1.0" }
        "#]],
    );
}

#[test]
fn a_cycle_is_shown_from_its_smallest_member() {
    check_with(
        &plain(),
        &manifest_of("c: a\n b: c\n a: b"),
        &expect![[r#"
        versions.toml:4:58: error: components wait for each other: a -> b -> c -> a
          help: remove one of these requirements, or one of [release.after] in the configuration
    "#]],
    );
    check_with(
        &plain(),
        &manifest_of("b: a\n a: b"),
        &expect![[r#"
        versions.toml:3:58: error: components wait for each other: a -> b -> a
          help: remove one of these requirements, or one of [release.after] in the configuration
    "#]],
    );
}

#[test]
fn every_cycle_that_must_be_broken_by_itself_is_shown() {
    check_with(
        &plain(),
        &manifest_of("a: b c\n b: a\n c: d a\n d: c\n x: y\n y: x"),
        &expect![[r#"
        versions.toml:2:58: error: components wait for each other: a -> b -> a
          help: remove one of these requirements, or one of [release.after] in the configuration
        versions.toml:4:58: error: components wait for each other: c -> d -> c
          help: remove one of these requirements, or one of [release.after] in the configuration
        versions.toml:6:58: error: components wait for each other: x -> y -> x
          help: remove one of these requirements, or one of [release.after] in the configuration
    "#]],
    );
}

#[test]
fn a_long_cycle_is_shortened_in_its_middle() {
    let lines: String = (0..50)
        .map(|index| format!("r{index:02}: r{:02}\n", (index + 1) % 50))
        .collect();
    check_with(
        &plain(),
        &manifest_of(&lines),
        &expect![[r#"
        versions.toml:2:60: error: components wait for each other: r00 -> r01 -> r02 -> r03 -> r04 -> r05 -> r06 -> r07 -> r08 -> r09 -> r10 -> r11 -> r12 -> r13 -> r14 -> r15 -> r16 -> r17 -> ... 31 more ... -> r49 -> r00
          help: remove one of these requirements, or one of [release.after] in the configuration
    "#]],
    );
}

#[test]
fn a_configured_order_can_close_a_cycle_or_name_nothing() {
    let mut options = plain();
    options.after.insert(name("a"), names("b"));
    check_with(
        &options,
        &manifest_of("a:\n b: a"),
        &expect![[r#"
        versions.toml:2:1: error: components wait for each other: a -> b -> a
          help: remove one of these requirements, or one of [release.after] in the configuration
    "#]],
    );
    options.after.insert(name("a"), names("a bb"));
    check_with(
        &options,
        &manifest_of("a:\n b: a"),
        &expect![[r#"
            versions.toml:2:1: error: a is configured to come after bb, which is not in [versions]
              help: did you mean b?
            versions.toml:2:1: error: a is configured to come after itself
              help: remove its own name from the list
        "#]],
    );
}

#[test]
fn an_unknown_dependency_suggests_the_nearest_name() {
    check_with(
        &plain(),
        &manifest_of("bllvm-consensus:\n node: bllvm-consensu"),
        &expect![[r#"
        versions.toml:3:61: error: node requires bllvm-consensu, which is not in [versions]
          help: did you mean bllvm-consensus?
    "#]],
    );
    check_with(
        &plain(),
        &manifest_of("a:\n node: something-else"),
        &expect![[r#"
        versions.toml:3:61: error: node requires something-else, which is not in [versions]
          help: add something-else to [versions], or configure it as an alias of a component
    "#]],
    );
}

#[test]
fn a_module_is_not_a_dependency_of_the_release_set() {
    let text = "[versions]\na = { version = \"1.0.0\", git_tag = \"v1.0.0\", requires = [\"zmq\"] }\n[modules]\nzmq = {}\n";
    check_with(
        &plain(),
        text,
        &expect![[r#"
        versions.toml:2:58: error: a requires zmq, which is not in [versions]
          help: zmq is versioned independently of the release; take it out of requires
    "#]],
    );
}

#[test]
fn a_key_given_twice_is_a_duplicate() {
    check(
        "a = \"v0.1.0\"\na = \"v0.2.0\"\n",
        &expect![[r#"
        versions.toml:3:1: error: the key a is given twice
          help: keep one of the two
    "#]],
    );
    check(
        "a = { version = \"0.1.0\", version = \"0.1.0\", git_tag = \"v0.1.0\" }\n",
        &expect![[r#"
        versions.toml:2:26: error: the key version is given twice
          help: keep one of the two
    "#]],
    );
    check(
        "a = \"v0.1.0\"\n[metadata]\n[versions]\nb = \"v0.1.0\"\n",
        &expect![[r#"
        versions.toml:4:2: error: the key versions is given twice
          help: keep one of the two
    "#]],
    );
}

#[test]
fn a_requirement_given_twice_is_a_duplicate_under_any_name() {
    let options = with_alias(plain(), "a", "old-a");
    check_with(
        &options,
        &manifest_of("a:\n b: a old-a"),
        &expect![[r#"
        versions.toml:3:63: error: b requires a twice
          help: keep one requirement; a range can be one text: "NAME>=0.1,<1"
    "#]],
    );
}

#[test]
fn two_entries_of_one_repository_are_a_duplicate() {
    let options = with_alias(plain(), "new", "old older");
    check_with(
        &options,
        &manifest_of("old:\n older:"),
        &expect![[r#"
        versions.toml:3:1: error: older and old are the same repository by the configured aliases
          help: keep one of the entries, or the alias out
    "#]],
    );
}

#[test]
fn an_alias_of_two_repositories_is_a_duplicate() {
    let options = with_alias(with_alias(plain(), "a", "same"), "b", "same");
    check_with(
        &options,
        &manifest_of("a:\n b:"),
        &expect![[r#"
        versions.toml:2:1: error: same is configured as a name of a and of b
          help: let it be an alias of one of them
    "#]],
    );
}

#[test]
fn a_binary_of_two_components_is_a_duplicate() {
    check(
        concat!(
            "a = { version = \"0.1.0\", git_tag = \"v0.1.0\", binaries = [\"x\", \"x\"] }\n",
            "b = { version = \"0.1.0\", git_tag = \"v0.1.0\", binaries = [\"y\", \"x\"] }\n"
        ),
        &expect![[r#"
            versions.toml:2:63: error: a lists the binary x twice
              help: let one component have it; the release's archive holds all binaries side by side
            versions.toml:3:63: error: a and b both have the binary x
              help: let one component have it; the release's archive holds all binaries side by side
        "#]],
    );
}

#[test]
fn the_release_and_a_component_cannot_share_an_archive_name() {
    let mut options = plain();
    options.version = Some("0.1.0".parse().unwrap());
    let text = "[versions]\ncommons = { version = \"0.1.0\", git_tag = \"v0.1.0\", binaries = [\"x\"] }\n";
    check_with(
        &options,
        text,
        &expect![[r#"
            versions.toml:2:1: error: the archives of commons and of the whole release would both be commons-0.1.0-...
              help: rename one of them ([release] name in the configuration), or change a version
        "#]],
    );
    options.version = Some("0.2.0".parse().unwrap());
    assert!(read_plan("versions.toml", text, &options).is_ok());
}

#[test]
fn a_version_must_be_what_is_required() {
    let rows = ["=0.2.0", ">0.1.0", ">=0.2,<1", "^1", "~0.2", " 0.1.1", "<0.1.0"];
    for range in rows {
        let text = format!(
            "[versions]\na = {{ version = \"0.1.0\", git_tag = \"v0.1.0\" }}\n\
             b = {{ version = \"0.1.0\", git_tag = \"v0.1.0\", requires = [\"a{range}\"] }}\n"
        );
        let problems = read_plan("f", &text, &plain()).expect_err(range);
        assert_eq!(
            (problems[0].kind, problems[0].line, problems[0].column),
            (ProblemKind::VersionMismatch, 3, 58)
        );
    }
    check(
        "a = \"v0.1.0-locked\"\nb = { version = \"1.0.0\", git_tag = \"v1.0.0\", requires = [\"a=0.1.0\"] }",
        &expect![[r#"
        versions.toml:3:58: error: b requires a =0.1.0, but a is 0.1.0-locked
          help: require what the manifest gives, or give a a version that is allowed
    "#]],
    );
    check(
        "a = \"nightly\"\nb = { version = \"1.0.0\", git_tag = \"v1.0.0\", requires = [\"a=0.1.0\"] }",
        &expect![[r#"
        versions.toml:3:58: error: b requires a =0.1.0, but a is a tag that is no version
          help: require what the manifest gives, or give a a version that is allowed
    "#]],
    );
}

#[test]
fn versions_and_ranges_are_semver() {
    check(
        concat!(
            "a = { version = \"v0.1.0\", git_tag = \"v0.1.0\" }\n",
            "b = { version = \"1.0\", git_tag = \"v1.0\" }\n",
            "c = { version = 0.1, git_tag = \"v0.1.0\" }\n",
            "d = { git_tag = \"v0.1.0\" }\n",
            "e = { version = \"1.0.0\", git_tag = \"v1.0.0\", requires = [\"a==1\", \"b=>1\", \"c=one\", \"=1\"] }\n"
        ),
        &expect![[r#"
            versions.toml:2:17: error: a has the version "v0.1.0": unexpected character 'v' while parsing major version number
              help: write version = "0.1.0"; the v belongs to git_tag
            versions.toml:3:17: error: b has the version "1.0": unexpected end of input while parsing minor version number
              help: write X.Y.Z, optionally with a prerelease (https://semver.org)
            versions.toml:4:17: error: version of c is a float, expected a text
              help: put the value in double quotes
            versions.toml:5:1: error: d has no version
              help: add version, as in { version = "0.1.0", git_tag = "v0.1.0" }
            versions.toml:6:58: error: e requires the version "==1": unexpected character '=' while parsing major version number
              help: write =X.Y.Z or a range such as >=0.1,<1
            versions.toml:6:66: error: e requires the version "=>1": unexpected character '>' while parsing major version number
              help: write =X.Y.Z or a range such as >=0.1,<1
            versions.toml:6:74: error: e requires the version "=one": unexpected character 'o' while parsing major version number
              help: write =X.Y.Z or a range such as >=0.1,<1
            versions.toml:6:83: error: e requires a name that cannot be one: "" is not a repository name: 1 to 100 of A-Z a-z 0-9 . _ -, not beginning with . or -
              help: write NAME=VERSION, such as "library=0.1.0"
        "#]],
    );
}

#[test]
fn a_tag_is_v_and_the_version() {
    check(
        concat!(
            "a = { version = \"0.1.0\", git_tag = \"v0.1.0-locked\" }\n",
            "b = { version = \"0.1.0\", git_tag = \"0.1.0\" }\n",
            "c = { version = \"0.1.0\", git_tag = \"\" }\n",
            "d = { version = \"0.1.0\", git_tag = \"--upload-pack=x\" }\n",
            "e = { version = \"0.1.0\", git_commit = \"\" }\n",
            "f = \"v1..2\"\n",
            "g = { version = \"0.1.0\", git_tag = 1 }\n"
        ),
        &expect![[r#"
            versions.toml:2:36: error: a has the version 0.1.0 but the tag v0.1.0-locked
              help: write git_tag = "v0.1.0", or the version that the tag stands for
            versions.toml:3:36: error: b has the version 0.1.0 but the tag 0.1.0
              help: write git_tag = "v0.1.0", or the version that the tag stands for
            versions.toml:4:36: error: c has no usable tag: "" is not a tag: letters, digits, . _ - + / in parts that git accepts, no .., at most 200 bytes
              help: write v and the version, such as v0.1.0
            versions.toml:5:36: error: d has no usable tag: "--upload-pack=x" is not a tag: letters, digits, . _ - + / in parts that git accepts, no .., at most 200 bytes
              help: write v and the version, such as v0.1.0
            versions.toml:6:1: error: e has no git_tag
              help: add git_tag, as in { version = "0.1.0", git_tag = "v0.1.0" }
            versions.toml:7:5: error: f has no usable tag: "v1..2" is not a tag: letters, digits, . _ - + / in parts that git accepts, no .., at most 200 bytes
              help: write v and the version, such as v0.1.0
            versions.toml:8:36: error: git_tag of g is an integer, expected a text
              help: put the value in double quotes
        "#]],
    );
}

#[test]
fn a_pin_is_a_full_commit_id() {
    check(
        "a = { version = \"0.1.0\", git_tag = \"v0.1.0\", git_commit = \"6dcb09b\" }\n",
        &expect![[r#"
        versions.toml:2:59: error: a is pinned to what is no commit: "6dcb09b" is not a commit id: 40 or 64 lower-case hexadecimal digits
          help: write the full commit id of the tag, or "" for no pin
    "#]],
    );
}

#[test]
fn values_of_another_type_are_bad_syntax() {
    check(
        concat!(
            "a = 1\nb = [\"v0.1.0\"]\nc = true\n",
            "d = { version = \"0.1.0\", git_tag = \"v0.1.0\", requires = \"a\", binaries = [1, {}] }\n"
        ),
        &expect![[r#"
            versions.toml:2:5: error: a is an integer, expected a table or the text of a tag
              help: write { version = "0.1.0", git_tag = "v0.1.0" }
            versions.toml:3:5: error: b is an array, expected a table or the text of a tag
              help: write { version = "0.1.0", git_tag = "v0.1.0" }
            versions.toml:4:5: error: c is a boolean, expected a table or the text of a tag
              help: write { version = "0.1.0", git_tag = "v0.1.0" }
            versions.toml:5:57: error: requires of d is a string, expected a list of texts
              help: write requires = ["..."]
            versions.toml:5:74: error: binaries of d has an integer, expected only texts
              help: put the item in double quotes
            versions.toml:5:77: error: binaries of d has a table, expected only texts
              help: put the item in double quotes
        "#]],
    );
    check_with(
        &plain(),
        "versions = 3\n",
        &expect![[r#"
        versions.toml:1:12: error: expected a table named versions, found an integer
          help: write [versions]
    "#]],
    );
    check_with(
        &plain(),
        "[[versions]]\na = \"v1.0.0\"\n",
        &expect![[r#"
        versions.toml:1:1: error: expected a table named versions, found an array
          help: write [versions]
    "#]],
    );
}

#[test]
fn a_manifest_without_components_is_at_fault() {
    check_with(
        &plain(),
        "",
        &expect![[r#"
        versions.toml:1:1: error: the manifest has no [versions]
          help: add [versions] with one entry per repository
    "#]],
    );
    check_with(
        &plain(),
        "[metadata]\nupdated_by = \"x\"\n",
        &expect![[r#"
        versions.toml:1:1: error: the manifest has no [versions]
          help: add [versions] with one entry per repository
    "#]],
    );
    check_with(
        &plain(),
        "# nothing\n[versions]\n[versions.develop]\nversion = \"1.0.0\"\n",
        &expect![[r#"
        versions.toml:2:2: error: [versions] has no component
          help: add one entry per repository: NAME = { version = "0.1.0", git_tag = "v0.1.0" }
    "#]],
    );
}

#[test]
fn what_is_not_toml_is_shown_where_it_goes_wrong() {
    check(
        "a = v0.1.0\n",
        &expect![[r#"
        versions.toml:2:5: error: string values must be quoted, expected literal string
          help: see https://toml.io for the syntax; texts are in double quotes
    "#]],
    );
    check(
        "a = \"v0.1.0\nb = \"v0.1.0\"\n",
        &expect![[r#"
        versions.toml:2:12: error: invalid basic string, expected `"`
          help: see https://toml.io for the syntax; texts are in double quotes
    "#]],
    );
    check(
        "a = { version = \"0.1.0\", git_tag = \"v0.1.0\"\nb = \"v0.1.0\"\n",
        &expect![[r#"
        versions.toml:3:1: error: missing comma between key-value pairs, expected `,`
          help: see https://toml.io for the syntax; texts are in double quotes
        versions.toml:3:13: error: unclosed inline table, expected `}`
          help: see https://toml.io for the syntax; texts are in double quotes
    "#]],
    );
    check(
        "a = \"v0.1.0\"\n[metadata]\nlast_updated = 2025-01-XX\n= 1\n",
        &expect![[r#"
        versions.toml:4:16: error: invalid date, expected day
          help: see https://toml.io for the syntax; texts are in double quotes
        versions.toml:5:1: error: unquoted keys cannot be empty, expected letters, numbers, `-`, `_`
          help: see https://toml.io for the syntax; texts are in double quotes
    "#]],
    );
    check(
        "é = \"ü\" ü\n",
        &expect![[r#"
        versions.toml:2:1: error: invalid unquoted key, expected letters, numbers, `-`, `_`
          help: see https://toml.io for the syntax; texts are in double quotes
        versions.toml:2:9: error: unexpected key or value, expected newline, `#`
          help: see https://toml.io for the syntax; texts are in double quotes
    "#]],
    );
}

#[test]
fn columns_count_characters_and_lines_may_end_in_carriage_returns() {
    check(
        "a = { version = \"0.1.0\", git_tag = \"v0.1.0\", requires = [\"größe\", \"b\"] }\r\n",
        &expect![[r#"
        versions.toml:2:58: error: a requires a name that cannot be one: "größe" is not a repository name: 1 to 100 of A-Z a-z 0-9 . _ -, not beginning with . or -
          help: write NAME=VERSION, such as "library=0.1.0"
        versions.toml:2:67: error: a requires b, which is not in [versions]
          help: add b to [versions], or configure it as an alias of a component
    "#]],
    );
}

#[test]
fn a_component_needs_a_platform() {
    let mut options = plain();
    let none = RepositoryOptions {
        platforms: Some(Vec::new()),
        ..RepositoryOptions::default()
    };
    options.repositories.insert(name("a"), none);
    check_with(
        &options,
        &manifest_of("b:\n a:"),
        &expect![[r#"
        versions.toml:3:1: error: a is configured for no platform
          help: give it a platform such as linux-x86_64, or leave platforms out for the default
    "#]],
    );
}

#[test]
fn limits_are_reported_by_name() {
    let long = format!("[versions]\n{}", "# \n".repeat(TEXT_BYTES_MAX / 3));
    check_with(
        &plain(),
        &long,
        &expect![[r#"
        versions.toml:1:1: error: the manifest has 4194314 bytes, more than 4194304
          help: split the organisation into several manifests
    "#]],
    );
    let many: String = (0..=COMPONENTS_MAX)
        .map(|index| format!("r{index}=\"v1.0.0\"\n"))
        .collect();
    check(
        &many,
        &expect![[r#"
        versions.toml:1:2: error: [versions] has 20001 entries, more than 20000
          help: split the organisation into several manifests
    "#]],
    );
    let requires = "\"a\",".repeat(1_001);
    check(
        &format!("a = {{ version = \"1.0.0\", git_tag = \"v1.0.0\", requires = [{requires}] }}"),
        &expect![[r#"
        versions.toml:2:57: error: requires of a has 1001 items, more than 1000
          help: divide the repository, or correct the list
    "#]],
    );
}

#[test]
fn more_errors_than_anybody_reads_are_counted() {
    let many: String = (0..1_000).map(|index| format!("r{index} = 1\n")).collect();
    let problems = read_plan("f", &format!("[versions]\n{many}"), &plain()).unwrap_err();
    assert_eq!(problems.len(), 201);
    assert_eq!(problems[200].message, "800 more errors are not shown");
}

#[test]
fn as_many_errors_as_are_shown_are_not_counted() {
    let many: String = (0..200).map(|index| format!("r{index} = 1\n")).collect();
    let problems = read_plan("f", &format!("[versions]\n{many}"), &plain()).unwrap_err();
    assert_eq!(problems.len(), 200);
    assert!(
        problems
            .iter()
            .all(|problem| problem.kind != ProblemKind::TooLarge)
    );
}

#[test]
fn more_warnings_than_anybody_reads_are_left_out() {
    let many: String = (0..250).map(|index| format!("k{index} = 1\n")).collect();
    let text = format!("{many}[versions]\na = \"v1.0.0\"\n");
    let reading = read_plan("f", &text, &plain()).unwrap();
    assert_eq!(reading.warnings.len(), 200);
}

#[test]
fn what_is_exactly_as_large_as_allowed_is_read() {
    let head = "[versions]\na = \"v1.0.0\"\n#";
    let text = format!("{head}{}", "x".repeat(TEXT_BYTES_MAX - head.len()));
    assert!(read_plan("f", &text, &plain()).is_ok());
    let many: String = (0..COMPONENTS_MAX)
        .map(|index| format!("r{index}=\"v1.0.0\"\n"))
        .collect();
    let reading = read_plan("f", &format!("[versions]\n{many}"), &plain()).unwrap();
    assert_eq!(reading.plan.components().len(), COMPONENTS_MAX);
    let thousand: String = (0..1_000).map(|index| format!("r{index}=\"v1.0.0\"\n")).collect();
    let requires: String = (0..1_000).map(|index| format!("\"r{index}\",")).collect();
    let all = format!("a = {{ version = \"1.0.0\", git_tag = \"v1.0.0\", requires = [{requires}] }}\n");
    let reading = read_plan("f", &format!("[versions]\n{all}{thousand}"), &plain()).unwrap();
    assert_eq!(reading.plan.needs(&name("a")).len(), 1_000);
}

#[test]
fn a_similar_name_is_looked_for_ten_times() {
    let lines: String = (0..12).map(|index| format!("r{index:02}: tolls\n")).collect();
    let text = manifest_of(&format!("tools:\n{lines}"));
    let problems = read_plan("f", &text, &plain()).unwrap_err();
    let meant: Vec<bool> = problems
        .iter()
        .map(|problem| problem.remedy == "did you mean tools?")
        .collect();
    assert_eq!(meant, [[true; 10].as_slice(), &[false; 2]].concat());
}

#[test]
fn a_similar_name_differs_in_three_letters_at_most_and_in_half_of_its_own() {
    for (known, needed, meant) in [
        ("abcdefgh", "abcdexyz", true),
        ("abcdefgh", "abcdwxyz", false),
        ("abcdefgh", "abcdefghijk", true),
        ("abcdefgh", "abcdefghijkl", false),
        ("abcd", "abxy", true),
        ("abcd", "axyz", false),
        ("ab", "b", false),
    ] {
        let text = manifest_of(&format!("{known}:\n user: {needed}"));
        let problems = read_plan("f", &text, &plain()).unwrap_err();
        let remedy = format!("did you mean {known}?");
        assert_eq!(problems[0].remedy == remedy, meant, "{known} {needed}");
    }
}

#[test]
fn of_a_large_text_all_syntax_errors_are_reported_and_of_a_very_large_one_the_first() {
    let body = "[versions]\na =\nb =\n";
    for (bytes, errors) in [(0, 2), (200 * 1024, 2), (256 * 1024, 1)] {
        let text = format!("{body}# {}\n", "x".repeat(bytes));
        let problems = read_plan("versions.toml", &text, &plain()).unwrap_err();
        let kinds: Vec<ProblemKind> = problems.iter().map(|problem| problem.kind).collect();
        assert_eq!(kinds, vec![ProblemKind::BadSyntax; errors], "{bytes} bytes more");
    }
}

#[test]
fn each_kind_of_problem_has_a_code_of_its_own() {
    let kinds = [
        (ProblemKind::BadSyntax, "bad-syntax"),
        (ProblemKind::BadName, "bad-name"),
        (ProblemKind::BadVersion, "bad-version"),
        (ProblemKind::BadTag, "bad-tag"),
        (ProblemKind::BadCommit, "bad-commit"),
        (ProblemKind::PinDiffers, "pin-differs"),
        (ProblemKind::UnknownDependency, "unknown-dependency"),
        (ProblemKind::RequiresItself, "requires-itself"),
        (ProblemKind::Duplicate, "duplicate"),
        (ProblemKind::VersionMismatch, "version-mismatch"),
        (ProblemKind::Cycle, "cycle"),
        (ProblemKind::TooLarge, "too-large"),
        (ProblemKind::UnknownKey, "unknown-key"),
        (ProblemKind::NotReleased, "not-released"),
    ];
    for (kind, code) in kinds {
        assert_eq!(kind.code(), code);
    }
}
