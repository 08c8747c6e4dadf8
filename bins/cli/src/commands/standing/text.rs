//! `governance/verdict/v1` for people.

use serde_json::Value;
use std::fmt::Write as _;

/// The whole: every rule with its sources, who signed, how to sign.
pub(super) fn explained(document: &Value) -> String {
    let mut page = heading(document);
    for ruling in rows(&document["verdict"]["rulings"]) {
        tree(&mut page, ruling, 0);
    }
    let signatures = rows(&document["signatures"]);
    if !signatures.is_empty() {
        page.push_str("signatures\n");
    }
    for signature in signatures {
        line(&mut page, 1, &of_signature(signature));
    }
    page.push_str(&how_to_sign(document));
    page
}

/// What is missing, from whom, and what to type.
pub(super) fn held_up(document: &Value) -> String {
    let mut page = heading(document);
    let mut unmet = Vec::new();
    for ruling in rows(&document["verdict"]["rulings"]) {
        collect_unmet(ruling, &mut unmet);
    }
    let waits_for_signatures = unmet
        .iter()
        .any(|ruling| matches!(ruling["rule"].as_str(), Some("maintainers" | "keyholders")));
    for ruling in unmet {
        line(
            &mut page,
            0,
            &format!("{}: {}", word(&ruling["rule"]), word(&ruling["because"])),
        );
        remedy(&mut page, &ruling["remedy"], 1);
    }
    if waits_for_signatures {
        page.push_str(&how_to_sign(document));
    }
    page
}

fn heading(document: &Value) -> String {
    let name = format!("{}#{}", word(&document["repository"]), document["number"]);
    let mut page = String::new();
    let outcome = match document["open"].as_bool() {
        Some(false) => "closed".to_owned(),
        Some(true) | None => match document["outcome"].as_str() {
            Some(outcome) => outcome.to_owned(),
            None => "not looked at yet".to_owned(),
        },
    };
    line(&mut page, 0, &format!("{name} is {outcome}"));
    if let Some(description) = document["status"]["description"].as_str() {
        line(&mut page, 0, description);
    }
    if document["mode"] == "dry_run" {
        line(&mut page, 0, "this is a dry run: nobody is held back by it");
    }
    if let Some(trouble) = document["trouble"].as_str() {
        line(
            &mut page,
            0,
            &format!("the last look came to nothing, and is repeated: {trouble}"),
        );
    }
    page
}

/// A ruling, with everything below it.
pub(crate) fn tree(page: &mut String, ruling: &Value, depth: usize) {
    let [outcome, rule, because] = ["outcome", "rule", "because"].map(|key| word(&ruling[key]));
    line(page, depth, &format!("{outcome} {rule}: {because}"));
    remedy(page, &ruling["remedy"], depth + 1);
    for source in rows(&ruling["sources"]) {
        let place = format!(
            "rule: {} ({}:{}:{})",
            word(&source["rule"]),
            word(&source["file"]),
            source["line"],
            source["column"]
        );
        line(page, depth + 1, &place);
    }
    for part in rows(&ruling["parts"]) {
        tree(page, part, depth + 1);
    }
}

fn collect_unmet<'v>(ruling: &'v Value, unmet: &mut Vec<&'v Value>) {
    if ruling["outcome"] != "success" && !ruling["remedy"].is_null() {
        unmet.push(ruling);
    }
    for part in rows(&ruling["parts"]) {
        collect_unmet(part, unmet);
    }
}

fn remedy(page: &mut String, remedy: &Value, depth: usize) {
    if remedy.is_null() {
        return;
    }
    line(page, depth, &format!("missing: {}", word(&remedy["missing"])));
    let who: Vec<String> = rows(&remedy["who"]).iter().map(word).collect();
    if !who.is_empty() {
        line(page, depth, &format!("from: {}", who.join(", ")));
    }
    for command in rows(&remedy["commands"]) {
        line(page, depth, &format!("type: {}", word(command)));
    }
    // A server before this one says it by the time alone.
    let turns = remedy["turns"].as_str().or(remedy["turns_at"].as_str());
    if let Some(turns) = turns {
        line(page, depth, &format!("turns: {turns}"));
    }
}

fn of_signature(signature: &Value) -> String {
    let counts = match signature["counts"].as_bool() {
        Some(true) => "counts",
        Some(false) => "does not count",
        None => "is valid",
    };
    let signer = signature["signer"].as_str().unwrap_or("somebody");
    let because = signature["because"].as_str();
    let because = because.map_or_else(String::new, |because| format!(": {because}"));
    format!("{signer}, {}, {counts}{because}", word(&signature["scheme"]))
}

fn how_to_sign(document: &Value) -> String {
    let statement = &document["statement"];
    let Some(write) = statement["write"].as_str() else {
        return String::new();
    };
    let mut page = "to sign, read the statement in these lines, and type them:\n".to_owned();
    let sign = rows(&statement["sign"]).iter().filter_map(Value::as_str);
    for command in std::iter::once(write)
        .chain(sign)
        .chain(statement["hand_in"].as_str())
    {
        for own in command.lines() {
            // What is pasted begins at the margin.
            line(&mut page, 0, own);
        }
    }
    page
}

fn rows(value: &Value) -> &[Value] {
    value.as_array().map_or(&[], Vec::as_slice)
}

fn word(value: &Value) -> String {
    match value {
        Value::String(word) => word.clone(),
        Value::Null => "-".to_owned(),
        Value::Bool(_) | Value::Number(_) | Value::Array(_) | Value::Object(_) => value.to_string(),
    }
}

/// One line, whatever the server says: nothing in it moves the cursor.
pub(crate) fn line(page: &mut String, depth: usize, text: &str) {
    let plain: String = text
        .chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect();
    // Writing to a text does not fail.
    let _ = writeln!(page, "{}{plain}", "  ".repeat(depth));
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;
    use serde_json::json;

    fn document() -> Value {
        json!({
            "repository": "atlas/atlas-node", "number": 7, "open": true, "mode": "dry_run", "outcome": "pending",
            "status": {"state": "pending", "description": "1 of 2 maintainers: signed by ada"}, "trouble": null,
            "verdict": {"rulings": [
                {"rule": "draft", "outcome": "success", "because": "it is ready", "remedy": null, "sources": [], "parts": []},
                {"rule": "signatures", "outcome": "pending", "because": "who signed", "remedy": null, "sources": [], "parts": [{
                    "rule": "maintainers", "outcome": "pending", "because": "1 of 2\u{1b}[2J", "parts": [],
                    "remedy": {"missing": "1 more signature", "who": ["ben"], "commands": ["/governance-sign"], "turns_at": null, "turns": "as soon as it is given"},
                    "sources": [{"rule": "Layer 3", "file": "config/layers.yml", "line": 4, "column": 2}],
                }]},
            ]},
            "signatures": [
                {"signer": "ada", "scheme": "ssh", "counts": true, "because": null},
                {"signer": null, "scheme": "openpgp", "counts": false, "because": "it was taken back"},
            ],
            "statement": {"write": "cat > a <<'END'\nx\nEND", "sign": ["sign a"], "hand_in": "curl a"},
        })
    }

    #[test]
    fn every_rule_is_explained() {
        expect![[r#"
            atlas/atlas-node#7 is pending
            1 of 2 maintainers: signed by ada
            this is a dry run: nobody is held back by it
            success draft: it is ready
            pending signatures: who signed
              pending maintainers: 1 of 2 [2J
                missing: 1 more signature
                from: ben
                type: /governance-sign
                turns: as soon as it is given
                rule: Layer 3 (config/layers.yml:4:2)
            signatures
              ada, ssh, counts
              somebody, openpgp, does not count: it was taken back
            to sign, read the statement in these lines, and type them:
            cat > a <<'END'
            x
            END
            sign a
            curl a
        "#]]
        .assert_eq(&explained(&document()));
    }

    #[test]
    fn only_what_is_missing_holds_up() {
        let mut document = document();
        document["mode"] = json!("enforce");
        expect![[r#"
            atlas/atlas-node#7 is pending
            1 of 2 maintainers: signed by ada
            maintainers: 1 of 2 [2J
              missing: 1 more signature
              from: ben
              type: /governance-sign
              turns: as soon as it is given
            to sign, read the statement in these lines, and type them:
            cat > a <<'END'
            x
            END
            sign a
            curl a
        "#]]
        .assert_eq(&held_up(&document));
        let closed = json!({"repository": "a/b", "number": 1, "open": false, "outcome": null});
        assert_eq!(held_up(&closed), "a/b#1 is closed\n");
    }
}
