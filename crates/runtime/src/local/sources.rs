//! The source trees of a run: laid out before the first build, checked out a second time to compare.

use super::backend::Workshop;
use super::release::Reproducibility;
use super::report::failure_of_error;
use crate::ports::BuildOrder;
use domain_types::{RepoName, TagName};
use local_build::{
    ComparisonOrder, Difference, Error, LayOutOrder, Limits, Reproduced, Source, lay_out_sources,
    rebuild_for_comparison, renew_tree, restore_first_tree,
};
use orchestrator::{Failure, FailureKind};
use std::collections::BTreeSet;

/// Differences that a failure names: the first tells where to look.
const DIFFERENCES_NAMED_MAX: usize = 5;

impl Workshop {
    /// What finished builds left in the trees of `built` stays.
    pub(super) async fn lay_out_sources(&self, built: &BTreeSet<RepoName>) -> Result<(), Error> {
        let plan = &self.frozen.plan;
        let sources = plan
            .sources()
            .into_iter()
            .map(|component| self.source(&component.name, &component.tag));
        let order = LayOutOrder {
            root: self.places.sources.clone(),
            sources: sources.collect::<Result<_, _>>()?,
            built: self.folders(built),
        };
        lay_out_sources(&self.git, &order).await.map(|_| ())
    }

    fn folders(&self, names: &BTreeSet<RepoName>) -> BTreeSet<RepoName> {
        let frozen = names.iter().filter_map(|name| self.frozen.repositories.get(name));
        frozen
            .filter_map(|repository| repository.folder.parse().ok())
            .collect()
    }

    /// Nothing of earlier attempts is left in the tree.
    pub(super) async fn renew_tree(&self, name: &RepoName) -> Result<(), Error> {
        let missing = || Error::NotARepository {
            path: self.places.workspace.join(name.as_str()),
        };
        let component = self.frozen.plan.component(name).ok_or_else(missing)?;
        renew_tree(
            &self.git,
            &self.places.sources,
            &self.source(name, &component.tag)?,
        )
        .await
    }

    fn source(&self, name: &RepoName, tag: &TagName) -> Result<Source, Error> {
        let missing = || Error::NotARepository {
            path: self.places.workspace.join(name.as_str()),
        };
        let frozen = self.frozen.repositories.get(name).ok_or_else(missing)?;
        Ok(Source {
            folder: frozen.folder.parse().map_err(|_| missing())?,
            repository: frozen.path.clone(),
            commit: frozen.commit.clone(),
            tag: tag.clone(),
        })
    }

    /// Builds the node a second time if that is asked for, and compares every byte.
    pub(super) async fn check_reproducible(
        &self,
        order: &BuildOrder,
        first: &local_build::BuildOutput,
    ) -> Result<(), Failure> {
        if self.reproducibility == Reproducibility::BuildOnce {
            return Ok(());
        }
        let failure = |error: Error| failure_of_error(&error, None);
        let name = &order.build.node.repository;
        let unknown = || Failure::new(FailureKind::Unknown, format!("{name} is not part of the plan"));
        let component = self.frozen.plan.component(name).ok_or_else(unknown)?;
        let frozen = self.frozen.repositories.get(name).ok_or_else(unknown)?;
        let comparison = ComparisonOrder {
            root: self.places.sources.clone(),
            source: self.source(name, &component.tag).map_err(failure)?,
            recipe: self.recipes.get(&order.build.node).cloned().ok_or_else(unknown)?,
            base: self.base_env.clone(),
            commit_time: frozen.commit_time,
            limits: Limits::default(),
            first: first.artifacts.clone(),
            objects: self.objects.clone(),
        };
        match rebuild_for_comparison(&self.git, &comparison)
            .await
            .map_err(failure)?
        {
            Reproduced::Identical => Ok(()),
            Reproduced::Differs(differences) => Err(not_reproducible(name, &differences)),
        }
    }
}

impl Workshop {
    /// Ends a second build that nobody waits for any more, and puts the first tree back.
    pub(super) async fn undo_comparison(&self, name: &RepoName) {
        let folder = self
            .frozen
            .repositories
            .get(name)
            .map(|frozen| frozen.folder.parse());
        if self.reproducibility == Reproducibility::BuildTwice
            && let Some(Ok(folder)) = folder
        {
            // What fails here is done by the next start, before anything else.
            let _ = restore_first_tree(&self.places.sources, &folder).await;
        }
    }
}

fn not_reproducible(name: &RepoName, differences: &[Difference]) -> Failure {
    let one =
        |difference: &Difference| format!("{} from byte {}", difference.artifact, difference.first_offset);
    let named: Vec<String> = differences.iter().take(DIFFERENCES_NAMED_MAX).map(one).collect();
    let reason = format!(
        "{name} is not reproducible: a second build at the same place differs in {}; look for times, paths, random \
         numbers, the environment or the order of files in its build",
        named.join(", ")
    );
    Failure::new(FailureKind::NotReproducible, reason)
}
