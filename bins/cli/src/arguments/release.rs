//! `governance release …`

use super::{FormatArgument, PlanSource};
use clap::{Args, Subcommand};
use domain_types::{ReleaseName, ReleaseVersion};
use std::path::PathBuf;

#[derive(Debug, Subcommand)]
pub(crate) enum ReleaseCommand {
    /// Release local git repositories into a directory; the same command goes on after any interruption
    Local(LocalArguments),
    /// Ask a server to start the release of a tag
    Start(StartArguments),
    /// Ask a server to make the tags of a release that are not there, at commits that are frozen now, and to start the release
    Tag(StartArguments),
    /// Ask a server to do everything of a release but publishing it, then report on one page
    Rehearse(StartArguments),
    /// Follow a release of a server until it ends
    Watch(WatchArguments),
    /// Take a published release of a server back: it is marked, never deleted
    Withdraw(OrderArguments),
    /// End a release of a server in favour of the former way of releasing, whose result nobody verifies
    FallBack(OrderArguments),
    /// List the releases of a state file or a server
    List(ListArguments),
    /// Show a release: its builds, what ran when, why something waits, what to type next
    Show(OrderArguments),
    /// Approve the plan of a release whose configuration asks for approvals
    Approve(OrderArguments),
    /// Begin nothing new; what runs is finished and recorded
    Pause(OrderArguments),
    /// Go on after a pause
    Resume(OrderArguments),
    /// Try again what failed, with a fresh budget
    Retry(OrderArguments),
    /// End a release for good; nothing is published
    Cancel(OrderArguments),
}

#[derive(Debug, Args)]
pub(crate) struct LocalArguments {
    /// The version of the release: X.Y.Z, optionally with -rc.N, -prerelease.N, -beta.N or -test.N
    #[arg(value_name = "VERSION")]
    pub(crate) version: ReleaseVersion,
    #[command(flatten)]
    pub(crate) source: PlanSource,
    /// The folder that holds the git repositories
    #[arg(long, value_name = "DIR")]
    pub(crate) workspace: PathBuf,
    /// The release directory: appears whole at the end, or not at all
    #[arg(long, value_name = "DIR")]
    pub(crate) out: PathBuf,
    /// Builds at the same time [default: as configured, else the available parallelism]
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..=1024))]
    pub(crate) jobs: Option<u32>,
    /// The state file [default: WORKSPACE/.governance/state.db]
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    /// Build every component a second time under other conditions and compare every byte
    #[arg(long)]
    pub(crate) verify_reproducible: bool,
    /// Build everything anew, even what an earlier release built from the same inputs
    #[arg(long)]
    pub(crate) no_reuse: bool,
    #[command(flatten)]
    pub(crate) format: FormatArgument,
}

#[derive(Debug, Args)]
pub(crate) struct ListArguments {
    #[command(flatten)]
    pub(crate) place: Place,
    #[command(flatten)]
    pub(crate) format: FormatArgument,
}

#[derive(Debug, Args)]
pub(crate) struct OrderArguments {
    /// The version of the release
    #[arg(value_name = "VERSION")]
    pub(crate) version: ReleaseVersion,
    #[command(flatten)]
    pub(crate) place: Place,
    /// The name of the release, where there are releases of several names
    #[arg(long, value_name = "NAME")]
    pub(crate) name: Option<ReleaseName>,
    #[command(flatten)]
    pub(crate) format: FormatArgument,
}

/// Where releases are: in a state file of this machine, or with a server.
#[derive(Debug, Args)]
#[group(id = "place", required = true, multiple = false, args = ["state", "server"])]
pub(crate) struct Place {
    /// The state file
    #[arg(long, value_name = "FILE")]
    pub(crate) state: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) server: ServerPlace,
}

/// A server, and the token that opens it.
#[derive(Debug, Args)]
pub(crate) struct ServerPlace {
    /// The server, such as `https://governance.example.org`
    #[arg(long, value_name = "URL")]
    pub(crate) server: Option<String>,
    /// The file that holds the token [default: the variable GOVERNANCE_TOKEN]
    #[arg(long, value_name = "FILE")]
    pub(crate) token_file: Option<PathBuf>,
}

#[derive(Debug, Args)]
pub(crate) struct StartArguments {
    /// The tag, or the version, of the release
    #[arg(value_name = "TAG")]
    pub(crate) tag: ReleaseVersion,
    #[command(flatten)]
    pub(crate) server: ServerPlace,
    #[command(flatten)]
    pub(crate) format: FormatArgument,
}

#[derive(Debug, Args)]
pub(crate) struct WatchArguments {
    /// The version of the release
    #[arg(value_name = "VERSION")]
    pub(crate) version: ReleaseVersion,
    #[command(flatten)]
    pub(crate) server: ServerPlace,
    #[command(flatten)]
    pub(crate) format: FormatArgument,
}
