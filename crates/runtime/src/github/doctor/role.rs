//! Which of our Apps is meant: one that does everything, or one of two.

/// The part that an App plays.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Role {
    /// It does everything.
    Sole,
    /// It builds, follows, reads, hears, and says how it stands.
    Gate,
    /// It writes contents: tags, drafts, releases, and events.
    Release,
}

impl Role {
    /// What it is called in a sentence.
    pub(super) fn called(self) -> &'static str {
        match self {
            Self::Sole => "the App",
            Self::Gate => "the gate's App",
            Self::Release => "the App of [github.release]",
        }
    }

    /// Its table in the configuration.
    pub(super) fn table(self) -> &'static str {
        match self {
            Self::Sole | Self::Gate => "[github]",
            Self::Release => "[github.release]",
        }
    }

    /// Whether webhooks come of it.
    pub(super) fn hears(self) -> bool {
        self != Self::Release
    }
}
