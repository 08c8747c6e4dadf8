//! What can be typed behind `governance policy`.

use super::FormatArgument;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Check the rules of an organisation for what could never be merged, or by the wrong people
    ///
    /// Exit code 1 if there is an error among the findings, 2 if the files are no rules.
    Check(PolicyCheckArguments),
}

/// What the rules are checked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ModeArgument {
    /// They hold pull requests back
    Enforce,
    /// They are only tried out: what would be an error is a warning
    DryRun,
}

#[derive(Debug, Args)]
pub(crate) struct PolicyCheckArguments {
    /// The folder of the rules: the one that holds `.governance.yml` and `config/`
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
    /// What the rules are checked for
    #[arg(long, value_enum, default_value_t = ModeArgument::Enforce)]
    pub(crate) mode: ModeArgument,
    #[command(flatten)]
    pub(crate) format: FormatArgument,
}
