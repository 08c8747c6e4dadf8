//! Verification of a large release, beside what a person could type instead.

mod content;

use crate::Bench;
use crate::clock::timed;
use crate::figure::{Figure, Found, Target};
use crate::samples::{Samples, per_second};
use crate::work_folder::WorkFolder;
use anyhow::{Result, ensure};
use artifact_verify::{ASSET_BYTES_MAX, Error, ReleaseFiles as _, digest_reader};
use runtime::ReleaseDirectory;
use std::cmp::Reverse;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

/// Repetitions of each way, in runs: each reads gigabytes.
const RUNS: usize = 3;

/// Megabytes per second that the digests alone must reach.
const DIGEST_MEGABYTES_MIN: f64 = 1_000.0;

const MEBIBYTE: f64 = 1024.0 * 1024.0;

/// Bytes of a megabyte.
const MEGABYTE: f64 = 1_000_000.0;

pub(super) fn measure(bench: &Bench) -> Result<Found> {
    let folder = WorkFolder::make(&bench.target, "verify")?;
    let (made, making) = timed(|| content::make(folder.path()));
    made?;
    let bytes = size(folder.path())?;
    let mut found = Found::default();
    let mut times = Times::default();
    for _ in 0..RUNS {
        times.0.push(measured(bench, folder.path())?);
    }
    times.figures(&mut found, bytes);
    found.note(format!(
        "{:.2} GiB in {} archives, half of their bytes in the unified one; {}. Made in {:.0} s by `assemble`; read from memory (the \
         page cache), by all alike.",
        bytes / (1024.0 * MEBIBYTE),
        archives(folder.path())?.len(),
        content::DESCRIBED,
        making.as_secs_f64()
    ));
    found.note(
        "`sha256sum -c` sees no member; `tar -xzO | sha256sum` of every archive reads all members, with a process each for tar, gzip \
         and sha256sum side by side.",
    );
    Ok(found)
}

/// How long each way took, once.
struct Once {
    digests: Duration,
    verify: Duration,
    sha256sum: Duration,
    tar: Duration,
    openssl: Duration,
}

#[derive(Default)]
struct Times(Vec<Once>);

impl Times {
    fn seconds(&self, of: impl Fn(&Once) -> Duration) -> Samples {
        Samples::new(self.0.iter().map(|once| of(once).as_secs_f64()).collect())
    }

    fn rate(&self, bytes: f64, of: impl Fn(&Once) -> Duration) -> Samples {
        let rates = self.0.iter().map(|once| per_second(bytes / MEGABYTE, of(once)));
        Samples::new(rates.collect())
    }

    fn figures(&self, found: &mut Found, bytes: f64) {
        let rate = |of: fn(&Once) -> Duration| self.rate(bytes, of);
        let digests = Figure::new(
            "digests of every file, side by side",
            "MB/s",
            rate(|once| once.digests),
        );
        found.add(digests.aims(Target::AtLeast(DIGEST_MEGABYTES_MIN)));
        found.add(Figure::new(
            "`openssl dgst -sha256` of every file",
            "MB/s",
            rate(|once| once.openssl),
        ));
        found.add(Figure::new(
            "`sha256sum -c SHA256SUMS`",
            "MB/s",
            rate(|once| once.sha256sum),
        ));
        found.add(Figure::new(
            "`governance artifacts verify`",
            "s",
            self.seconds(|once| once.verify),
        ));
        found.add(Figure::new(
            "`sha256sum -c SHA256SUMS`",
            "s",
            self.seconds(|once| once.sha256sum),
        ));
        found.add(Figure::new(
            "`tar -xzO | sha256sum` of every archive",
            "s",
            self.seconds(|once| once.tar),
        ));
        let ratios = self
            .0
            .iter()
            .map(|once| once.verify.as_secs_f64() / (once.sha256sum + once.tar).as_secs_f64());
        let ratio = Figure::new(
            "verify against `sha256sum -c` and `tar -xzO | sha256sum` together, time",
            "times",
            Samples::new(ratios.collect()),
        );
        found.add(ratio.aims(Target::AtMost(1.0)));
    }
}

fn measured(bench: &Bench, release: &Path) -> Result<Once> {
    let (outcome, digests) = timed(|| digest_all(release));
    outcome?;
    let mut verify = Command::new(&bench.governance);
    verify.args(["artifacts", "verify"]).arg(release);
    let mut sha256sum = Command::new("sha256sum");
    sha256sum
        .args(["--check", "--quiet", "SHA256SUMS"])
        .current_dir(release);
    let mut tar = Duration::ZERO;
    for archive in archives(release)? {
        let mut pipe = Command::new("sh");
        tar += run(pipe
            .args(["-c", "tar -xzOf \"$1\" | sha256sum", "sh"])
            .arg(archive))?;
    }
    let mut openssl = Command::new("openssl");
    openssl.args(["dgst", "-sha256"]).args(files(release)?);
    let (verify, sha256sum, openssl) = (run(&mut verify)?, run(&mut sha256sum)?, run(&mut openssl)?);
    Ok(Once {
        digests,
        verify,
        sha256sum,
        tar,
        openssl,
    })
}

/// Runs a program to its end and answers how long that took.
fn run(command: &mut Command) -> Result<Duration> {
    command.stdin(Stdio::null()).stdout(Stdio::null());
    let (status, elapsed) = timed(|| command.status());
    let status = status?;
    ensure!(status.success(), "{command:?} ended with {status}");
    Ok(elapsed)
}

/// All files, the largest first and as many at once as the verification reads.
fn digest_all(release: &Path) -> Result<()> {
    let directory = ReleaseDirectory::new(release);
    let mut names: Vec<_> = directory.names()?.into_iter().collect();
    names.sort_by_cached_key(|name| Reverse(directory.open(name).map_or(0, |opened| opened.size)));
    let failure: Mutex<Option<Error>> = Mutex::new(None);
    directory.each(names.len(), &|index| {
        let digested = directory
            .open(&names[index])
            .and_then(|mut opened| digest_reader(&mut opened.reader, ASSET_BYTES_MAX));
        if let Err(error) = digested {
            failure
                .lock()
                .unwrap_or_else(PoisonError::into_inner)
                .get_or_insert(error);
        }
    });
    let failure = failure.into_inner().unwrap_or_else(PoisonError::into_inner);
    failure.map_or(Ok(()), |error| Err(error.into()))
}

fn files(release: &Path) -> Result<Vec<PathBuf>> {
    let entries = fs::read_dir(release)?;
    let mut files = entries
        .map(|entry| Ok(entry?.path()))
        .collect::<Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

fn archives(release: &Path) -> Result<Vec<PathBuf>> {
    let mut files = files(release)?;
    files.retain(|file| file.to_string_lossy().ends_with(".tar.gz"));
    Ok(files)
}

/// Bytes of all files.
fn size(release: &Path) -> Result<f64> {
    let mut bytes = 0;
    for file in files(release)? {
        bytes += fs::metadata(file)?.len();
    }
    Ok(bytes as f64)
}
