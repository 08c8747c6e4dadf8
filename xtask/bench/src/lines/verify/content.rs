//! Makes a large release directory with the code that makes every release: bytes come from seeds and are never all in memory.

use crate::random::Random;
use crate::releases::PLATFORM;
use anyhow::Result;
use artifact_verify::{AttemptOutcome, EvidenceAttempt, EvidenceBuild};
use artifact_verify::{
    Binary, BuildContent, ComponentContent, Evidence, Objects, Outcome, ReleaseContent, assemble,
    digest_reader, write_evidence,
};
use domain_types::{Sha256Digest, Timestamp};
use runtime::ReleaseDirectory;
use std::collections::BTreeMap;
use std::io::{self, Read};
use std::path::Path;

/// What the programs of the release are like.
pub(super) const DESCRIBED: &str =
    "two programs of 352 MiB that do not compress, and one of 1,024 MiB that compresses to about a third";

const MEBIBYTE: u64 = 1024 * 1024;

/// Name of the component and of its program, seed, mebibytes, and what its bytes are like.
const PROGRAMS: [(&str, u64, u64, Kind); 3] = [
    ("dense-a", 1, 352, Kind::Dense),
    ("dense-b", 2, 352, Kind::Dense),
    ("loose", 3, 1024, Kind::Loose),
];

/// Bytes that are made at a time.
const BLOCK_BYTES: usize = 64 * 1024;

/// Words of which compressible bytes are made: each comes again within the 32 KiB that a compressor looks back.
const WORDS: usize = 1_024;

/// The time of every commit.
const COMMITTED: i64 = 1_764_000_000;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// Does not compress.
    Dense,
    /// Compresses as programs do: most words come again.
    Loose,
}

/// Makes the release directory in an empty folder.
pub(super) fn make(folder: &Path) -> Result<()> {
    let mut objects = Generated::default();
    let mut components = Vec::new();
    for (name, seed, mebibytes, kind) in PROGRAMS {
        components.push(component(
            name,
            objects.add(seed, mebibytes * MEBIBYTE, kind)?,
            mebibytes,
        )?);
    }
    let content = ReleaseContent {
        release: "bench".parse()?,
        version: "0.1.0".parse()?,
        plan_digest: Sha256Digest::of(b"plan"),
        components,
    };
    let mut sink = ReleaseDirectory::new(folder);
    let assembled = assemble(&content, &objects, &mut sink)?;
    let evidence = evidence(&content, assembled.manifest_digest)?;
    Ok(write_evidence(&evidence, &assembled.manifest, &mut sink)?)
}

fn component(name: &str, digest: Sha256Digest, mebibytes: u64) -> Result<ComponentContent> {
    Ok(ComponentContent {
        repository: name.parse()?,
        version: "0.1.0".parse()?,
        tag: "v0.1.0".parse()?,
        commit: "6dcb09b5b57875f334f61aebed695e2e4193db5e".parse()?,
        committed: Timestamp::from_seconds(COMMITTED),
        lock: None,
        requires: Vec::new(),
        optional: false,
        builds: vec![BuildContent {
            platform: PLATFORM.parse()?,
            outcome: Outcome::Built,
            binaries: vec![Binary {
                name: name.to_owned(),
                digest,
                size: mebibytes * MEBIBYTE,
                executable: true,
            }],
        }],
    })
}

fn evidence(content: &ReleaseContent, manifest_digest: Sha256Digest) -> Result<Evidence> {
    let (started, ended) = (
        Timestamp::from_seconds(COMMITTED),
        Timestamp::from_seconds(COMMITTED + 60),
    );
    let build = |component: &ComponentContent| -> Result<EvidenceBuild> {
        Ok(EvidenceBuild {
            repository: component.repository.clone(),
            platform: PLATFORM.parse()?,
            outcome: Outcome::Built,
            reused_from: None,
            attempts: vec![EvidenceAttempt {
                number: 1,
                started,
                ended,
                outcome: AttemptOutcome::Succeeded,
                reason: None,
                machine: "bench".to_owned(),
                run: None,
            }],
        })
    };
    Ok(Evidence {
        release: content.release.clone(),
        version: content.version.clone(),
        plan_digest: content.plan_digest,
        manifest_digest,
        tool_version: "bench".to_owned(),
        started,
        ended,
        builds: content.components.iter().map(build).collect::<Result<_>>()?,
        ranges: Vec::new(),
    })
}

/// Objects that are made anew from their seed whenever they are read.
#[derive(Debug, Default)]
struct Generated(BTreeMap<Sha256Digest, (u64, u64, Kind)>);

impl Generated {
    fn add(&mut self, seed: u64, bytes: u64, kind: Kind) -> Result<Sha256Digest> {
        let (digest, _) = digest_reader(&mut Stream::new(seed, kind).take(bytes), bytes)?;
        self.0.insert(digest, (seed, bytes, kind));
        Ok(digest)
    }
}

impl Objects for Generated {
    fn open(&self, digest: &Sha256Digest) -> io::Result<Box<dyn Read + '_>> {
        let (seed, bytes, kind) = self.0.get(digest).ok_or(io::ErrorKind::NotFound)?;
        Ok(Box::new(Stream::new(*seed, *kind).take(*bytes)))
    }
}

/// Bytes without an end.
struct Stream {
    random: Random,
    kind: Kind,
    words: Vec<u64>,
    block: Vec<u8>,
    at: usize,
}

impl Stream {
    fn new(seed: u64, kind: Kind) -> Self {
        let mut random = Random::of(seed);
        let words = match kind {
            Kind::Dense => Vec::new(),
            Kind::Loose => (0..WORDS).map(|_| random.next()).collect(),
        };
        Self {
            random,
            kind,
            words,
            block: Vec::new(),
            at: 0,
        }
    }

    fn refill(&mut self) {
        self.block.clear();
        self.at = 0;
        while self.block.len() < BLOCK_BYTES {
            match self.kind {
                Kind::Dense => self.block.extend(self.random.next().to_le_bytes()),
                Kind::Loose => self.phrase(),
            }
        }
    }

    /// A few neighbouring words, which a compressor finds again at once, and some that are new.
    fn phrase(&mut self) {
        const PHRASE: usize = 8;
        const FRESH: usize = 2;
        let first = self.random.below(WORDS - PHRASE);
        for word in &self.words[first..first + PHRASE] {
            self.block.extend(word.to_le_bytes());
        }
        for _ in 0..FRESH {
            self.block.extend(self.random.next().to_le_bytes());
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        if self.at == self.block.len() {
            self.refill();
        }
        let bytes = buffer.len().min(self.block.len() - self.at);
        buffer[..bytes].copy_from_slice(&self.block[self.at..self.at + bytes]);
        self.at += bytes;
        Ok(bytes)
    }
}
