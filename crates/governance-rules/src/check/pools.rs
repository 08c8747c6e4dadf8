//! Signatures that nobody can give: every threshold against the people that there are.

use crate::finding::Findings;
use crate::model::{Demand, Layer, Register};
use crate::pool::{self, KeyOwners};
use crate::wording::count;
use crate::{Code, Located, Ruleset, Spot, Threshold};

const MORE_PEOPLE: &str = "ask for fewer signatures, or let more people maintain the layer; until then no such change can be merged";

/// How many people can sign, and who they are in a message.
struct Seats {
    people: usize,
    who: String,
}

impl Seats {
    fn of(rules: &Ruleset, layer: &Layer) -> Self {
        Self {
            people: pool::seats(rules, layer),
            who: format!("layer {}", layer.number),
        }
    }

    /// Says what cannot be reached, and what has other people in mind. Whether it did.
    fn hold(&self, what: &str, demand: &Demand, findings: &mut Findings) {
        let Self { people, who } = self;
        let there_are = count(*people, "person", "people");
        if let Some(required) = demand
            .required
            .as_ref()
            .filter(|required| required.value as usize > *people)
        {
            let message = format!(
                "{what} asks for {}, and {who} has {there_are}",
                count(required.value as usize, "signature", "signatures")
            );
            findings.say(Code::PoolTooSmall, &required.spot, message, MORE_PEOPLE);
        } else if let (Some(threshold), Some(total)) = (demand.threshold(), &demand.total)
            && total.value as usize > *people
        {
            let message = format!("{what} asks for {threshold}, and {who} has {there_are}");
            let remedy = "write the number of people that there are, or let more people maintain the layer";
            findings.say(Code::TotalDiffersFromPool, &total.spot, message, remedy);
        }
    }
}

/// Every threshold by itself.
pub(super) fn thresholds(rules: &Ruleset, findings: &mut Findings) {
    let demands = all_demands(rules);
    for demand in demands {
        if let (Some(threshold), Some(required)) = (demand.threshold(), &demand.required) {
            possible(threshold, &required.spot, findings);
        }
        if let Some(keyholders) = &demand.keyholders {
            possible(keyholders.value, &keyholders.spot, findings);
        }
    }
    for threshold in keyholder_thresholds(rules) {
        possible(threshold.value, &threshold.spot, findings);
    }
}

fn possible(threshold: Threshold, spot: &Spot, findings: &mut Findings) {
    if !threshold.is_possible() {
        let message = match threshold.required {
            0 => format!("{threshold}: nobody must sign"),
            _ => format!("{threshold}: more must sign than there are"),
        };
        let remedy = "ask for at least one signature, and for no more than there are people";
        findings.say(Code::ThresholdImpossible, spot, message, remedy);
    }
}

fn all_demands(rules: &Ruleset) -> Vec<&Demand> {
    let repositories = rules.repositories.values();
    let consensus = repositories.clone().flat_map(|repository| &repository.consensus);
    rules
        .meta
        .iter()
        .map(|meta| &meta.demand)
        .chain(rules.tiers.iter().map(|tier| &tier.demand))
        .chain(rules.layers.iter().map(|layer| &layer.demand))
        .chain(repositories.map(|repository| &repository.demand))
        .chain(consensus.map(|rule| &rule.demand))
        .chain(rules.emergencies.iter().map(|emergency| &emergency.demand))
        .chain(rules.controls.iter().map(|control| &control.demand))
        .collect()
}

/// Every threshold that keyholders alone have to reach.
fn keyholder_thresholds(rules: &Ruleset) -> Vec<&Located<Threshold>> {
    let copies = rules.emergency_copies.iter();
    let activations = rules.emergencies.iter().map(|emergency| &emergency.activation);
    let extensions = rules
        .emergencies
        .iter()
        .filter_map(|emergency| emergency.extension_threshold.as_ref());
    activations
        .chain(extensions)
        .chain(copies.filter_map(|copy| copy.activation.as_ref()))
        .chain(&rules.removal)
        .collect()
}

/// The people of each layer: whether a file names them, whether they are enough, and whether enough of them have a key.
pub(super) fn people(rules: &Ruleset, findings: &mut Findings) {
    let owners = KeyOwners::of(rules);
    for layer in &rules.layers {
        let registers = pool::registers(rules, layer.number);
        if registers.is_empty() {
            let message = format!(
                "no file says who maintains layer {}: nobody can sign there",
                layer.number
            );
            let remedy = format!("write config/maintainers/layer-{}.yml", layer.number);
            findings.say(Code::NoKeyFile, &layer.spot, message, &remedy);
        }
        let seats = Seats::of(rules, layer);
        seats.hold(&format!("layer {}", layer.number), &layer.demand, findings);
        fewer_in_mind(layer, seats.people, findings);
        let what = format!("layer {}", layer.number);
        enough_keys(&what, &layer.demand, (&registers, &owners), findings);
    }
    if let Some(meta) = &rules.meta {
        let registers = pool::registers(rules, meta.layer.value);
        let seats = Seats {
            people: pool::listed(&registers).len(),
            who: "the layer of the rules".to_owned(),
        };
        seats.hold("a change of the rules", &meta.demand, findings);
        enough_keys(
            "a change of the rules",
            &meta.demand,
            (&registers, &owners),
            findings,
        );
    }
}

/// A layer whose M is less than the people who are listed for it.
fn fewer_in_mind(layer: &Layer, people: usize, findings: &mut Findings) {
    let (Some(threshold), Some(total)) = (layer.demand.threshold(), &layer.demand.total) else {
        return;
    };
    if (total.value as usize) < people {
        let message = format!(
            "layer {} says {threshold}, and {people} people are listed for it",
            layer.number
        );
        let remedy = "write the number of people that there are, or leave out those who are not meant";
        findings.say(Code::TotalDiffersFromPool, &total.spot, message, remedy);
    }
}

/// Whether enough of those who are listed have a key.
fn enough_keys(
    what: &str,
    demand: &Demand,
    (registers, owners): (&[&Register], &KeyOwners),
    findings: &mut Findings,
) {
    let Some(required) = &demand.required else { return };
    let (listed, able) = (pool::listed(registers).len(), owners.able(registers).len());
    let is_reached_by_keys_alone = listed >= required.value as usize && able < required.value as usize;
    if is_reached_by_keys_alone {
        let message = format!(
            "{what} asks for {}; {} listed, and {able} of them can sign",
            count(required.value as usize, "signature", "signatures"),
            count(listed, "person is", "people are"),
        );
        let remedy = "let them put keys of their own in the place of those that are none";
        findings.say(Code::PoolTooSmall, &required.spot, message, remedy);
    }
}

/// Each tier, of actions and of emergencies, in each layer.
pub(super) fn tiers_in_layers(rules: &Ruleset, findings: &mut Findings) {
    for layer in &rules.layers {
        let seats = Seats::of(rules, layer);
        for tier in &rules.tiers {
            seats.hold(&tier.id.in_full(), &tier.demand, findings);
        }
        for emergency in &rules.emergencies {
            let what = format!("the emergency {}", emergency.id.as_str());
            seats.hold(&what, &emergency.demand, findings);
        }
    }
}

/// Each security control in the layers of the repositories that it has files in.
pub(super) fn controls_in_layers(rules: &Ruleset, findings: &mut Findings) {
    for control in &rules.controls {
        let layers = control.files.keys().flat_map(|name| rules.layers_with(name));
        let mut layers: Vec<u32> = layers.collect();
        layers.sort_unstable();
        layers.dedup();
        for layer in layers.into_iter().filter_map(|number| rules.layer(number)) {
            let what = format!("control {}", crate::wording::one_line(&control.id.value));
            Seats::of(rules, layer).hold(&what, &control.demand, findings);
        }
    }
}

/// Each repository's own numbers, those for consensus included.
pub(super) fn repositories_in_layers(rules: &Ruleset, findings: &mut Findings) {
    for (name, repository) in &rules.repositories {
        for layer in rules
            .layers_with(name)
            .into_iter()
            .filter_map(|number| rules.layer(number))
        {
            let seats = Seats::of(rules, layer);
            seats.hold(&format!("{name}"), &repository.demand, findings);
            for rule in &repository.consensus {
                seats.hold(&format!("consensus in {name}"), &rule.demand, findings);
            }
        }
    }
}

/// Thresholds of keyholders against the keyholders that there are.
pub(super) fn keyholders(rules: &Ruleset, findings: &mut Findings) {
    let registers: Vec<&Register> = rules.keyholders.iter().collect();
    let listed = pool::listed(&registers).len();
    let meta = rules
        .meta
        .iter()
        .filter_map(|meta| meta.demand.keyholders.as_ref());
    for threshold in keyholder_thresholds(rules).into_iter().chain(meta) {
        let Located { value, spot } = threshold;
        let there_are = count(listed, "keyholder", "keyholders");
        if value.required as usize > listed {
            let message = format!("{value} keyholders must sign, and there are {listed}");
            findings.say(
                Code::PoolTooSmall,
                spot,
                message,
                "name more keyholders, or ask for fewer",
            );
        } else if value.total as usize != listed {
            let message = format!(
                "{value} has {} keyholders in mind, and config/maintainers/emergency.yml names {there_are}",
                value.total
            );
            let remedy = "write the number of keyholders that there are, or name those that are meant";
            findings.say(Code::KeyholdersDiffer, spot, message, remedy);
        }
    }
    let able = KeyOwners::of(rules).able(&registers).len();
    let asked = keyholder_thresholds(rules);
    let most = asked.into_iter().max_by_key(|threshold| threshold.value.required);
    if let Some(most) =
        most.filter(|most| (able..listed).contains(&(most.value.required.saturating_sub(1) as usize)))
    {
        let message = format!(
            "{} keyholders must sign; {listed} are listed, and {able} of them can",
            most.value
        );
        let remedy = "let them put keys of their own in the place of those that are none";
        findings.say(Code::PoolTooSmall, &most.spot, message, remedy);
    }
}
