//! Why a plan cannot be made from components, cut down, or frozen. Problems of a manifest's text are
//! [`crate::Problem`]s instead, because they have a place.

use domain_types::{CommitSha, RepoName};

/// A pin of the manifest that the repository contradicts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PinDiffers {
    /// The component.
    pub name: RepoName,
    /// The commit in the manifest.
    pub pinned: CommitSha,
    /// The commit that its tag resolves to.
    pub resolved: CommitSha,
}

/// Components that do not form a plan, or a question that the plan has no answer for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PlanError {
    /// Two components have the same name.
    #[error("component {name} is given twice")]
    Duplicate {
        /// The name.
        name: RepoName,
    },
    /// A component needs what is neither built nor laid out.
    #[error("component {name} needs {needs}, which is not in the plan")]
    UnknownDependency {
        /// The component.
        name: RepoName,
        /// The name that is not there.
        needs: RepoName,
    },
    /// Components wait for each other; the path begins and ends with the smallest name.
    #[error("components wait for each other: {}", arrows(path))]
    Cycle {
        /// The way round: each component waits for the next; the first is also the last.
        path: Vec<RepoName>,
    },
    /// A component is to be built for no platform.
    #[error("component {name} has no platform")]
    NoPlatform {
        /// The component.
        name: RepoName,
    },
    /// Names that are not components of the plan, each with the nearest name that is.
    #[error("no component of the plan is named {}", unknown_names(unknown))]
    UnknownComponents {
        /// The unknown names and suggestions.
        unknown: Vec<(RepoName, Option<RepoName>)>,
    },
    /// Components for which no commit was given.
    #[error("no commit is known for {}", joined(names))]
    CommitsMissing {
        /// The components.
        names: Vec<RepoName>,
    },
    /// Pins of the manifest that are not what their tags resolve to.
    #[error("the manifest pins other commits than the tags have: {}", differing(pins))]
    PinsDiffer {
        /// Each pin and what was found instead.
        pins: Vec<PinDiffers>,
    },
}

impl PlanError {
    /// Whether the same call may succeed later without anybody changing something: never, plans are pure.
    pub fn is_retryable(&self) -> bool {
        false
    }
}

/// Names within a message: enough to see what is meant.
const NAMES_SHOWN_MAX: usize = 20;

fn joined(names: &[RepoName]) -> String {
    shortened(names.iter().map(RepoName::to_string).collect(), ", ")
}

/// `a -> b -> a`, its middle left out where it is long.
pub(crate) fn arrows(path: &[RepoName]) -> String {
    if path.len() <= NAMES_SHOWN_MAX {
        return path.iter().map(RepoName::as_str).collect::<Vec<_>>().join(" -> ");
    }
    let (head, tail) = (&path[..NAMES_SHOWN_MAX - 2], &path[path.len() - 2..]);
    let left_out = path.len() - NAMES_SHOWN_MAX;
    format!("{} -> ... {left_out} more ... -> {}", arrows(head), arrows(tail))
}

fn unknown_names(unknown: &[(RepoName, Option<RepoName>)]) -> String {
    let said = |(name, nearest): &(RepoName, Option<RepoName>)| match nearest {
        Some(nearest) => format!("{name} (did you mean {nearest}?)"),
        None => name.to_string(),
    };
    shortened(unknown.iter().map(said).collect(), ", ")
}

fn differing(pins: &[PinDiffers]) -> String {
    let said = |pin: &PinDiffers| format!("{} pinned {}, tag has {}", pin.name, pin.pinned, pin.resolved);
    shortened(pins.iter().map(said).collect(), "; ")
}

fn shortened(mut parts: Vec<String>, separator: &str) -> String {
    let dropped = parts.len().saturating_sub(NAMES_SHOWN_MAX);
    parts.truncate(NAMES_SHOWN_MAX);
    if dropped > 0 {
        parts.push(format!("{dropped} more"));
    }
    parts.join(separator)
}
