//! What can be asked of the program.

use crate::tokens::Scope;
use clap::{Args, Parser, Subcommand, ValueEnum};
use domain_types::TagName;
use std::path::PathBuf;

/// Gates merges and releases across repositories.
#[derive(Debug, Parser)]
#[command(name = "governance-app", version)]
pub(crate) struct Arguments {
    /// The configuration; governance-app.toml in the current folder if it is there.
    #[arg(long, global = true, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// How results, and the address that is listened on, are written.
    #[arg(long, global = true, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
    #[command(subcommand)]
    pub(crate) command: Option<Command>,
}

/// For people or for programs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people.
    Text,
    /// For programs.
    Json,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Take deliveries and orders; also when nothing is asked for.
    Serve,
    /// Make the database, or move its schema forward.
    Migrate,
    /// Copy the database into a new file, also while a server uses it.
    Backup(FileOrder),
    /// Make the database of such a copy, where there is none.
    ///
    /// What was open at the time of the copy may have been done since: each command is looked for on GitHub before it is sent.
    Restore(FileOrder),
    /// After the machine is lost: read all signatures, decisions and clocks from GitHub again.
    ///
    /// The rules are followed from the pinned ones to the present, every open pull request of their repositories is looked at, and what was
    /// merged lately is judged as of its merge. Nothing is written on GitHub; the server does that when it is started. Again, or after it was
    /// ended in the middle, it goes on where it was.
    ///
    /// Left with 0 if everything was restored, 1 if the present rules are not accepted, 2 if the configuration cannot be used, 3 if something
    /// could not be read.
    Rebuild(Rebuilding),
    /// Say what the configuration means, or what is wrong with it.
    CheckConfig,
    /// Say what would stop a release: how the App, its webhook and every repository of the plan are set up on GitHub.
    ///
    /// Nothing is changed. Left with 0 if no error is found, 1 if one is, 2 if the configuration cannot be used, 3 if GitHub cannot be
    /// asked at all.
    Doctor(Examine),
    /// Tokens of the API.
    #[command(subcommand)]
    Token(TokenCommand),
}

#[derive(Debug, Args)]
pub(crate) struct FileOrder {
    /// The copy.
    #[arg(value_name = "FILE")]
    pub(crate) file: PathBuf,
}

#[derive(Debug, Args)]
pub(crate) struct Rebuilding {
    /// How many days back what was merged is restored too, at most 3650; releases tell by it what stands behind their commits.
    #[arg(long, value_name = "DAYS", default_value_t = 90, value_parser = clap::value_parser!(u16).range(0..=3650))]
    pub(crate) merged_days: u16,
}

#[derive(Debug, Args)]
pub(crate) struct Examine {
    /// Judge the plan of this tag of the release's repository; without it, that of the default branch.
    #[arg(long, value_name = "TAG")]
    pub(crate) tag: Option<TagName>,
}

#[derive(Debug, Subcommand)]
pub(crate) enum TokenCommand {
    /// Draw a token: it is shown once, and its digest goes into the file of tokens.
    New(NewToken),
}

#[derive(Debug, Args)]
pub(crate) struct NewToken {
    /// Who gets it: 1 to 64 of a-z, 0-9 and -.
    pub(crate) name: String,
    /// What it may do; each may also do what those before it may.
    #[arg(long, value_enum)]
    pub(crate) scope: ScopeWord,
    /// How long it counts, in days, at most 90.
    #[arg(long, value_name = "DAYS")]
    pub(crate) expires: u16,
}

/// A scope as it is typed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ScopeWord {
    /// Look.
    Read,
    /// Start releases.
    Trigger,
    /// Give orders to releases.
    Operate,
}

impl From<ScopeWord> for Scope {
    fn from(word: ScopeWord) -> Self {
        match word {
            ScopeWord::Read => Self::Read,
            ScopeWord::Trigger => Self::Trigger,
            ScopeWord::Operate => Self::Operate,
        }
    }
}
