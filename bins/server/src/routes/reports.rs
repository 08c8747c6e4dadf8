//! `GET /api/v1/reports/dry-run?since=TIME`: `governance/dry-run-report/v1`, what a dry run would have held back.

use super::access;
use super::pull_requests::{not_shown, reception};
use crate::parts::Shared;
use crate::problem::Problem;
use crate::tokens::Scope;
use axum::Json;
use axum::extract::rejection::QueryRejection;
use axum::extract::{Query, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use domain_types::Timestamp;
use runtime::gate::{DryRunReport, GateMode, ReportedMerge, ReportedRepository};
use serde::Deserialize;
use serde_json::{Value, json};
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// Which merges are counted.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Asked {
    #[serde(default)]
    since: Option<String>,
}

/// The report.
pub(super) async fn dry_run(
    State(shared): State<Arc<Shared>>,
    asked: Result<Query<Asked>, QueryRejection>,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    access::actor(&shared, &headers, Scope::Read).await?;
    let wrong = || {
        Problem::bad(
            "the time is none",
            "write `since=2026-11-24T06:00:00Z`, or nothing",
        )
    };
    let Query(asked) = asked.map_err(|_| wrong())?;
    let since: Option<Timestamp> = match asked.since {
        Some(text) => Some(text.parse().map_err(|_| wrong())?),
        None => None,
    };
    let report = reception(&shared)?.dry_run_report(since).await;
    let report = report.map_err(|error| not_shown(&error))?;
    Ok(Json(document(&report)).into_response())
}

fn document(report: &DryRunReport) -> Value {
    let repositories: Vec<Value> = report.repositories.iter().map(repository).collect();
    let all = report.repositories.iter().flat_map(|of| &of.merges);
    json!({
        "schema": "governance/dry-run-report/v1",
        "since": report.since,
        "until": report.until,
        "whole": report.is_whole,
        "total": counted(all.collect()),
        "repositories": repositories,
    })
}

fn repository(of: &ReportedRepository) -> Value {
    let mut document = counted(of.merges.iter().collect());
    document["repository"] = json!(of.repository);
    let held_back: Vec<Value> = of
        .merges
        .iter()
        .filter(|merge| !merge.is_green())
        .map(|merge| {
            let reasons = merge.held_back.iter();
            let reasons = reasons.map(|held| json!({ "rule": held.rule, "because": held.because }));
            json!({
                "number": merge.number,
                "merged": merge.at,
                "by": merge.by,
                "mode": mode(merge),
                "reasons": reasons.collect::<Vec<_>>(),
            })
        })
        .collect();
    document["held_back"] = Value::Array(held_back);
    document
}

/// Numbers over merges: those in dry run, how many of them the gate would have held back, and those past the gate where it held back.
fn counted(merges: Vec<&ReportedMerge>) -> Value {
    let (tried, enforced): (Vec<&ReportedMerge>, Vec<&ReportedMerge>) = merges
        .into_iter()
        .partition(|merge| merge.mode == GateMode::DryRun);
    let green = tried.iter().filter(|merge| merge.is_green()).count();
    let past = enforced.iter().filter(|merge| !merge.is_green()).count();
    let mut rules: BTreeMap<&str, u32> = BTreeMap::new();
    for merge in &tried {
        // A rule that says several things of one merge held it back once.
        let once: BTreeSet<&str> = merge.held_back.iter().map(|held| held.rule.as_str()).collect();
        for rule in once {
            *rules.entry(rule).or_default() += 1;
        }
    }
    json!({
        "merges": tried.len(),
        "green": green,
        "would_have_been_blocked": tried.len() - green,
        "rules": rules,
        "enforced": { "merges": enforced.len(), "past_the_gate": past },
    })
}

fn mode(merge: &ReportedMerge) -> &'static str {
    match merge.mode {
        GateMode::Enforce => "enforce",
        GateMode::DryRun => "dry_run",
    }
}
