//! From arguments to a plan: reads configuration and manifest, and freezes tags to commits.
//!
//! `plan` and `release local` share this way, so that what was looked at and what is released have one digest.

use crate::arguments::PlanSource;
use crate::{Exit, Failure, Surroundings, output};
use dependency_graph::{Plan, PlanError, PlanOptions, Problem, Reading, Severity, read_plan};
use domain_types::{ReleaseVersion, RepoName};
use local_build::Git;
use runtime::configuration::{CONFIGURATION_BYTES_MAX, Configuration, FILE_NAME_DEFAULT, read_configuration};
use runtime::local::{FreezeError, Frozen};
use std::fs::File;
use std::io::Read;
use std::path::Path;

/// Bytes that are read of a file before the library that understands it judges its length.
const TEXT_BYTES_MAX: usize = 2 * CONFIGURATION_BYTES_MAX;

/// What was typed, understood: the configuration, the manifest, and the plan of what is to be built.
#[derive(Debug)]
pub(crate) struct Inputs {
    pub(crate) configuration: Configuration,
    pub(crate) plan: Plan,
    reading: Reading,
}

/// Reads configuration and manifest. Warnings go to standard error.
pub(crate) fn read_inputs(
    source: &PlanSource,
    version: Option<&ReleaseVersion>,
    surroundings: &Surroundings,
) -> Result<Inputs, Failure> {
    let configuration = read_config(source.config.as_deref(), surroundings)?;
    let text = read_text(&source.manifest)?;
    let file = source.manifest.display().to_string();
    let options = configuration.plan_options(version.cloned());
    let reading = read_plan(&file, &text, &options).map_err(of_problems)?;
    for warning in &reading.warnings {
        let Problem {
            file,
            line,
            column,
            message,
            remedy,
            ..
        } = warning;
        output::note(&format!(
            "warning: {file}:{line}:{column}: {message}\nhelp: {remedy}"
        ));
    }
    warn_of_unread(&configuration, &options, &reading.plan);
    let plan = restricted(&reading.plan, &options, &source.changed)?;
    Ok(Inputs {
        configuration,
        plan,
        reading,
    })
}

/// Settings that no repository of the manifest reads: one configuration may serve several manifests, or a name is
/// misspelt.
fn warn_of_unread(configuration: &Configuration, options: &PlanOptions, plan: &Plan) {
    let unread = |name: &&RepoName| options.component(plan, name).is_none();
    for name in configuration.repositories.keys().filter(unread) {
        output::note(&format!(
            "warning: the configuration has [repositories.{name}], which is not in the manifest; nothing reads it"
        ));
        output::note("help: correct the name, or add the manifest's name to its `aliases`");
    }
}

/// Resolves the tag of every source to a commit, once.
pub(crate) async fn freeze(inputs: &Inputs, workspace: &Path, git: &Git) -> Result<Frozen, Failure> {
    let frozen = runtime::local::freeze(&inputs.plan, &inputs.configuration, workspace, git).await;
    frozen.map_err(|errors| {
        let failures = errors.iter().map(|error| of_freezing(&inputs.reading, error));
        failures
            .reduce(Failure::with)
            .unwrap_or_else(|| Failure::told(Exit::Usage))
    })
}

fn read_config(named: Option<&Path>, surroundings: &Surroundings) -> Result<Configuration, Failure> {
    let defaults = surroundings.defaults();
    let default = Path::new(FILE_NAME_DEFAULT);
    let path = match named {
        Some(path) => path,
        None if default.exists() => default,
        None => return Ok(Configuration::without_file(&defaults)),
    };
    let text = read_text(path)?;
    read_configuration(&path.display().to_string(), &text, &defaults).map_err(|problems| {
        Failure::usage_of(
            problems
                .into_iter()
                .map(|problem| (problem.to_string(), problem.remedy)),
        )
    })
}

fn read_text(path: &Path) -> Result<String, Failure> {
    let read = |path| {
        let mut bytes = Vec::new();
        File::open(path)?
            .take(TEXT_BYTES_MAX as u64)
            .read_to_end(&mut bytes)?;
        Ok(bytes)
    };
    let bytes = read(path).map_err(|error| Failure::of_path("read", path, &error))?;
    String::from_utf8(bytes).map_err(|error| {
        let line = 1 + error.as_bytes()[..error.utf8_error().valid_up_to()]
            .iter()
            .filter(|byte| **byte == b'\n')
            .count();
        Failure::usage(
            format!("{}:{line}:1: this line is not UTF-8", path.display()),
            "save the file as UTF-8 text",
        )
    })
}

fn of_problems(problems: Vec<Problem>) -> Failure {
    let errors = problems
        .into_iter()
        .filter(|problem| problem.severity == Severity::Error);
    Failure::usage_of(errors.map(|problem| {
        let place = format!("{}:{}:{}", problem.file, problem.line, problem.column);
        (format!("{place}: {}", problem.message), problem.remedy)
    }))
}

fn of_pins(reading: &Reading, error: &PlanError) -> Failure {
    let located = reading.locate(error);
    if located.is_empty() {
        Failure::usage(error, "correct the manifest")
    } else {
        of_problems(located)
    }
}

fn restricted(plan: &Plan, options: &PlanOptions, changed: &[RepoName]) -> Result<Plan, Failure> {
    if changed.is_empty() {
        return Ok(plan.clone());
    }
    let named = |name: &RepoName| {
        options
            .component(plan, name)
            .map_or(name, |component| &component.name)
            .clone()
    };
    let names: Vec<RepoName> = changed.iter().map(named).collect();
    plan.restrict_to_changed(&names)
        .map_err(|error| Failure::usage(error, "name repositories as the manifest does, or by an alias"))
}

fn of_freezing(reading: &Reading, error: &FreezeError) -> Failure {
    match error {
        FreezeError::NotThere { repository, .. } => {
            let help = format!(
                "clone the repository there, name another `--workspace DIR`, or set `path` in `[repositories.{repository}]`"
            );
            Failure::usage(error, &help)
        }
        FreezeError::SharedFolder { .. } => {
            Failure::usage(error, "set `path` of one of them to its own folder")
        }
        FreezeError::Git(error) => of_local_build(error),
        FreezeError::Plan(error) => of_pins(reading, error),
    }
}

/// A failure of the room that reads repositories; its texts already say what to do.
pub(crate) fn of_local_build(error: &local_build::Error) -> Failure {
    use local_build::Error;
    let exit = match error {
        Error::NotARepository { .. }
        | Error::MissingTag { .. }
        | Error::TagNotACommit { .. }
        | Error::MissingCommit { .. }
        | Error::Submodules { .. }
        | Error::GitFilter { .. }
        | Error::DuplicateFolder { .. }
        | Error::FolderNotOurs { .. }
        | Error::BadPath { .. }
        | Error::BadRecipe { .. } => Exit::Usage,
        Error::ArtifactMissing { .. } | Error::ArtifactRefused { .. } | Error::SecondBuildFailed { .. } => {
            Exit::No
        }
        Error::Io { .. }
        | Error::GitAbsent { .. }
        | Error::GitFailed { .. }
        | Error::GitTooSlow { .. }
        | Error::GitAnswer { .. }
        | Error::LockHeld { .. }
        | Error::GateLost { .. }
        | Error::GroupSurvives { .. }
        | Error::DamagedRun { .. }
        | Error::ObjectDamaged { .. }
        | Error::ObjectMissing { .. } => Exit::World,
    };
    Failure::new(exit, crate::failure::chain(error), "")
}
