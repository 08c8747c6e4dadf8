//! Layers, the repositories in them, and what the repositories' own files say.

use crate::finding::Findings;
use crate::model::{Demand, Layer, RepositoryRules};
use crate::pool;
use crate::wording::{count, days, list, one_line};
use crate::{Code, Located, Ruleset};
use domain_types::RepoName;
use std::collections::BTreeMap;

/// Checks between repositories that there are.
const VALIDATIONS: &[&str] = &[
    "corresponding_file_exists",
    "references_latest_version",
    "no_consensus_modifications",
];

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
    let mut first: BTreeMap<&RepoName, &Layer> = BTreeMap::new();
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
    let mut homeless: BTreeMap<&RepoName, Vec<&Located<RepoName>>> = BTreeMap::new();
    for mention in &rules.mentions {
        if rules.layers_of(&mention.value).is_empty() {
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

/// What a repository's own file says against the layer that lists it.
pub(super) fn own_files(rules: &Ruleset, findings: &mut Findings) {
    for (name, own) in &rules.repositories {
        let lists = |layer: &&Layer| layer.repositories.iter().any(|known| known.value == *name);
        let Some(layer) = rules.layers.iter().find(lists) else {
            continue;
        };
        disagreements(own, layer, &mut |spot_of, says, holds| {
            let message = format!("{name} says {says} here, and layer {} {holds}", layer.number);
            let remedy = "write the same in both files; until then the stricter number holds";
            findings.say(Code::LayerDisagrees, &spot_of.spot, message, remedy);
        });
    }
}

fn disagreements(own: &RepositoryRules, layer: &Layer, say: &mut dyn FnMut(&Located<u32>, String, String)) {
    if let Some(number) = own.layer.as_ref().filter(|number| number.value != layer.number) {
        say(number, format!("layer {}", number.value), "lists it".to_owned());
    }
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

/// Checks between repositories that nobody knows.
pub(super) fn validations(rules: &Ruleset, findings: &mut Findings) {
    for rule in &rules.cross_layer {
        let validation = &rule.validation;
        if !VALIDATIONS.contains(&validation.value.as_str()) {
            let message = format!(
                "`{}` is no check between repositories",
                one_line(&validation.value)
            );
            let remedy = format!("write one of {}", VALIDATIONS.join(", "));
            findings.say(Code::ValueNotKnown, &validation.spot, message, &remedy);
        }
    }
}
