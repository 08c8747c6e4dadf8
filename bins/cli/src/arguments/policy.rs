//! What can be typed behind `governance policy`.

use super::{BacktestArguments, ExplainArguments, FormatArgument, SimulateArguments};
use clap::{Args, Subcommand, ValueEnum};
use domain_types::RepoName;
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum PolicyCommand {
    /// Check the rules of an organisation for what could never be merged, or by the wrong people
    ///
    /// Exit code 1 if there is an error among the findings, 2 if the files are no rules.
    Check(PolicyCheckArguments),
    /// Show what a change needs: signatures, days of review, and where each number comes from
    ///
    /// Exit code 0 also if so many cannot sign: the numbers are those of the rules, never fewer.
    Requirement(RequirementArguments),
    /// Show how a pull request stands with a server: every rule, who signed, what is missing and what to type
    ///
    /// Exit code 0 if every rule holds, 1 if one does not.
    Explain(ExplainArguments),
    /// Judge a pull request as if something were so: signatures, a time, other files, a higher tier, a check
    ///
    /// Judged by the rules of a folder, over the facts that a server or a file has. Exit code 0 if every rule would hold, 1 if one would not.
    Simulate(SimulateArguments),
    /// Judge past pull requests by changed rules, and show which decisions change
    ///
    /// Exit code 0 if every decision stays what it was, 1 if one changes.
    Backtest(BacktestArguments),
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

#[derive(Debug, Args)]
pub(crate) struct RequirementArguments {
    /// The folder of the rules: the one that holds `.governance.yml` and `config/`
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
    /// The layer; 0 is that of the rules themselves
    #[arg(
        long,
        value_name = "LAYER",
        requires = "tier",
        conflicts_with = "repo",
        required_unless_present = "repo"
    )]
    pub(crate) layer: Option<u32>,
    /// The tier: its number or its id
    #[arg(long, value_name = "TIER", requires = "layer")]
    pub(crate) tier: Option<String>,
    /// The repository of a change
    #[arg(long, value_name = "REPO", requires = "paths")]
    pub(crate) repo: Option<RepoName>,
    /// The files of the change, those that it moves or deletes included
    #[arg(long, value_name = "PATH", num_args = 1.., requires = "repo")]
    pub(crate) paths: Vec<String>,
    #[command(flatten)]
    pub(crate) format: FormatArgument,
}
