//! Files with a secret: those that are written here, and those of tools that people had before.

use super::read_text;
use crate::arguments::SchemeArgument;
use crate::{Failure, clock};
use rand::TryRng as _;
use rand::rngs::SysRng;
use serde::{Deserialize, Serialize};
use signatures::{KeyError, Scheme, SigningKey};
use std::fs::OpenOptions;
use std::io::Write as _;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

/// Bytes of a file of a key: secrets are short, and so is what stands beside them.
const BYTES_MAX: usize = 64 * 1024;
/// Only the owner reads and writes.
const MODE: u32 = 0o600;
const HELP: &str = "name a file of `governance key generate`, JSON with `secret_key` or `private_key`, or 64 hexadecimal digits";

/// A secret, and how it signs.
pub(super) struct KeyFile {
    scheme: Scheme,
    secret: [u8; 32],
}

/// The file as it is written.
#[derive(Serialize)]
struct Written<'a> {
    scheme: &'a str,
    public_key: String,
    secret_key: String,
    created_at: String,
}

/// The file as it is read: of the fields that there may be those that matter.
#[derive(Deserialize)]
struct Read {
    scheme: Option<String>,
    secret_key: Option<String>,
    private_key: Option<String>,
}

impl KeyFile {
    /// A secret that nobody ever had.
    pub(super) fn fresh(scheme: SchemeArgument) -> Result<Self, Failure> {
        let mut secret = [0; 32];
        SysRng.try_fill_bytes(&mut secret).map_err(|error| {
            Failure::world(
                format!("failed to draw a secret: {error}"),
                "check the system's random numbers",
            )
        })?;
        Ok(Self {
            scheme: of_argument(scheme),
            secret,
        })
    }

    pub(super) fn read(path: &Path, scheme: Option<SchemeArgument>) -> Result<Self, Failure> {
        let text = read_text(path, BYTES_MAX)?;
        let no_key = || Failure::usage(format!("{} holds no secret key", path.display()), HELP);
        let text = text.trim();
        let (said, digits) = match text.starts_with('{') {
            false => (None, text.to_owned()),
            true => {
                let read: Read = serde_json::from_str(text).map_err(|_| no_key())?;
                (
                    read.scheme,
                    read.secret_key.or(read.private_key).ok_or_else(no_key)?,
                )
            }
        };
        let said = said.map(|word| word.parse().map_err(|_| no_key())).transpose()?;
        let scheme = scheme.map(of_argument).or(said).unwrap_or(Scheme::Secp256k1);
        let secret = unhex(&digits).ok_or_else(no_key)?;
        Ok(Self { scheme, secret })
    }

    /// Writes a new file.
    pub(super) fn write(&self, path: &Path) -> Result<(), Failure> {
        let of_path = |error: std::io::Error| Failure::of_path("write", path, &error);
        let written = Written {
            scheme: self.scheme.as_str(),
            public_key: self.signing_key()?.public_key().to_string(),
            secret_key: hex(&self.secret),
            created_at: clock::now().to_string(),
        };
        let text = serde_json::to_string_pretty(&written).map_err(|error| {
            Failure::world(format!("failed to write JSON: {error}"), "report this as a bug")
        })?;
        let mut options = OpenOptions::new();
        let options = options.write(true).create_new(true).mode(MODE);
        let mut file = options.open(path).map_err(of_path)?;
        file.write_all(format!("{text}\n").as_bytes()).map_err(of_path)?;
        file.sync_all().map_err(of_path)
    }

    pub(super) fn signing_key(&self) -> Result<SigningKey, Failure> {
        SigningKey::from_secret(self.scheme, self.secret).map_err(|error| {
            let help = match error {
                KeyError::WellKnown => "make a key of your own: `governance key generate --out FILE`",
                KeyError::Placeholder | KeyError::Malformed { .. } => HELP,
            };
            Failure::usage(format!("this is no key to sign with: {error}"), help)
        })
    }
}

fn of_argument(scheme: SchemeArgument) -> Scheme {
    match scheme {
        SchemeArgument::Bip340 => Scheme::Bip340,
        SchemeArgument::Ed25519 => Scheme::Ed25519,
        SchemeArgument::Secp256k1 => Scheme::Secp256k1,
    }
}

fn unhex(text: &str) -> Option<[u8; 32]> {
    let digits = text.strip_prefix("0x").unwrap_or(text).as_bytes();
    let mut bytes = [0; 32];
    if digits.len() != 64 {
        return None;
    }
    let digit = |byte: u8| {
        char::from(byte)
            .to_digit(16)
            .and_then(|digit| u8::try_from(digit).ok())
    };
    for (byte, pair) in bytes.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = (digit(pair[0])? << 4) | digit(pair[1])?;
    }
    Some(bytes)
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}
