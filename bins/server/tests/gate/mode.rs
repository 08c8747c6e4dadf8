//! In which of the gate's two modes a play is played. A story says what it expects once, under the context and in the words of its play; where
//! the modes really differ, it says both.

/// Plays whatever is played in dry run: then nothing may be written under the enforced context, whatever happens.
const DRY_RUN: &str = "GOVERNANCE_GATE_DRY_RUN";

/// What the configuration says for it.
const SETTING: &str = "dry_run = true";

/// Whether the gate holds anybody back.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mode {
    Enforced,
    DryRun,
}

impl Mode {
    /// The mode of a play with these lines of `[github]`: whoever starts the tests may want all of them in dry run.
    pub(crate) fn of(lines: &str) -> Self {
        match is_wanted() || lines.contains(SETTING) {
            true => Self::DryRun,
            false => Self::Enforced,
        }
    }

    /// Lines of `[github]` that say so.
    pub(crate) fn configured(self, lines: &str) -> String {
        match self {
            Self::DryRun if !lines.contains(SETTING) => format!("{lines}\n{SETTING}"),
            Self::DryRun | Self::Enforced => lines.to_owned(),
        }
    }

    /// The gate's context for a branch.
    pub(crate) fn context(self, base: &str) -> String {
        match self {
            Self::Enforced => format!("governance/{base}"),
            Self::DryRun => format!("governance-dry-run/{base}"),
        }
    }

    /// A text with `CONTEXT` and `MODE` in the places of this mode's own words. Those of the other mode stay, and are seen.
    pub(crate) fn masked(self, text: &str) -> String {
        let word = match self {
            Self::Enforced => "\"enforce\"",
            Self::DryRun => "\"dry_run\"",
        };
        text.replace(&self.context("main"), "CONTEXT")
            .replace(word, "\"MODE\"")
    }
}

#[allow(
    clippy::disallowed_methods,
    reason = "whoever starts the tests says how they are played"
)]
fn is_wanted() -> bool {
    std::env::var_os(DRY_RUN).is_some()
}
