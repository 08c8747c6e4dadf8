//! `governance release show`: one release, also while it runs.

use super::logs::view_with_logs;
use super::state_file;
use crate::arguments::{Format, OrderArguments};
use crate::view::{ReleaseJson, advise, render};
use crate::{Exit, Failure, clock, output};
use runtime::local::Places;
use std::path::Path;

/// Writes the release.
pub(crate) async fn run(arguments: &OrderArguments, place: &Path) -> Result<Exit, Failure> {
    let store = state_file::open(place).await?;
    let row = state_file::find(&store, &arguments.version, arguments.name.as_ref()).await?;
    let state = state_file::load(&store, &row).await?;
    let file = std::path::absolute(place).unwrap_or_else(|_| place.to_owned());
    let places = Places::new(Path::new("."), Some(&file), Path::new("."));
    let Some(view) = view_with_logs(&state, &places) else {
        return Err(Failure::world(
            format!("release {} has no plan", row.id),
            "report this as a bug",
        ));
    };
    match arguments.format.format {
        Format::Json => output::json(&ReleaseJson::of(&view))?,
        Format::Text => {
            let worked_on = state_file::is_worked_on(place);
            let advice = advise(&view.phase, &view.version, place, worked_on);
            output::result(&render(&view, &advice, clock::now()))?;
        }
    }
    Ok(Exit::Yes)
}
