use super::*;
use expect_test::{Expect, expect};

/// What the rules say of a file at `path`.
fn said(path: &str, text: &str) -> String {
    let decisions = BTreeSet::from(["0001".to_owned()]);
    let broken = check_source(Path::new(path), text, &decisions);
    broken.iter().map(|rule| format!("{rule}\n")).collect()
}

fn check(text: &str, expect: Expect) {
    expect.assert_eq(&said(
        "crates/sample/src/sample.rs",
        &format!("//! Sample.\n{text}"),
    ));
}

fn lines(count: usize) -> String {
    "    // a line\n".repeat(count)
}

#[test]
fn the_workspace_is_tidy() {
    let broken = super::check(&workspace::root()).unwrap();
    let said: String = broken.iter().map(|rule| format!("{rule}\n")).collect();
    assert!(broken.is_empty(), "{said}");
}

#[test]
fn a_function_of_seventy_lines_is_the_longest() {
    check(&format!("fn fits() {{\n{}}}\n", lines(68)), expect![""]);
    check(
        &format!("fn long() {{\n{}}}\n", lines(69)),
        expect![[r#"
            crates/sample/src/sample.rs:2: `long` has 71 lines, at most 70: keep the choices here, move the work into named functions
        "#]],
    );
}

#[test]
fn functions_in_methods_traits_and_macros_are_measured() {
    let body = lines(69);
    check(
        &format!(
            "impl A {{\nfn a() {{\n{body}}}\n}}\ntrait T {{\nfn t() {{\n{body}}}\n}}\nproptest! {{\n#[test]\nfn m(a in 0..3) {{\n{body}}}\n}}\n"
        ),
        expect![[r#"
            crates/sample/src/sample.rs:3: `a` has 71 lines, at most 70: keep the choices here, move the work into named functions
            crates/sample/src/sample.rs:76: `t` has 71 lines, at most 70: keep the choices here, move the work into named functions
            crates/sample/src/sample.rs:150: `m` has 71 lines, at most 70: keep the choices here, move the work into named functions
        "#]],
    );
}

#[test]
fn six_parameters_are_too_many_beside_self() {
    check(
        "impl A { fn five(&self, a: u8, b: u8, c: u8, d: u8, e: u8) {} }",
        expect![""],
    );
    check(
        "fn six(a: u8, b: u8, c: u8, d: u8, e: u8, f: u8) {}",
        expect![[r#"
            crates/sample/src/sample.rs:2: `six` takes 6 parameters, at most 5: gather those that belong together in a struct
        "#]],
    );
}

#[test]
fn four_hundred_lines_are_the_longest_file_tests_not_counted() {
    let tests = format!("#[cfg(test)]\nmod tests {{\n{}}}\n", lines(300));
    check(&format!("{}{tests}", "// a line\n".repeat(399)), expect![""]);
    check(
        &format!("{}{tests}", "// a line\n".repeat(400)),
        expect![[r#"
            crates/sample/src/sample.rs: 401 lines outside of tests, at most 400: find the second thought and give it a file
        "#]],
    );
    let long = format!("//! Sample.\n{}", "// a line\n".repeat(500));
    assert_eq!(said("crates/sample/src/sample/tests.rs", &long), "");
    assert_eq!(said("crates/sample/tests/flow.rs", &long), "");
}

#[test]
fn tests_are_not_hidden_and_silenced_lints_say_why() {
    check(
        "#[cfg(test)]\nmod tests {\n#[test]\n#[ignore]\nfn later() {}\n}\n#[cfg(test)]\nfn door() {}\n#[allow(dead_code)]\nfn a() {}\n#[allow(dead_code, reason = \"shown\")]\nfn b() {}\n",
        expect![[r#"
            crates/sample/src/sample.rs:5: an ignored test is no test: let it run, or remove it
            crates/sample/src/sample.rs:8: `cfg(test)` belongs on test modules only: product code has no test doors
            crates/sample/src/sample.rs:10: a silenced lint says why: add `reason = "…"`
        "#]],
    );
}

#[test]
fn only_the_listed_features_change_code_and_only_in_their_places() {
    let conditions = [
        r#"feature = "seeded-bugs""#,
        r#"not(feature = "seeded-bugs")"#,
        r#"any(test, feature = "seeded-bugs")"#,
        r#"feature = "another""#,
        r#"any(test, feature = "contract")"#,
        "unix",
    ];
    for (path, allowed) in [
        (
            "crates/domain-types/src/sample.rs",
            [true, true, false, false, false, true],
        ),
        (
            "crates/testkit/src/sample.rs",
            [true, true, false, false, false, true],
        ),
        (
            "crates/storage/src/lib.rs",
            [false, false, false, false, true, true],
        ),
        (
            "crates/storage/src/sample.rs",
            [false, false, false, false, false, true],
        ),
        (
            "crates/orchestrator/src/sample.rs",
            [false, false, false, false, false, true],
        ),
        (
            "bins/cli/src/sample.rs",
            [false, false, false, false, false, true],
        ),
    ] {
        for (condition, allowed) in conditions.iter().zip(allowed) {
            let said = said(path, &format!("//! Sample.\n#[cfg({condition})]\nmod a;\n"));
            assert_eq!(
                said.contains("no listed door"),
                !allowed,
                "{condition} in {path}: {said}"
            );
        }
    }
}

#[test]
fn a_door_is_found_in_every_spelling() {
    check(
        r#"
#[cfg_attr(feature = "seeded-bugs", inline)]
fn a() -> bool { cfg!(feature = "seeded-bugs") }
fn b() { assert!(cfg!(all(unix, feature = "seeded-bugs"))); }
"#,
        expect![[r#"
            crates/sample/src/sample.rs:3: `feature="seeded-bugs",inline` is no listed door: code does not depend on features, see xtask/src/tidy/features.rs
            crates/sample/src/sample.rs:4: `feature="seeded-bugs"` is no listed door: code does not depend on features, see xtask/src/tidy/features.rs
            crates/sample/src/sample.rs:5: `all(unix,feature="seeded-bugs")` is no listed door: code does not depend on features, see xtask/src/tidy/features.rs
        "#]],
    );
}

#[test]
fn bags_are_named_in_every_spelling() {
    check(
        "struct BuildManager;\nenum Utils {}\ntrait ReleaseService {}\nmod git_helper {}\nstruct Utility;\nstruct Contextual;\n",
        expect![[r#"
            crates/sample/src/sample.rs:2: `BuildManager` is named after a bag (`manager`): say what it is or does
            crates/sample/src/sample.rs:3: `Utils` is named after a bag (`utils`): say what it is or does
            crates/sample/src/sample.rs:4: `ReleaseService` is named after a bag (`service`): say what it is or does
            crates/sample/src/sample.rs:5: `git_helper` is named after a bag (`helper`): say what it is or does
        "#]],
    );
    let said = said("crates/sample/src/util.rs", "//! Sample.\n");
    assert_eq!(
        said,
        "crates/sample/src/util.rs: the file is named after a bag (`util`): say what it is or does\n"
    );
}

#[test]
fn open_ends_name_an_existing_decision() {
    let mark = words_mark();
    check(
        &format!("// {mark}(0001): stays\n// {mark}(0002): unknown\nfn a() {{}} // {mark} later\n"),
        expect![[r#"
            crates/sample/src/sample.rs:3: `TODO` without a decision: finish it, or write `TODO(NNNN)` of docs/decisions
            crates/sample/src/sample.rs:4: `TODO` without a decision: finish it, or write `TODO(NNNN)` of docs/decisions
        "#]],
    );
}

fn words_mark() -> &'static str {
    concat!("TO", "DO")
}

#[test]
fn a_file_says_what_it_is_for() {
    let said = said("crates/sample/src/sample.rs", "fn a() {}\n");
    let expected = "crates/sample/src/sample.rs:1: no module documentation: open with `//!`, what the file is for and what not\n";
    assert_eq!(said, expected);
}

#[test]
fn a_library_root_is_a_front_door() {
    let good = "#![doc = include_str!(\"../README.md\")]\nmod a;\npub use a::A;\n";
    assert_eq!(said("crates/sample/src/lib.rs", good), "");
    let bad = "//! Sample.\npub mod a;\nmod b { }\nfn c() {}\n";
    expect![[r#"
        crates/sample/src/lib.rs:1: opens with `#![doc = include_str!("../README.md")]`
        crates/sample/src/lib.rs:2: a `lib.rs` has private modules and `use` only: move this into a module
        crates/sample/src/lib.rs:3: a `lib.rs` has private modules and `use` only: move this into a module
        crates/sample/src/lib.rs:4: a `lib.rs` has private modules and `use` only: move this into a module
    "#]]
    .assert_eq(&said("crates/sample/src/lib.rs", bad));
}

#[test]
fn a_stranger_on_the_top_level_is_named() {
    let folder = tempfile::tempdir().unwrap();
    for name in ["Cargo.toml", "LICENSE-MIT", "notes.txt"] {
        fs::write(folder.path().join(name), "").unwrap();
    }
    fs::create_dir(folder.path().join("target")).unwrap();
    let broken = places::top_level(folder.path()).unwrap();
    let said: Vec<String> = broken.iter().map(ToString::to_string).collect();
    assert_eq!(
        said,
        [
            "notes.txt: does not belong on the top level: see ARCHITECTURE.md, put it into the room that needs it"
        ]
    );
}

#[test]
fn a_crate_without_description_or_example_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let manifest = "[package]\nname = \"sample\"\nversion = \"0.1.0\"\nedition = \"2024\"\n[workspace]\n";
    fs::create_dir(folder.path().join("src")).unwrap();
    fs::write(folder.path().join("src/lib.rs"), "").unwrap();
    fs::write(folder.path().join("Cargo.toml"), manifest).unwrap();
    fs::write(folder.path().join("README.md"), "# sample\n").unwrap();
    let root = folder.path().canonicalize().unwrap();
    let said: Vec<String> = places::crates(&root)
        .unwrap()
        .iter()
        .map(ToString::to_string)
        .collect();
    assert_eq!(
        said,
        [
            "Cargo.toml: no description: give the crate's one sentence",
            "README.md: has no example that runs as a doctest: add a ```rust block"
        ]
    );
}

#[test]
fn a_pure_room_does_not_name_the_world() {
    let text = "//! Sample.\nuse std::{collections::BTreeMap, fs::File};\nfn a() { std::env::args(); }\n#[cfg(test)]\nmod tests {\nuse std::fs;\n}\n";
    expect![[r#"
        crates/orchestrator/src/sample.rs:2: a pure room names `std::…fs`: let the caller bring what it needs as a value
        crates/orchestrator/src/sample.rs:3: a pure room names `std::…env`: let the caller bring what it needs as a value
    "#]]
    .assert_eq(&said("crates/orchestrator/src/sample.rs", text));
    assert_eq!(said("crates/storage/src/sample.rs", text), "");
}
