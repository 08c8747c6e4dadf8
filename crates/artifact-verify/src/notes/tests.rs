//! The notes word by word.

use crate::naming::NOTES_NAME;
use crate::tests::{content, release};
use expect_test::expect;

#[test]
fn the_notes_of_a_prerelease_with_a_missing_optional_component() {
    let notes = String::from_utf8(release().files[&NOTES_NAME.parse().unwrap()].clone()).unwrap();
    expect![[r#"
        # commons v0.1.0-rc.1

        Release date: 2025-11-24

        This is a prerelease: for tests, not for production.

        ## Components

        | Component | Version | Tag | Commit | Requires |
        |---|---|---|---|---|
        | consensus | 0.3.1 | v0.3.1 | `6dcb09b5b57875f334f61aebed695e2e4193db5e` | - |
        | node | 0.3.1 | v0.3.1 | `6dcb09b5b57875f334f61aebed695e2e4193db5e` | consensus |
        | sdk (optional) | 0.3.1 | v0.3.1 | `6dcb09b5b57875f334f61aebed695e2e4193db5e` | - |

        ## Binaries

        - `commons-0.1.0-rc.1-linux-x86_64.tar.gz`: everything for linux-x86_64
        - `commons-0.1.0-rc.1-windows-x86_64.zip`: everything for windows-x86_64
        - `node-0.3.1-linux-x86_64.tar.gz`: `keys.toml`, `node`
        - `node-0.3.1-windows-x86_64.zip`: `keys.toml`, `node.exe`
        - `sdk-0.3.1-linux-x86_64.tar.gz`: `sign`

        ## Not included

        - sdk 0.3.1 for windows-x86_64: optional, failed

        ## Installation

        Unpack the archive of your platform into a folder of your path:

        ```sh
        tar -xzf commons-0.1.0-rc.1-linux-x86_64.tar.gz -C ~/.local/bin
        unzip commons-0.1.0-rc.1-windows-x86_64.zip
        ```

        ## Verification

        In the folder of the downloaded files:

        ```sh
        sha256sum -c SHA256SUMS
        governance artifacts verify .
        ```

        `release-manifest.json` names every file, its digest and the commits; its plan is
        `sha256:64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525`.
    "#]]
    .assert_eq(&notes);
}

#[test]
fn a_release_of_libraries_has_nothing_to_install() {
    let (mut content, objects) = content();
    content.version = "1.0.0".parse().unwrap();
    content
        .components
        .retain(|component| component.repository.as_str() == "consensus");
    let release = crate::tests::release_of(&content, &objects);
    assert_eq!(release.files.len(), 4);
    let notes = String::from_utf8(release.files[&NOTES_NAME.parse().unwrap()].clone()).unwrap();
    expect![[r#"
        # commons v1.0.0

        Release date: 2025-11-24

        ## Components

        | Component | Version | Tag | Commit | Requires |
        |---|---|---|---|---|
        | consensus | 0.3.1 | v0.3.1 | `6dcb09b5b57875f334f61aebed695e2e4193db5e` | - |

        ## Binaries

        This release has no binaries.

        ## Verification

        In the folder of the downloaded files:

        ```sh
        sha256sum -c SHA256SUMS
        governance artifacts verify .
        ```

        `release-manifest.json` names every file, its digest and the commits; its plan is
        `sha256:64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525`.
    "#]]
    .assert_eq(&notes);
}
