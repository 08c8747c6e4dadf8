//! `/metrics`: figures for a monitoring system, as plain text (Prometheus exposition format 0.0.4). No secret is among them.

use super::health::queue_seconds;
use crate::parts::{Reading, Shared};
use crate::problem::Problem;
use axum::extract::State;
use axum::http::HeaderValue;
use axum::http::header::CONTENT_TYPE;
use axum::response::{IntoResponse, Response};
use domain_types::Timestamp;
use runtime::gate::GateReadings;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::sync::Arc;
use storage::{Backlog, RELEASE_PHASES};

/// The page.
pub(crate) async fn show(State(shared): State<Arc<Shared>>) -> Response {
    let mut page = String::new();
    shared.counters.write(&mut page);
    let Ok(releases) = shared.store.list_releases().await else {
        return Problem::unavailable("the store does not answer").into_response();
    };
    let mut phases: BTreeMap<&str, u64> = RELEASE_PHASES.iter().map(|phase| (*phase, 0)).collect();
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
    let Ok(backlog) = shared.store.backlog().await else {
        return Problem::unavailable("the store does not answer").into_response();
    };
    if let Some(backlog) = backlog {
        write(&mut page, waiting(&backlog, shared.clock.now()).into_iter());
    }
    if let Some(reception) = &shared.reception {
        let Ok(gate) = reception.readings().await else {
            return Problem::unavailable("the store does not answer").into_response();
        };
        write(&mut page, of_the_gate(&gate).into_iter());
    }
    if let Some(readings) = &shared.readings {
        write(&mut page, readings().into_iter());
    }
    let text = HeaderValue::from_static("text/plain; version=0.0.4; charset=utf-8");
    ([(CONTENT_TYPE, text)], page).into_response()
}

/// What waits to be decided, and to be carried out.
fn waiting(backlog: &Backlog, now: Timestamp) -> Vec<Reading> {
    let reading = |name: &'static str, labels, count| Reading {
        name,
        labels,
        value: count_of(count),
    };
    let effects = |state: &str, count| {
        let labels = vec![("state", state.to_owned())];
        reading("governance_effects_open", labels, count)
    };
    vec![
        reading("governance_inbox_pending", Vec::new(), backlog.pending),
        reading(
            "governance_inbox_oldest_seconds",
            Vec::new(),
            queue_seconds(backlog, now),
        ),
        effects("intent", backlog.intents),
        effects("sending", backlog.sending),
        effects("unknown", backlog.unknown),
    ]
}

/// What the gate does, and whether it does it in time.
fn of_the_gate(gate: &GateReadings) -> Vec<Reading> {
    let reading = |name: &'static str, label: Option<(&'static str, &str)>, count| Reading {
        name,
        labels: label
            .into_iter()
            .map(|(name, value)| (name, value.to_owned()))
            .collect(),
        value: count_of(count),
    };
    let counts = &gate.counts;
    let mut readings = vec![
        reading(
            "governance_gate_looks_total",
            Some(("result", "done")),
            counts.looks,
        ),
        reading(
            "governance_gate_looks_total",
            Some(("result", "failed")),
            counts.failed_looks,
        ),
        reading("governance_gate_merges_past_total", None, counts.merges_past),
        reading(
            "governance_gate_landed_total",
            Some(("result", "different")),
            counts.landed_different,
        ),
        reading(
            "governance_gate_landed_total",
            Some(("result", "unknown")),
            counts.landed_unknown,
        ),
        reading("governance_gate_overdue_seconds", None, gate.overdue_seconds),
        reading("governance_gate_rules_usable", None, u64::from(gate.has_rules)),
    ];
    let decisions = counts.decisions.iter();
    readings
        .extend(decisions.map(|(word, count)| {
            reading("governance_gate_decisions_total", Some(("outcome", word)), *count)
        }));
    readings
}

fn count_of(count: u64) -> f64 {
    f64::from(u32::try_from(count).unwrap_or(u32::MAX))
}

/// Each metric's lines stand together, below a line that says its type.
fn write(page: &mut String, readings: impl Iterator<Item = Reading>) {
    let mut last = "";
    for reading in readings {
        // Writing to a text does not fail.
        if reading.name != last {
            let kind = match reading.name.ends_with("_total") {
                true => "counter",
                false => "gauge",
            };
            let _ = writeln!(page, "# TYPE {} {kind}", reading.name);
            last = reading.name;
        }
        let labels: Vec<String> = reading
            .labels
            .iter()
            .map(|(name, value)| format!("{name}=\"{}\"", value.escape_default()))
            .collect();
        let labels = match labels.is_empty() {
            true => String::new(),
            false => format!("{{{}}}", labels.join(",")),
        };
        let _ = writeln!(page, "{}{labels} {}", reading.name, reading.value);
    }
}
