//! The gate of a server: whose rules, which mode, and who looks at pull requests.

use domain_types::Sha256Digest;
use git_mirror::Mirrors;
use github_client::GitHub;
use governance_rules::{Ruleset, RulesetDigest, read_ruleset};
use runtime::RuntimeError;
use runtime::configuration::{Configuration, GovernanceSettings, RulesSource};
use runtime::gate::{
    AcceptedRules, Gate, GateFigures, GateMode, GateSettings, LandedTrees, PullRequestPerformer, Reception,
    ReceptionParts,
};
use runtime::github::{
    GateHints, GateParts, GithubLandedTrees, GithubPullRequests, LastHeard, RulesKeeper, RulesRepository,
};
use runtime::ports::Clock;
use runtime::read_rules_folder;
use std::path::Path;
use std::sync::Arc;
use storage::PullRequestStore;
use tokio::sync::{Notify, watch};

/// The gate, ready to serve, and its parts at the desk of releases.
pub struct PreparedGate {
    /// Who looks at pull requests.
    pub gate: Gate,
    /// Who keeps the rules, where they are on the forge.
    pub keeper: Option<RulesKeeper>,
    /// Who hears of them, and shows what is said.
    pub parts: GateParts,
    /// Where people look at pull requests and hand signatures in.
    pub reception: Arc<Reception>,
}

/// What a gate is made of.
pub struct GateMaterials<'m> {
    /// Where everything is stored.
    pub store: &'m Arc<dyn PullRequestStore>,
    /// The present.
    pub clock: &'m Arc<dyn Clock>,
    /// GitHub as the gate's App.
    pub github: &'m GitHub,
    /// The bell of the desk of releases.
    pub commands: &'m Arc<Notify>,
    /// This start of this process.
    pub owner: &'m str,
    /// Where what landed is compared with what a merge gives.
    pub mirrors: &'m Arc<Mirrors>,
}

/// Why there is no gate although one is configured.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct GateProblem {
    /// What is wrong.
    pub text: String,
    /// What to do about it.
    pub help: &'static str,
}

/// The gate, if rules are configured; none if there are none: then no pull request is looked at.
///
/// # Errors
/// [`GateProblem`]: rules that are not there, are none, or are not those that are trusted.
pub fn prepare_gate(
    configuration: &Configuration,
    materials: &GateMaterials<'_>,
) -> Result<Option<PreparedGate>, GateProblem> {
    let (Some(governance), Some(app_id)) = (&configuration.governance, configuration.github.app.app_id)
    else {
        return Ok(None);
    };
    let [bell, rules_bell, rules_changed] = [(); 3].map(|()| Arc::new(Notify::new()));
    let (rules, owner, place) = source(configuration, governance, materials.github)?;
    let rules = Arc::new(AcceptedRules::new(rules));
    let host = Arc::new(GithubPullRequests::new(
        materials.github.clone(),
        Arc::clone(materials.clock),
        app_id,
        owner,
    ));
    let keeper = place.map(|(repository, name)| {
        let keeper = RulesKeeper {
            repository,
            genesis: governance.genesis_digest,
            host: Arc::clone(&host) as _,
            settings: settings(configuration, governance),
            store: Arc::clone(materials.store),
            clock: Arc::clone(materials.clock),
            rules: Arc::clone(&rules),
            bell: Arc::clone(&rules_bell),
            changed: Arc::clone(&rules_changed),
        };
        (keeper, name)
    });
    let (keeper, rules_repository) = keeper.unzip();
    let hints = GateHints {
        store: Arc::clone(materials.store),
        clock: Arc::clone(materials.clock),
        github: materials.github.clone(),
        app_id,
        bell: Arc::clone(&bell),
        heard: LastHeard::default(),
        rules: rules_bell,
        rules_repository,
    };
    let settings = settings(configuration, governance);
    let figures = Arc::new(GateFigures::default());
    let reception = reception(materials, &host, (&rules, &bell, &figures), &settings);
    let gate = Gate {
        store: Arc::clone(materials.store),
        clock: Arc::clone(materials.clock),
        host: Arc::clone(&host) as _,
        rules,
        settings: settings.clone(),
        owner: materials.owner.to_owned(),
        bell,
        rules_changed,
        commands: Arc::clone(materials.commands),
        figures,
        trees: trees(governance, materials),
    };
    Ok(Some(PreparedGate {
        gate,
        keeper,
        parts: GateParts {
            hints: Arc::new(hints),
            performer: Arc::new(PullRequestPerformer::new(host, settings)),
        },
        reception: Arc::new(reception),
    }))
}

/// Who compares what landed, unless nobody is to.
fn trees(governance: &GovernanceSettings, materials: &GateMaterials<'_>) -> Option<Arc<dyn LandedTrees>> {
    let (github, mirrors) = (materials.github.clone(), Arc::clone(materials.mirrors));
    let is_wanted = governance.compare_landed;
    is_wanted.then(|| Arc::new(GithubLandedTrees::new(github, mirrors)) as _)
}

/// For people: over the same store, rules and GitHub as the gate.
fn reception(
    materials: &GateMaterials<'_>,
    host: &Arc<GithubPullRequests>,
    (rules, bell, figures): (&Arc<AcceptedRules>, &Arc<Notify>, &Arc<GateFigures>),
    settings: &GateSettings,
) -> Reception {
    Reception::new(ReceptionParts {
        store: Arc::clone(materials.store),
        clock: Arc::clone(materials.clock),
        host: Arc::clone(host) as _,
        rules: Arc::clone(rules),
        settings: settings.clone(),
        bell: Arc::clone(bell),
        figures: Arc::clone(figures),
    })
}

/// Serves pull requests, and keeps the rules, until `shutdown` turns true; returns at once where there is no gate.
///
/// # Errors
/// The store's.
pub async fn serve_gate(
    gate: Option<(Gate, Option<RulesKeeper>)>,
    shutdown: watch::Receiver<bool>,
) -> Result<(), RuntimeError> {
    let Some((gate, keeper)) = gate else {
        return Ok(());
    };
    if let Some(keeper) = &keeper {
        keeper.restore().await?;
    }
    let kept = shutdown.clone();
    let keeping = async {
        match keeper {
            Some(keeper) => keeper.keep(kept).await,
            None => Ok(()),
        }
    };
    tokio::try_join!(gate.serve(shutdown), keeping).map(|_| ())
}

fn settings(configuration: &Configuration, governance: &GovernanceSettings) -> GateSettings {
    GateSettings {
        forge: forge(&configuration.github.api_url),
        mode: match configuration.github.dry_run {
            true => GateMode::DryRun,
            false => GateMode::Enforce,
        },
        dry_run_repositories: governance.dry_run_repositories.clone(),
        public_url: governance.public_url.clone(),
    }
}

fn problem(text: impl Into<String>, help: &'static str) -> GateProblem {
    GateProblem {
        text: text.into(),
        help,
    }
}

/// The host that statements name: that of the pages, not that of the API.
fn forge(api_url: &str) -> String {
    let host = api_url.split_once("://").map_or(api_url, |(_, rest)| rest);
    let host = host.split('/').next().unwrap_or(host);
    match host {
        "api.github.com" => "github.com".to_owned(),
        other => other.to_ascii_lowercase(),
    }
}

/// The rules that hold at the start, whose repositories they are about, and where they are kept, if that is on the forge.
type Source = (Result<Ruleset, String>, String, Option<(RulesRepository, String)>);

fn source(
    configuration: &Configuration,
    governance: &GovernanceSettings,
    github: &GitHub,
) -> Result<Source, GateProblem> {
    match &governance.source {
        RulesSource::Folder(folder) => {
            let Some(owner) = &configuration.github.owner else {
                return Err(problem(
                    "`owner` in [github] is not set, and rules in a folder name no organisation",
                    "write `owner = \"...\"` into [github]",
                ));
            };
            let rules = in_folder(folder, governance.genesis_digest)?;
            Ok((Ok(rules), owner.to_string(), None))
        }
        RulesSource::Repository { owner, name } => {
            let place = RulesRepository::new(github, owner.as_str(), name.as_str());
            let help = "write `source = \"owner/name\"` in [governance]";
            let place = place.map_err(|error| problem(error.to_string(), help))?;
            let unread = Err("they were not read yet".to_owned());
            Ok((
                unread,
                owner.to_string(),
                Some((place, format!("{owner}/{name}"))),
            ))
        }
    }
}

fn in_folder(folder: &Path, expected: Sha256Digest) -> Result<Ruleset, GateProblem> {
    let files = read_rules_folder(folder);
    let files = files.map_err(|error| problem(error.to_string(), error.remedy()))?;
    let digest = RulesetDigest::of(&files).sha256();
    if digest != expected {
        return Err(problem(
            format!(
                "the rules in {} have the digest {digest}, not that of [governance]",
                folder.display()
            ),
            "read them; if they are the ones that you trust, write their digest as `genesis_digest`",
        ));
    }
    read_ruleset(&files).map_err(|errors| {
        let first = errors.first().map_or_else(String::new, |error| {
            format!(
                "{}:{}: {}",
                folder.join(&*error.spot.file).display(),
                error.spot.place,
                error.message()
            )
        });
        problem(
            first,
            "`governance policy check DIR` says all that is wrong with them",
        )
    })
}
