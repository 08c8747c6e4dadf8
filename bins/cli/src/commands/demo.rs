//! `governance demo`: an example organisation, made and released for real.

use super::release::{Wish, release};
use crate::arguments::{DemoArguments, PlanSource};
use crate::demo::{VERSION, make_organisation};
use crate::{Exit, Failure, Surroundings, clock, output};
use domain_types::ReleaseVersion;
use runtime::local::{Reproducibility, Reuse};

/// Where programs are looked for if the surroundings name no PATH.
const SEARCH_PATH_DEFAULT: &str = "/usr/local/bin:/usr/bin:/bin";

/// Makes the organisation, or completes it, and releases it; the same command goes on after any interruption.
pub(crate) fn run(arguments: &DemoArguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    if arguments.github {
        return crate::demo::github::run(arguments, surroundings);
    }
    let search_path = surroundings
        .variables
        .get("PATH")
        .map_or(SEARCH_PATH_DEFAULT, String::as_str);
    let holder = surroundings.holder("governance demo", clock::now());
    let organisation = make_organisation(&arguments.dir(), search_path, &holder)?;
    output::note(&format!(
        "the example organisation lies in {}",
        organisation.workspace().display()
    ));
    let version: ReleaseVersion = VERSION
        .parse()
        .map_err(|error| Failure::world(error, "report this as a bug"))?;
    let source = PlanSource {
        manifest: organisation.manifest(),
        config: Some(organisation.configuration()),
        changed: Vec::new(),
    };
    let wish = Wish {
        version: &version,
        source: &source,
        workspace: organisation.workspace(),
        out: &organisation.release(),
        state: None,
        jobs: arguments.jobs,
        reuse: Reuse::Allowed,
        reproducibility: Reproducibility::BuildOnce,
        format: arguments.format.format,
    };
    release(&wish, surroundings)
}
