//! `.governance.yml`: what holds for the rules themselves.

use super::flags;
use super::walk::{At, Walk};
use crate::Ruleset;
use crate::model::{Demand, Meta};
use crate::{Located, Threshold};

/// Layers that an organisation may number.
pub(super) const LAYER_MAX: u32 = 99;

pub(super) fn read(walk: &mut Walk, rules: &mut Ruleset, at: &At<'_>) {
    let layer = walk
        .required(at, "layer")
        .and_then(|layer| walk.number(&layer, LAYER_MAX));
    walk.required(at, "signature_threshold");
    let threshold = walk.compound(at, "signature_threshold");
    walk.required(at, "review_period_days");
    let days = walk.days(at, "review_period_days");
    let comment_days = walk.days(at, "public_comment_period_days");
    let (of_flags, attestations) = flags::read(walk, at);
    let (Some(layer), Some(threshold)) = (layer, threshold) else {
        return;
    };
    let part = |value: Threshold| Located {
        value,
        spot: threshold.spot.clone(),
    };
    let mut demand = Demand::of(Some(part(threshold.value.maintainers)), days);
    demand.keyholders = threshold.value.keyholders.map(part);
    rules.meta = Some(Meta {
        layer,
        demand: demand.max(of_flags),
        comment_days,
        attestations,
    });
}
