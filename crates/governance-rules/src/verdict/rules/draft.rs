//! What its author calls unfinished is not merged.

use crate::verdict::asked::Asked;
use crate::verdict::remedy::{Remedy, Turns, Typed, Who};
use crate::verdict::ruling::{Outcome, Ruling};

pub(super) fn judge(asked: &Asked<'_>) -> Option<Ruling> {
    asked.facts.is_draft.then(|| {
        let remedy = Remedy::new(
            "that the pull request is marked as ready for review",
            Who::author(asked.facts),
            Typed::page(&asked.facts.subject, ""),
            Turns::OnceGiven,
        );
        Ruling::unmet("draft", Outcome::Pending, "it is a draft", remedy)
    })
}
