//! What is wrong about how things are set up. Each check is a file; none of them looks at another.

mod app;
mod budget;
mod clock;
mod deliveries;
mod immutable;
mod installed;
mod plan;
mod rulesets;
mod runners;
mod webhook;
mod workflow_files;
mod workflows_on;

use super::facts::Facts;
use super::finding::{Code, Finding};

/// One check.
type Check = fn(&Facts) -> Vec<Finding>;

/// All of them, in the order in which a person mends things.
const CHECKS: [Check; 12] = [
    app::check,
    clock::check,
    installed::check,
    webhook::check,
    deliveries::check,
    plan::check,
    workflow_files::check,
    workflows_on::check,
    runners::check,
    rulesets::check,
    immutable::check,
    budget::check,
];

/// Everything that there is to say, in the order in which a person mends things.
pub fn examine(facts: &Facts) -> Vec<Finding> {
    let app = app::check(facts);
    if app.iter().any(|finding| finding.code == Code::AppRefused) {
        // Everything else would be refused for the same reason; the clock alone may be that reason.
        return app.into_iter().chain(clock::check(facts)).collect();
    }
    CHECKS.iter().flat_map(|check| check(facts)).collect()
}
