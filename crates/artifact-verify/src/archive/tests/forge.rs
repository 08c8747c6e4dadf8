//! Forges archives that nobody should make.

use super::super::zip_headers::{
    CENTRAL_SIGNATURE, DEFLATED, END_SIGNATURE, LOCAL_SIGNATURE, MADE_BY_UNIX, STORED, Shared, VERSION_NEEDED,
};
use flate2::Compression;
use flate2::write::{DeflateEncoder, GzEncoder};
use std::io::Write;
use tar::{EntryType, Header};

/// A tar entry as a forger wants it.
pub(super) struct TarEntry {
    pub(super) name: Vec<u8>,
    pub(super) kind: EntryType,
    pub(super) mode: u32,
    pub(super) content: Vec<u8>,
    /// The size that the header claims, if not that of the content.
    pub(super) claimed: Option<u64>,
}

pub(super) fn tar_file(name: &[u8], content: &[u8]) -> TarEntry {
    TarEntry {
        name: name.to_vec(),
        kind: EntryType::Regular,
        mode: 0o644,
        content: content.to_vec(),
        claimed: None,
    }
}

impl TarEntry {
    fn bytes(&self) -> Vec<u8> {
        let mut header = Header::new_ustar();
        // `set_path` would refuse what is to be forged.
        let field = &mut header.as_old_mut().name;
        field[..self.name.len()].copy_from_slice(&self.name);
        header.set_entry_type(self.kind);
        header.set_mode(self.mode);
        header.set_size(self.claimed.unwrap_or(self.content.len() as u64));
        header.set_mtime(1_764_000_000);
        header.set_uid(0);
        header.set_gid(0);
        header.set_cksum();
        let mut bytes = header.as_bytes().to_vec();
        bytes.extend(&self.content);
        bytes.resize(bytes.len().next_multiple_of(512), 0);
        bytes
    }
}

pub(super) fn tar_bytes(entries: &[TarEntry]) -> Vec<u8> {
    let mut bytes: Vec<u8> = entries.iter().flat_map(TarEntry::bytes).collect();
    bytes.extend([0; 1024]);
    bytes
}

pub(super) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

pub(super) fn tar_gz(entries: &[TarEntry]) -> Vec<u8> {
    gzip(&tar_bytes(entries))
}

pub(super) fn deflate(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = DeflateEncoder::new(Vec::new(), Compression::best());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

/// A zip entry as a forger wants it. The local and the central side can say different things.
#[derive(Clone)]
pub(super) struct ZipEntry {
    pub(super) local_name: Vec<u8>,
    pub(super) name: Vec<u8>,
    pub(super) local: Shared,
    pub(super) central: Shared,
    pub(super) data: Vec<u8>,
    pub(super) external: u32,
    pub(super) made_by: u16,
    pub(super) local_extra: Vec<u8>,
    pub(super) extra: Vec<u8>,
    pub(super) comment: Vec<u8>,
    /// Bytes in front of the local header and behind the data.
    pub(super) around: [Vec<u8>; 2],
    /// The offset that the central header claims, if not the true one.
    pub(super) offset: Option<u32>,
}

pub(super) fn zip_file(name: &[u8], content: &[u8]) -> ZipEntry {
    let data = deflate(content);
    let mut crc = flate2::Crc::new();
    crc.update(content);
    let shared = Shared {
        version_needed: VERSION_NEEDED,
        flags: 0,
        method: DEFLATED,
        time: 0,
        date: 33,
        crc: crc.sum(),
        compressed: u32::try_from(data.len()).unwrap(),
        size: u32::try_from(content.len()).unwrap(),
        name_bytes: 0,
        extra_bytes: 0,
    };
    ZipEntry {
        local_name: name.to_vec(),
        name: name.to_vec(),
        local: shared,
        central: shared,
        data,
        external: 0o100_644 << 16,
        made_by: MADE_BY_UNIX,
        local_extra: Vec::new(),
        extra: Vec::new(),
        comment: Vec::new(),
        around: [Vec::new(), Vec::new()],
        offset: None,
    }
}

pub(super) fn zip_stored(name: &[u8], content: &[u8]) -> ZipEntry {
    let mut entry = zip_file(name, content);
    entry.data = content.to_vec();
    entry.both(|shared| {
        shared.method = STORED;
        shared.compressed = shared.size;
    });
    entry
}

impl ZipEntry {
    pub(super) fn both(&mut self, change: impl Fn(&mut Shared)) {
        change(&mut self.local);
        change(&mut self.central);
    }
}

fn length(bytes: &[u8]) -> u16 {
    u16::try_from(bytes.len()).unwrap()
}

/// The end record's numbers: disk, directory's disk, entries here, entries, directory bytes, directory offset.
pub(super) struct End {
    pub(super) disks: [u16; 2],
    pub(super) entries: [u16; 2],
    pub(super) directory_bytes: u32,
    pub(super) directory_at: u32,
    pub(super) comment: u16,
}

pub(super) fn zip_with_end(entries: &[ZipEntry], change: impl Fn(&mut End)) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut directory = Vec::new();
    for entry in entries {
        bytes.extend(&entry.around[0]);
        let offset = entry.offset.unwrap_or(u32::try_from(bytes.len()).unwrap());
        let mut local = entry.local;
        (local.name_bytes, local.extra_bytes) = (length(&entry.local_name), length(&entry.local_extra));
        bytes.extend(LOCAL_SIGNATURE.to_le_bytes());
        local.write(&mut bytes);
        bytes.extend(
            [
                &entry.local_name[..],
                &entry.local_extra,
                &entry.data,
                &entry.around[1],
            ]
            .concat(),
        );
        let mut central = entry.central;
        (central.name_bytes, central.extra_bytes) = (length(&entry.name), length(&entry.extra));
        directory.extend(CENTRAL_SIGNATURE.to_le_bytes());
        directory.extend(entry.made_by.to_le_bytes());
        central.write(&mut directory);
        directory.extend(length(&entry.comment).to_le_bytes());
        directory.extend([0; 4]);
        directory.extend(entry.external.to_le_bytes());
        directory.extend(offset.to_le_bytes());
        directory.extend([&entry.name[..], &entry.extra, &entry.comment].concat());
    }
    let count = u16::try_from(entries.len()).unwrap();
    let mut end = End {
        disks: [0; 2],
        entries: [count; 2],
        directory_bytes: u32::try_from(directory.len()).unwrap(),
        directory_at: u32::try_from(bytes.len()).unwrap(),
        comment: 0,
    };
    change(&mut end);
    bytes.extend(directory);
    bytes.extend(END_SIGNATURE.to_le_bytes());
    for number in end.disks.into_iter().chain(end.entries) {
        bytes.extend(number.to_le_bytes());
    }
    bytes.extend(end.directory_bytes.to_le_bytes());
    bytes.extend(end.directory_at.to_le_bytes());
    bytes.extend(end.comment.to_le_bytes());
    bytes
}

pub(super) fn zip(entries: &[ZipEntry]) -> Vec<u8> {
    zip_with_end(entries, |_| {})
}
