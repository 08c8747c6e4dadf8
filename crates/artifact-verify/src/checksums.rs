//! SHA256SUMS: a strict reader that says what is unusual, and the one canonical writer.

use crate::error::shown;
use crate::{CHECKSUMS_BYTES_MAX, ChecksumsRefusal, ChecksumsRule, Error, RELEASE_FILES_MAX};
use domain_types::{AssetName, Sha256Digest};
use std::collections::BTreeMap;
use std::fmt;

/// The digests of the files of a release, by name.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Checksums {
    entries: BTreeMap<AssetName, Sha256Digest>,
}

/// What a reader tolerates in a SHA256SUMS that others wrote, but says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChecksumsFinding {
    /// ` *` in front of the name: the digest was taken in binary mode.
    BinaryMarker,
    /// `./` in front of the name.
    DotSlash,
    /// All lines end with CR LF.
    CarriageReturns,
    /// The last line has no end.
    NoFinalLineEnd,
    /// The names are not in bytewise order.
    NotSorted,
}

impl fmt::Display for ChecksumsFinding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.pad(match self {
            Self::BinaryMarker => "a name is marked with an asterisk",
            Self::DotSlash => "a name begins with ./",
            Self::CarriageReturns => "lines end with CR LF",
            Self::NoFinalLineEnd => "the last line has no end",
            Self::NotSorted => "names are not in bytewise order",
        })
    }
}

/// What was read, and what was unusual about it: (line counted from 1, finding).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReadChecksums {
    /// The digests.
    pub checksums: Checksums,
    /// Empty exactly if the bytes are canonical.
    pub findings: Vec<(usize, ChecksumsFinding)>,
}

impl Checksums {
    /// These digests.
    pub fn new(entries: BTreeMap<AssetName, Sha256Digest>) -> Self {
        Self { entries }
    }

    /// Adds a file.
    ///
    /// # Errors
    /// [`ChecksumsRule::Duplicate`] if the name is there already; nothing is changed then.
    pub fn insert(&mut self, name: AssetName, digest: Sha256Digest) -> Result<(), ChecksumsRefusal> {
        let line = self.entries.len() + 1;
        if self.entries.contains_key(&name) {
            return Err(ChecksumsRefusal {
                line,
                rule: ChecksumsRule::Duplicate(name),
            });
        }
        self.entries.insert(name, digest);
        Ok(())
    }

    /// The digests in bytewise order of the names.
    pub fn entries(&self) -> &BTreeMap<AssetName, Sha256Digest> {
        &self.entries
    }

    /// The canonical text: lower-case hex, two spaces, name, LF; bytewise sorted.
    pub fn to_text(&self) -> String {
        self.entries
            .iter()
            .map(|(name, digest)| format!("{}  {name}\n", digest.hex()))
            .collect()
    }

    /// Reads a SHA256SUMS.
    ///
    /// # Errors
    /// [`Error::TooLarge`], or [`Error::Checksums`] with the line and the rule that it breaks.
    pub fn read(bytes: &[u8]) -> Result<ReadChecksums, Error> {
        if bytes.len() as u64 > CHECKSUMS_BYTES_MAX {
            return Err(Error::TooLarge {
                what: "SHA256SUMS",
                bytes_max: CHECKSUMS_BYTES_MAX,
            });
        }
        let mut read = ReadChecksums {
            checksums: Self::default(),
            findings: Vec::new(),
        };
        let mut newest: Option<AssetName> = None;
        for (line, text) in lines(bytes, &mut read.findings)? {
            let refuse = |rule| ChecksumsRefusal { line, rule };
            let (name, digest) =
                entry(text, |finding| read.findings.push((line, finding))).map_err(refuse)?;
            if newest.as_ref().is_some_and(|newest| *newest > name) {
                read.findings.push((line, ChecksumsFinding::NotSorted));
            }
            newest = Some(name.clone());
            read.checksums
                .insert(name, digest)
                .map_err(|refusal| refuse(refusal.rule))?;
        }
        Ok(read)
    }
}

/// The lines without their ends, numbered from 1.
fn lines<'a>(
    bytes: &'a [u8],
    findings: &mut Vec<(usize, ChecksumsFinding)>,
) -> Result<Vec<(usize, &'a str)>, ChecksumsRefusal> {
    let mut split: Vec<&[u8]> = bytes.split(|byte| *byte == b'\n').collect();
    let rest = split.pop().unwrap_or_default();
    let with_carriage_return = split.first().is_some_and(|line| line.ends_with(b"\r"));
    if let Some(at) = split
        .iter()
        .position(|line| line.ends_with(b"\r") != with_carriage_return)
    {
        return Err(ChecksumsRefusal {
            line: at + 1,
            rule: ChecksumsRule::MixedLineEnds,
        });
    }
    if with_carriage_return {
        findings.push((1, ChecksumsFinding::CarriageReturns));
    }
    let cut = usize::from(with_carriage_return);
    let mut plain: Vec<&[u8]> = split.iter().map(|line| &line[..line.len() - cut]).collect();
    if !rest.is_empty() {
        plain.push(rest);
        findings.push((plain.len(), ChecksumsFinding::NoFinalLineEnd));
    }
    if plain.len() > RELEASE_FILES_MAX {
        return Err(ChecksumsRefusal {
            line: RELEASE_FILES_MAX + 1,
            rule: ChecksumsRule::TooManyLines,
        });
    }
    let text = |(at, line): (usize, &'a [u8])| match std::str::from_utf8(line) {
        Ok(text) => Ok((at + 1, text)),
        Err(_) => Err(ChecksumsRefusal {
            line: at + 1,
            rule: ChecksumsRule::NotText,
        }),
    };
    plain.into_iter().enumerate().map(text).collect()
}

/// One line: digest, separator, name.
fn entry(
    text: &str,
    mut found: impl FnMut(ChecksumsFinding),
) -> Result<(AssetName, Sha256Digest), ChecksumsRule> {
    if text.is_empty() {
        return Err(ChecksumsRule::Empty);
    }
    let (hex, rest) = text.split_at_checked(64).ok_or(ChecksumsRule::NotHex)?;
    if !hex.bytes().all(|digit| digit.is_ascii_hexdigit()) {
        return Err(ChecksumsRule::NotHex);
    }
    let digest = Sha256Digest::from_hex(hex).map_err(|_| ChecksumsRule::UpperCase)?;
    let mut name = rest.strip_prefix(' ').ok_or(ChecksumsRule::Separator)?;
    if let Some(marked) = name.strip_prefix('*') {
        found(ChecksumsFinding::BinaryMarker);
        name = marked;
    } else {
        name = name.strip_prefix(' ').ok_or(ChecksumsRule::Separator)?;
    }
    if let Some(plain) = name.strip_prefix("./") {
        found(ChecksumsFinding::DotSlash);
        name = plain;
    }
    Ok((asset_name(name)?, digest))
}

fn asset_name(name: &str) -> Result<AssetName, ChecksumsRule> {
    if name == "-" {
        return Err(ChecksumsRule::StandardInput);
    }
    if name == ".." || name.contains(['/', '\\']) {
        return Err(ChecksumsRule::Traversal(shown(name.as_bytes())));
    }
    name.parse()
        .map_err(|_| ChecksumsRule::Name(shown(name.as_bytes())))
}

#[cfg(test)]
mod tests;
