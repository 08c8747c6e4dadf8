//! The three records of a zip (PKWARE APPNOTE 6.3, sections 4.3.7, 4.3.12 and 4.3.16), and DOS time.

use crate::ArchiveRule;
use domain_types::Timestamp;

pub(super) const LOCAL_SIGNATURE: u32 = 0x0403_4b50;
pub(super) const CENTRAL_SIGNATURE: u32 = 0x0201_4b50;
pub(super) const END_SIGNATURE: u32 = 0x0605_4b50;
pub(super) const DESCRIPTOR_SIGNATURE: u32 = 0x0807_4b50;
pub(super) const LOCAL_BYTES: usize = 30;
pub(super) const CENTRAL_BYTES: usize = 46;
pub(super) const END_BYTES: usize = 22;

/// Methods (4.4.5).
pub(super) const STORED: u16 = 0;
pub(super) const DEFLATED: u16 = 8;

/// Flags (4.4.4): encrypted, sizes in a descriptor behind the data, UTF-8 names; 1 and 2 are hints of deflate.
pub(super) const FLAG_ENCRYPTED: u16 = 1;
pub(super) const FLAG_DESCRIPTOR: u16 = 1 << 3;
const FLAGS_KNOWN: u16 = FLAG_ENCRYPTED | 0b110 | FLAG_DESCRIPTOR | 1 << 11;

/// "Made by" Unix, version 2.0: the external attributes hold a Unix mode.
pub(super) const MADE_BY_UNIX: u16 = 3 << 8 | VERSION_NEEDED;
/// 2.0: deflate, folders.
pub(super) const VERSION_NEEDED: u16 = 20;

/// Reads little-endian numbers from a record whose length was checked.
pub(super) struct Fields<'a>(pub(super) &'a [u8]);

impl<'a> Fields<'a> {
    pub(super) fn u16(&mut self) -> u16 {
        let bytes = self.bytes(2);
        bytes
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | u16::from(*byte))
    }

    pub(super) fn u32(&mut self) -> u32 {
        let bytes = self.bytes(4);
        bytes
            .iter()
            .rev()
            .fold(0, |number, byte| number << 8 | u32::from(*byte))
    }

    /// The next bytes; fewer if the record ends.
    pub(super) fn bytes(&mut self, count: usize) -> &'a [u8] {
        let (taken, rest) = self.0.split_at(count.min(self.0.len()));
        self.0 = rest;
        taken
    }
}

/// What local and central header both say.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Shared {
    pub(super) version_needed: u16,
    pub(super) flags: u16,
    pub(super) method: u16,
    pub(super) time: u16,
    pub(super) date: u16,
    pub(super) crc: u32,
    pub(super) compressed: u32,
    pub(super) size: u32,
    pub(super) name_bytes: u16,
    pub(super) extra_bytes: u16,
}

impl Shared {
    pub(super) fn read(fields: &mut Fields<'_>) -> Self {
        Self {
            version_needed: fields.u16(),
            flags: fields.u16(),
            method: fields.u16(),
            time: fields.u16(),
            date: fields.u16(),
            crc: fields.u32(),
            compressed: fields.u32(),
            size: fields.u32(),
            name_bytes: fields.u16(),
            extra_bytes: fields.u16(),
        }
    }

    pub(super) fn write(&self, out: &mut Vec<u8>) {
        for number in [self.version_needed, self.flags, self.method, self.time, self.date] {
            out.extend(number.to_le_bytes());
        }
        for number in [self.crc, self.compressed, self.size] {
            out.extend(number.to_le_bytes());
        }
        out.extend(self.name_bytes.to_le_bytes());
        out.extend(self.extra_bytes.to_le_bytes());
    }

    /// The rule that this header breaks by itself.
    pub(super) fn broken_rule(&self) -> Option<ArchiveRule> {
        let encrypted = self.flags & FLAG_ENCRYPTED != 0;
        let rules = [
            (encrypted, ArchiveRule::Encrypted),
            (self.flags & !FLAGS_KNOWN != 0, ArchiveRule::BadHeader("flag")),
            (
                !matches!(self.method, STORED | DEFLATED),
                ArchiveRule::UnknownMethod(self.method),
            ),
            (
                self.compressed == u32::MAX || self.size == u32::MAX,
                ArchiveRule::Zip64,
            ),
            (
                self.method == STORED && self.compressed != self.size,
                ArchiveRule::BadHeader("size"),
            ),
        ];
        rules
            .into_iter()
            .find_map(|(broken, rule)| broken.then_some(rule))
    }

    /// The first field in which the local header (`self`) differs from the central one. With a descriptor the
    /// local header may leave checksum and sizes at zero.
    pub(super) fn difference(&self, central: &Self) -> Option<&'static str> {
        let deferred =
            central.flags & FLAG_DESCRIPTOR != 0 && (self.crc, self.compressed, self.size) == (0, 0, 0);
        let fields = [
            (self.version_needed == central.version_needed, "version"),
            (self.flags == central.flags, "flags"),
            (self.method == central.method, "method"),
            ((self.time, self.date) == (central.time, central.date), "time"),
            (deferred || self.crc == central.crc, "checksum"),
            (
                deferred || self.compressed == central.compressed,
                "compressed size",
            ),
            (deferred || self.size == central.size, "size"),
        ];
        fields
            .into_iter()
            .find_map(|(same, field)| (!same).then_some(field))
    }
}

/// Extra fields (4.5) that would say more than the header: the 64-bit extension, and a second name.
pub(super) fn broken_extra(extra: &[u8]) -> Option<ArchiveRule> {
    const ZIP64: u16 = 0x0001;
    const UNICODE_PATH: u16 = 0x7075;
    let mut fields = Fields(extra);
    while !fields.0.is_empty() {
        if fields.0.len() < 4 {
            return Some(ArchiveRule::BadHeader("extra field"));
        }
        let (id, bytes) = (fields.u16(), usize::from(fields.u16()));
        if fields.bytes(bytes).len() < bytes {
            return Some(ArchiveRule::BadHeader("extra field"));
        }
        match id {
            ZIP64 => return Some(ArchiveRule::Zip64),
            UNICODE_PATH => return Some(ArchiveRule::SecondName),
            _ => {}
        }
    }
    None
}

/// DOS time and date, UTC, held within 1980 and 2107.
pub(super) fn dos_time(time: Timestamp) -> (u16, u16) {
    let text = time.to_string();
    let number = |from: usize, to: usize| {
        text.get(from..to)
            .and_then(|part| part.parse::<u16>().ok())
            .unwrap_or(0)
    };
    let year = number(0, 4);
    if year < 1980 {
        return (0, 1 << 5 | 1);
    }
    if year > 2107 {
        return (23 << 11 | 59 << 5 | 29, 127 << 9 | 12 << 5 | 31);
    }
    let date = (year - 1980) << 9 | number(5, 7) << 5 | number(8, 10);
    (
        number(11, 13) << 11 | number(14, 16) << 5 | (number(17, 19) / 2),
        date,
    )
}

/// The time that DOS time and date give; none if there is no such day or hour.
pub(super) fn from_dos_time(time: u16, date: u16) -> Option<Timestamp> {
    let (year, month, day) = (1980 + (date >> 9), date >> 5 & 15, date & 31);
    let (hour, minute, second) = (time >> 11, time >> 5 & 63, (time & 31) * 2);
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}Z")
        .parse()
        .ok()
}
