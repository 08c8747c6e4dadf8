//! What can be typed behind `governance key`, `sign` and `verify`.

use super::{FormatArgument, PullRequestPlace, ServerPlace};
use clap::{ArgGroup, Args, Subcommand, ValueEnum};
use domain_types::{Login, Timestamp};
use signatures::{Forge, OwnerName};
use std::path::PathBuf;
use std::str::FromStr;

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
#[command(group = ArgGroup::new("what").required(true).args(["statement", "pull_request"]))]
pub(crate) struct SignArguments {
    /// The statement: read it before you sign it
    #[arg(long, value_name = "FILE", requires = "key")]
    pub(crate) statement: Option<PathBuf>,
    /// A pull request, whose statement is asked of the server and held against your clone: `OWNER/NAME#NUMBER`, or the address of its page
    #[arg(long = "pr", value_name = "PR", requires_all = ["clone", "server"])]
    pub(crate) pull_request: Option<PullRequestAddress>,
    /// The clone in which you looked at it
    #[arg(long, value_name = "DIR", requires = "pull_request")]
    pub(crate) clone: Option<PathBuf>,
    /// The commit that you looked at there
    #[arg(long, value_name = "COMMIT", default_value = "HEAD")]
    pub(crate) head: String,
    /// The name of the forge's repository in the clone
    #[arg(long, value_name = "NAME", default_value = "origin")]
    pub(crate) remote: String,
    /// Take the branch of that remote even if its address is not that of the repository: a folder, a mirror, a host by another name
    #[arg(long, requires = "pull_request")]
    pub(crate) any_remote: bool,
    /// Sign without asking: you have read the statement
    #[arg(long, requires = "pull_request")]
    pub(crate) yes: bool,
    #[command(flatten)]
    pub(crate) server: ServerPlace,
    /// The file of the key; without one `--pr` writes the statement, for `ssh-keygen` or `gpg`
    #[arg(long, value_name = "FILE")]
    pub(crate) key: Option<PathBuf>,
    /// How the key signs [default: as its file says, or secp256k1]
    #[arg(long, value_enum, requires = "key")]
    pub(crate) scheme: Option<SchemeArgument>,
    #[command(flatten)]
    pub(crate) format: FormatArgument,
}

/// A pull request, and the host of its forge if its address was given.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct PullRequestAddress {
    pub(crate) host: Option<String>,
    pub(crate) place: PullRequestPlace,
}

impl FromStr for PullRequestAddress {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let rest = text
            .strip_prefix("https://")
            .or_else(|| text.strip_prefix("http://"));
        let host = rest.and_then(|rest| rest.split('/').next()).map(str::to_owned);
        Ok(Self {
            host,
            place: text.parse()?,
        })
    }
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
