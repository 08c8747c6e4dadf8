//! How each node is built: from the configuration, else the default for cargo.

use crate::configuration::Configuration;
use dependency_graph::Component;
use domain_types::{Platform, RepoName};
use local_build::{ArtifactRule, Presence, Recipe};

/// A configured recipe that cannot be used.
#[derive(Debug, thiserror::Error)]
#[error("the recipe of {repository} for {platform} cannot be used")]
pub struct RecipeProblem {
    /// Of which repository.
    pub repository: RepoName,
    /// For which platform.
    pub platform: Platform,
    /// Why.
    pub source: local_build::Error,
}

/// The recipe of a component on a platform.
///
/// # Errors
/// [`RecipeProblem`] if a command, variable or path of it is not legal.
pub fn recipe_of(
    component: &Component,
    platform: &Platform,
    configuration: &Configuration,
) -> Result<Recipe, RecipeProblem> {
    let problem = |source| RecipeProblem {
        repository: component.name.clone(),
        platform: platform.clone(),
        source,
    };
    let settings = configuration.repository(&component.name);
    let binaries: Vec<String> = component
        .binaries
        .iter()
        .map(|binary| binary.as_str().to_owned())
        .collect();
    let mut recipe = Recipe::default_cargo(&binaries, platform).map_err(problem)?;
    if let Some(build) = settings.build {
        recipe.build = build;
    }
    recipe.test = settings.test;
    recipe.env = settings.env;
    if let Some(artifacts) = settings.artifacts {
        let rule = |artifact: crate::configuration::ArtifactSetting| {
            let path = artifact.path.parse()?;
            Ok(ArtifactRule {
                name: artifact.name,
                path,
                presence: Presence::Required,
            })
        };
        recipe.artifacts = artifacts
            .into_iter()
            .map(rule)
            .collect::<Result<_, _>>()
            .map_err(problem)?;
    }
    recipe.check().map_err(problem)?;
    Ok(recipe)
}
