//! `governance report dry-run`: what a dry run would have held back, as a server counts it.

use super::release::{Bearer, Server};
use super::standing::line;
use crate::arguments::{DryRunArguments, Format, ReportCommand, Since};
use crate::view::Table;
use crate::{Exit, Failure, Surroundings, block_on, clock, output};
use domain_types::Timestamp;
use serde_json::Value;

/// Carries one of them out.
pub(super) fn run(command: &ReportCommand, surroundings: &Surroundings) -> Result<Exit, Failure> {
    match command {
        ReportCommand::DryRun(arguments) => dry_run(arguments, surroundings),
    }
}

fn dry_run(arguments: &DryRunArguments, surroundings: &Surroundings) -> Result<Exit, Failure> {
    let report = block_on(asked(arguments, surroundings))??;
    match arguments.format.format {
        Format::Json => output::json(&report)?,
        Format::Text => output::result(&text(&report))?,
    }
    Ok(Exit::Yes)
}

async fn asked(arguments: &DryRunArguments, surroundings: &Surroundings) -> Result<Value, Failure> {
    let server = Server::at(
        &arguments.server,
        surroundings,
        ("reports/dry-run", Bearer::Needed),
    )?;
    let since = arguments.since.map(|since| match since {
        Since::At(at) => at,
        Since::Ago(span) => {
            let milliseconds = i64::try_from(span.seconds * 1000).unwrap_or(i64::MAX);
            Timestamp::from_milliseconds(clock::now().milliseconds().saturating_sub(milliseconds))
        }
    });
    let query = since.map_or_else(String::new, |since| format!("?since={since}"));
    Ok(server.get(&query).await?.carried_out()?.body)
}

fn text(report: &Value) -> String {
    let mut page = String::new();
    let since = report["since"].as_str().unwrap_or("the beginning");
    let until = report["until"].as_str().unwrap_or("-");
    line(&mut page, 0, &format!("merges from {since} to {until}"));
    if report["whole"] == false {
        line(
            &mut page,
            0,
            "there are more of them than one report counts: ask for less time with `--since`",
        );
    }
    let mut table = Table::new(&[
        "repository",
        "merges in dry run",
        "green",
        "would have been blocked",
        "enforced",
        "past the gate",
    ]);
    for of in rows(&report["repositories"]) {
        let enforced = &of["enforced"];
        table.row(vec![
            plain(&of["repository"]),
            of["merges"].to_string(),
            of["green"].to_string(),
            of["would_have_been_blocked"].to_string(),
            enforced["merges"].to_string(),
            enforced["past_the_gate"].to_string(),
        ]);
    }
    if !rows(&report["repositories"]).is_empty() {
        page.push_str(&table.render());
    }
    line(&mut page, 0, &agreement(&report["total"]));
    for of in rows(&report["repositories"]) {
        repository(&mut page, of);
    }
    page
}

/// How often the gate said what people did.
fn agreement(total: &Value) -> String {
    let number = |key: &str| total[key].as_u64().unwrap_or_default();
    let (merges, green) = (number("merges"), number("green"));
    match merges {
        0 => "nothing was merged in dry run".to_owned(),
        _ => format!(
            "in dry run the gate agreed with {green} of {merges} merges ({} %)",
            green.saturating_mul(100) / merges
        ),
    }
}

/// The merges of a repository that the gate had not let through, and the rules that held them back.
fn repository(page: &mut String, of: &Value) {
    let held_back = rows(&of["held_back"]);
    if held_back.is_empty() {
        return;
    }
    line(page, 0, &plain(&of["repository"]));
    if let Some(rules) = of["rules"].as_object().filter(|rules| !rules.is_empty()) {
        let rules: Vec<String> = rules
            .iter()
            .map(|(rule, many)| format!("{rule} {many}"))
            .collect();
        line(page, 1, &format!("held back by: {}", rules.join(", ")));
    }
    for merge in held_back {
        let past = if merge["mode"] == "enforce" {
            ", past the gate"
        } else {
            ""
        };
        let by = merge["by"].as_str().unwrap_or("somebody");
        let merged = format!(
            "#{}, merged {} by {by}{past}",
            merge["number"],
            plain(&merge["merged"])
        );
        line(page, 1, &merged);
        for reason in rows(&merge["reasons"]) {
            line(
                page,
                2,
                &format!("{}: {}", plain(&reason["rule"]), plain(&reason["because"])),
            );
        }
    }
}

fn rows(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

/// A word of the server: nothing in it moves the cursor.
fn plain(value: &Value) -> String {
    let text = value.as_str().unwrap_or("-");
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}
