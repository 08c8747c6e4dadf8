//! Why a change is proposed: where the rules ask for it, its author says so in the text of the pull request.

use super::attestations::wanted_attestations;
use crate::commands::own_text;
use crate::requirement::source_of;
use crate::verdict::asked::Asked;
use crate::verdict::remedy::{Remedy, Turns, Typed, Who};
use crate::verdict::ruling::{Outcome, Ruling};

/// The attestation that is looked for here.
pub(in crate::verdict) const RATIONALE: &str = "rationale";

/// Characters of a reason: less says nothing.
const RATIONALE_CHARS_MIN: usize = 100;

pub(super) fn judge(asked: &Asked<'_>) -> Option<Ruling> {
    let facts = asked.facts;
    let wanted = wanted_attestations(
        asked.rules,
        &facts.subject.repository,
        (&facts.change, asked.found),
    );
    let spot = *wanted.get(RATIONALE)?;
    let sources = vec![source_of(&spot.key, spot)];
    let said = own_text(&asked.facts.change.body);
    let letters = said.chars().filter(|letter| !letter.is_whitespace()).count();
    if letters >= RATIONALE_CHARS_MIN {
        return Some(Ruling::success(RATIONALE, "the text of the pull request says why").by(sources));
    }
    let remedy = Remedy::new(
        format!("a reason of at least {RATIONALE_CHARS_MIN} characters in the text of the pull request"),
        Who::author(asked.facts),
        Typed::page(&asked.facts.subject, ""),
        Turns::OnceGiven,
    );
    Some(
        Ruling::unmet(
            RATIONALE,
            Outcome::Pending,
            "the text of the pull request does not say why",
            remedy,
        )
        .by(sources),
    )
}
