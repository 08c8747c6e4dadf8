//! What differs with whether anybody is held back.

use super::{ENFORCED, GATE_ACCOUNT, House};
use crate::mode::Mode;
use github_sim::Happened;

impl House {
    /// What a story expects, where it is not the same when nobody is held back.
    pub(crate) fn by_mode<T>(&self, enforced: T, in_dry_run: T) -> T {
        match self.mode {
            Mode::Enforced => enforced,
            Mode::DryRun => in_dry_run,
        }
    }

    /// The gate's context for a branch, in the mode of this play.
    pub(crate) fn context(&self, base: &str) -> String {
        self.mode.context(base)
    }

    /// A text with `CONTEXT` and `MODE` in the places of the words of this play's mode; those of the other mode stay.
    pub(crate) fn in_own_mode(&self, text: &str) -> String {
        self.mode.masked(text)
    }

    /// A text without the line that it has in dry run, and must have there.
    pub(crate) fn without_line_of_dry_run(&self, line: &str, text: &str) -> String {
        match self.mode {
            Mode::Enforced => text.to_owned(),
            Mode::DryRun => {
                let (before, behind) = text.split_once(line).unwrap();
                format!("{before}{behind}")
            }
        }
    }

    /// How often the server wrote the enforced context.
    pub(crate) fn enforced(&self) -> usize {
        let is_status = |what: &Happened| matches!(what, Happened::StatusCreated { context, by, .. } if context.starts_with(ENFORCED) && by == GATE_ACCOUNT);
        let is_check = |what: &Happened| matches!(what, Happened::CheckRunWritten { name, .. } if name.starts_with(ENFORCED));
        self.count(|what| is_status(what) || is_check(what))
    }
}
