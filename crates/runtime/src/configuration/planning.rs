//! What a plan needs of the configuration, in the words of the planning room.

use super::Configuration;
use dependency_graph::{PlanOptions, RepositoryOptions};
use domain_types::ReleaseVersion;

impl Configuration {
    /// Everything besides the manifest that the plan of `version` is made of.
    pub fn plan_options(&self, version: Option<ReleaseVersion>) -> PlanOptions {
        let options = self.repositories.iter().map(|(name, settings)| {
            let options = RepositoryOptions {
                aliases: settings.aliases.clone(),
                optional: settings.optional,
                platforms: settings.platforms.clone(),
                expected_seconds: settings.expected_seconds,
            };
            (name.clone(), options)
        });
        PlanOptions {
            release: self.release.name.clone(),
            version,
            platforms: self.release.platforms.clone(),
            repositories: options.collect(),
            after: self.release.after.clone(),
        }
    }
}
