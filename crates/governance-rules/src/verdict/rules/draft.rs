//! What its author calls unfinished is not merged.

use crate::verdict::asked::Asked;
use crate::verdict::ruling::{Outcome, Remedy, Ruling};

pub(super) fn judge(asked: &Asked<'_>) -> Option<Ruling> {
    asked.facts.is_draft.then(|| {
        let author = asked.facts.author.iter().map(ToString::to_string).collect();
        let remedy = Remedy {
            missing: "that the pull request is marked as ready for review".to_owned(),
            who: author,
            commands: Vec::new(),
            turns_at: None,
        };
        Ruling::unmet("draft", Outcome::Pending, "it is a draft", remedy)
    })
}
