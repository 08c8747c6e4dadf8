//! The manifest: its exact form, and what a strict reader refuses.

use super::*;
use crate::tests::release;
use expect_test::{Expect, expect, expect_file};

fn manifest_text() -> String {
    String::from_utf8(release().files[&MANIFEST_NAME.parse().unwrap()].clone()).unwrap()
}

#[test]
fn the_form_of_the_manifest_is_fixed() {
    expect_file!["../../tests/golden/release-manifest.json"].assert_eq(&manifest_text());
}

#[test]
fn a_manifest_is_read_back() {
    let text = manifest_text();
    let manifest = ReleaseManifest::read(text.as_bytes()).unwrap();
    assert_eq!(manifest.to_json(), text);
    assert_eq!(manifest.digest(), Sha256Digest::of(text.as_bytes()));
}

fn check(from: &str, to: &str, expect: Expect) {
    let text = manifest_text();
    assert!(text.contains(from), "{from}");
    let error = ReleaseManifest::read(text.replacen(from, to, 1).as_bytes()).unwrap_err();
    expect.assert_eq(&error.to_string());
}

#[test]
fn what_we_would_not_write_is_refused() {
    check(
        "governance/release-manifest/v1",
        "governance/release-manifest/v2",
        expect![[
            r#"read release-manifest.json: the schema is "governance/release-manifest/v2", expected "governance/release-manifest/v1""#
        ]],
    );
    check(
        "  \"release\"",
        "    \"release\"",
        expect!["read release-manifest.json: the bytes are not in canonical form"],
    );
    check(
        "\"release\": \"commons\",",
        "\"release\": \"commons\",\n  \"release\": \"commons\",",
        expect!["read release-manifest.json: line 4, column 11: duplicate field `release`"],
    );
    check(
        "\"release\": \"commons\",",
        "\"release\": \"commons\",\n  \"extra\": 1,",
        expect![
            "read release-manifest.json: line 4, column 9: unknown field `extra`, expected one of `schema`, `release`, `version`, `tag`, `channel`, `plan_digest`, `components`, `archives`"
        ],
    );
    check(
        "\"release\": \"commons\"",
        "\"release\": \"../commons\"",
        expect![[
            r#"read release-manifest.json: line 3, column 25: "../commons" is not a release name: 1 to 100 of A-Z a-z 0-9 . _ -, not beginning with . or -"#
        ]],
    );
    check(
        "\"tag\": \"v0.1.0-rc.1\"",
        "\"tag\": \"v0.1.0\"",
        expect!["read release-manifest.json: tag v0.1.0 is not that of version 0.1.0-rc.1"],
    );
    check(
        "\"channel\": \"prerelease\"",
        "\"channel\": \"production\"",
        expect!["read release-manifest.json: channel production is not that of version 0.1.0-rc.1"],
    );
    check(
        "\"repository\": \"consensus\"",
        "\"repository\": \"zonsensus\"",
        expect!["read release-manifest.json: components are not in strictly ascending order"],
    );
    check(
        "\"path\": \"keys.toml\"",
        "\"path\": \"/keys.toml\"",
        expect!["read release-manifest.json: line 57, column 34: /keys.toml: the path is absolute"],
    );
    check(
        "\"path\": \"keys.toml\"",
        "\"path\": \"zeys.toml\"",
        expect!["read release-manifest.json: members are not in strictly ascending order"],
    );
    check(
        "{",
        "[",
        expect!["read release-manifest.json: line 2, column 11: trailing characters"],
    );
}

#[test]
fn a_manifest_that_is_too_large_is_refused_unparsed() {
    let bytes = vec![b' '; usize::try_from(crate::DOCUMENT_BYTES_MAX).unwrap() + 1];
    assert!(matches!(
        ReleaseManifest::read(&bytes),
        Err(Error::TooLarge { .. })
    ));
}
