//! `/metrics`: figures for a monitoring system, as plain text (Prometheus exposition format 0.0.4). No secret is among them.

use crate::parts::{Reading, Shared};
use crate::problem::Problem;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use storage::RELEASE_PHASES;

/// The page.
pub(crate) async fn show(State(shared): State<Arc<Shared>>) -> Response {
    let mut page = String::new();
    shared.counters.write(&mut page);
    let Ok(releases) = shared.store.list_releases().await else {
        return Problem::unavailable("the store does not answer").into_response();
    };
    let mut phases: BTreeMap<&str, usize> = RELEASE_PHASES.iter().map(|phase| (*phase, 0)).collect();
    for release in &releases {
        if let Some(count) = phases.get_mut(release.row.phase.as_str()) {
            *count += 1;
        }
    }
    let readings = phases.iter().map(|(phase, count)| Reading {
        name: "governance_releases",
        labels: vec![("state", (*phase).to_owned())],
        value: count_of(*count),
    });
    write(&mut page, readings);
    if let Some(readings) = &shared.readings {
        write(&mut page, readings().into_iter());
    }
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(CONTENT_TYPE, text)], page).into_response()
}

fn count_of(count: usize) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Each metric's lines stand together, below a line that says its type.
fn write(page: &mut String, readings: impl Iterator<Item = Reading>) {
    let mut last = "";
    for reading in readings {
        // Writing to a text does not fail.
        if reading.name != last {
            let _ = writeln!(page, "# TYPE {} gauge", reading.name);
            last = reading.name;
        }
        let labels: Vec<String> = reading
            .labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", value.escape_default()))
            .collect();
        let _ = writeln!(page, "{}{{{}}} {}", reading.name, labels.join(","), reading.value);
    }
}
