//! Verification: the whole report of a good release, and one case for every check that fails.

use super::*;
use crate::tests::{content, evidence, release, release_of};
use crate::{
    CHECKSUMS_NAME, Checksums, EVIDENCE_NAME, EntryRule, Error, MANIFEST_NAME, MemoryFiles, NOTES_NAME,
    OpenedFile, Outcome,
};
use domain_types::AssetName;
use expect_test::{Expect, expect};
use std::collections::BTreeSet;

const NODE: &str = "node-0.3.1-linux-x86_64.tar.gz";

fn name(text: &str) -> AssetName {
    text.parse().unwrap()
}

fn text(files: &MemoryFiles, of: &str) -> String {
    String::from_utf8(files.files[&name(of)].clone()).unwrap()
}

/// The numbers and reasons of the checks that did not pass.
fn failures(files: &dyn ReleaseFiles, options: &VerifyOptions) -> String {
    let verification = verify_release(files, options);
    let all_passed = verification
        .report
        .checks
        .iter()
        .all(|check| check.outcome == CheckOutcome::Passed);
    assert_eq!(verification.verified.is_some(), all_passed);
    assert_eq!(verification.report.verdict == Verdict::Verified, all_passed);
    let checks = verification
        .report
        .checks
        .iter()
        .filter(|check| check.outcome != CheckOutcome::Passed);
    let lines = checks.map(|check| match check.outcome {
        CheckOutcome::NotRun => format!("{} not run", check.number),
        CheckOutcome::Passed | CheckOutcome::Failed => format!("{} {}", check.number, check.because),
    });
    lines.collect::<Vec<_>>().join("\n")
}

fn check(change: impl Fn(&mut MemoryFiles), expect: Expect) {
    let mut files = release();
    change(&mut files);
    expect.assert_eq(&failures(&files, &VerifyOptions::default()));
}

#[test]
fn a_good_release_is_verified_and_every_check_says_why() {
    let files = release();
    let verification = verify_release(&files, &VerifyOptions::default());
    let proof = verification.verified.unwrap();
    assert_eq!(
        proof.manifest_digest(),
        Sha256Digest::of(&files.files[&name(MANIFEST_NAME)])
    );
    assert_eq!(
        proof.checksums_digest(),
        Sha256Digest::of(&files.files[&name(CHECKSUMS_NAME)])
    );
    assert_eq!(proof.manifest().to_json(), text(&files, MANIFEST_NAME));
    expect![[r#"
         1 ok      the files can be listed: 9 files
         2 ok      release-manifest.json is canonical: commons v0.1.0-rc.1, sha256:cd067c59c0b2c94ab6d2381633f0d4742b1710ac42e27562b74fff195a7eee3b
         3 ok      SHA256SUMS is canonical: 7 lines
         4 ok      the set of files is exact: 9 files
         5 ok      SHA256SUMS covers every asset: 7 assets, without itself and the evidence
         6 ok      every file has its digest of SHA256SUMS: 7 files
         7 ok      every archive has its digest and size of the manifest: 5 archives
         8 ok      every archive holds the members of the manifest: 10 members
         9 ok      every archive has the name of its component, version and platform: 5 archives
        10 ok      the unified archives hold everything: 2 platforms
        11 ok      every required component was built: 3 components, 1 of them optional and incomplete
        12 ok      RELEASE_NOTES.md tells what the manifest tells: dated 2025-11-24
        13 ok      release-evidence.json belongs to this release: 6 builds, by version 0.1.0
        14 ok      it is the expected release: any release was asked for
        verified: commons v0.1.0-rc.1, 14 checks, manifest sha256:cd067c59c0b2c94ab6d2381633f0d4742b1710ac42e27562b74fff195a7eee3b
    "#]].assert_eq(&verification.report.to_text());
}

#[test]
fn the_form_of_the_json_report_is_fixed() {
    let mut files = release();
    files.files.remove(&name(NOTES_NAME));
    let mut report = verify_release(&files, &VerifyOptions::default()).report;
    report.checks.retain(|check| [1, 4].contains(&check.number));
    expect![[r#"
        {
          "schema": "governance/verification/v1",
          "verdict": "refused",
          "release": "commons v0.1.0-rc.1",
          "manifest_digest": "sha256:cd067c59c0b2c94ab6d2381633f0d4742b1710ac42e27562b74fff195a7eee3b",
          "checksums_digest": "sha256:940a18a6add6fa080c81f349f2ed9194455fd8c6f9e99025858cfbe9a9347370",
          "checks": [
            {
              "number": 1,
              "name": "the files can be listed",
              "outcome": "passed",
              "because": "8 files",
              "remedy": null
            },
            {
              "number": 4,
              "name": "the set of files is exact",
              "outcome": "failed",
              "because": "RELEASE_NOTES.md is missing",
              "remedy": "download what is missing, and remove what does not belong to the release"
            }
          ]
        }
    "#]]
    .assert_eq(&report.to_json());
    let read: Report = serde_json::from_str(&report.to_json()).unwrap();
    assert_eq!(read, report);
}

#[test]
fn the_text_report_names_the_remedy() {
    let mut files = release();
    files.files.insert(name("extra"), vec![]);
    expect![[r#"
         1 ok      the files can be listed: 10 files
         2 ok      release-manifest.json is canonical: commons v0.1.0-rc.1, sha256:cd067c59c0b2c94ab6d2381633f0d4742b1710ac42e27562b74fff195a7eee3b
         3 ok      SHA256SUMS is canonical: 7 lines
         4 FAILED  the set of files is exact: extra does not belong there
                   help: download what is missing, and remove what does not belong to the release
         5 ok      SHA256SUMS covers every asset: 7 assets, without itself and the evidence
         6 ok      every file has its digest of SHA256SUMS: 7 files
         7 ok      every archive has its digest and size of the manifest: 5 archives
         8 ok      every archive holds the members of the manifest: 10 members
         9 ok      every archive has the name of its component, version and platform: 5 archives
        10 ok      the unified archives hold everything: 2 platforms
        11 ok      every required component was built: 3 components, 1 of them optional and incomplete
        12 ok      RELEASE_NOTES.md tells what the manifest tells: dated 2025-11-24
        13 ok      release-evidence.json belongs to this release: 6 builds, by version 0.1.0
        14 ok      it is the expected release: any release was asked for
        refused: commons v0.1.0-rc.1, 1 of 14 checks did not pass
    "#]].assert_eq(&verify_release(&files, &VerifyOptions::default()).report.to_text());
}

#[test]
fn missing_and_foreign_files_are_found() {
    check(
        |files| drop(files.files.remove(&name(NODE))),
        expect![[r#"
        4 node-0.3.1-linux-x86_64.tar.gz is missing
        6 node-0.3.1-linux-x86_64.tar.gz is missing
        7 node-0.3.1-linux-x86_64.tar.gz is missing
        8 node-0.3.1-linux-x86_64.tar.gz is missing"#]],
    );
    check(
        |files| drop(files.files.remove(&name(MANIFEST_NAME))),
        expect![[r#"
            2 failed to open release-manifest.json: there is no such file in the release
            4 not run
            5 not run
            6 release-manifest.json is missing
            7 not run
            8 not run
            9 not run
            10 not run
            11 not run
            12 not run
            13 not run
            14 not run"#]],
    );
    check(
        |files| drop(files.files.remove(&name(CHECKSUMS_NAME))),
        expect![[r#"
            3 failed to open SHA256SUMS: there is no such file in the release
            4 SHA256SUMS is missing
            5 not run
            6 not run"#]],
    );
    check(
        |files| drop(files.files.remove(&name(EVIDENCE_NAME))),
        expect![[r#"
            4 release-evidence.json is missing
            13 failed to open release-evidence.json: there is no such file in the release"#]],
    );
    check(
        |files| files.files.clear(),
        expect![[r#"
        2 failed to open release-manifest.json: there is no such file in the release
        3 failed to open SHA256SUMS: there is no such file in the release
        4 not run
        5 not run
        6 not run
        7 not run
        8 not run
        9 not run
        10 not run
        11 not run
        12 not run
        13 failed to open release-evidence.json: there is no such file in the release
        14 not run"#]],
    );
    check(
        |files| drop(files.files.insert(name("SHA256SUMS.asc"), vec![])),
        expect!["4 SHA256SUMS.asc does not belong there"],
    );
}

#[test]
fn a_changed_archive_is_found_thrice() {
    check(
        |files| files.files.get_mut(&name(NODE)).unwrap()[60] ^= 1,
        expect![[r#"
            6 node-0.3.1-linux-x86_64.tar.gz has sha256:9cc3c12545b883a1e132f337bd002f7957d118c2bbd15b31670a2f1c6e8dd8f7, expected sha256:9357589ddab4040618496d5ed6851780d4c0f9a5e4879f6c23891f95f989379b
            7 node-0.3.1-linux-x86_64.tar.gz has sha256:9cc3c12545b883a1e132f337bd002f7957d118c2bbd15b31670a2f1c6e8dd8f7 and 128 bytes, expected sha256:9357589ddab4040618496d5ed6851780d4c0f9a5e4879f6c23891f95f989379b and 128
            8 node-0.3.1-linux-x86_64.tar.gz: failed to read the archive: a header has an impossible checksum"#]],
    );
    check(
        |files| files.files.get_mut(&name(NODE)).unwrap().push(0),
        expect![[r#"
            6 node-0.3.1-linux-x86_64.tar.gz has sha256:d83807ca1777e9959bfd2fed38174c62ffe0b240104cbeb3b88800d5d16724b2, expected sha256:9357589ddab4040618496d5ed6851780d4c0f9a5e4879f6c23891f95f989379b
            7 node-0.3.1-linux-x86_64.tar.gz has sha256:d83807ca1777e9959bfd2fed38174c62ffe0b240104cbeb3b88800d5d16724b2 and 129 bytes, expected sha256:9357589ddab4040618496d5ed6851780d4c0f9a5e4879f6c23891f95f989379b and 128
            8 node-0.3.1-linux-x86_64.tar.gz: failed to read the archive: there are bytes behind the end"#]],
    );
}

#[test]
fn sums_that_are_not_canonical_or_not_complete_are_found() {
    let change = |files: &mut MemoryFiles, change: &dyn Fn(String) -> String| {
        let changed = change(text(files, CHECKSUMS_NAME));
        files.files.insert(name(CHECKSUMS_NAME), changed.into_bytes());
    };
    check(
        |files| change(files, &|text| text.replace("  ", " *")),
        expect![
            "3 line 1: a name is marked with an asterisk; line 2: a name is marked with an asterisk; line 3: a name is marked with an asterisk; line 4: a name is marked with an asterisk; line 5: a name is marked with an asterisk; and 2 more"
        ],
    );
    check(
        |files| {
            change(files, &|text| {
                text.lines().skip(1).map(|line| format!("{line}\n")).collect()
            })
        },
        expect!["5 RELEASE_NOTES.md is missing"],
    );
    check(
        |files| change(files, &|text| text.replace("  node-", "  ../node-")),
        expect![[r#"
            3 failed to read SHA256SUMS: line 4: "../node-0.3.1-linux-x86_64.tar.gz" leaves the directory of the release
            5 not run
            6 not run"#]],
    );
}

/// Writes manifest, notes and sums anew, as somebody would who wants to lie consistently.
fn lie(change: impl Fn(&mut ReleaseManifest)) -> MemoryFiles {
    let mut files = release();
    let (content, _) = content();
    let mut manifest = ReleaseManifest::read(&files.files[&name(MANIFEST_NAME)]).unwrap();
    change(&mut manifest);
    let notes = crate::render_notes(&manifest, content.components[1].committed);
    files
        .files
        .insert(name(MANIFEST_NAME), manifest.to_json().into_bytes());
    files.files.insert(name(NOTES_NAME), notes.into_bytes());
    let evidence = evidence(&content, manifest.digest());
    files
        .files
        .insert(name(EVIDENCE_NAME), evidence.to_json().into_bytes());
    sum_up(&mut files);
    files
}

fn sum_up(files: &mut MemoryFiles) {
    let covered = files
        .files
        .iter()
        .filter(|(name, _)| ![CHECKSUMS_NAME, EVIDENCE_NAME].contains(&name.as_str()));
    let sums = Checksums::new(
        covered
            .map(|(name, bytes)| (name.clone(), Sha256Digest::of(bytes)))
            .collect(),
    );
    files
        .files
        .insert(name(CHECKSUMS_NAME), sums.to_text().into_bytes());
}

#[test]
fn consistent_lies_are_found() {
    let check = |change: &dyn Fn(&mut ReleaseManifest), expect: Expect| {
        expect.assert_eq(&failures(&lie(change), &VerifyOptions::default()));
    };
    check(&|_| {}, expect![""]);
    check(
        &|one| one.components[1].artifacts[0].members[0].size += 1,
        expect![[r#"
            8 node-0.3.1-linux-x86_64.tar.gz: keys.toml differs
            10 the unified archive for linux-x86_64 does not hold what the components' archives hold"#]],
    );
    check(
        &|one| drop(one.components[1].artifacts[0].members.pop()),
        expect![[r#"
            8 node-0.3.1-linux-x86_64.tar.gz: it has 2 members, expected 1
            10 the unified archive for linux-x86_64 does not hold what the components' archives hold"#]],
    );
    check(
        &|one| one.components[1].artifacts[0].members[1].executable = false,
        expect![[r#"
            8 node-0.3.1-linux-x86_64.tar.gz: node differs
            10 the unified archive for linux-x86_64 does not hold what the components' archives hold"#]],
    );
    check(
        &|one| one.components[1].artifacts[0].size += 1,
        expect![
            "7 node-0.3.1-linux-x86_64.tar.gz has sha256:9357589ddab4040618496d5ed6851780d4c0f9a5e4879f6c23891f95f989379b and 128 bytes, expected sha256:9357589ddab4040618496d5ed6851780d4c0f9a5e4879f6c23891f95f989379b and 129"
        ],
    );
    check(
        &|one| one.components[1].version = "0.4.0".parse().unwrap(),
        expect![
            "9 node-0.3.1-linux-x86_64.tar.gz should be node-0.4.0-linux-x86_64.tar.gz; node-0.3.1-windows-x86_64.zip should be node-0.4.0-windows-x86_64.zip"
        ],
    );
    check(
        &|one| one.archives.clear(),
        expect![[r#"
        4 commons-0.1.0-rc.1-linux-x86_64.tar.gz does not belong there; commons-0.1.0-rc.1-windows-x86_64.zip does not belong there
        5 commons-0.1.0-rc.1-linux-x86_64.tar.gz does not belong there; commons-0.1.0-rc.1-windows-x86_64.zip does not belong there
        10 the unified archive for linux-x86_64 does not hold what the components' archives hold; the unified archive for windows-x86_64 does not hold what the components' archives hold"#]],
    );
    check(
        &|one| one.components[2].optional = false,
        expect!["11 sdk is required and was not built everywhere"],
    );
    check(
        &|one| one.components[1].platforms[0].outcome = Outcome::Failed,
        expect![[r#"
            11 node is required and was not built everywhere
            13 node on linux-x86_64 is failed, the evidence says built"#]],
    );
    check(
        &|one| one.components.truncate(2),
        expect![[r#"
        4 sdk-0.3.1-linux-x86_64.tar.gz does not belong there
        5 sdk-0.3.1-linux-x86_64.tar.gz does not belong there
        10 the unified archive for linux-x86_64 does not hold what the components' archives hold
        13 sdk on linux-x86_64 is not in the manifest; sdk on windows-x86_64 is not in the manifest"#]],
    );
}

#[test]
fn lies_that_all_archives_share_are_found() {
    let check = |change: &dyn Fn(&mut ReleaseManifest), expect: Expect| {
        expect.assert_eq(&failures(&lie(change), &VerifyOptions::default()));
    };
    // Other bytes of the same length, told consistently of both archives.
    check(
        &|one| {
            one.components[1].artifacts[0].members[0].digest = Sha256Digest::of(b"other");
            one.archives[0].members[0].digest = Sha256Digest::of(b"other");
        },
        expect![
            "8 node-0.3.1-linux-x86_64.tar.gz: keys.toml differs; commons-0.1.0-rc.1-linux-x86_64.tar.gz: keys.toml differs"
        ],
    );
    check(
        &|one| one.components[2].platforms[0].outcome = Outcome::Failed,
        expect![[r#"
            11 sdk has sdk-0.3.1-linux-x86_64.tar.gz, though it was not built for linux-x86_64
            13 sdk on linux-x86_64 is failed, the evidence says built"#]],
    );
}

#[test]
fn notes_of_another_story_or_date_are_found() {
    let check = |from: &str, to: &str, expect: Expect| {
        let mut files = release();
        let changed = text(&files, NOTES_NAME).replace(from, to);
        files.files.insert(name(NOTES_NAME), changed.into_bytes());
        sum_up(&mut files);
        expect.assert_eq(&failures(&files, &VerifyOptions::default()));
    };
    check("Release date", "Date", expect!["12 the notes have no date"]);
    check(
        "2025-11-24",
        "2025-11-25",
        expect!["12 the date is not that of the newest commit"],
    );
    check(
        "2025-11-24",
        "2025-11-24 or so",
        expect!["12 the notes have no date"],
    );
    check(
        "commons",
        "Commons",
        expect!["12 the notes are not those of this manifest"],
    );
}

#[test]
fn evidence_of_another_run_of_the_same_content_is_accepted() {
    let (content, _) = content();
    let mut files = release();
    let manifest = ReleaseManifest::read(&files.files[&name(MANIFEST_NAME)]).unwrap();
    let mut other = evidence(&content, manifest.digest());
    other
        .builds
        .iter_mut()
        .for_each(|build| build.attempts[0].number = 3);
    files
        .files
        .insert(name(EVIDENCE_NAME), other.to_json().into_bytes());
    assert_eq!(failures(&files, &VerifyOptions::default()), "");
}

#[test]
fn another_release_than_the_expected_one_is_refused() {
    let (content, _) = content();
    let expected = ExpectedRelease {
        release: content.release.clone(),
        version: content.version.clone(),
        plan_digest: content.plan_digest,
    };
    let check = |expected: ExpectedRelease, expect: Expect| {
        let options = VerifyOptions {
            expected: Some(expected),
            ..VerifyOptions::default()
        };
        expect.assert_eq(&failures(&release(), &options));
    };
    check(expected.clone(), expect![""]);
    check(
        ExpectedRelease {
            version: "0.2.0".parse().unwrap(),
            ..expected.clone()
        },
        expect!["14 the version is 0.1.0-rc.1, expected 0.2.0"],
    );
    check(
        ExpectedRelease {
            plan_digest: Sha256Digest::of(b"other"),
            ..expected
        },
        expect![
            "14 the plan is sha256:64879f7d6b960a01909762d911a32d4582c20010c5641ee90278b644a9e3b525, expected sha256:d9298a10d1b0735837dc4bd85dac641b0f3cef27a47e5d53a54f2f3f5b2fcffa"
        ],
    );
}

#[test]
fn another_manifest_of_the_same_plan_is_refused() {
    let manifest = verify_release(&release(), &VerifyOptions::default())
        .verified
        .map(|proof| proof.manifest_digest());
    let check = |expected_manifest: Option<Sha256Digest>, expected: &str| {
        let options = VerifyOptions {
            expected_manifest,
            ..VerifyOptions::default()
        };
        let found = failures(&release(), &options);
        assert_eq!(found.split(" sha256").next(), Some(expected), "{found}");
    };
    check(manifest, "");
    check(
        Some(Sha256Digest::of(b"another build of the plan")),
        "14 the manifest is",
    );
}

#[test]
fn a_folder_with_a_link_in_it_is_refused() {
    struct Linked(MemoryFiles);
    impl ReleaseFiles for Linked {
        fn names(&self) -> Result<BTreeSet<AssetName>, Error> {
            Err(Error::ForeignEntry {
                name: "evil".to_owned(),
                rule: EntryRule::Link,
            })
        }
        fn open(&self, name: &AssetName) -> Result<OpenedFile<'_>, Error> {
            self.0.open(name)
        }
    }
    expect![[r#"
        1 failed to list the release: "evil" is a symbolic link; a release holds regular files only
        4 not run
        6 RELEASE_NOTES.md is missing; commons-0.1.0-rc.1-linux-x86_64.tar.gz is missing; commons-0.1.0-rc.1-windows-x86_64.zip is missing; node-0.3.1-linux-x86_64.tar.gz is missing; node-0.3.1-windows-x86_64.zip is missing; and 2 more
        7 node-0.3.1-linux-x86_64.tar.gz is missing; node-0.3.1-windows-x86_64.zip is missing; sdk-0.3.1-linux-x86_64.tar.gz is missing; commons-0.1.0-rc.1-linux-x86_64.tar.gz is missing; commons-0.1.0-rc.1-windows-x86_64.zip is missing
        8 node-0.3.1-linux-x86_64.tar.gz is missing; node-0.3.1-windows-x86_64.zip is missing; sdk-0.3.1-linux-x86_64.tar.gz is missing; commons-0.1.0-rc.1-linux-x86_64.tar.gz is missing; commons-0.1.0-rc.1-windows-x86_64.zip is missing"#]].assert_eq(&failures(&Linked(release()), &VerifyOptions::default()));
}

#[test]
fn archives_above_the_limits_are_refused() {
    let mut options = VerifyOptions::default();
    options.archive_limits.entries_max = 1;
    expect!["8 node-0.3.1-linux-x86_64.tar.gz: failed to read the archive: there are more entries than 1; node-0.3.1-windows-x86_64.zip: failed to read the archive: there are more entries than 1; commons-0.1.0-rc.1-linux-x86_64.tar.gz: failed to read the archive: there are more entries than 1; commons-0.1.0-rc.1-windows-x86_64.zip: failed to read the archive: there are more entries than 1"].assert_eq(&failures(&release(), &options));
}

#[test]
fn every_flipped_byte_of_every_file_is_found() {
    let (mut content, objects) = content();
    // One component on one platform keeps the number of bytes, and thus of verifications, small.
    content
        .components
        .retain(|component| component.repository.as_str() == "sdk");
    content.components[0].builds.truncate(2);
    let release = release_of(&content, &objects);
    assert!(
        verify_release(&release, &VerifyOptions::default())
            .verified
            .is_some()
    );
    let mut files = release.clone();
    for (name, bytes) in &release.files {
        for (at, byte) in bytes.iter().enumerate() {
            files.files.get_mut(name).unwrap()[at] = byte ^ (1 << (at % 8));
            let verified = verify_release(&files, &VerifyOptions::default()).verified;
            assert!(verified.is_none(), "byte {at} of {name}");
            files.files.get_mut(name).unwrap()[at] = *byte;
        }
    }
    assert_eq!(files, release);
}
