//! How much may be asked of GitHub in a story.

use super::PLAY_SECONDS_MAX;
use github_sim::Limits;

/// How much may be asked of GitHub in a minute.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) enum Pace {
    /// What GitHub documents.
    #[default]
    Github,
    /// As much as anybody likes: a thousand first looks and what they show would take eight hours, each with its look at everything.
    Free,
}

impl Pace {
    /// What GitHub takes.
    pub(super) fn of_github(self) -> Limits {
        let documented = Limits::default();
        match self {
            Self::Github => documented,
            Self::Free => Limits {
                requests_per_hour: 1_000_000,
                points_per_minute: 1_000_000,
                creations_per_minute: 1_000_000,
                creations_per_hour: 1_000_000,
                ..documented
            },
        }
    }

    /// How long it may take until everything has settled, in seconds: of many that are looked at as fast as they can be.
    pub(super) fn settling_seconds_max(self) -> u64 {
        match self {
            Self::Github => PLAY_SECONDS_MAX,
            Self::Free => 5 * PLAY_SECONDS_MAX,
        }
    }

    /// What the server takes of that.
    pub(super) fn of_the_server(self) -> github_client::Limits {
        let usual = github_client::Limits::default();
        match self {
            Self::Github => usual,
            Self::Free => github_client::Limits {
                points_per_minute_max: 1_000_000,
                contents_per_minute_max: 1_000_000,
                contents_per_hour_max: 1_000_000,
                ..usual
            },
        }
    }
}
