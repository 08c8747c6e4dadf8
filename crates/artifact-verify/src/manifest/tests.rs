//! The manifest: its exact form, and what a strict reader refuses.

use super::*;
use crate::tests::release;
use expect_test::{Expect, expect};

fn manifest_text() -> String {
    String::from_utf8(release().files[&MANIFEST_NAME.parse().unwrap()].clone()).unwrap()
}

#[test]
fn the_form_of_the_manifest_is_fixed() {
    expect![[r#"
        {
          "schema": "governance/release-manifest/v1",
          "release": "commons",
          "version": "0.1.0-rc.1",
          "tag": "v0.1.0-rc.1",
          "channel": "prerelease",
          "plan_digest": "sha256:64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525",
          "components": [
            {
              "repository": "consensus",
              "version": "0.3.1",
              "tag": "v0.3.1",
              "commit": "6dcb09b5b57875f334f61aebed695e2e4193db5e",
              "lock": "sha256:c983c585ac3c40d920834f96200066352ff58e323da4dadae1d948fb27e63f82",
              "requires": [],
              "optional": false,
              "platforms": [
                {
                  "platform": "linux-x86_64",
                  "outcome": "built"
                },
                {
                  "platform": "windows-x86_64",
                  "outcome": "built"
                }
              ],
              "artifacts": []
            },
            {
              "repository": "node",
              "version": "0.3.1",
              "tag": "v0.3.1",
              "commit": "6dcb09b5b57875f334f61aebed695e2e4193db5e",
              "lock": "sha256:545ea538461003efdc8c81c244531b003f6f26cfccf6c0073b3239fdedf49446",
              "requires": [
                "consensus"
              ],
              "optional": false,
              "platforms": [
                {
                  "platform": "linux-x86_64",
                  "outcome": "built"
                },
                {
                  "platform": "windows-x86_64",
                  "outcome": "built"
                }
              ],
              "artifacts": [
                {
                  "name": "node-0.3.1-linux-x86_64.tar.gz",
                  "platform": "linux-x86_64",
                  "digest": "sha256:9357589ddab4040618496d5ed6851780d4c0f9a5e4879f6c23891f95f989379b",
                  "size": 128,
                  "members": [
                    {
                      "path": "keys.toml",
                      "digest": "sha256:c2d5d870bb4376932c617c420a378917edc8356860e7d5e71c196d23d5b8ddd3",
                      "size": 450,
                      "executable": false
                    },
                    {
                      "path": "node",
                      "digest": "sha256:d0df9495c86e6482c2e5a200c79a32f4aad2e24aa8f2ab1dfa2a30f4fd0d38da",
                      "size": 200,
                      "executable": true
                    }
                  ]
                },
                {
                  "name": "node-0.3.1-windows-x86_64.zip",
                  "platform": "windows-x86_64",
                  "digest": "sha256:306bb31d2d74e17dffbe67b6bcf35105853ec3697de596d10be38c5563de84d6",
                  "size": 257,
                  "members": [
                    {
                      "path": "keys.toml",
                      "digest": "sha256:c2d5d870bb4376932c617c420a378917edc8356860e7d5e71c196d23d5b8ddd3",
                      "size": 450,
                      "executable": false
                    },
                    {
                      "path": "node.exe",
                      "digest": "sha256:d0df9495c86e6482c2e5a200c79a32f4aad2e24aa8f2ab1dfa2a30f4fd0d38da",
                      "size": 200,
                      "executable": true
                    }
                  ]
                }
              ]
            },
            {
              "repository": "sdk",
              "version": "0.3.1",
              "tag": "v0.3.1",
              "commit": "6dcb09b5b57875f334f61aebed695e2e4193db5e",
              "lock": null,
              "requires": [],
              "optional": true,
              "platforms": [
                {
                  "platform": "linux-x86_64",
                  "outcome": "built"
                },
                {
                  "platform": "windows-x86_64",
                  "outcome": "failed"
                }
              ],
              "artifacts": [
                {
                  "name": "sdk-0.3.1-linux-x86_64.tar.gz",
                  "platform": "linux-x86_64",
                  "digest": "sha256:cf4dc9664c0cba88497b66e6a14e5ac973937393036de8ca3772f4d850212aa8",
                  "size": 90,
                  "members": [
                    {
                      "path": "sign",
                      "digest": "sha256:217bd748a94da87b1e57859ceb17263131c1db43f4d9570e9114c0348fe8ebb9",
                      "size": 200,
                      "executable": true
                    }
                  ]
                }
              ]
            }
          ],
          "archives": [
            {
              "name": "commons-0.1.0-rc.1-linux-x86_64.tar.gz",
              "platform": "linux-x86_64",
              "digest": "sha256:d6a98e868064f72b8c80f2f8f303388f33302a63758a92464ef4d76de7ad96cf",
              "size": 149,
              "members": [
                {
                  "path": "keys.toml",
                  "digest": "sha256:c2d5d870bb4376932c617c420a378917edc8356860e7d5e71c196d23d5b8ddd3",
                  "size": 450,
                  "executable": false
                },
                {
                  "path": "node",
                  "digest": "sha256:d0df9495c86e6482c2e5a200c79a32f4aad2e24aa8f2ab1dfa2a30f4fd0d38da",
                  "size": 200,
                  "executable": true
                },
                {
                  "path": "sign",
                  "digest": "sha256:217bd748a94da87b1e57859ceb17263131c1db43f4d9570e9114c0348fe8ebb9",
                  "size": 200,
                  "executable": true
                }
              ]
            },
            {
              "name": "commons-0.1.0-rc.1-windows-x86_64.zip",
              "platform": "windows-x86_64",
              "digest": "sha256:306bb31d2d74e17dffbe67b6bcf35105853ec3697de596d10be38c5563de84d6",
              "size": 257,
              "members": [
                {
                  "path": "keys.toml",
                  "digest": "sha256:c2d5d870bb4376932c617c420a378917edc8356860e7d5e71c196d23d5b8ddd3",
                  "size": 450,
                  "executable": false
                },
                {
                  "path": "node.exe",
                  "digest": "sha256:d0df9495c86e6482c2e5a200c79a32f4aad2e24aa8f2ab1dfa2a30f4fd0d38da",
                  "size": 200,
                  "executable": true
                }
              ]
            }
          ]
        }
    "#]]
    .assert_eq(&manifest_text());
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
