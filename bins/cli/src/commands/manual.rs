//! `governance man` and `governance completions`: the manual from the same definition as the parser.

use crate::arguments::{Arguments, CompletionsArguments, ManArguments};
use crate::{Exit, Failure, output};
use clap::CommandFactory;
use std::path::Path;

/// Writes manual pages: all of them into a folder, or the main one to standard output.
pub(crate) fn pages(arguments: &ManArguments) -> Result<Exit, Failure> {
    match &arguments.dir {
        Some(dir) => write_pages(dir)?,
        None => output::result(&main_page()?)?,
    }
    Ok(Exit::Yes)
}

/// Writes a completion script.
pub(crate) fn completions(arguments: &CompletionsArguments) -> Result<Exit, Failure> {
    let mut script = Vec::new();
    clap_complete::generate(
        arguments.shell,
        &mut Arguments::command(),
        "governance",
        &mut script,
    );
    output::result(&String::from_utf8_lossy(&script))?;
    Ok(Exit::Yes)
}

fn write_pages(dir: &Path) -> Result<(), Failure> {
    std::fs::create_dir_all(dir).map_err(|error| Failure::of_path("create", dir, &error))?;
    clap_mangen::generate_to(Arguments::command(), dir)
        .map_err(|error| Failure::of_path("write into", dir, &error))
}

fn main_page() -> Result<String, Failure> {
    let mut page = Vec::new();
    clap_mangen::Man::new(Arguments::command())
        .render(&mut page)
        .map_err(|error| {
            Failure::world(
                format!("failed to write the page: {error}"),
                "report this as a bug",
            )
        })?;
    Ok(String::from_utf8_lossy(&page).into_owned())
}
