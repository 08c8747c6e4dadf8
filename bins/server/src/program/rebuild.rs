//! `governance-app rebuild`: the book of pull requests, made anew from GitHub after the machine was lost.

use super::arguments::{Format, Rebuilding};
use super::database::Database;
use super::failure::{Failure, WORLD};
use super::serving::{Signals, Told, start_log, until_signal};
use super::understood::Understood;
use super::{github, output};
use crate::gate::{GateMaterials, PreparedGate, prepare_gate};
use runtime::gate::{Gate, Rebuilt, RebuiltPullRequest};
use runtime::github::{RulesKeeper, RulesLook};
use runtime::ports::Clock;
use runtime::{RuntimeError, SystemClock};
use serde_json::{Value, json};
use std::process::ExitCode;
use std::sync::Arc;
use storage::{OpenMode, Presence, PullRequestStore};
use tokio::sync::{Notify, watch};
use tracing::Level;

/// The present rules are not accepted.
const NOT_ACCEPTED: u8 = 1;
/// Looks at the rules after the first one: as many as go through all that can be gone back.
const LOOKS_MAX: u32 = 20;
/// Milliseconds of a day.
const DAY_MILLISECONDS: i64 = 86_400_000;

/// What came of it.
struct Outcome {
    /// The version of the rules that hold now, and what they were read from; none where they lie in a folder.
    rules: Option<(u64, String)>,
    /// Why the rules at the head of their repository do not hold.
    refused: Option<String>,
    rebuilt: Rebuilt,
}

/// Does it; again changes nothing.
pub(crate) async fn run(
    order: &Rebuilding,
    understood: &Understood,
    format: Format,
) -> Result<ExitCode, Failure> {
    // What goes on is told line by line.
    start_log(format, Level::WARN);
    let signals = Signals::listen()?;
    let (shutdown, watched) = watch::channel(false);
    let rebuilding = rebuild(order, understood, watched);
    let (outcome, signal) = match until_signal(rebuilding, signals, shutdown).await {
        Told::Ended(ended, signal) => (ended?, signal),
        Told::Left(code) => return Ok(ExitCode::from(code)),
    };
    match format {
        Format::Json => output::json(&document(&outcome))?,
        Format::Text => output::result(&text(&outcome))?,
    }
    Ok(ExitCode::from(code(&outcome, signal)))
}

async fn rebuild(
    order: &Rebuilding,
    understood: &Understood,
    shutdown: watch::Receiver<bool>,
) -> Result<Outcome, Failure> {
    let database = Database::of(understood)?;
    let apps = github::apps(understood)?.ok_or_else(|| {
        Failure::usage(
            "`app_id` in [github] is not set: there is no App to read with",
            "write the number of the App into `app_id`, or set GITHUB_APP_ID",
        )
    })?;
    let owner = github::owner();
    // No server may work on it meanwhile.
    let mut tenant = github::tenant(&database, &owner, Presence::Alone).await?;
    let clock: Arc<dyn Clock> = Arc::new(SystemClock);
    let store = database.open(OpenMode::CreateOrMigrate, clock.now()).await?;
    store.take_over(&owner, clock.now()).await.map_err(of_store)?;
    let bell = Arc::new(Notify::new());
    let mirrors = Arc::new(github::mirrors(understood, &tenant.places()));
    let materials = GateMaterials {
        mirrors: &mirrors,
        store: &store,
        clock: &clock,
        github: apps.gate(),
        commands: &bell,
        owner: &owner,
    };
    let prepared = prepare_gate(&understood.configuration, &materials)
        .map_err(|problem| Failure::usage(problem.text, problem.help))?;
    let PreparedGate { gate, keeper, .. } = prepared.ok_or_else(|| {
        Failure::usage(
            "no rules are configured: nothing was ever judged",
            "write `source` and `genesis_digest` into [governance]",
        )
    })?;
    let rebuilding = anew(order, (&gate, keeper.as_ref()), &*store, &shutdown);
    tokio::select! {
        outcome = rebuilding => outcome,
        lost = tenant.lost(&*clock) => Err(Failure::world(
            lost,
            "what was restored stays; see whether a server was started, and go on with the same command",
        )),
    }
}

/// Follows the rules, then makes the book anew.
async fn anew(
    order: &Rebuilding,
    (gate, keeper): (&Gate, Option<&RulesKeeper>),
    store: &dyn PullRequestStore,
    shutdown: &watch::Receiver<bool>,
) -> Result<Outcome, Failure> {
    let refused = match keeper {
        Some(keeper) => rules(keeper, gate).await?,
        None => None,
    };
    let since = gate.clock.now().milliseconds() - i64::from(order.merged_days) * DAY_MILLISECONDS;
    let since = (order.merged_days > 0).then(|| domain_types::Timestamp::from_milliseconds(since));
    let rebuilt = gate.rebuild(since, &|done| output::note(&line(done)), shutdown);
    let rebuilt = rebuilt.await.map_err(of_runtime)?;
    Ok(Outcome {
        rules: holding(store).await?,
        refused,
        rebuilt,
    })
}

/// Follows the rules to the present. Answers why those at the head do not hold, if older ones go on.
async fn rules(keeper: &RulesKeeper, gate: &Gate) -> Result<Option<String>, Failure> {
    keeper.restore().await.map_err(of_runtime)?;
    let mut look = keeper.look_once().await.map_err(of_runtime)?;
    for _ in 0..LOOKS_MAX {
        let RulesLook::Unfinished(reason) = &look else {
            break;
        };
        output::note(&format!("{reason}\n"));
        look = keeper.look_once().await.map_err(of_runtime)?;
    }
    let refused = match look {
        RulesLook::Holding => None,
        RulesLook::Refused(reason) | RulesLook::Unfinished(reason) => Some(reason),
        RulesLook::Unasked(reason) => {
            return Err(Failure::world(
                format!("the rules could not be read: {reason}"),
                "try again; what was restored stays",
            ));
        }
    };
    match gate.rules.trouble() {
        None => Ok(refused),
        Some(reason) => Err(Failure::usage(
            format!("the rules cannot be used: {reason}"),
            "read the rules; if you trust them, pin their digest as `genesis_digest` in [governance]",
        )),
    }
}

async fn holding(store: &dyn PullRequestStore) -> Result<Option<(u64, String)>, Failure> {
    let newest = store.newest_ruleset().await.map_err(of_store)?;
    Ok(newest.map(|row| (row.version, row.commit.to_string())))
}

fn of_store(error: storage::StoreError) -> Failure {
    Failure::world(
        error,
        "look after the disk of the database, then go on with the same command",
    )
}

fn of_runtime(error: RuntimeError) -> Failure {
    Failure::world(
        error,
        "look after the disk of the database, then go on with the same command",
    )
}

fn code(outcome: &Outcome, signal: Option<u8>) -> u8 {
    let rebuilt = &outcome.rebuilt;
    let is_lacking = |done: &RebuiltPullRequest| done.trouble.is_some();
    match (rebuilt.is_interrupted, signal) {
        (true, Some(code)) => code,
        (true, None) => WORLD,
        (false, _) if !rebuilt.unlisted.is_empty() || rebuilt.pull_requests.iter().any(is_lacking) => WORLD,
        (false, _) if outcome.refused.is_some() => NOT_ACCEPTED,
        (false, _) => 0,
    }
}

/// What became of one, for whoever waits.
fn line(done: &RebuiltPullRequest) -> String {
    let place = format!("{}#{}", done.repository, done.number);
    if let Some(trouble) = &done.trouble {
        return format!("{place}: could not be restored: {trouble}\n");
    }
    let outcome = done.outcome.as_deref().unwrap_or("not judged");
    let signatures = counted(done.signatures, "signature", "signatures");
    match (done.is_open, done.due) {
        (true, Some(due)) => format!("{place}: open, {outcome}, {signatures}, looked at again at {due}\n"),
        (true, None) => format!("{place}: open, {outcome}, {signatures}\n"),
        (false, _) => format!("{place}: closed, {outcome}, {signatures}\n"),
    }
}

fn text(outcome: &Outcome) -> String {
    let mut text = String::new();
    if let Some((version, commit)) = &outcome.rules {
        text.push_str(&format!(
            "the rules of version {version} hold, read from {commit}\n"
        ));
    }
    if let Some(reason) = &outcome.refused {
        text.push_str(&format!("the present rules are not accepted: {reason}\n"));
    }
    for (repository, reason) in &outcome.rebuilt.unlisted {
        text.push_str(&format!("{repository} could not be listed: {reason}\n"));
    }
    let (restored, lacking): (Vec<_>, Vec<_>) = outcome
        .rebuilt
        .pull_requests
        .iter()
        .partition(|done| done.trouble.is_none());
    let signatures = restored.iter().map(|done| done.signatures).sum();
    text.push_str(&format!(
        "{} restored, with {}; {} could not be\n",
        counted(restored.len(), "pull request", "pull requests"),
        counted(signatures, "signature", "signatures"),
        lacking.len(),
    ));
    if outcome.rebuilt.is_interrupted {
        text.push_str("ended before its end: go on with the same command\n");
    }
    text
}

fn document(outcome: &Outcome) -> Value {
    let rules = outcome
        .rules
        .as_ref()
        .map(|(version, commit)| json!({ "version": version, "commit": commit }));
    let pulls = outcome.rebuilt.pull_requests.iter().map(|done| {
        json!({
            "repository": done.repository,
            "number": done.number,
            "open": done.is_open,
            "outcome": done.outcome,
            "signatures": done.signatures,
            "looked_at_again": done.due.map(|due| due.to_string()),
            "trouble": done.trouble,
        })
    });
    let unlisted = outcome.rebuilt.unlisted.iter();
    let unlisted = unlisted.map(|(repository, reason)| json!({ "repository": repository, "reason": reason }));
    json!({
        "schema": "governance/rebuilt/v1",
        "rules": rules,
        "refused": outcome.refused,
        "pull_requests": pulls.collect::<Vec<_>>(),
        "unlisted": unlisted.collect::<Vec<_>>(),
        "interrupted": outcome.rebuilt.is_interrupted,
    })
}

fn counted(number: usize, one: &str, many: &str) -> String {
    format!("{number} {}", if number == 1 { one } else { many })
}
