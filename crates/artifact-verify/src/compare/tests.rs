//! Comparing: the same, the same in other clothes, and different.

use super::*;
use crate::MemoryFiles;
use crate::tests::{content, evidence, release, release_of};
use expect_test::{Expect, expect};
use flate2::Compression;
use flate2::write::GzEncoder;
use std::io::{Read as _, Write as _};

const NODE: &str = "node-0.3.1-linux-x86_64.tar.gz";

fn name(text: &str) -> AssetName {
    text.parse().unwrap()
}

/// The verdict and every item that is not identical.
fn check(right: &MemoryFiles, expect: Expect) {
    let comparison = compare_releases(&release(), right).unwrap();
    let mirrored = compare_releases(right, &release()).unwrap();
    assert_eq!(comparison.verdict, mirrored.verdict);
    let items = comparison
        .items
        .iter()
        .filter(|item| item.verdict != ItemVerdict::Identical);
    let lines: Vec<String> = items
        .map(|item| format!("{} {}: {}", item.verdict, item.name, item.because))
        .collect();
    expect.assert_eq(&format!("{}\n{}", comparison.verdict, lines.join("\n")));
}

fn changed(name: &str, change: impl Fn(&mut Vec<u8>)) -> MemoryFiles {
    let mut files = release();
    change(files.files.get_mut(&name.parse().unwrap()).unwrap());
    files
}

#[test]
fn the_same_release_is_identical_and_evidence_is_not_compared() {
    check(
        &release(),
        expect![[r#"
        identical
        not compared release-evidence.json: how it was made differs between builders"#]],
    );
    let (content, _) = content();
    let mut other = evidence(&content, Sha256Digest::of(b"any"));
    other.tool_version = "0.2.0".to_owned();
    check(
        &changed(EVIDENCE_NAME, |bytes| *bytes = other.to_json().into_bytes()),
        expect![[r#"
            identical
            not compared release-evidence.json: how it was made differs between builders"#]],
    );
}

fn text_changed(name: &str, from: &str, to: &str) -> MemoryFiles {
    changed(name, |bytes| {
        let text = String::from_utf8(bytes.clone()).unwrap();
        assert!(text.contains(from));
        *bytes = text.replace(from, to).into_bytes();
    })
}

/// The same tar in another gzip, with all that follows from it in manifest and sums.
fn repacked() -> MemoryFiles {
    let mut files = release();
    let old = files.files[&name(NODE)].clone();
    let mut tar = Vec::new();
    flate2::read::GzDecoder::new(old.as_slice())
        .read_to_end(&mut tar)
        .unwrap();
    let mut encoder = GzEncoder::new(Vec::new(), Compression::none());
    encoder.write_all(&tar).unwrap();
    let new = encoder.finish().unwrap();
    let mut manifest = ReleaseManifest::read(&files.files[&name(MANIFEST_NAME)]).unwrap();
    let archive = &mut manifest.components[1].artifacts[0];
    (archive.digest, archive.size) = (Sha256Digest::of(&new), new.len() as u64);
    let mut sums = Checksums::read(&files.files[&name(CHECKSUMS_NAME)])
        .unwrap()
        .checksums
        .entries()
        .clone();
    sums.insert(name(NODE), Sha256Digest::of(&new));
    sums.insert(name(MANIFEST_NAME), manifest.digest());
    files.files.insert(name(NODE), new);
    files
        .files
        .insert(name(MANIFEST_NAME), manifest.to_json().into_bytes());
    files
        .files
        .insert(name(CHECKSUMS_NAME), Checksums::new(sums).to_text().into_bytes());
    files
}

#[test]
fn the_same_meaning_in_other_bytes_is_equivalent() {
    check(
        &repacked(),
        expect![[r#"
        equivalent
        equivalent SHA256SUMS: the same digests but for equivalent files, order and marks
        equivalent node-0.3.1-linux-x86_64.tar.gz: the same members, digests and modes in another container
        not compared release-evidence.json: how it was made differs between builders
        equivalent release-manifest.json: the same but for the containers of equivalent archives"#]],
    );
    check(
        &text_changed(CHECKSUMS_NAME, "  ", " *./"),
        expect![[r#"
        equivalent
        equivalent SHA256SUMS: the same digests but for equivalent files, order and marks
        not compared release-evidence.json: how it was made differs between builders"#]],
    );
    check(
        &text_changed(NOTES_NAME, "2025-11-24", "2026-01-01"),
        expect![[r#"
            equivalent
            equivalent RELEASE_NOTES.md: the same but for date and white space
            not compared release-evidence.json: how it was made differs between builders"#]],
    );
    check(
        &text_changed(NOTES_NAME, "\n\n", "\n \n\n"),
        expect![[r#"
        equivalent
        equivalent RELEASE_NOTES.md: the same but for date and white space
        not compared release-evidence.json: how it was made differs between builders"#]],
    );
}

#[test]
fn everything_else_is_different() {
    check(
        &text_changed(NOTES_NAME, "node", "nodes"),
        expect![[r#"
        different
        different RELEASE_NOTES.md: line 7 of their content differs
        not compared release-evidence.json: how it was made differs between builders"#]],
    );
    check(
        &text_changed(MANIFEST_NAME, "6dcb", "7dcb"),
        expect![[r#"
        different
        not compared release-evidence.json: how it was made differs between builders
        different release-manifest.json: they differ in component consensus"#]],
    );
    check(
        &text_changed(MANIFEST_NAME, "{", "["),
        expect![[r#"
        different
        not compared release-evidence.json: how it was made differs between builders
        different release-manifest.json: the bytes differ, and failed to read release-manifest.json: line 2, column 11: trailing characters"#]],
    );
    check(
        &changed(NODE, |bytes| bytes[60] ^= 1),
        expect![[r#"
        different
        different node-0.3.1-linux-x86_64.tar.gz: the bytes differ, and failed to read the archive: a header has an impossible checksum
        not compared release-evidence.json: how it was made differs between builders"#]],
    );
    let sums = changed(CHECKSUMS_NAME, |bytes| {
        bytes[0] = if bytes[0] == b'a' { b'b' } else { b'a' }
    });
    check(
        &sums,
        expect![[r#"
        different
        different SHA256SUMS: the digest of RELEASE_NOTES.md differs or is on one side only
        not compared release-evidence.json: how it was made differs between builders"#]],
    );
    let mut less = release();
    less.files.remove(&name(EVIDENCE_NAME));
    less.files.insert(name("extra"), vec![1]);
    check(
        &less,
        expect![[r#"
        different
        different extra: only on the right
        different release-evidence.json: only on the left"#]],
    );
}

#[test]
fn another_binary_shows_in_its_archives_and_in_what_names_them() {
    let (mut content, mut objects) = content();
    let bytes = b"another program";
    let binary = &mut content.components[1].builds[0].binaries[0];
    (binary.digest, binary.size) = (objects.insert(bytes), bytes.len() as u64);
    check(
        &release_of(&content, &objects),
        expect![[r#"
        different
        different SHA256SUMS: the digest of commons-0.1.0-rc.1-linux-x86_64.tar.gz differs or is on one side only
        different commons-0.1.0-rc.1-linux-x86_64.tar.gz: node differs or is on one side only
        different node-0.3.1-linux-x86_64.tar.gz: node differs or is on one side only
        not compared release-evidence.json: how it was made differs between builders
        different release-manifest.json: they differ in the unified archives, component node"#]],
    );
}

#[test]
fn directories_of_others_are_compared_by_bytes() {
    let of = |bytes: &[u8]| MemoryFiles {
        files: BTreeMap::from([(name("tool.bin"), bytes.to_vec())]),
    };
    assert_eq!(
        compare_releases(&of(b"1"), &of(b"1")).unwrap().verdict,
        ComparisonVerdict::Identical
    );
    assert_eq!(
        compare_releases(&of(b"1"), &of(b"2")).unwrap().verdict,
        ComparisonVerdict::Different
    );
    let empty = MemoryFiles::default();
    assert_eq!(
        compare_releases(&empty, &empty).unwrap().verdict,
        ComparisonVerdict::Identical
    );
}

#[test]
fn the_forms_of_the_report_are_fixed() {
    let comparison = compare_releases(&release(), &repacked()).unwrap();
    expect![[r#"
        identical    RELEASE_NOTES.md: sha256:37dee29889830c1d3a69588870fe2b3e6875490d58b0e8a8d95a9df26b669b8f
        equivalent   SHA256SUMS: the same digests but for equivalent files, order and marks
        identical    commons-0.1.0-rc.1-linux-x86_64.tar.gz: sha256:d6a98e868064f72b8c80f2f8f303388f33302a63758a92464ef4d76de7ad96cf
        identical    commons-0.1.0-rc.1-windows-x86_64.zip: sha256:306bb31d2d74e17dffbe67b6bcf35105853ec3697de596d10be38c5563de84d6
        equivalent   node-0.3.1-linux-x86_64.tar.gz: the same members, digests and modes in another container
        identical    node-0.3.1-windows-x86_64.zip: sha256:306bb31d2d74e17dffbe67b6bcf35105853ec3697de596d10be38c5563de84d6
        not compared release-evidence.json: how it was made differs between builders
        equivalent   release-manifest.json: the same but for the containers of equivalent archives
        identical    sdk-0.3.1-linux-x86_64.tar.gz: sha256:cf4dc9664c0cba88497b66e6a14e5ac973937393036de8ca3772f4d850212aa8
        equivalent: 9 files
    "#]].assert_eq(&comparison.to_text());
    let mut short = comparison;
    short.items.truncate(2);
    expect![[r#"
        {
          "schema": "governance/comparison/v1",
          "verdict": "equivalent",
          "items": [
            {
              "name": "RELEASE_NOTES.md",
              "verdict": "identical",
              "because": "sha256:37dee29889830c1d3a69588870fe2b3e6875490d58b0e8a8d95a9df26b669b8f"
            },
            {
              "name": "SHA256SUMS",
              "verdict": "equivalent",
              "because": "the same digests but for equivalent files, order and marks"
            }
          ]
        }
    "#]]
    .assert_eq(&short.to_json());
}

/// Its disk fails when one file is opened for the second time.
struct Worn {
    files: MemoryFiles,
    name: AssetName,
    opened: std::sync::atomic::AtomicUsize,
}

impl ReleaseFiles for Worn {
    fn names(&self) -> Result<std::collections::BTreeSet<AssetName>, Error> {
        self.files.names()
    }
    fn open(&self, name: &AssetName) -> Result<crate::OpenedFile<'_>, Error> {
        let before = match *name == self.name {
            true => self.opened.fetch_add(1, std::sync::atomic::Ordering::Relaxed),
            false => 0,
        };
        match before {
            0 => self.files.open(name),
            _ => Err(std::io::Error::other("the disk fails").into()),
        }
    }
}

#[test]
fn a_disk_that_fails_in_the_middle_is_an_error_and_no_difference() {
    let worn = Worn {
        files: release(),
        name: name(NODE),
        opened: Default::default(),
    };
    let error = compare_releases(&worn, &repacked()).unwrap_err();
    assert!(error.is_retryable(), "{error}");
}
