//! Whether enough people can sign at all. What is needed is never lowered because they cannot.

use crate::verdict::asked::Asked;
use crate::verdict::ruling::{Outcome, Remedy, Ruling};

pub(super) fn judge(asked: &Asked<'_>) -> Option<Ruling> {
    let needed = asked.requirement;
    (!needed.satisfiable).then(|| {
        let remedy = Remedy {
            missing: "rules that can be fulfilled: each finding of the check says how".to_owned(),
            who: Vec::new(),
            commands: vec!["governance policy check DIR".to_owned()],
            turns_at: None,
        };
        let because = needed.obstacles.join("; ");
        let ruling = Ruling::unmet("reachable", Outcome::Error, because, remedy);
        ruling.by(needed.sources.required.clone())
    })
}
