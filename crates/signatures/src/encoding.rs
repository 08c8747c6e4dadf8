//! Hexadecimal and base64, each text in exactly one way.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, STANDARD_NO_PAD};

/// The bytes of hexadecimal digits in either case, with or without `0x`.
pub(crate) fn unhex(text: &str) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks_exact(2)
        .map(|pair| Some((nibble(pair[0])? << 4) | nibble(pair[1])?))
        .collect()
}

/// Exactly so many bytes of hexadecimal digits.
pub(crate) fn unhex_exactly<const BYTES: usize>(text: &str) -> Option<[u8; BYTES]> {
    unhex(text)?.try_into().ok()
}

fn nibble(digit: u8) -> Option<u8> {
    match digit {
        b'0'..=b'9' => Some(digit - b'0'),
        b'a'..=b'f' => Some(digit - b'a' + 10),
        b'A'..=b'F' => Some(digit - b'A' + 10),
        _ => None,
    }
}

/// Lower-case hexadecimal digits.
pub(crate) fn hex(bytes: &[u8]) -> String {
    const DIGITS: &[u8; 16] = b"0123456789abcdef";
    let digit = |nibble: u8| char::from(DIGITS[usize::from(nibble & 15)]);
    bytes
        .iter()
        .flat_map(|byte| [digit(byte >> 4), digit(*byte)])
        .collect()
}

/// The bytes of base64 with its padding and without bits left over: the one spelling that a writer makes.
pub(crate) fn unbase64(text: &str) -> Option<Vec<u8>> {
    STANDARD.decode(text).ok()
}

/// Base64 without padding, as OpenSSH shows fingerprints.
pub(crate) fn base64_unpadded(bytes: &[u8]) -> String {
    STANDARD_NO_PAD.encode(bytes)
}

/// Base64 as it stands in keys and armour.
pub(crate) fn base64(bytes: &[u8]) -> String {
    STANDARD.encode(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn base64_has_one_spelling() {
        assert_eq!(unbase64("TQ=="), Some(b"M".to_vec()));
        for bad in ["TR==", "TQ=", "TQ", "TQ===", "T Q==", "TQ==\n", "=", "TQ==TQ=="] {
            assert_eq!(unbase64(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn hexadecimal_digits_come_in_pairs() {
        assert_eq!(unhex("0xFf00"), Some(vec![255, 0]));
        assert_eq!(hex(&[255, 0, 10]), "ff000a");
        for bad in ["f", "0xf", "fg", "0x0x00", "é0", "0X00"] {
            assert_eq!(unhex(bad), None, "{bad:?}");
        }
    }
}
