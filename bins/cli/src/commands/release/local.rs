//! `governance release local`: a real release of local git repositories. The same command goes on after any
//! interruption; this file gathers what the runtime needs, shows progress, and says how it ended.

use super::exit_of::exit_of;
use super::logs::view_with_logs;
use super::out_place::check_place;
use super::state_file::of_runtime;
use crate::arguments::{Format, LocalArguments, PlanSource};
use crate::planning::{self, freeze, read_inputs};
use crate::progress::{Display, follow};
use crate::signals::{Signals, Told, carry_out};
use crate::view::{ReleaseJson, advise, quoted, render};
use crate::{Exit, Failure, Surroundings, block_on, clock, failure, output};
use domain_types::{BuildId, ReleaseVersion};
use local_build::{Git, outside_settings};
use orchestrator::{BuildState, State};
use runtime::local::{
    Frozen, Identity, LocalOutcome, LocalRelease, Places, Refusal, Reproducibility, Reuse, release_local,
};
use runtime::{Ended, SystemClock};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use tokio::sync::watch;

/// What somebody wants released, from the command line or the demo.
#[derive(Debug)]
pub(crate) struct Wish<'a> {
    pub(crate) version: &'a ReleaseVersion,
    pub(crate) source: &'a PlanSource,
    pub(crate) workspace: &'a Path,
    pub(crate) out: &'a Path,
    pub(crate) state: Option<&'a Path>,
    pub(crate) jobs: Option<u32>,
    pub(crate) reuse: Reuse,
    pub(crate) reproducibility: Reproducibility,
    pub(crate) format: Format,
}

/// Releases as the command line says.
pub(crate) fn run(arguments: &LocalArguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let wish = Wish {
        version: &arguments.version,
        source: &arguments.source,
        workspace: &arguments.workspace,
        out: &arguments.out,
        state: arguments.state.as_deref(),
        jobs: arguments.jobs,
        reuse: if arguments.no_reuse {
            Reuse::Never
        } else {
            Reuse::Allowed
        },
        reproducibility: if arguments.verify_reproducible {
            Reproducibility::BuildTwice
        } else {
            Reproducibility::BuildOnce
        },
        format: arguments.format.format,
    };
    warn_of_outside_settings(&places(&wish)?, surroundings)?;
    release(&wish, surroundings)
}

/// Files above the sources that change what is built although no tag holds them.
fn warn_of_outside_settings(places: &Places, surroundings: &Surroundings) -> Result<(), Failure> {
    let home = surroundings.variables.get("CARGO_HOME").map(Path::new);
    for path in outside_settings(&places.sources, home).map_err(|error| planning::of_local_build(&error))? {
        output::note(&format!(
            "warning: {} has a say in the builds, although no released commit holds it; other builders do not have it",
            path.display()
        ));
    }
    Ok(())
}

/// Releases, shows progress on standard error, and writes how it ended to standard output.
pub(crate) fn release(wish: &Wish<'_>, surroundings: &Surroundings) -> Result<Exit, Failure> {
    block_on(async {
        let signals = Signals::listen()?;
        let (shutdown, told_to_end) = watch::channel(false);
        let work = work(wish, surroundings, told_to_end);
        match carry_out(signals, work, shutdown).await {
            Told::Ended(Ok((places, outcome)), signal) => {
                conclude(wish, surroundings, &places, (&outcome, signal))
            }
            Told::Ended(Err(failure), None) => Err(failure),
            Told::Ended(Err(failure), Some(signal)) => {
                output::failure(&failure);
                Ok(signal)
            }
            Told::Left(exit) => Ok(exit),
        }
    })?
}

async fn work(
    wish: &Wish<'_>,
    surroundings: &Surroundings,
    told_to_end: watch::Receiver<bool>,
) -> Result<(Places, LocalOutcome), Failure> {
    let inputs = read_inputs(wish.source, Some(wish.version), surroundings)?;
    let places = places(wish)?;
    check_place(&places.out)?;
    let frozen = freeze(&inputs, &places.workspace, &Git::new(&surroundings.variables)).await?;
    warn_of_dirty(&frozen);
    let runners = wish.jobs.unwrap_or(inputs.configuration.release.runners);
    let logs = places.clone();
    let display = Display {
        on_terminal: surroundings.progress_on_terminal,
        plan: frozen.plan.clone(),
        runners,
        log_of: Box::new(move |build: &BuildId| logs.run_folder(build).join("log")),
        order: Box::new(order_of(wish.version, &places)),
    };
    let request = LocalRelease {
        frozen,
        configuration: inputs.configuration,
        places: places.clone(),
        base_env: surroundings.variables.clone(),
        runners,
        reuse: wish.reuse,
        reproducibility: wish.reproducibility,
        identity: identity(wish, surroundings),
    };
    let (sender, receiver) = watch::channel(None);
    let shown = tokio::spawn(follow(display, receiver));
    let outcome = release_local(request, Arc::new(SystemClock), sender, told_to_end).await;
    // Progress that cannot be shown is no reason to fail a release.
    let _ = shown.await;
    outcome
        .map(|outcome| (places.clone(), outcome))
        .map_err(|refusal| of_refusal(&refusal, wish, &places))
}

/// How an order to the release is typed, by its verb.
fn order_of(version: &ReleaseVersion, places: &Places) -> impl Fn(&str) -> String + Send + Sync + use<> {
    let rest = format!("{version} --state {}", quoted(&places.state));
    move |verb| format!("governance release {verb} {rest}")
}

fn places(wish: &Wish<'_>) -> Result<Places, Failure> {
    let workspace = wish.workspace.canonicalize();
    let workspace =
        workspace.map_err(|error| Failure::of_path("find the workspace", wish.workspace, &error))?;
    let absolute = |path: &Path| -> Result<PathBuf, Failure> {
        std::path::absolute(path).map_err(|error| Failure::of_path("find", path, &error))
    };
    let state = wish.state.map(absolute).transpose()?;
    Ok(Places::new(&workspace, state.as_deref(), &absolute(wish.out)?))
}

fn identity(wish: &Wish<'_>, surroundings: &Surroundings) -> Identity {
    let now = clock::now();
    Identity {
        machine: surroundings.machine.clone(),
        tool_version: format!("governance {}", env!("CARGO_PKG_VERSION")),
        holder: surroundings.holder(&format!("governance release local {}", wish.version), now),
        owner: surroundings.owner(now),
        actor: surroundings.actor(),
    }
}

fn warn_of_dirty(frozen: &Frozen) {
    for (name, repository) in frozen
        .repositories
        .iter()
        .filter(|(_, repository)| !repository.dirty.is_empty())
    {
        let (path, dirty) = (repository.path.display(), &repository.dirty);
        output::note(&format!(
            "warning: {name}: {path} has changes that are not committed: {dirty}"
        ));
        output::note("help: the tag is released, without these changes; commit and tag them to release them");
    }
}

/// Says how it ended; a signal decides the exit code only if the release did not come to rest before.
fn conclude(
    wish: &Wish<'_>,
    surroundings: &Surroundings,
    places: &Places,
    (outcome, signal): (&LocalOutcome, Option<Exit>),
) -> Result<Exit, Failure> {
    let view = view_with_logs(&outcome.state, places);
    if let (Format::Json, Some(view)) = (wish.format, &view) {
        output::json(&ReleaseJson::of(view))?;
    }
    match &outcome.ended {
        Ended::Interrupted => {
            output::note(
                "interrupted: nothing half-written is left; the same command goes on with this release",
            );
            Ok(signal.unwrap_or(Exit::Terminated))
        }
        Ended::AtRest(_) | Ended::NeverStarted => {
            let exit = exit_of(&outcome.state);
            if let (Format::Text, Some(view)) = (wish.format, &view) {
                let page = match exit {
                    Exit::Yes => published(wish, surroundings, outcome),
                    Exit::No | Exit::Usage | Exit::World | Exit::Interrupted | Exit::Terminated => {
                        let advice = advise(&view.phase, &view.version, &places.state, false);
                        render(view, &advice, clock::now())
                    }
                };
                output::result(&page)?;
            }
            given_up(&outcome.state, wish.version).map_or(Ok(exit), Err)
        }
    }
}

/// A release that was given up has its identity for good: the same plan under the same version is never begun again.
fn given_up(state: &State, version: &ReleaseVersion) -> Option<Failure> {
    let end = state.phase().is_given_up().then(|| state.phase().label())?;
    let text = format!(
        "release {version} was {}, and is not begun again",
        end.replace('_', " ")
    );
    let help = "release another version, or this one from other tags";
    Some(Failure::no(text, help))
}

fn published(wish: &Wish<'_>, surroundings: &Surroundings, outcome: &LocalOutcome) -> String {
    let out = std::path::absolute(wish.out).unwrap_or_else(|_| wish.out.to_owned());
    let (program, out) = (quoted(Path::new(&surroundings.program)), quoted(&out));
    let name = outcome
        .state
        .spec()
        .map(|spec| spec.name.to_string())
        .unwrap_or_default();
    let again = if outcome.was_published {
        " already, and verified again"
    } else {
        ""
    };
    let mut text = format!("release {name} {} is published{again}: {out}\n", wish.version);
    if outcome.was_published && wish.reproducibility == Reproducibility::BuildTwice {
        text.push_str(
            "nothing was built, so this run says nothing about reproducibility; another `--state` and `--out` does\n",
        );
    }
    text.push_str(&not_built(&outcome.state));
    text.push_str("verify it:\n");
    text.push_str(&format!("  (cd {out} && sha256sum -c SHA256SUMS)\n"));
    text.push_str(&format!("  {program} artifacts verify {out}\n"));
    text
}

/// What of a published release was not built for it: reused components, and optional ones that failed.
fn not_built(state: &State) -> String {
    let named = |wanted: fn(BuildState) -> bool| -> Vec<String> {
        let nodes = state.nodes().filter(|(_, node)| wanted(node.state));
        nodes.map(|(fixed, _)| fixed.id.to_string()).collect()
    };
    let mut text = String::new();
    let reused = named(|state| state == BuildState::Reused);
    if !reused.is_empty() {
        text.push_str(&format!(
            "reused from an earlier release (`--no-reuse` builds anew): {}\n",
            reused.join(", ")
        ));
    }
    let failed = named(|state| matches!(state, BuildState::Failed | BuildState::Skipped));
    if !failed.is_empty() {
        text.push_str(&format!("optional and not in it: {}\n", failed.join(", ")));
    }
    text
}

fn of_refusal(refusal: &Refusal, wish: &Wish<'_>, places: &Places) -> Failure {
    let several = |texts: Vec<String>, help: &str| {
        Failure::usage_of(texts.into_iter().map(|text| (text, help.to_owned())))
    };
    match refusal {
        Refusal::NoVersion => Failure::usage(refusal, "name the version of the release"),
        Refusal::Recipes(problems) => {
            let texts = problems.iter().map(|problem| failure::chain(problem)).collect();
            several(
                texts,
                "correct `build`, `test`, `env` or `artifacts` of the repository in the configuration",
            )
        }
        Refusal::Names(errors) => {
            let texts = errors
                .iter()
                .map(|error| format!("failed to {}", failure::chain(error)))
                .collect();
            several(texts, "correct names, versions or binaries in the manifest")
        }
        Refusal::Lock(error) => planning::of_local_build(error),
        Refusal::AnotherPlan { version, .. } => {
            let state = quoted(&places.state);
            let help = format!(
                "tags, manifest or configuration changed since: release another version; one that is not published can \
                 also be ended with `governance release cancel {version} --state {state}`"
            );
            Failure::usage(refusal, &help)
        }
        Refusal::NotStarted { .. } => {
            Failure::usage(refusal, "release another version, or name another `--state`")
        }
        Refusal::BegunWithoutComparison { .. } => Failure::usage(
            refusal,
            "name another `--state FILE` to release it anew with `--verify-reproducible`, or go on without",
        ),
        Refusal::AmongSources { .. } => Failure::usage(refusal, "name another `--state` or `--out`"),
        Refusal::SignaturesRequired => {
            Failure::usage(refusal, "set `signatures_required = 0` in `[release]`")
        }
        Refusal::OutOccupied { .. } => {
            Failure::usage(refusal, "name an absent or empty directory with `--out DIR`")
        }
        Refusal::PublishedBroken { .. } => {
            let (version, out) = (wish.version, quoted(&places.out));
            let help = format!(
                "see what is wrong with `governance artifacts verify {out}`; {version} is not published again"
            );
            Failure::no(refusal, &help)
        }
        Refusal::Runtime(error) => of_runtime(error),
    }
}
