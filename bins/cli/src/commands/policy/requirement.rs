//! `governance policy requirement`: what a change needs, every number with its source.

use crate::arguments::{Format, RequirementArguments};
use crate::view::Table;
use crate::{Exit, Failure, output};
use governance_rules::{
    Change, Requirement, Ruleset, Source, Unanswerable, requirement, requirement_of_tier,
};
use serde::Serialize;

/// Shows it. The exit code is 0 whenever there are numbers, reachable or not.
pub(super) fn show(arguments: &RequirementArguments) -> Result<Exit, Failure> {
    let rules = super::read(&arguments.directory)?;
    let needed = ask(&rules, arguments)?;
    match arguments.format.format {
        Format::Json => output::json(&Document {
            schema: "governance/requirement/v1",
            needed: &needed,
        })?,
        Format::Text => output::result(&text(&needed))?,
    }
    Ok(Exit::Yes)
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    #[serde(flatten)]
    needed: &'a Requirement,
}

fn ask(rules: &Ruleset, arguments: &RequirementArguments) -> Result<Requirement, Failure> {
    let answer = match (&arguments.repo, arguments.layer, &arguments.tier) {
        (Some(repository), _, _) => {
            let change = Change::of_paths(arguments.paths.iter().cloned());
            requirement(rules, repository, &change)
        }
        (None, Some(layer), Some(tier)) => match rules.find_tier(tier) {
            Some(tier) => requirement_of_tier(rules, layer, tier),
            None => Err(Unanswerable::UnknownTier(tier.clone())),
        },
        (None, _, _) => {
            return Err(Failure::usage(
                "neither a repository nor a layer with a tier is named",
                "write `--layer L --tier T`, or `--repo R --paths PATH...`",
            ));
        }
    };
    answer.map_err(|unanswerable| {
        let help = help(rules, &unanswerable);
        Failure::usage(unanswerable, &help)
    })
}

fn help(rules: &Ruleset, unanswerable: &Unanswerable) -> String {
    match unanswerable {
        Unanswerable::UnknownLayer(_) => {
            let layers: Vec<String> = rules.layer_numbers().map(|number| number.to_string()).collect();
            format!(
                "name one of the layers {}, or 0 where there is a .governance.yml",
                layers.join(", ")
            )
        }
        Unanswerable::UnknownTier(_) => {
            let tiers: Vec<&str> = rules.tier_ids().map(|tier| tier.as_str()).collect();
            format!("name one of the tiers {}, or its number", tiers.join(", "))
        }
        Unanswerable::UnknownRepository(_) => {
            "put it under `repositories` of a layer in config/repository-layers.yml; for the repository of the rules ask for `--layer 0`"
                .to_owned()
        }
        _ => String::new(),
    }
}

fn text(needed: &Requirement) -> String {
    let mut table = Table::new(&["needed", "", "because of", "at"]);
    let sources = &needed.sources;
    let mut rows = |what: &str, number: String, sources: &[Source]| {
        let mut shown = (number, what.to_owned());
        for source in sources {
            let place = format!("{}:{}:{}", source.file, source.line, source.column);
            let (number, what) = std::mem::take(&mut shown);
            table.row(vec![number, what, source.rule.clone(), place]);
        }
    };
    let of = |number: u32, total: u32| format!("{number} of {total}");
    rows("signatures", needed.required.to_string(), &sources.required);
    rows(
        "maintainers in mind",
        format!("of {}", needed.total),
        &sources.total,
    );
    rows(
        "days of review",
        needed.review_days.to_string(),
        &sources.review_days,
    );
    if let Some(keyholders) = needed.keyholders {
        let number = of(keyholders.required, keyholders.total);
        rows("keyholders", number, &sources.keyholders);
    }
    let reasons: String = needed
        .reasons
        .iter()
        .map(|reason| format!("- {reason}\n"))
        .collect();
    let pool = match needed.pool {
        1 => "1 maintainer can sign".to_owned(),
        pool => format!("{pool} maintainers can sign"),
    };
    let verdict = match needed.satisfiable {
        true => "it can be reached",
        false => "it CANNOT be reached",
    };
    format!("{}{pool}: {verdict}\n{reasons}", table.render())
}
