//! The last lines of a build's log, safe to show.

use crate::Error;
use std::fs::File;
use std::io::{Read as _, Seek as _, SeekFrom};
use std::path::Path;

/// Lines that an error shows: a compiler's last message.
pub const LOG_TAIL_LINES: usize = 20;
/// Bytes from the end of a log that are looked at.
const TAIL_BYTES_MAX: u64 = 64 * 1024;
/// Characters of a line that are shown.
const LINE_CHARS_MAX: usize = 400;

/// The last lines of the file that are not empty, oldest first; none if the file is absent.
///
/// Control characters and those that turn the order of writing are escaped, so that a log can neither drive the terminal
/// it is shown on nor deceive who reads it; of a line that was overwritten
/// by carriage returns the last state is taken.
///
/// # Errors
/// [`Error::Io`].
pub fn log_tail(path: &Path, lines_max: usize) -> Result<Vec<String>, Error> {
    let bytes = match last_bytes(path) {
        Ok(bytes) => bytes,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(Error::io("read", path)(error)),
    };
    let text = String::from_utf8_lossy(&bytes);
    let shown: Vec<String> = text.lines().map(shown).filter(|line| !line.is_empty()).collect();
    Ok(shown[shown.len().saturating_sub(lines_max)..].to_vec())
}

fn last_bytes(path: &Path) -> std::io::Result<Vec<u8>> {
    let mut file = File::open(path)?;
    let size = file.metadata()?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(TAIL_BYTES_MAX)))?;
    let mut bytes = Vec::new();
    file.take(TAIL_BYTES_MAX).read_to_end(&mut bytes)?;
    Ok(bytes)
}

fn shown(line: &str) -> String {
    let last_state = line
        .trim_end_matches('\r')
        .rsplit('\r')
        .next()
        .unwrap_or_default();
    let mut text = String::new();
    for character in last_state.trim_end().chars().take(LINE_CHARS_MAX) {
        match character {
            '\t' => text.push_str("    "),
            control if control.is_control() || is_deceptive(control) => text.extend(control.escape_unicode()),
            other => text.push(other),
        }
    }
    text
}

/// Characters without a width, and those that turn the order of what follows: a line would not say what it shows.
fn is_deceptive(character: char) -> bool {
    matches!(
        character,
        '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}' | '\u{feff}'
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_tail_is_bounded_and_harmless() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        assert_eq!(log_tail(&path, 3).unwrap(), Vec::<String>::new());
        let mut bytes = vec![b'x'; 200_000];
        bytes.extend(b"\nfirst\n\n10 %\r99 %\r\n\x1b[31merror\x07\ttab\xff\n");
        bytes.extend("safe \u{202e}drowssap\n".as_bytes());
        std::fs::write(&path, bytes).unwrap();
        let tail = log_tail(&path, 3).unwrap();
        assert_eq!(
            tail,
            [
                "99 %",
                "\\u{1b}[31merror\\u{7}    tab\u{fffd}",
                "safe \\u{202e}drowssap"
            ]
        );
        let all = log_tail(&path, 10).unwrap();
        assert_eq!((all.len(), all[0].len()), (5, LINE_CHARS_MAX));
    }
}
