//! The manifest: its exact form, and what a strict reader refuses.

use super::*;
use crate::tests::release;
use expect_test::{Expect, expect, expect_file};
use proptest::prelude::*;
use std::collections::{BTreeMap, BTreeSet};

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
fn what_a_terminal_would_obey_is_shown_and_not_sent() {
    check(
        "\"release\"",
        "\"\\u001b[2J\\u202e\\n\": 1, \"release\"",
        expect![[
            r#"read release-manifest.json: line 3, column 21: unknown field `\u{1b}[2J\u{202e}\n`, expected one of `schema`, `release`, `version`, `tag`, `channel`, `plan_digest`, `components`, `archives`"#
        ]],
    );
    check(
        "\"channel\": \"prerelease\"",
        "\"channel\": \"\\u001b[2J\"",
        expect![[
            r#"read release-manifest.json: line 6, column 24: unknown variant `\u{1b}[2J`, expected `production` or `prerelease`"#
        ]],
    );
}

#[test]
fn a_manifest_that_is_too_large_is_refused_unparsed() {
    let mut bytes = vec![b' '; usize::try_from(crate::DOCUMENT_BYTES_MAX).unwrap()];
    let parsed = ReleaseManifest::read(&bytes).unwrap_err().to_string();
    assert!(!parsed.contains("has more than"), "{parsed}");
    bytes.push(b' ');
    assert!(matches!(
        ReleaseManifest::read(&bytes),
        Err(Error::TooLarge { .. })
    ));
}

fn digests() -> impl Strategy<Value = Sha256Digest> {
    any::<u8>().prop_map(|byte| Sha256Digest::of(&[byte]))
}

fn platform_names() -> impl Strategy<Value = String> {
    "(linux|windows|macos)-(x86_64|aarch64)"
}

fn archives() -> impl Strategy<Value = Vec<ManifestArchive>> {
    let member = (digests(), 0_u64..9, any::<bool>());
    let members = proptest::collection::btree_map("[a-z]{1,3}(/[a-z]{1,3})?", member, 0..3);
    let archive = (platform_names(), digests(), any::<u64>(), members);
    proptest::collection::btree_map("[a-z]{1,4}", archive, 0..3).prop_map(|archives| {
        let member = |(path, (digest, size, executable)): (String, _)| Member {
            path: path.parse().unwrap(),
            digest,
            size,
            executable,
        };
        let archive =
            |(name, (platform, digest, size, members)): (String, (String, _, _, BTreeMap<_, _>))| {
                ManifestArchive {
                    name: name.parse().unwrap(),
                    platform: platform.parse().unwrap(),
                    digest,
                    size,
                    members: members.into_iter().map(member).collect(),
                }
            };
        archives.into_iter().map(archive).collect()
    })
}

fn components() -> impl Strategy<Value = Vec<ManifestComponent>> {
    let outcome = prop::sample::select(vec![Outcome::Built, Outcome::Failed, Outcome::Skipped]);
    let version = "[0-9]\\.[0-9]\\.[0-9](-alpha\\.[1-9])?(\\+build)?";
    let requires = proptest::collection::btree_set("[a-z]{1,3}", 0..3);
    let platforms = proptest::collection::btree_map(platform_names(), outcome, 0..3);
    let others = (proptest::option::of(digests()), any::<bool>(), archives());
    proptest::collection::btree_map("[a-z]{1,3}", (version, requires, platforms, others), 0..4).prop_map(
        |components| {
            let component = |(repository, (version, requires, platforms, others)): (String, _)| {
                let (version, requires, platforms): (String, BTreeSet<String>, BTreeMap<String, Outcome>) =
                    (version, requires, platforms);
                let (lock, optional, artifacts) = others;
                ManifestComponent {
                    repository: repository.parse().unwrap(),
                    tag: format!("v{version}").parse().unwrap(),
                    version: version.parse().unwrap(),
                    commit: Sha256Digest::of(version.as_bytes()).hex().parse().unwrap(),
                    lock,
                    requires: requires.iter().map(|name| name.parse().unwrap()).collect(),
                    optional,
                    platforms: platforms
                        .into_iter()
                        .map(|(platform, outcome)| PlatformOutcome {
                            platform: platform.parse().unwrap(),
                            outcome,
                        })
                        .collect(),
                    artifacts,
                }
            };
            components.into_iter().map(component).collect()
        },
    )
}

fn manifests() -> impl Strategy<Value = ReleaseManifest> {
    let version = "[0-9]\\.[0-9]\\.[0-9](-(rc|beta)\\.[1-9])?";
    (version, digests(), components(), archives()).prop_map(|(version, plan_digest, components, archives)| {
        let version: ReleaseVersion = version.parse().unwrap();
        ReleaseManifest {
            schema: ManifestSchema::V1,
            release: "commons".parse().unwrap(),
            tag: version.tag(),
            channel: version.channel(),
            version,
            plan_digest,
            components,
            archives,
        }
    })
}

proptest! {
    #[test]
    fn what_is_written_is_read_back(manifest in manifests()) {
        let text = manifest.to_json();
        prop_assert_eq!(&ReleaseManifest::read(text.as_bytes()).unwrap(), &manifest);
        prop_assert_eq!(manifest.digest(), Sha256Digest::of(text.as_bytes()));
    }

    #[test]
    fn no_single_edit_is_read_as_the_same(manifest in manifests(), place in any::<prop::sample::Index>(), byte in any::<u8>(), edit in 0..4) {
        let mut bytes = manifest.to_json().into_bytes();
        let at = place.index(bytes.len());
        match edit {
            0 => bytes.insert(at, byte),
            1 => drop(bytes.remove(at)),
            2 => bytes[at] = byte,
            _ => bytes[at] ^= 1 << (byte % 8),
        }
        let same_bytes = bytes == manifest.to_json().as_bytes();
        prop_assert_eq!(ReleaseManifest::read(&bytes).ok() == Some(manifest), same_bytes);
    }

    #[test]
    fn lists_out_of_order_or_with_something_twice_are_refused(manifest in manifests(), twice in any::<bool>()) {
        let mut changed = manifest.clone();
        disarrange(&mut changed.components, twice);
        disarrange(&mut changed.archives, twice);
        for component in &mut changed.components {
            disarrange(&mut component.requires, twice);
            disarrange(&mut component.platforms, twice);
            disarrange(&mut component.artifacts, twice);
        }
        let read = ReleaseManifest::read(changed.to_json().as_bytes());
        prop_assert_eq!(read.is_err(), changed != manifest);
    }
}

/// Puts the first item behind the list a second time, or turns the list round.
fn disarrange<T: Clone>(list: &mut Vec<T>, twice: bool) {
    if twice {
        list.extend(list.first().cloned());
    } else {
        list.reverse();
    }
}
