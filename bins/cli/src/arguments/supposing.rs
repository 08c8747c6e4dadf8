//! What can be typed to judge pull requests by rules of one's own: `governance policy simulate`, `governance policy backtest`, and
//! `governance report dry-run` beside them.

use super::{FormatArgument, PullRequestPlace, ServerPlace};
use clap::{Args, Subcommand};
use domain_types::{Login, Timestamp};
use std::path::PathBuf;
use std::str::FromStr;

#[derive(Debug, Args)]
#[group(id = "of", required = true, multiple = false, args = ["pull_request", "facts"])]
pub(crate) struct SimulateArguments {
    /// The pull request, known to a server: `OWNER/NAME#NUMBER`, or the address of its page on the forge
    #[arg(value_name = "PR", requires = "server")]
    pub(crate) pull_request: Option<PullRequestPlace>,
    /// A file with the facts of a pull request, schema governance/facts/v1
    #[arg(long, value_name = "FILE", conflicts_with = "server")]
    pub(crate) facts: Option<PathBuf>,
    /// The folder of the rules: the one that holds `.governance.yml` and `config/`
    #[arg(long, value_name = "DIR")]
    pub(crate) rules: PathBuf,
    #[command(flatten)]
    pub(crate) server: ServerPlace,
    #[command(flatten)]
    pub(crate) supposed: SupposedArguments,
    #[command(flatten)]
    pub(crate) format: FormatArgument,
}

/// What is supposed.
#[derive(Debug, Args)]
pub(crate) struct SupposedArguments {
    /// This person had signed; may be given several times
    #[arg(long, value_name = "LOGIN")]
    pub(crate) signed: Vec<Login>,
    /// It were this time, such as 2026-11-24T06:00:00Z
    #[arg(long, value_name = "TIME", conflicts_with = "after")]
    pub(crate) at: Option<Timestamp>,
    /// So much time had passed since the facts, such as 30d, 12h or 90m
    #[arg(long, value_name = "SPAN")]
    pub(crate) after: Option<Span>,
    /// These files were changed, and no others
    #[arg(long, value_name = "PATH", num_args = 1..)]
    pub(crate) paths: Vec<String>,
    /// A maintainer had raised it to this tier: its number or its id
    #[arg(long, value_name = "TIER")]
    pub(crate) tier: Option<String>,
    /// The check of this name that the rules ask for had passed; may be given several times
    #[arg(long, value_name = "NAME")]
    pub(crate) check: Vec<String>,
    /// The workflow of this file had passed; may be given several times
    #[arg(long, value_name = "FILE")]
    pub(crate) workflow: Vec<String>,
    /// It were no draft any more
    #[arg(long)]
    pub(crate) ready: bool,
    /// Nobody asked to wait
    #[arg(long)]
    pub(crate) no_holds: bool,
}

#[derive(Debug, Args)]
#[group(id = "past", required = true, multiple = false, args = ["against", "server"])]
pub(crate) struct BacktestArguments {
    /// The folder of the changed rules
    #[arg(long, value_name = "DIR")]
    pub(crate) rules: PathBuf,
    /// The folder of the rules before; without it the recorded decisions are compared with
    #[arg(long, value_name = "DIR")]
    pub(crate) rules_before: Option<PathBuf>,
    /// A file with the facts of past pull requests, a line of JSON each, schema governance/facts/v1
    #[arg(long, value_name = "FILE")]
    pub(crate) against: Option<PathBuf>,
    #[command(flatten)]
    pub(crate) server: ServerPlace,
    #[command(flatten)]
    pub(crate) format: FormatArgument,
}

#[derive(Debug, Subcommand)]
pub(crate) enum ReportCommand {
    /// Show what a dry run would have held back, and how often the gate agreed with what people merged
    DryRun(DryRunArguments),
}

#[derive(Debug, Args)]
pub(crate) struct DryRunArguments {
    #[command(flatten)]
    pub(crate) server: ServerPlace,
    /// Only merges since then: a time such as 2026-11-24T06:00:00Z, or a span before now such as 30d
    #[arg(long, value_name = "TIME")]
    pub(crate) since: Option<Since>,
    #[command(flatten)]
    pub(crate) format: FormatArgument,
}

/// Longest span in seconds: a hundred years, for no rule asks for more.
const SPAN_SECONDS_MAX: u64 = 100 * 366 * 86_400;

/// A span of time, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Span {
    pub(crate) seconds: u64,
}

impl FromStr for Span {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let units = [
            ('s', 1),
            ('m', 60),
            ('h', 3_600),
            ('d', 86_400),
            ('w', 7 * 86_400),
        ];
        let seconds = units.iter().find_map(|(unit, seconds)| {
            let number = text.strip_suffix(*unit)?;
            let is_number = !number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit());
            let number: u64 = number.parse().ok().filter(|_| is_number)?;
            number.checked_mul(*seconds)
        });
        let seconds = seconds.filter(|seconds| *seconds <= SPAN_SECONDS_MAX);
        let seconds = seconds.ok_or("write a number and s, m, h, d or w, such as 30d")?;
        Ok(Self { seconds })
    }
}

/// A time, or how long before now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Since {
    /// A time.
    At(Timestamp),
    /// So long ago.
    Ago(Span),
}

impl FromStr for Since {
    type Err = String;
    fn from_str(text: &str) -> Result<Self, String> {
        let at = text.parse().map(Self::At);
        at.or_else(|_| text.parse().map(Self::Ago)).map_err(|_: String| {
            "write a time such as 2026-11-24T06:00:00Z, or a span such as 30d".to_owned()
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn spans_have_a_number_and_a_unit() {
        for (text, seconds) in [
            ("0s", Some(0)),
            ("90m", Some(5_400)),
            ("12h", Some(43_200)),
            ("30d", Some(2_592_000)),
            ("2w", Some(1_209_600)),
            ("36600d", Some(SPAN_SECONDS_MAX)),
            ("36601d", None),
            ("99999999999999999999w", None),
            ("-1d", None),
            ("+1d", None),
            ("1.5d", None),
            ("d", None),
            ("30", None),
            ("", None),
        ] {
            assert_eq!(
                text.parse::<Span>().ok().map(|span| span.seconds),
                seconds,
                "{text}"
            );
        }
        let at = "2026-11-24T06:00:00Z";
        assert_eq!(at.parse(), Ok(Since::At(at.parse().unwrap())));
        assert_eq!("1d".parse(), Ok(Since::Ago(Span { seconds: 86_400 })));
        assert!("yesterday".parse::<Since>().is_err());
    }
}
