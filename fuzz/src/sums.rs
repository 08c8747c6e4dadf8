//! SHA256SUMS, against a second reading of the same lines.

use super::plain::{assert_below, assert_one_line};
use artifact_verify::{CHECKSUMS_BYTES_MAX, Checksums, Error, RELEASE_FILES_MAX, ReadChecksums};

/// Everything that [`Checksums::read`] promises.
pub fn sha256sums(bytes: &[u8]) {
    match Checksums::read(bytes) {
        Ok(read) => accepted(bytes, &read),
        Err(Error::Checksums(refusal)) => {
            let lines = bytes.split(|byte| *byte == b'\n').count();
            assert!((1..=lines).contains(&refusal.line), "{refusal}");
            assert_one_line(&refusal.to_string());
        }
        Err(error) => assert!(bytes.len() as u64 > CHECKSUMS_BYTES_MAX, "{error}"),
    }
}

fn accepted(bytes: &[u8], read: &ReadChecksums) {
    let text = std::str::from_utf8(bytes).unwrap_or_else(|_| panic!("accepted what is no text"));
    let entries = read.checksums.entries();
    assert!(entries.len() <= RELEASE_FILES_MAX);
    assert_eq!(text.lines().count(), entries.len());
    for line in text.lines() {
        let (hex, name) = entry(line).unwrap_or_else(|| panic!("accepted {line:?}"));
        let digest = entries
            .iter()
            .find(|(known, _)| known.as_str() == name)
            .map(|(_, digest)| digest.hex());
        assert_eq!(digest.as_deref(), Some(hex), "{line:?}");
        assert_below(name);
        assert!(
            !name.contains(['/', '\\']) && !name.starts_with(['-', '.']),
            "{name:?} is no plain name"
        );
    }
    let canonical = read.checksums.to_text();
    assert_eq!(canonical == text, read.findings.is_empty(), "{:?}", read.findings);
    assert!(
        read.findings
            .iter()
            .all(|(line, _)| (1..=entries.len()).contains(line))
    );
    let again = Checksums::read(canonical.as_bytes()).unwrap_or_else(|error| panic!("{error}"));
    assert_eq!(again.checksums, read.checksums);
    assert!(again.findings.is_empty());
}

/// The digest and the plain name of a line.
fn entry(line: &str) -> Option<(&str, &str)> {
    let (hex, rest) = line.split_at_checked(64)?;
    let name = rest.strip_prefix("  ").or_else(|| rest.strip_prefix(" *"))?;
    let is_hex = hex
        .bytes()
        .all(|digit| matches!(digit, b'0'..=b'9' | b'a'..=b'f'));
    is_hex.then_some((hex, name.strip_prefix("./").unwrap_or(name)))
}
