//! An emergency that was asked for: how far it is, and until when it lasts. What it changes are the numbers, not this rule: it breaks nothing.

use crate::Emergency;
use crate::verdict::asked::Asked;
use crate::verdict::ruling::Ruling;
use crate::wording::list;

pub(super) fn judge(asked: &Asked<'_>) -> Option<Ruling> {
    let emergency = asked.facts.emergency.as_ref()?;
    let now = asked.facts.observed_at;
    let tier = emergency.tier.as_str();
    Some(match emergency.lasts {
        None => Ruling::success(
            "emergency",
            format!(
                "{} asks for {tier}: {}; until enough have signed the usual numbers hold",
                emergency.by,
                who_signed(emergency)
            ),
        ),
        Some((from, until)) if now < until => {
            let further = match &emergency.statement {
                Some(_) => format!("; to go on: {}", who_signed(emergency)),
                None => String::new(),
            };
            let because = format!("{tier} lasts from {from} until {until}{further}");
            Ruling::success("emergency", because).until(Some(until))
        }
        Some((_, until)) => Ruling::success(
            "emergency",
            format!("{tier} ended at {until}: the usual numbers hold again"),
        ),
    })
}

fn who_signed(emergency: &Emergency) -> String {
    let names = |people: &std::collections::BTreeSet<crate::Login>| -> Vec<String> {
        people.iter().map(ToString::to_string).collect()
    };
    let signed = match names(&emergency.signed).as_slice() {
        [] => "nobody signed".to_owned(),
        signed => format!("signed by {}", list(signed)),
    };
    let could = match names(&emergency.could_still).as_slice() {
        [] => String::new(),
        could => format!(", {} can", list(could)),
    };
    format!(
        "{} of {} keyholders: {signed}{could}",
        emergency.signed.len(),
        emergency.required
    )
}
