//! What can be typed behind `governance workflow`.

use super::FormatArgument;
use clap::{Args, Subcommand, ValueEnum};
use std::path::PathBuf;
use workflow_model::RunnerLabel;

#[derive(Debug, Subcommand)]
pub(crate) enum WorkflowCommand {
    /// Write the workflow files that a repository needs to be built and released
    Init(InitArguments),
    /// Check workflow files for what a release would stumble over
    ///
    /// Exit code 1 if there is an error among the findings, 2 if a file cannot be read or is no YAML.
    Check(CheckArguments),
}

#[derive(Debug, Args)]
pub(crate) struct InitArguments {
    /// The repository's folder; with --out only its name
    #[arg(value_name = "REPO")]
    pub(crate) repository: PathBuf,
    /// The folder for the files [default: REPO/.github/workflows]
    #[arg(long, value_name = "DIR")]
    pub(crate) out: Option<PathBuf>,
    /// Replace files that are there
    #[arg(long)]
    pub(crate) force: bool,
    /// The labels of the runner, all of which it must have
    #[arg(
        long,
        value_name = "LABELS",
        value_delimiter = ',',
        default_value = "ubuntu-latest"
    )]
    pub(crate) runs_on: Vec<RunnerLabel>,
    /// What the repository is written in [default: rust if it has a Cargo.toml, else generic]
    #[arg(long, value_enum)]
    pub(crate) language: Option<LanguageArgument>,
    #[command(flatten)]
    pub(crate) format: FormatArgument,
}

/// What a repository is written in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum LanguageArgument {
    /// Cargo builds and tests it
    Rust,
    /// `make dist`, `make check` and `make audit` do
    Generic,
}

#[derive(Debug, Args)]
pub(crate) struct CheckArguments {
    /// The workflow files
    #[arg(value_name = "FILE", required = true)]
    pub(crate) files: Vec<PathBuf>,
    /// The event type of the `repository_dispatch` that asks for a build
    #[arg(long, value_name = "TYPE")]
    pub(crate) event_type: Option<String>,
    #[command(flatten)]
    pub(crate) format: FormatArgument,
}
