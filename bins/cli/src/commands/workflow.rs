//! `governance workflow init|check`: the workflow files of a repository, written and judged.

use crate::arguments::{CheckArguments, Format, InitArguments, LanguageArgument, WorkflowCommand};
use crate::{Exit, Failure, output};
use serde_json::json;
use std::fs::{self, File};
use std::io::{Read as _, Write as _};
use std::path::{Path, PathBuf};
use workflow_model::{
    Expectations, Finding, Language, Severity, WORKFLOW_BYTES_MAX, Workflow, WorkflowChoices, WorkflowFile,
    check, judge_as_worker, parse_workflow, write_workflows,
};

/// Ends the name of a file that is being written; GitHub does not take such a file for a workflow.
const UNFINISHED: &str = ".unfinished";

/// Carries one of them out.
pub(crate) fn run(command: &WorkflowCommand) -> Result<Exit, Failure> {
    match command {
        WorkflowCommand::Init(arguments) => init(arguments),
        WorkflowCommand::Check(arguments) => check_files(arguments),
    }
}

fn init(arguments: &InitArguments) -> Result<Exit, Failure> {
    let folder = folder(arguments)?;
    let choices = WorkflowChoices {
        runs_on: arguments.runs_on.clone(),
        language: language(arguments),
    };
    let files = write_workflows(&choices);
    if !arguments.force {
        demand_absent(&folder, &files)?;
    }
    write_all(&folder, &files)?;
    let paths: Vec<String> = files
        .iter()
        .map(|file| folder.join(file.name).display().to_string())
        .collect();
    match arguments.format.format {
        Format::Json => output::json(&json!({ "schema": "governance/workflow-files/v1", "files": paths }))?,
        Format::Text => output::result(&paths.iter().map(|path| format!("{path}\n")).collect::<String>())?,
    }
    Ok(Exit::Yes)
}

/// Where the files go. A repository that is not there is more often a typing error than a wish.
fn folder(arguments: &InitArguments) -> Result<PathBuf, Failure> {
    if let Some(out) = &arguments.out {
        return Ok(out.clone());
    }
    let repository = &arguments.repository;
    if repository.is_dir() {
        return Ok(repository.join(".github/workflows"));
    }
    Err(Failure::usage(
        format!("{} is no folder", repository.display()),
        "name the folder of the repository, or where the files shall go with `--out DIR`",
    ))
}

fn language(arguments: &InitArguments) -> Language {
    match arguments.language {
        Some(LanguageArgument::Rust) => Language::Rust,
        Some(LanguageArgument::Generic) => Language::Generic,
        None if arguments.repository.join("Cargo.toml").is_file() => Language::Rust,
        None => Language::Generic,
    }
}

fn demand_absent(folder: &Path, files: &[WorkflowFile]) -> Result<(), Failure> {
    let paths = files.iter().map(|file| folder.join(file.name));
    let there: Vec<PathBuf> = paths.filter(|path| path.symlink_metadata().is_ok()).collect();
    if there.is_empty() {
        return Ok(());
    }
    let help =
        "nothing was written; replace them with `--force`, or write elsewhere with `--out DIR` and compare";
    let message = |path: &PathBuf| (format!("{} is there already", path.display()), help.to_owned());
    Err(Failure::usage_of(there.iter().map(message)))
}

/// Writes all files beside their places first, and then puts them there: none of them is ever half written.
fn write_all(folder: &Path, files: &[WorkflowFile]) -> Result<(), Failure> {
    fs::create_dir_all(folder).map_err(|error| Failure::of_path("create", folder, &error))?;
    let place = |file: &WorkflowFile| folder.join(file.name);
    let beside = |file: &WorkflowFile| folder.join(format!("{}{UNFINISHED}", file.name));
    let written = files.iter().try_for_each(|file| write(&beside(file), &file.text));
    let put = written.and_then(|()| {
        files.iter().try_for_each(|file| {
            let path = place(file);
            fs::rename(beside(file), &path).map_err(|error| Failure::of_path("put into place", &path, &error))
        })
    });
    if put.is_err() {
        // What is left is of no use, and what cannot be removed is not taken for a workflow.
        files.iter().for_each(|file| drop(fs::remove_file(beside(file))));
    }
    put
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    let write = || {
        let mut file = File::create(path)?;
        file.write_all(text.as_bytes())?;
        file.sync_all()
    };
    write().map_err(|error| Failure::of_path("write", path, &error))
}

fn check_files(arguments: &CheckArguments) -> Result<Exit, Failure> {
    let mut unread: Option<Failure> = None;
    let mut workflows = Vec::new();
    for path in &arguments.files {
        match read(path) {
            Ok(workflow) => workflows.push(workflow),
            Err(failure) => unread = Some(unread.map_or(failure.clone(), |all| all.with(failure))),
        }
    }
    let findings = judge(&workflows, arguments.event_type.as_deref());
    report(arguments.format.format, workflows.len(), &findings)?;
    let is_error = |finding: &Finding| finding.severity == Severity::Error;
    match unread {
        Some(failure) => Err(failure),
        None if findings.iter().any(is_error) => Ok(Exit::No),
        None => Ok(Exit::Yes),
    }
}

/// Files of one repository are judged together: one of them must hear the request to build, the others need not. Where none
/// does, each is told so.
fn judge(workflows: &[Workflow], event_type: Option<&str>) -> Vec<Finding> {
    let mut expectations = Expectations {
        must_listen: false,
        ..Expectations::default()
    };
    if let Some(event_type) = event_type {
        event_type.clone_into(&mut expectations.event_type);
    }
    expectations.must_listen = !workflows
        .iter()
        .any(|workflow| judge_as_worker(workflow, &expectations));
    workflows
        .iter()
        .flat_map(|workflow| check(workflow, &expectations))
        .collect()
}

fn report(format: Format, files: usize, findings: &[Finding]) -> Result<(), Failure> {
    match format {
        Format::Json => output::json(&json!({ "schema": "governance/findings/v1", "findings": findings })),
        Format::Text => {
            let mut text: String = findings.iter().map(|finding| format!("{finding}\n")).collect();
            if findings.is_empty() && files > 0 {
                text = format!(
                    "{files} file{} checked, no findings\n",
                    if files == 1 { "" } else { "s" }
                );
            }
            output::result(&text)
        }
    }
}

fn read(path: &Path) -> Result<Workflow, Failure> {
    let file = File::open(path).map_err(|error| Failure::of_path("read", path, &error))?;
    let mut bytes = Vec::new();
    // One byte more than a workflow may have tells that it has too many.
    let limit = WORKFLOW_BYTES_MAX as u64 + 1;
    file.take(limit)
        .read_to_end(&mut bytes)
        .map_err(|error| Failure::of_path("read", path, &error))?;
    let name = path.display().to_string();
    let text = String::from_utf8(bytes)
        .map_err(|_| Failure::usage(format!("{name} is not UTF-8"), "name workflow files"))?;
    parse_workflow(&name, &text).map_err(|error| {
        let place = format!("{}:{}: {}", error.file, error.place, error.kind);
        Failure::usage(place, error.kind.remedy())
    })
}
