//! `[release]` and `[release.after]`: how an organisation releases.

use super::document::{Document, shown};
use super::follow_up::{self, FollowUpSettings};
use super::former_way::{self, FormerWaySettings};
use super::repository::ForgeRepository;
use super::triggers::{TriggerSettings, triggers};
use super::values::{distinct, field, number, parsed, platforms, truth};
use domain_types::{Platform, ReleaseName, RepoName};
use std::collections::BTreeMap;
use toml::de::DeTable;

/// Runners of all releases together: above it one machine has no processes left for anything else.
const RUNNERS_MAX: u64 = 1024;
/// Retries of a whole release: above it something is broken that no retry mends.
const RETRY_BUDGET_MAX: u64 = 10_000;
const RETRY_BUDGET_DEFAULT: u32 = 10;
/// Attempts of one build, the first included.
const ATTEMPTS_MAX: u64 = 100;
const ATTEMPTS_DEFAULT: u32 = 3;
/// Persons that an approval or signature may need.
const PERSONS_MAX: u64 = 100;
/// Thirty days in seconds: the longest that anything may wait or run.
pub(super) const SECONDS_MAX: u64 = 30 * 24 * 3600;
/// One hour in seconds: longer than any queue that still moves.
const QUEUED_SECONDS_DEFAULT: u64 = 3600;
/// Two hours in seconds: the longest limit that the replaced workflows gave to a build.
const RUNNING_SECONDS_DEFAULT: u64 = 7200;

const KEYS: &[&str] = &[
    "name",
    "repository",
    "runners",
    "retry_budget",
    "attempts_max",
    "approvals_required",
    "signatures_required",
    "queued_seconds_max",
    "running_seconds_max",
    "platforms",
    "allow_token_approvals",
    "changelog",
    "triggers",
    "after",
    "follow_up",
    "former_way",
];

/// What is known of the machine, read by the binary and given as data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Defaults {
    /// Builds that run at the same time where `[release] runners` is absent: the available parallelism.
    pub runners: u32,
    /// The platform of a component where none is configured.
    pub platform: Platform,
}

/// `[release]`: how the organisation releases.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReleaseSettings {
    /// The name of the release and of its unified archive (default `release`).
    pub name: ReleaseName,
    /// The repository that holds the release on the forge; not used by a local release.
    pub repository: Option<ForgeRepository>,
    /// Builds that run at the same time, over all releases.
    pub runners: u32,
    /// Retries that a whole release may spend on transient failures.
    pub retry_budget: u32,
    /// Attempts of one build, the first included.
    pub attempts_max: u32,
    /// Approvals that a release needs before anything is built.
    pub approvals_required: u32,
    /// Signatures that a release needs before it is drafted.
    pub signatures_required: u32,
    /// Seconds that a build may wait for a runner, where its repository says nothing.
    pub queued_seconds_max: u64,
    /// Seconds that a build may run, where its repository says nothing.
    pub running_seconds_max: u64,
    /// Platforms of a component, where its repository says nothing.
    pub platforms: Vec<Platform>,
    /// Whether tokens of the server's API may approve a release; not used by a local release.
    pub allow_token_approvals: bool,
    /// Whether a release lists what has come in since the one before where no gate judges that; with one it always does. Not used by a
    /// local release.
    pub changelog: bool,
    /// Who may start a release on the forge; not used by a local release.
    pub triggers: TriggerSettings,
    /// `[release.after]`: repositories that wait for others beyond what the manifest requires.
    pub after: BTreeMap<RepoName, Vec<RepoName>>,
    /// `[release.follow_up.NAME]`: what is done once a release is public; not used by a local release.
    pub follow_ups: BTreeMap<String, FollowUpSettings>,
    /// `[release.former_way]`: what a release that cannot go on may fall back to; not used by a local release.
    pub former_way: Option<FormerWaySettings>,
}

impl ReleaseSettings {
    pub(super) fn default_of(defaults: &Defaults) -> Self {
        Self {
            name: default_name(),
            repository: None,
            runners: defaults.runners.max(1),
            retry_budget: RETRY_BUDGET_DEFAULT,
            attempts_max: ATTEMPTS_DEFAULT,
            approvals_required: 0,
            signatures_required: 0,
            queued_seconds_max: QUEUED_SECONDS_DEFAULT,
            running_seconds_max: RUNNING_SECONDS_DEFAULT,
            platforms: vec![defaults.platform.clone()],
            allow_token_approvals: false,
            changelog: false,
            triggers: TriggerSettings::default(),
            after: BTreeMap::new(),
            follow_ups: BTreeMap::new(),
            former_way: None,
        }
    }
}

fn default_name() -> ReleaseName {
    #[allow(clippy::expect_used, reason = "a constant of seven letters is a legal name")]
    "release".parse().expect("`release` is a legal release name")
}

/// Reads `[release]`; where the table is absent, the defaults.
pub(super) fn read(document: &mut Document, root: &DeTable<'_>, defaults: &Defaults) -> ReleaseSettings {
    let mut settings = ReleaseSettings::default_of(defaults);
    let Some(table) = document.table("", root, "release") else {
        return settings;
    };
    document.check_keys("release", table, KEYS);
    read_names(document, table, &mut settings);
    read_numbers(document, table, &mut settings);
    settings.allow_token_approvals =
        field(document, table, "allow_token_approvals", truth).unwrap_or_default();
    settings.changelog = field(document, table, "changelog", truth).unwrap_or_default();
    settings.triggers = field(document, table, "triggers", triggers).unwrap_or_default();
    settings.after = read_after(document, table);
    settings.follow_ups = follow_up::read(document, table);
    settings.former_way = former_way::read(document, table);
    settings
}

fn read_names(document: &mut Document, table: &DeTable<'_>, settings: &mut ReleaseSettings) {
    if let Some(name) = field(document, table, "name", parsed) {
        settings.name = name;
    }
    settings.repository = field(document, table, "repository", parsed);
    if let Some(platforms) = field(document, table, "platforms", platforms) {
        settings.platforms = platforms;
    }
}

fn read_numbers(document: &mut Document, table: &DeTable<'_>, settings: &mut ReleaseSettings) {
    let mut small = |key: &str, range, unit: &str, into: &mut u32| {
        let found = table
            .get(key)
            .and_then(|value| number(document, key, value, range, unit));
        if let Some(found) = found.and_then(|found| u32::try_from(found).ok()) {
            *into = found;
        }
    };
    small("runners", 1..=RUNNERS_MAX, "builds", &mut settings.runners);
    small(
        "retry_budget",
        0..=RETRY_BUDGET_MAX,
        "retries",
        &mut settings.retry_budget,
    );
    small(
        "attempts_max",
        1..=ATTEMPTS_MAX,
        "attempts",
        &mut settings.attempts_max,
    );
    small(
        "approvals_required",
        0..=PERSONS_MAX,
        "persons",
        &mut settings.approvals_required,
    );
    small(
        "signatures_required",
        0..=PERSONS_MAX,
        "persons",
        &mut settings.signatures_required,
    );
    let mut seconds = |key: &str, into: &mut u64| {
        let found = table
            .get(key)
            .and_then(|value| number(document, key, value, 1..=SECONDS_MAX, "seconds"));
        *into = found.unwrap_or(*into);
    };
    seconds("queued_seconds_max", &mut settings.queued_seconds_max);
    seconds("running_seconds_max", &mut settings.running_seconds_max);
}

fn read_after(document: &mut Document, table: &DeTable<'_>) -> BTreeMap<RepoName, Vec<RepoName>> {
    let mut after = BTreeMap::new();
    let Some(entries) = document.table("release.", table, "after") else {
        return after;
    };
    for (key, value) in entries {
        let earlier = distinct::<RepoName>(document, &shown(key.get_ref()), value);
        match key.get_ref().parse::<RepoName>() {
            Ok(name) => {
                after.insert(name, earlier.unwrap_or_default());
            }
            Err(error) => {
                document.problem_at(key.span(), error.to_string(), "name a repository of the manifest")
            }
        }
    }
    after
}
