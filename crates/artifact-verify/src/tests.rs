//! What the tests of all parts share: one small release with everything in it.

use crate::{
    ArchiveLimits, AttemptOutcome, Binary, BuildContent, ComponentContent, Evidence, EvidenceAttempt,
    EvidenceBuild, MemoryFiles, MemoryObjects, Objects, Outcome, ReleaseContent, assemble, write_evidence,
};
use domain_types::{Sha256Digest, Timestamp};
use std::io::{self, Read};

pub(crate) const PROGRAM: &[u8] = b"#!/bin/sh\necho hello\n";

/// A binary whose content is its name over and over.
pub(crate) fn binary(objects: &mut MemoryObjects, name: &str, executable: bool) -> Binary {
    let bytes = name.repeat(50);
    let digest = objects.insert(bytes.as_bytes());
    Binary {
        name: name.to_owned(),
        digest,
        size: bytes.len() as u64,
        executable,
    }
}

fn build(platform: &str, outcome: Outcome, binaries: Vec<Binary>) -> BuildContent {
    BuildContent {
        platform: platform.parse().unwrap(),
        outcome,
        binaries,
    }
}

fn component(repository: &str, requires: &[&str], builds: Vec<BuildContent>) -> ComponentContent {
    ComponentContent {
        repository: repository.parse().unwrap(),
        version: "v0.3.1".parse().unwrap(),
        tag: "v0.3.1".parse().unwrap(),
        commit: "6dcb09b5b57875f334f61aebed695e2e4193db5e".parse().unwrap(),
        committed: Timestamp::from_seconds(1_764_000_000),
        lock: Some(Sha256Digest::of(repository.as_bytes())),
        requires: requires.iter().map(|name| name.parse().unwrap()).collect(),
        optional: false,
        builds,
    }
}

/// A library, a node with two binaries for two platforms, an optional component that failed on one of them.
pub(crate) fn content() -> (ReleaseContent, MemoryObjects) {
    let mut objects = MemoryObjects::default();
    let (linux, windows) = ("linux-x86_64", "windows-x86_64");
    let node = |objects: &mut MemoryObjects| {
        vec![binary(objects, "node", true), binary(objects, "keys.toml", false)]
    };
    let mut sdk = component(
        "sdk",
        &[],
        vec![
            build(windows, Outcome::Failed, vec![]),
            build(linux, Outcome::Built, vec![binary(&mut objects, "sign", true)]),
        ],
    );
    sdk.optional = true;
    sdk.lock = None;
    sdk.committed = Timestamp::from_seconds(1_763_000_000);
    let components = vec![
        sdk,
        component(
            "node",
            &["consensus"],
            vec![
                build(linux, Outcome::Built, node(&mut objects)),
                build(windows, Outcome::Built, node(&mut objects)),
            ],
        ),
        component(
            "consensus",
            &[],
            vec![
                build(linux, Outcome::Built, vec![]),
                build(windows, Outcome::Built, vec![]),
            ],
        ),
    ];
    let content = ReleaseContent {
        release: "commons".parse().unwrap(),
        version: "0.1.0-rc.1".parse().unwrap(),
        plan_digest: Sha256Digest::of(b"plan"),
        components,
    };
    (content, objects)
}

/// Evidence that fits the content.
pub(crate) fn evidence(content: &ReleaseContent, manifest_digest: Sha256Digest) -> Evidence {
    let at = Timestamp::from_seconds;
    let mut builds = Vec::new();
    for component in &content.components {
        for build in &component.builds {
            let outcome = if build.outcome == Outcome::Built {
                AttemptOutcome::Succeeded
            } else {
                AttemptOutcome::Failed
            };
            builds.push(EvidenceBuild {
                repository: component.repository.clone(),
                platform: build.platform.clone(),
                outcome: build.outcome,
                reused_from: None,
                attempts: vec![EvidenceAttempt {
                    number: 1,
                    started: at(1_764_000_100),
                    ended: at(1_764_000_160),
                    outcome,
                    reason: (outcome == AttemptOutcome::Failed).then(|| "compile error".to_owned()),
                    machine: "builder".to_owned(),
                    run: None,
                }],
            });
        }
    }
    builds.sort_by_key(|build| (build.repository.clone(), build.platform.clone()));
    Evidence {
        release: content.release.clone(),
        version: content.version.clone(),
        plan_digest: content.plan_digest,
        manifest_digest,
        tool_version: "0.1.0".to_owned(),
        started: at(1_764_000_090),
        ended: at(1_764_000_200),
        builds,
        ranges: Vec::new(),
    }
}

/// The files of the release of this content.
pub(crate) fn release_of(content: &ReleaseContent, objects: &dyn Objects) -> MemoryFiles {
    let mut files = MemoryFiles::default();
    let assembled = assemble(content, objects, &mut files).unwrap();
    write_evidence(
        &evidence(content, assembled.manifest_digest),
        &assembled.manifest,
        &mut files,
    )
    .unwrap();
    files
}

pub(crate) fn release() -> MemoryFiles {
    let (content, objects) = content();
    release_of(&content, &objects)
}

/// Limits that small tests can reach.
pub(crate) fn small_limits() -> ArchiveLimits {
    ArchiveLimits {
        compressed_bytes_max: 1 << 20,
        expanded_bytes_max: 1 << 22,
        ratio_max: 200,
        ratio_floor_bytes: 1 << 16,
        entries_max: 20,
    }
}

/// Hands out its bytes one, two, three ... at a time, as a slow pipe would.
pub(crate) struct Dribble<R>(pub(crate) R, pub(crate) usize);

impl<R: Read> Read for Dribble<R> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.1 = self.1 % 7 + 1;
        let count = self.1.min(buffer.len());
        self.0.read(&mut buffer[..count])
    }
}

#[test]
fn the_digest_does_not_depend_on_how_the_bytes_come() {
    let bytes = b"abc".repeat(70_000);
    let expected = (Sha256Digest::of(&bytes), bytes.len() as u64);
    assert_eq!(
        crate::digest_reader(&mut Dribble(bytes.as_slice(), 0), u64::MAX).unwrap(),
        expected
    );
    assert_eq!(
        crate::digest_reader(&mut bytes.as_slice(), expected.1).unwrap(),
        expected
    );
    let refused = crate::digest_reader(&mut bytes.as_slice(), expected.1 - 1).unwrap_err();
    assert_eq!(refused.to_string(), "read a file: it has more than 209999 bytes");
}

/// Is interrupted once, gives a byte, then fails for good.
struct Failing(u8);

impl Read for Failing {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.0 += 1;
        match self.0 {
            1 => Err(io::ErrorKind::Interrupted.into()),
            2 => {
                buffer[0] = b'x';
                Ok(1)
            }
            _ => Err(io::ErrorKind::BrokenPipe.into()),
        }
    }
}

#[test]
fn an_interruption_is_no_failure_and_a_failure_is_one() {
    let mut byte = [0; 1];
    assert_eq!(crate::digest_stream::fill(&mut Failing(0), &mut byte).unwrap(), 1);
    let failed = crate::digest_stream::fill(&mut Failing(0), &mut [0; 2]).unwrap_err();
    assert_eq!(failed.kind(), io::ErrorKind::BrokenPipe);
    let failed = crate::digest_reader(&mut Failing(0), 10).unwrap_err();
    assert!(failed.is_retryable(), "{failed}");
}

#[test]
fn a_document_is_read_up_to_its_last_byte_and_no_further() {
    let whole = |bytes_max| crate::digest_stream::read_whole(&mut &b"abcde"[..], "a document", bytes_max);
    assert_eq!(whole(5).unwrap(), b"abcde");
    assert_eq!(whole(6).unwrap(), b"abcde");
    for bytes_max in [0, 3, 4] {
        let refused = whole(bytes_max).unwrap_err();
        assert!(
            !refused.is_retryable() && refused.to_string().contains("has more than"),
            "{refused}"
        );
    }
}

/// Who writes to a publisher needs them as numbers; a change of one is a change of what is accepted.
#[test]
fn the_limits_are_these() {
    let limits = ArchiveLimits::default();
    let bytes = [
        crate::CHECKSUMS_BYTES_MAX,
        crate::DOCUMENT_BYTES_MAX,
        crate::ASSET_BYTES_MAX,
        limits.compressed_bytes_max,
        limits.expanded_bytes_max,
        limits.ratio_floor_bytes,
        crate::BUFFER_BYTES as u64,
    ];
    let expected = [
        4_194_304,
        16_777_216,
        2_147_483_648,
        2_147_483_648,
        8_589_934_592,
        8_388_608,
        65_536,
    ];
    assert_eq!(bytes, expected);
}
