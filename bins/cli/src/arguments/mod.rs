//! What can be typed. Only names, kinds and help texts; nothing is decided here.

mod policy;
mod release;
mod sign;
mod standing;
mod supposing;
mod workflow;

pub(crate) use policy::{ModeArgument, PolicyCheckArguments, PolicyCommand, RequirementArguments};
pub(crate) use release::{
    ListArguments, LocalArguments, OrderArguments, ReleaseCommand, ServerPlace, StartArguments,
    WatchArguments,
};
pub(crate) use sign::{
    GenerateArguments, KeyCommand, KeyFileArguments, ProveArguments, PullRequestAddress, SchemeArgument,
    SignArguments, VerifySignatureArguments,
};
pub(crate) use standing::{About, ExplainArguments, PullRequestPlace, WhyArguments};
pub(crate) use supposing::{
    BacktestArguments, DryRunArguments, ReportCommand, SimulateArguments, Since, SupposedArguments,
};
pub(crate) use workflow::{CheckArguments, InitArguments, LanguageArgument, WorkflowCommand};

use clap::{Args, Parser, Subcommand, ValueEnum};
use domain_types::{ReleaseVersion, RepoName};
use std::path::PathBuf;

/// The operator's and the maintainer's hand: plan, release and verify across repositories.
///
/// Results go to standard output, progress and messages to standard error. Exit codes: 0 yes; 1 a clear no (a build
/// failed, verification failed, results differ); 2 wrong usage, configuration, manifest or missing tag; 3 the world
/// failed (disk, network, a lock is held); 130 Ctrl-C; 143 SIGTERM.
#[derive(Debug, Parser)]
#[command(name = "governance", version, max_term_width = 100)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    pub(crate) command: Command,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Show the plan of a manifest: order, waves, critical path, who waits for whom
    Plan(PlanArguments),
    /// Release, and look after releases
    #[command(subcommand)]
    Release(ReleaseCommand),
    /// Check downloaded release files
    #[command(subcommand)]
    Artifacts(ArtifactsCommand),
    /// Compare two results
    #[command(subcommand)]
    Compare(CompareCommand),
    /// Look after a database file
    #[command(subcommand)]
    Db(DatabaseCommand),
    /// What the rules of an organisation are, and what they ask for
    #[command(subcommand)]
    Policy(PolicyCommand),
    /// Count what the gate said, and what people did
    #[command(subcommand)]
    Report(ReportCommand),
    /// Say what holds a pull request or a release up, and what to type
    ///
    /// Exit code 0 if nothing does, 1 if something does.
    Why(WhyArguments),
    /// Keys of your own to sign with
    #[command(subcommand)]
    Key(KeyCommand),
    /// Sign a statement with a key of your own
    ///
    /// With `--pr` the server says which statement it is, and it is held against the clone in which you looked at it.
    /// Exit code 0 if it is signed, 1 if the server disagrees with your clone or you do not say yes.
    Sign(SignArguments),
    /// Check whose signature it is that belongs to a statement
    Verify(VerifySignatureArguments),
    /// Write and check the workflow files of repositories
    #[command(subcommand)]
    Workflow(WorkflowCommand),
    /// Create an example organisation and release it for real
    Demo(DemoArguments),
    /// A simulated GitHub, for trying things out
    #[command(subcommand)]
    Sim(SimCommand),
    /// Write a manual page for every command
    Man(ManArguments),
    /// Write a completion script for a shell to standard output
    Completions(CompletionsArguments),
}

/// How a result is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people
    Text,
    /// For programs; carries a `schema`
    Json,
}

/// How a plan is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum PlanFormat {
    /// For people
    Text,
    /// For programs, schema governance/plan/v1
    Json,
    /// For Graphviz
    Dot,
    /// For Mermaid, as in Markdown on forges
    Mermaid,
}

#[derive(Debug, Args)]
pub(crate) struct FormatArgument {
    /// How the result is written
    #[arg(long, value_enum, default_value_t = Format::Text)]
    pub(crate) format: Format,
}

/// What is planned: shared by `plan` and `release local`.
#[derive(Debug, Args)]
pub(crate) struct PlanSource {
    /// The manifest: which versions belong together, and who needs whom
    #[arg(long, value_name = "FILE")]
    pub(crate) manifest: PathBuf,
    /// The configuration [default: governance-app.toml in the current folder, if it is there]
    #[arg(long, value_name = "FILE")]
    pub(crate) config: Option<PathBuf>,
    /// Only these repositories and everything downstream of them
    #[arg(long, value_name = "REPO", num_args = 1.., value_delimiter = ',')]
    pub(crate) changed: Vec<RepoName>,
}

#[derive(Debug, Args)]
pub(crate) struct PlanArguments {
    #[command(flatten)]
    pub(crate) source: PlanSource,
    /// The version of the release that the plan is for; decides the channel
    #[arg(long, value_name = "VERSION")]
    pub(crate) version: Option<ReleaseVersion>,
    /// The folder that holds the git repositories; tags are resolved to commits
    #[arg(long, value_name = "DIR")]
    pub(crate) workspace: Option<PathBuf>,
    /// How the plan is written
    #[arg(long, value_enum, default_value_t = PlanFormat::Text)]
    pub(crate) format: PlanFormat,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ArtifactsCommand {
    /// Verify a release directory offline: the exact set, every digest, every archive member
    Verify(VerifyArguments),
}

#[derive(Debug, Args)]
pub(crate) struct VerifyArguments {
    /// The release directory
    #[arg(value_name = "DIR")]
    pub(crate) directory: PathBuf,
    #[command(flatten)]
    pub(crate) format: FormatArgument,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CompareCommand {
    /// Compare two release directories item by item
    Dirs(CompareArguments),
}

#[derive(Debug, Args)]
pub(crate) struct CompareArguments {
    /// The one release directory
    #[arg(value_name = "A")]
    pub(crate) left: PathBuf,
    /// The other release directory
    #[arg(value_name = "B")]
    pub(crate) right: PathBuf,
    #[command(flatten)]
    pub(crate) format: FormatArgument,
}

#[derive(Debug, Subcommand)]
pub(crate) enum DatabaseCommand {
    /// Bring a database file to this program's schema; creates it if it is absent
    Migrate(DatabaseArguments),
    /// Check a database file: pages, schema, migrations, rows that belong to nothing
    Check(DatabaseArguments),
}

#[derive(Debug, Args)]
pub(crate) struct DatabaseArguments {
    /// The database file
    #[arg(long, value_name = "FILE")]
    pub(crate) state: PathBuf,
    #[command(flatten)]
    pub(crate) format: FormatArgument,
}

#[derive(Debug, Args)]
pub(crate) struct DemoArguments {
    /// Where the organisation is created: absent, empty, or a demo to go on with [default: governance-demo, or
    /// governance-demo-github]
    #[arg(long, value_name = "DIR")]
    dir: Option<PathBuf>,
    /// Release through the server and a simulated GitHub, both within this process, instead of building here
    #[arg(long, conflicts_with = "jobs")]
    pub(crate) github: bool,
    /// Builds at the same time [default: the available parallelism]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) jobs: Option<u32>,
    #[command(flatten)]
    pub(crate) format: FormatArgument,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SimCommand {
    /// Serve a simulated GitHub on loopback until Ctrl-C; says as JSON how to reach it
    Serve(SimServeArguments),
}

#[derive(Debug, Args)]
pub(crate) struct SimServeArguments {
    /// Where repositories, uploads and the App's key are kept: absent or empty
    #[arg(long, value_name = "DIR", default_value = "governance-sim")]
    pub(crate) dir: PathBuf,
    /// The port; 0 is any free one
    #[arg(long, value_name = "PORT", default_value_t = 0)]
    pub(crate) port: u16,
    /// How many times faster than written builds pass
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u32).range(1..=10_000))]
    pub(crate) speed: u32,
    /// The seed of everything that is left to chance
    #[arg(long, value_name = "SEED", default_value_t = 1)]
    pub(crate) seed: u64,
    /// The organisation that is there
    #[arg(long, value_name = "NAME", default_value = "example")]
    pub(crate) organisation: String,
    /// Repositories that are there, each with a workflow that builds
    #[arg(long, value_name = "NAME", num_args = 1.., value_delimiter = ',', default_value = "node")]
    pub(crate) repository: Vec<String>,
    /// Where the App's webhooks go
    #[arg(long, value_name = "URL")]
    pub(crate) webhook_url: Option<String>,
    /// The secret of the App's webhooks
    #[arg(long, value_name = "SECRET", default_value = "", requires = "webhook_url")]
    pub(crate) webhook_secret: String,
}

impl DemoArguments {
    /// Where the organisation is created.
    pub(crate) fn dir(&self) -> PathBuf {
        let default = match self.github {
            true => "governance-demo-github",
            false => "governance-demo",
        };
        self.dir.clone().unwrap_or_else(|| PathBuf::from(default))
    }
}

#[derive(Debug, Args)]
pub(crate) struct ManArguments {
    /// The folder for the pages; without it the page of `governance` goes to standard output
    #[arg(long, value_name = "DIR")]
    pub(crate) dir: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct CompletionsArguments {
    /// The shell
    #[arg(value_enum)]
    pub(crate) shell: clap_complete::Shell,
}
