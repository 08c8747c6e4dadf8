//! Archives as the libraries read them that everybody uses: a second opinion, never used by the product.

use std::io::{self, Cursor, Read};

/// A file in an archive; folders are not compared.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct File {
    pub(crate) path: String,
    pub(crate) executable: bool,
    pub(crate) content: Vec<u8>,
}

/// Bytes that are read of one file: archives that we accepted have fewer.
const CONTENT_BYTES_MAX: u64 = 1024 * 1024;

fn whole(reader: &mut dyn Read) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    reader.take(CONTENT_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// A leading `./` is no part of a path.
fn plain(path: &str) -> String {
    path.strip_prefix("./").unwrap_or(path).to_owned()
}

pub(crate) fn tar_gz(bytes: &[u8]) -> io::Result<Vec<File>> {
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(bytes));
    let mut files = Vec::new();
    for entry in archive.entries()? {
        let mut entry = entry?;
        if entry.header().entry_type().is_dir() {
            continue;
        }
        files.push(File {
            path: plain(&String::from_utf8_lossy(&entry.path_bytes())),
            executable: entry.header().mode()? & 0o111 != 0,
            content: whole(&mut entry)?,
        });
    }
    Ok(files)
}

pub(crate) fn zip(bytes: &[u8]) -> io::Result<Vec<File>> {
    let mut archive = zip::ZipArchive::new(Cursor::new(bytes))?;
    let mut files = Vec::new();
    for index in 0..archive.len() {
        let mut entry = archive.by_index(index)?;
        if entry.is_dir() {
            continue;
        }
        files.push(File {
            path: plain(&String::from_utf8_lossy(entry.name_raw())),
            executable: entry.unix_mode().is_some_and(|mode| mode & 0o111 != 0),
            content: whole(&mut entry)?,
        });
    }
    Ok(files)
}
