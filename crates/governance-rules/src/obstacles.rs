//! Who can sign a change of some layers, and whether these are enough for what is needed.

use crate::pool::{self, KeyOwners};
use crate::wording::count;
use crate::{Login, Ruleset, Threshold};
use std::collections::BTreeSet;

/// Who can sign in every one of these layers.
pub(crate) fn able(rules: &Ruleset, layers: &BTreeSet<u32>) -> BTreeSet<Login> {
    able_by(&KeyOwners::of(rules), rules, layers)
}

/// The same, where it is known already whose each key is.
pub(crate) fn able_by(owners: &KeyOwners<'_>, rules: &Ruleset, layers: &BTreeSet<u32>) -> BTreeSet<Login> {
    let of = |layer: &u32| owners.able(&pool::registers(rules, *layer));
    layers
        .iter()
        .map(of)
        .reduce(|one, other| one.intersection(&other).cloned().collect())
        .unwrap_or_default()
}

/// Keyholders who can sign.
pub(crate) fn able_keyholders(rules: &Ruleset) -> BTreeSet<Login> {
    able_keyholders_by(&KeyOwners::of(rules), rules)
}

/// The same, where it is known already whose each key is.
pub(crate) fn able_keyholders_by(owners: &KeyOwners<'_>, rules: &Ruleset) -> BTreeSet<Login> {
    let registers: Vec<_> = rules.keyholders.iter().collect();
    owners.able(&registers)
}

/// What keeps the numbers from being reached, whatever anybody does.
pub(crate) fn obstacles(
    rules: &Ruleset,
    layers: &BTreeSet<u32>,
    (required, pool): (u32, usize),
    keyholders: Option<Threshold>,
) -> Vec<String> {
    let mut obstacles = Vec::new();
    let names: Vec<String> = layers.iter().map(u32::to_string).collect();
    if required == 0 {
        obstacles.push("no rule says that anybody must sign".to_owned());
    }
    if required as usize > pool {
        let needed = count(required as usize, "signature is", "signatures are");
        let there_are = count(pool, "maintainer", "maintainers");
        obstacles.push(format!(
            "{needed} needed, and {there_are} of layer {} can sign: see `policy check`",
            names.join(" and ")
        ));
    }
    if let Some(keyholders) = keyholders {
        let able = able_keyholders(rules).len();
        if keyholders.required as usize > able {
            obstacles.push(format!("{keyholders} keyholders are needed, and {able} can sign"));
        }
        if keyholders.required == 0 {
            obstacles.push("no keyholder must sign".to_owned());
        }
    }
    obstacles
}
