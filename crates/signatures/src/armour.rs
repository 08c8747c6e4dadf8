//! Texts in which signatures and keys travel: armour within other text, and the one-line form.

use crate::encoding::unbase64;
use crate::{ARMOURS_MAX, SIGNATURE_TEXT_BYTES_MAX, VerifyError};

/// The lines around a kind of armour.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Frame {
    begin: &'static str,
    end: &'static str,
}

const SSH_SIGNATURE: Frame = Frame {
    begin: "-----BEGIN SSH SIGNATURE-----",
    end: "-----END SSH SIGNATURE-----",
};
const PGP_SIGNATURE: Frame = Frame {
    begin: "-----BEGIN PGP SIGNATURE-----",
    end: "-----END PGP SIGNATURE-----",
};
const PGP_PUBLIC_KEY: Frame = Frame {
    begin: "-----BEGIN PGP PUBLIC KEY BLOCK-----",
    end: "-----END PGP PUBLIC KEY BLOCK-----",
};

/// The text of one signature: an armour, or one line of base64 or hexadecimal digits. Whether it is one is seen when it is verified.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SignatureText(String);

impl SignatureText {
    /// A text that is meant to be one signature; blanks around it do not matter.
    ///
    /// # Errors
    /// [`VerifyError::TooLong`], and [`VerifyError::Malformed`] for a text of several lines that is no armour.
    pub fn parse(text: &str) -> Result<Self, VerifyError> {
        let text = text.trim();
        if text.len() > SIGNATURE_TEXT_BYTES_MAX {
            return Err(VerifyError::TooLong {
                bytes_max: SIGNATURE_TEXT_BYTES_MAX,
            });
        }
        let framed = [SSH_SIGNATURE, PGP_SIGNATURE]
            .iter()
            .any(|frame| text.starts_with(frame.begin));
        if framed || is_one_word(text) {
            return Ok(Self(text.to_owned()));
        }
        Err(VerifyError::expected(
            "one armoured signature, or one line of base64 or hexadecimal digits",
        ))
    }

    /// The text, without blanks around it.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The bytes of an SSH signature, with its armour or on one line.
    pub(crate) fn ssh_bytes(&self) -> Option<Vec<u8>> {
        match self.0.starts_with(SSH_SIGNATURE.begin) {
            true => unbase64(&within(&self.0, SSH_SIGNATURE)?.concat()),
            false => unbase64(&self.0),
        }
    }

    /// The bytes of an OpenPGP signature, with its armour or on one line.
    pub(crate) fn pgp_bytes(&self) -> Option<Vec<u8>> {
        match self.0.starts_with(PGP_SIGNATURE.begin) {
            true => unarmour_pgp(&self.0, PGP_SIGNATURE),
            false => unbase64(&self.0),
        }
    }
}

/// Whether a text is one word of the letters of base64 and hexadecimal digits.
fn is_one_word(text: &str) -> bool {
    let legal = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'/' | b'=');
    !text.is_empty() && text.bytes().all(legal)
}

/// Characters of a signature on one line: 64 bytes in base64. What is shorter is a word, such as the whole of many a comment.
const ONE_LINE_CHARS_MIN: usize = 88;

/// Every signature in a text: all armours, or where there is none the text itself if it is one line of base64 or hexadecimal digits.
///
/// At most [`ARMOURS_MAX`] are taken, the first ones; armour that is never closed, or that is too long, is passed over. A line that
/// is quoted (`> …`) begins no armour, so what others wrote is nobody's signature.
pub fn find_armour(text: &str) -> Vec<SignatureText> {
    let mut found = Vec::new();
    let mut open: Option<(Frame, String)> = None;
    for line in text.lines().map(str::trim) {
        if let Some(frame) = opening(line) {
            open = Some((frame, String::new()));
        }
        let Some((frame, block)) = &mut open else {
            continue;
        };
        if block.len() + line.len() >= SIGNATURE_TEXT_BYTES_MAX {
            open = None;
            continue;
        }
        block.push_str(line);
        block.push('\n');
        if line == frame.end {
            found.extend(SignatureText::parse(block));
            open = None;
        }
        if found.len() == ARMOURS_MAX {
            return found;
        }
    }
    if found.is_empty() && text.trim().len() >= ONE_LINE_CHARS_MIN && is_one_word(text.trim()) {
        found.extend(SignatureText::parse(text));
    }
    found
}

fn opening(line: &str) -> Option<Frame> {
    [SSH_SIGNATURE, PGP_SIGNATURE]
        .into_iter()
        .find(|frame| frame.begin == line)
}

/// The lines between the first and the last, which are the frame's.
fn within(text: &str, frame: Frame) -> Option<Vec<&str>> {
    let mut lines: Vec<&str> = text.trim().lines().map(str::trim).collect();
    let last = lines.pop()?;
    (!lines.is_empty() && lines[0] == frame.begin && last == frame.end).then(|| lines.split_off(1))
}

/// The bytes of an armoured OpenPGP certificate.
pub(crate) fn unarmour_pgp_key(text: &str) -> Option<Vec<u8>> {
    unarmour_pgp(text, PGP_PUBLIC_KEY)
}

/// The bytes of OpenPGP armour (RFC 9580, section 6.2). Headers say nothing that matters; a checksum, if there is one, must fit.
fn unarmour_pgp(text: &str, frame: Frame) -> Option<Vec<u8>> {
    let lines = within(text, frame)?;
    let blank = lines.iter().position(|line| line.is_empty())?;
    if !lines[..blank]
        .iter()
        .all(|line| line.contains(": ") || line.ends_with(':'))
    {
        return None;
    }
    let mut body = &lines[blank + 1..];
    let mut checksum = None;
    if let [rest @ .., last] = body
        && let Some(digits) = last.strip_prefix('=').filter(|digits| digits.len() == 4)
    {
        checksum = Some(unbase64(digits)?);
        body = rest;
    }
    let bytes = unbase64(&body.concat())?;
    let fits = |checksum: Vec<u8>| crc24(&bytes).to_be_bytes()[1..] == *checksum;
    checksum.is_none_or(fits).then_some(bytes)
}

/// The checksum of OpenPGP armour (RFC 9580, section 6.1).
fn crc24(bytes: &[u8]) -> u32 {
    let mut crc: u32 = 0x00b7_04ce;
    for byte in bytes {
        crc ^= u32::from(*byte) << 16;
        for _ in 0..8 {
            crc <<= 1;
            if crc & 0x0100_0000 != 0 {
                crc ^= 0x0186_4cfb;
            }
        }
    }
    crc & 0x00ff_ffff
}
