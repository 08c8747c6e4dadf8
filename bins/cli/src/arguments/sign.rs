//! What can be typed behind `governance key`, `sign` and `verify`.

use super::FormatArgument;
use clap::{Args, Subcommand, ValueEnum};
use domain_types::{Login, Timestamp};
use signatures::{Forge, OwnerName};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum KeyCommand {
    /// Make a key of your own: a new file that only you can read
    Generate(GenerateArguments),
    /// Show the public part of a key, as it is put into the rules
    Show(KeyFileArguments),
    /// Sign that a key is yours, for those who register it
    Prove(ProveArguments),
}

/// How a key of this program signs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SchemeArgument {
    /// Schnorr signatures over secp256k1
    Bip340,
    /// Ed25519 over the bytes themselves
    Ed25519,
    /// ECDSA over secp256k1, for keys that there are already
    Secp256k1,
}

#[derive(Debug, Args)]
pub(crate) struct GenerateArguments {
    /// How the key signs
    #[arg(long, value_enum, default_value_t = SchemeArgument::Bip340)]
    pub(crate) scheme: SchemeArgument,
    /// Where the key goes; it must not be there yet
    #[arg(long, value_name = "FILE")]
    pub(crate) out: PathBuf,
}

/// A file with a secret.
#[derive(Debug, Args)]
pub(crate) struct KeyFileArguments {
    /// The file of the key: one of `governance key generate`, JSON with `secret_key` or `private_key`, or 64 hexadecimal digits
    #[arg(long = "key", value_name = "FILE")]
    pub(crate) file: PathBuf,
    /// How the key signs [default: as its file says, or secp256k1]
    #[arg(long, value_enum)]
    pub(crate) scheme: Option<SchemeArgument>,
    #[command(flatten)]
    pub(crate) format: FormatArgument,
}

#[derive(Debug, Args)]
pub(crate) struct ProveArguments {
    #[command(flatten)]
    pub(crate) key: KeyFileArguments,
    /// The host of the forge
    #[arg(long, value_name = "HOST", default_value = "github.com")]
    pub(crate) forge: Forge,
    /// The organisation in which the key shall count
    #[arg(long, value_name = "NAME")]
    pub(crate) organisation: OwnerName,
    /// Your login there
    #[arg(long, value_name = "LOGIN")]
    pub(crate) login: Login,
}

#[derive(Debug, Args)]
pub(crate) struct SignArguments {
    /// The statement: read it before you sign it
    #[arg(long, value_name = "FILE")]
    pub(crate) statement: PathBuf,
    #[command(flatten)]
    pub(crate) key: KeyFileArguments,
}

#[derive(Debug, Args)]
pub(crate) struct VerifySignatureArguments {
    /// The statement
    #[arg(long, value_name = "FILE")]
    pub(crate) statement: PathBuf,
    /// The signature: armour, alone or within other text, or one line
    #[arg(long, value_name = "FILE")]
    pub(crate) signature: PathBuf,
    /// A key that may have made it: `ssh`, `openpgp`, `bip340`, `ed25519` or `secp256k1`, a colon, and the key or `@FILE`
    #[arg(long = "key", value_name = "SCHEME:KEY", required = true)]
    pub(crate) keys: Vec<String>,
    /// The time for which OpenPGP certificates are judged [default: now]
    #[arg(long, value_name = "TIME")]
    pub(crate) at: Option<Timestamp>,
    #[command(flatten)]
    pub(crate) format: FormatArgument,
}
