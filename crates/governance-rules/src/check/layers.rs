//! Layers, the repositories in them, and what the repositories' own files say.

use crate::finding::Findings;
use crate::model::{Demand, Layer, RepositoryRules};
use crate::names::Repository;
use crate::pool;
use crate::wording::{count, days, list};
use crate::{Code, Located, Ruleset};
use std::collections::BTreeMap;

/// A tier that says it is for emergencies, with fewer days than a layer: the layer's days hold all the same.
pub(super) fn days_of_emergencies(rules: &Ruleset, findings: &mut Findings) {
    for tier in rules.tiers.iter().filter(|tier| tier.emergency_override) {
        let Some(own) = &tier.demand.days else { continue };
        for layer in rules
            .layers
            .iter()
            .filter(|layer| layer.demand.days() > own.value)
        {
            let message = format!(
                "{} says {}, and in layer {} the layer's {} hold",
                tier.id,
                days(own.value),
                layer.number,
                days(layer.demand.days())
            );
            let remedy =
                "only an activated emergency shortens the days of a layer; say so to whoever counts on these";
            findings.say(Code::DaysOverruled, &own.spot, message, remedy);
        }
    }
}

/// Repositories in no layer, in two, or without a file of their own.
pub(super) fn repositories(rules: &Ruleset, findings: &mut Findings) {
    let mut first: BTreeMap<&Repository, &Layer> = BTreeMap::new();
    for layer in &rules.layers {
        for repository in &layer.repositories {
            let name = &repository.value;
            if let Some(known) = first.insert(name, layer) {
                let message = format!("{name} is in layer {} as well", known.number);
                let remedy = "keep it in one layer; until then the stricter numbers hold";
                findings.say(Code::RepositoryInTwoLayers, &repository.spot, message, remedy);
            }
            if !rules.repositories.contains_key(name) {
                let message = format!("{name} has no file of its own, so only its layer speaks for it");
                let remedy = format!(
                    "write config/repos/{name}.yml, if only with `layer: {}`",
                    layer.number
                );
                findings.say(Code::NoRepositoryFile, &repository.spot, message, &remedy);
            }
        }
    }
    let mut homeless: BTreeMap<&Repository, Vec<&Located<Repository>>> = BTreeMap::new();
    for mention in &rules.mentions {
        if rules.layers_with(&mention.value).is_empty() {
            homeless.entry(&mention.value).or_default().push(mention);
        }
    }
    for (name, mentions) in homeless {
        let elsewhere = match mentions.len() {
            1 => String::new(),
            places => format!(" ({places} places name it)"),
        };
        let message = format!("{name} is named here and in no layer{elsewhere}: its changes have no rules");
        let remedy = "put it under `repositories` of a layer, or leave it out where it is named";
        findings.say(Code::RepositoryInNoLayer, &mentions[0].spot, message, remedy);
    }
}

/// What a repository's own file says against the layers: that which it names, and that which lists it.
pub(super) fn own_files(rules: &Ruleset, findings: &mut Findings) {
    for (name, own) in &rules.repositories {
        let listing = rules.layers.iter().find(|layer| layer.lists(name));
        if let Some(number) = &own.layer {
            named_layer(rules, (name, number), listing, findings);
        }
        let Some(layer) = listing else { continue };
        disagreements(own, layer, &mut |spot_of, says, holds| {
            let message = format!("{name} says {says} here, and layer {} {holds}", layer.number);
            let remedy = "write the same in both files; until then the stricter number holds";
            findings.say(Code::LayerDisagrees, &spot_of.spot, message, remedy);
        });
    }
}

/// The layer that a repository's own file names is one, and lists it. The rules' own layer lists nobody.
fn named_layer(
    rules: &Ruleset,
    (name, number): (&Repository, &Located<u32>),
    listing: Option<&Layer>,
    findings: &mut Findings,
) {
    let says = format!("{name} says layer {} here, and", number.value);
    let remedy = "write the same in both files; until then the stricter numbers hold";
    let is_of_the_rules = rules
        .meta
        .as_ref()
        .is_some_and(|meta| meta.layer.value == number.value);
    match (rules.layer(number.value), listing) {
        (None, _) if !is_of_the_rules => {
            let message = format!("{says} there is no such layer");
            let remedy = "correct the number, or add the layer: no change of the repository can be merged";
            findings.say(Code::UnknownLayer, &number.spot, message, remedy);
        }
        (_, Some(listing)) if listing.number != number.value => {
            let message = format!("{says} layer {} lists it", listing.number);
            findings.say(Code::LayerDisagrees, &number.spot, message, remedy);
        }
        (Some(_), None) => {
            let message = format!("{says} that layer does not list it");
            findings.say(Code::LayerDisagrees, &number.spot, message, remedy);
        }
        (Some(_), Some(_)) | (None, _) => {}
    }
}

/// One repository in two spellings: GitHub takes both for one, and so do the rules, but a reader may not.
pub(super) fn spellings(rules: &Ruleset, findings: &mut Findings) {
    let listed = rules.layers.iter().flat_map(|layer| &layer.repositories);
    let mut first: BTreeMap<&Repository, &Located<Repository>> = BTreeMap::new();
    for named in listed.chain(&rules.mentions) {
        let known = *first.entry(&named.value).or_insert(named);
        if known.value.as_written() != named.value.as_written() {
            let message = format!(
                "{} is written {} in {}: GitHub takes both for one repository",
                named.value, known.value, known.spot
            );
            let remedy = "write the name everywhere as GitHub shows it";
            findings.say(Code::RepositorySpelledTwice, &named.spot, message, remedy);
        }
    }
}

fn disagreements(own: &RepositoryRules, layer: &Layer, say: &mut dyn FnMut(&Located<u32>, String, String)) {
    let of_layer: &Demand = &layer.demand;
    if let (Some(said), Some(holds), Some(spot)) =
        (own.demand.threshold(), of_layer.threshold(), &own.demand.required)
        && said != holds
    {
        say(spot, said.to_string(), format!("says {holds}"));
    }
    if let (Some(said), Some(holds)) = (&own.demand.days, &of_layer.days)
        && said.value != holds.value
    {
        say(said, days(said.value), format!("says {}", days(holds.value)));
    }
}

/// Ids of maintainers in the file of the layers, which are nobody's login.
pub(super) fn ids(rules: &Ruleset, findings: &mut Findings) {
    for layer in &rules.layers {
        let registers = pool::registers(rules, layer.number);
        let people = registers.iter().flat_map(|register| &register.people);
        let logins: Vec<&str> = people.map(|person| person.login.value.as_str()).collect();
        let is_nobody = |id: &&Located<String>| !logins.contains(&id.value.to_ascii_lowercase().as_str());
        let strangers: Vec<&Located<String>> = layer.maintainers.iter().filter(is_nobody).collect();
        if let Some(first) = strangers.first() {
            let names: Vec<&str> = strangers.iter().map(|id| id.value.as_str()).collect();
            let message = format!(
                "layer {} lists {} that {} no login of its maintainers: {}",
                layer.number,
                count(names.len(), "id", "ids"),
                if names.len() == 1 { "is" } else { "are" },
                list(&names)
            );
            let remedy = "write the logins, or leave the list out: who signs is said in config/maintainers";
            findings.say(Code::IdsAreNoLogins, &first.spot, message, remedy);
        }
    }
}
