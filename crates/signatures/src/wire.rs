//! The binary encodings of SSH (RFC 4251, section 5): lengths and strings, nothing left over.

/// Bytes that are read from the front.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Wire<'a>(&'a [u8]);

impl<'a> Wire<'a> {
    pub(crate) fn new(bytes: &'a [u8]) -> Self {
        Self(bytes)
    }

    /// The next so many bytes.
    pub(crate) fn take(&mut self, count: usize) -> Option<&'a [u8]> {
        let (taken, rest) = self.0.split_at_checked(count)?;
        self.0 = rest;
        Some(taken)
    }

    pub(crate) fn byte(&mut self) -> Option<u8> {
        Some(self.take(1)?[0])
    }

    pub(crate) fn u16(&mut self) -> Option<u16> {
        Some(u16::from_be_bytes(self.take(2)?.try_into().ok()?))
    }

    pub(crate) fn u32(&mut self) -> Option<u32> {
        Some(u32::from_be_bytes(self.take(4)?.try_into().ok()?))
    }

    /// A length of four bytes, and so many bytes.
    pub(crate) fn string(&mut self) -> Option<&'a [u8]> {
        let length = usize::try_from(self.u32()?).ok()?;
        self.take(length)
    }

    /// A positive number of at most 32 bytes, without zeros in front but the one that keeps it positive.
    pub(crate) fn scalar(&mut self) -> Option<[u8; 32]> {
        let bytes = self.string()?;
        let digits = match bytes {
            [0, rest @ ..] if rest.first().is_some_and(|first| *first >= 0x80) => rest,
            [1..=0x7f, ..] => bytes,
            [] | [0 | 0x80.., ..] => return None,
        };
        padded(digits)
    }

    pub(crate) fn rest(self) -> &'a [u8] {
        self.0
    }

    pub(crate) fn is_empty(self) -> bool {
        self.0.is_empty()
    }
}

/// A big-endian number with zeros in front of it.
pub(crate) fn padded(digits: &[u8]) -> Option<[u8; 32]> {
    let mut whole = [0; 32];
    let start = whole.len().checked_sub(digits.len())?;
    whole[start..].copy_from_slice(digits);
    Some(whole)
}

/// Appends a length of four bytes and the bytes. Nothing here is as long as 4 GiB.
pub(crate) fn put_string(into: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
    into.extend(length.to_be_bytes());
    into.extend(bytes);
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_number_has_one_spelling() {
        let scalar = |bytes: &[u8]| {
            let mut string = Vec::new();
            put_string(&mut string, bytes);
            Wire::new(&string).scalar()
        };
        assert_eq!(scalar(&[0, 0x80]).map(|whole| whole[31]), Some(0x80));
        assert_eq!(scalar(&[0x7f]).map(|whole| whole[31]), Some(0x7f));
        assert!(scalar(&[0x7f; 32]).is_some());
        for bad in [
            &[][..],
            &[0],
            &[0, 0x7f],
            &[0x80],
            &[0xff; 32],
            &[1; 33],
            &[0, 0, 0x80],
        ] {
            assert_eq!(scalar(bad), None, "{bad:?}");
        }
    }

    #[test]
    fn nothing_is_read_beyond_the_end() {
        let mut wire = Wire::new(&[0, 0, 0, 5, 1, 2, 3, 4]);
        assert_eq!(wire.string(), None);
        assert_eq!(Wire::new(&[0xff; 4]).string(), None);
        assert_eq!(Wire::new(&[1]).u16(), None);
    }
}
