//! From the text of a manifest to a plan, or to everything that is wrong with it.

use crate::findings::{Findings, Place, places};
use crate::manifest::{Manifest, read_manifest};
use crate::resolve::resolve;
use crate::{PinDiffers, Plan, PlanError, PlanOptions, Problem, ProblemKind, Severity};
use domain_types::RepoName;
use std::collections::BTreeMap;

/// A manifest that was understood.
#[derive(Debug, Clone)]
pub struct Reading {
    /// The plan; commits are the manifest's pins.
    pub plan: Plan,
    /// What a person should look at nevertheless, in the order of the text.
    pub warnings: Vec<Problem>,
    file: String,
    pins: BTreeMap<RepoName, Place>,
}

/// Reads a manifest (`versions.toml`, any variant) into the plan of a release.
///
/// `file` is only named in problems; `text` is what it contains.
///
/// # Errors
/// All problems at once, in the order of the text, each with line and column; warnings among them.
pub fn read_plan(file: &str, text: &str, options: &PlanOptions) -> Result<Reading, Vec<Problem>> {
    let mut findings = Findings::new(file, text);
    let Some(manifest) = read_manifest(text, &mut findings) else {
        return Err(findings.finish());
    };
    let components = resolve(&manifest, options, &mut findings);
    if findings.errors() > 0 {
        return Err(findings.finish());
    }
    let plan = Plan::new(
        options.release.clone(),
        options.version.clone(),
        components,
        Vec::new(),
    );
    let plan = match plan {
        Ok(plan) => plan,
        Err(error) => {
            findings.error(
                kind_of(&error),
                manifest.at,
                error,
                "correct the manifest or the configuration",
            );
            return Err(findings.finish());
        }
    };
    let pins = places_of_pins(text, &manifest);
    Ok(Reading {
        plan,
        warnings: findings.finish(),
        file: file.to_owned(),
        pins,
    })
}

/// Every fault of a manifest is found with its place before a plan is made; this is the net below.
fn kind_of(error: &PlanError) -> ProblemKind {
    match error {
        PlanError::Duplicate { .. } => ProblemKind::Duplicate,
        PlanError::UnknownDependency { .. } | PlanError::UnknownComponents { .. } => {
            ProblemKind::UnknownDependency
        }
        PlanError::Cycle { .. } => ProblemKind::Cycle,
        PlanError::NoPlatform { .. } => ProblemKind::BadSyntax,
        PlanError::CommitsMissing { .. } => ProblemKind::BadCommit,
        PlanError::PinsDiffer { .. } => ProblemKind::PinDiffers,
    }
}

fn places_of_pins(text: &str, manifest: &Manifest) -> BTreeMap<RepoName, Place> {
    let pinned = manifest
        .entries
        .iter()
        .filter_map(|entry| Some((entry.pin.as_ref()?.1, &entry.name)));
    let mut pinned: Vec<(usize, &RepoName)> = pinned.collect();
    pinned.sort_unstable();
    let offsets: Vec<usize> = pinned.iter().map(|(at, _)| *at).collect();
    pinned
        .into_iter()
        .map(|(_, name)| name.clone())
        .zip(places(text, &offsets))
        .collect()
}

impl Reading {
    /// Where in the manifest the pins stand that turned out to differ, as problems; nothing for other errors.
    pub fn locate(&self, error: &PlanError) -> Vec<Problem> {
        let PlanError::PinsDiffer { pins } = error else {
            return Vec::new();
        };
        pins.iter()
            .filter_map(|pin| Some(self.problem_of(pin, *self.pins.get(&pin.name)?)))
            .collect()
    }

    fn problem_of(&self, pin: &PinDiffers, place: Place) -> Problem {
        Problem {
            file: self.file.clone(),
            line: place.line,
            column: place.column,
            severity: Severity::Error,
            kind: ProblemKind::PinDiffers,
            message: format!(
                "{} is pinned to {}, but its tag is {}",
                pin.name, pin.pinned, pin.resolved
            ),
            remedy: "find out who moved the tag; then correct git_commit, or make it \"\" for no pin"
                .to_owned(),
        }
    }
}
