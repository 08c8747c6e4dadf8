//! `governance db migrate|check`: looks after a state file.

use crate::arguments::{DatabaseArguments, DatabaseCommand, Format};
use crate::{Exit, Failure, block_on, clock, failure, output};
use runtime::check_release;
use serde_json::json;
use storage::{CheckReport, OpenMode, Problem, Store, StoreError, check_sqlite, migrate_sqlite, open_sqlite};

/// The last check of a state file.
const JOURNALS_FOLD: &str = "every journal folds to the rows of its release";

/// Carries one of them out.
pub(crate) fn run(command: &DatabaseCommand) -> Result<Exit, Failure> {
    match command {
        DatabaseCommand::Migrate(arguments) => migrate(arguments),
        DatabaseCommand::Check(arguments) => check(arguments),
    }
}

fn migrate(arguments: &DatabaseArguments) -> Result<Exit, Failure> {
    let file = arguments.state.display();
    let migrated =
        block_on(migrate_sqlite(&arguments.state, clock::now()))?.map_err(|error| of_store(&error))?;
    match arguments.format.format {
        Format::Json => output::json(&json!({
            "schema": "governance/database-migration/v1",
            "file": file.to_string(),
            "from": migrated.from,
            "to": migrated.to,
        }))?,
        Format::Text if migrated.from == migrated.to => {
            output::result(&format!("{file} has schema {}, the newest\n", migrated.to))?;
        }
        Format::Text if migrated.from == 0 => {
            output::result(&format!("{file} created, schema {}\n", migrated.to))?
        }
        Format::Text => {
            output::result(&format!(
                "{file} moved from schema {} to {}\n",
                migrated.from, migrated.to
            ))?;
        }
    }
    Ok(Exit::Yes)
}

fn check(arguments: &DatabaseArguments) -> Result<Exit, Failure> {
    let report = block_on(checked(arguments))?.map_err(|error| of_store(&error))?;
    match arguments.format.format {
        Format::Json => output::json(&json!({
            "schema": "governance/database-check/v1",
            "file": arguments.state.display().to_string(),
            "database_schema": report.schema,
            "newest_schema": report.newest,
            "sound": report.problems.is_empty(),
            "checks": report.checks,
            "problems": report.problems.iter()
                .map(|problem| json!({ "check": problem.check, "found": problem.found })).collect::<Vec<_>>(),
        }))?,
        Format::Text => output::result(&check_text(arguments, &report))?,
    }
    Ok(if report.problems.is_empty() {
        Exit::Yes
    } else {
        Exit::No
    })
}

/// What the store can check, and then what only the state machine can: that every journal leads to the stored rows.
async fn checked(arguments: &DatabaseArguments) -> Result<CheckReport, StoreError> {
    let mut report = check_sqlite(&arguments.state).await?;
    if !report.problems.is_empty() || report.schema != report.newest {
        return Ok(report);
    }
    let store = open_sqlite(&arguments.state, OpenMode::Existing, clock::now()).await?;
    report.checks.push(JOURNALS_FOLD);
    for release in store.list_releases().await? {
        if let Err(error) = check_release(&store, &release.id).await {
            let found = failure::chain(&error);
            report.problems.push(Problem {
                check: JOURNALS_FOLD,
                found,
            });
        }
    }
    Ok(report)
}

fn check_text(arguments: &DatabaseArguments, report: &CheckReport) -> String {
    let mut text = format!(
        "{}: schema {} of {}\n",
        arguments.state.display(),
        report.schema,
        report.newest
    );
    for (number, check) in report.checks.iter().enumerate() {
        let found: Vec<&str> = report
            .problems
            .iter()
            .filter(|p| p.check == *check)
            .map(|p| p.found.as_str())
            .collect();
        let word = if found.is_empty() { "ok" } else { "BROKEN" };
        text.push_str(&format!("{:>3}. {word:<6}  {check}\n", number + 1));
        found
            .iter()
            .for_each(|found| text.push_str(&format!("             {found}\n")));
    }
    text.push_str(if report.problems.is_empty() {
        "sound\n"
    } else {
        "not sound: restore the file from a backup; for a local release, delete it and release again\n"
    });
    text
}

/// A failure of the store, by what a person can do about it.
pub(crate) fn of_store(error: &StoreError) -> Failure {
    let (exit, help) = match error {
        StoreError::CannotOpen { .. } => (
            Exit::Usage,
            "check the path; `governance db migrate` creates a state file",
        ),
        StoreError::ForeignFile { .. } | StoreError::NetworkFileSystem { .. } => {
            (Exit::Usage, "name another file with `--state FILE`")
        }
        StoreError::NewerSchema { .. } | StoreError::ChangedMigration { .. } => (
            Exit::Usage,
            "use the program version that wrote the file, or a newer one",
        ),
        StoreError::OlderSchema { path, .. } => {
            let command = format!("run `governance db migrate --state {}`", path.display());
            return Failure::new(Exit::Usage, failure::chain(error), &command);
        }
        StoreError::VersionOccupied { .. } => (
            Exit::Usage,
            "release another version, or cancel the other release first",
        ),
        StoreError::Full { .. } => (Exit::World, "free some space and run the same command again"),
        StoreError::Busy { .. }
        | StoreError::Disconnected { .. }
        | StoreError::RevisionConflict { .. }
        | StoreError::RulesetConflict { .. }
        | StoreError::Occupied { .. }
        | StoreError::LeaseLost { .. } => (Exit::World, "run the same command again"),
        StoreError::ForgetfulServer { .. } | StoreError::ServerTooOld { .. } => {
            (Exit::Usage, "use another server, or have its settings changed")
        }
        StoreError::Corrupt { .. } => (
            Exit::World,
            "restore the file from a backup; for a local release, delete it and release again",
        ),
        StoreError::Io { .. } | StoreError::Stopped => {
            (Exit::World, "check the disk, then run the same command again")
        }
        StoreError::Constraint { .. }
        | StoreError::TooLarge { .. }
        | StoreError::SqliteTooOld { .. }
        | StoreError::Database { .. } => (Exit::World, "report this as a bug"),
    };
    Failure::new(exit, failure::chain(error), help)
}
