//! Whether enough people can sign at all. What is needed is never lowered because they cannot.

use crate::verdict::asked::Asked;
use crate::verdict::remedy::{Giver, Remedy, Turns, Typed, Who};
use crate::verdict::ruling::{Outcome, Ruling};

pub(super) fn judge(asked: &Asked<'_>) -> Option<Ruling> {
    let needed = asked.requirement;
    (!needed.satisfiable).then(|| {
        let remedy = Remedy::new(
            "rules that can be fulfilled: each finding of the check says how",
            Who::one(Giver::OtherRules),
            Typed::one("governance policy check DIR"),
            Turns::OnceGiven,
        );
        let because = needed.obstacles.join("; ");
        let ruling = Ruling::unmet("reachable", Outcome::Error, because, remedy);
        ruling.by(needed.sources.required.clone())
    })
}
