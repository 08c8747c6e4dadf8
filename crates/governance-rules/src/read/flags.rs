//! `requires_*` keys: numbers that are written as a flag, and what somebody has to attest.

use super::walk::{At, DAYS_MAX, Walk};
use crate::model::{Attestations, Demand, KNOWN_ATTESTATIONS};
use crate::yaml::Value;
use crate::{Located, SIGNATURES_MAX, Spot, Threshold};

/// What the words behind `requires_` are.
enum Words {
    /// `6_of_7`.
    Signatures(Threshold),
    /// `365_days`.
    Days(u32),
    /// Shaped as one of the two, and too large.
    TooLarge,
    Attestation,
}

/// Every `requires_*` key of a mapping that is set. Of several numbers the largest counts.
pub(super) fn read(walk: &mut Walk, at: &At<'_>) -> (Demand, Attestations) {
    let (mut demand, mut attestations) = (Demand::default(), Attestations::new());
    for (key, value) in walk.entries(at) {
        let Some(words) = key.value.strip_prefix("requires_") else {
            continue;
        };
        match words_of(words) {
            Words::TooLarge => walk.wrong(&value, "a flag such as `requires_6_of_7` or `requires_365_days`"),
            Words::Attestation if is_set(walk, at, words, &value) => {
                attestations.insert(words.to_owned(), key.spot);
            }
            Words::Attestation => {}
            Words::Signatures(threshold) if walk.flag(at, &key.value) => {
                demand = demand.max(Demand::of(Some(located(threshold, key.spot)), None));
            }
            Words::Days(days) if walk.flag(at, &key.value) => {
                demand = demand.max(Demand::of(None, Some(located(days, key.spot))));
            }
            Words::Signatures(_) | Words::Days(_) => {}
        }
    }
    (demand, attestations)
}

fn located<T>(value: T, spot: Spot) -> Located<T> {
    Located { value, spot }
}

fn words_of(words: &str) -> Words {
    let is_number = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit());
    let number = |text: &str, max: u32| text.parse::<u32>().ok().filter(|number| *number <= max);
    if let Some(days) = words.strip_suffix("_days").filter(|days| is_number(days)) {
        return number(days, DAYS_MAX).map_or(Words::TooLarge, Words::Days);
    }
    let parts = words.split_once("_of_");
    let Some((required, total)) = parts.filter(|(one, other)| is_number(one) && is_number(other)) else {
        return Words::Attestation;
    };
    match (number(required, SIGNATURES_MAX), number(total, SIGNATURES_MAX)) {
        (Some(required), Some(total)) => Words::Signatures(Threshold { required, total }),
        (_, _) => Words::TooLarge,
    }
}

/// A word that is known is `true` or `false`. Whatever stands behind another one asks for it, unless that is `false`.
fn is_set(walk: &mut Walk, at: &At<'_>, words: &str, value: &At<'_>) -> bool {
    if KNOWN_ATTESTATIONS.contains(&words) {
        return walk.flag(at, &format!("requires_{words}"));
    }
    match &value.node.value {
        Value::Null => false,
        Value::Plain(text) => !matches!(text.as_str(), "false" | "False" | "FALSE"),
        Value::Quoted(_) | Value::List(_) | Value::Mapping(_) => true,
    }
}
