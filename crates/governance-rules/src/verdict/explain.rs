//! A verdict in words: one line for the status, a page for the report, a tree for a terminal.

use super::{Outcome, Ruling, Verdict};
use crate::wording::list;
use std::fmt::Write;

/// Characters of the description of a status that GitHub takes.
const DESCRIPTION_CHARS_MAX: usize = 140;

impl Verdict {
    /// One line for the status: what is missing, the worst first. At most 140 characters.
    pub fn description(&self) -> String {
        let text = match self.outcome {
            Outcome::Success => match &self.requirement {
                Some(needed) => format!(
                    "All rules hold: {} signatures, {} days of review",
                    needed.required, needed.review_days
                ),
                None => "All rules hold".to_owned(),
            },
            Outcome::NotGoverned => "No rule speaks of this repository".to_owned(),
            Outcome::Pending | Outcome::Failure | Outcome::Error => {
                let mut unmet: Vec<&Ruling> = self.unmet();
                unmet.sort_by_key(|ruling| std::cmp::Reverse(ruling.outcome));
                let said: Vec<&str> = unmet.iter().map(|ruling| ruling.because.as_str()).collect();
                said.join("; ")
            }
        };
        shorten(&text)
    }

    /// Everything that is missing.
    pub fn unmet(&self) -> Vec<&Ruling> {
        self.rulings.iter().flat_map(Ruling::unmet_leaves).collect()
    }

    /// The whole verdict as Markdown: what is missing first, then every rule with its sources.
    pub fn markdown(&self) -> String {
        let mut page = format!("**{}**\n\n", escape(&self.description()));
        if let Some(needed) = &self.requirement {
            let tiers: Vec<String> = self.tiers.iter().map(ToString::to_string).collect();
            let keyholders = needed
                .keyholders
                .map_or_else(String::new, |keyholders| format!(", {keyholders} keyholders"));
            let _ = writeln!(
                page,
                "Needed: {}-of-{} signatures{keyholders}, {} days of review ({}).\n",
                needed.required,
                needed.total,
                needed.review_days,
                escape(&list(&tiers)),
            );
        }
        for ruling in &self.rulings {
            branch(&mut page, ruling, 0);
        }
        if let Some(needed) = &self.requirement {
            page.push_str("\nWhy these numbers:\n\n");
            for reason in &needed.reasons {
                let _ = writeln!(page, "- {}", escape(reason));
            }
        }
        let _ = writeln!(page, "\nRules `{}`, judged {}.", self.ruleset, self.observed_at);
        page
    }

    /// The whole verdict as text for a terminal.
    pub fn tree(&self) -> String {
        let mut text = format!("{}: {}\n", self.outcome.as_str(), self.description());
        for ruling in &self.rulings {
            twig(&mut text, ruling, 1);
        }
        text
    }
}

impl Ruling {
    /// It alone as Markdown, with everything below it.
    pub fn markdown(&self) -> String {
        let mut page = String::new();
        branch(&mut page, self, 0);
        page
    }
}

fn branch(page: &mut String, ruling: &Ruling, depth: usize) {
    let indent = "  ".repeat(depth);
    let mark = match ruling.outcome {
        Outcome::Success => "x",
        Outcome::Pending | Outcome::Failure | Outcome::Error | Outcome::NotGoverned => " ",
    };
    let _ = writeln!(
        page,
        "{indent}- [{mark}] **{}** ({}): {}",
        ruling.rule,
        ruling.outcome.as_str(),
        escape(&ruling.because)
    );
    if let Some(remedy) = &ruling.remedy {
        let (missing, who) = (escape(remedy.missing()), list(&remedy.who_in_words()));
        let _ = writeln!(page, "{indent}  - Missing: {missing}. From: {}.", escape(&who));
        for command in remedy.commands() {
            let _ = writeln!(
                page,
                "{indent}  - Type: `{}`",
                one_line_whole(command).replace('`', "'")
            );
        }
        let _ = writeln!(page, "{indent}  - It turns {}.", remedy.turns());
    }
    for source in &ruling.sources {
        let _ = writeln!(
            page,
            "{indent}  - Rule: {} at `{}:{}:{}`",
            escape(&source.rule),
            source.file.replace('`', "'"),
            source.line,
            source.column
        );
    }
    for part in &ruling.parts {
        branch(page, part, depth + 1);
    }
}

fn twig(text: &mut String, ruling: &Ruling, depth: usize) {
    let indent = "  ".repeat(depth);
    let _ = writeln!(
        text,
        "{indent}{} {}: {}",
        ruling.outcome.as_str(),
        ruling.rule,
        one_line_whole(&ruling.because)
    );
    if let Some(remedy) = &ruling.remedy {
        let _ = writeln!(text, "{indent}  missing: {}", one_line_whole(remedy.missing()));
        let _ = writeln!(text, "{indent}  from: {}", list(&remedy.who_in_words()));
        for command in remedy.commands() {
            let _ = writeln!(text, "{indent}  type: {}", one_line_whole(command));
        }
        let _ = writeln!(text, "{indent}  turns: {}", remedy.turns());
    }
    for source in &ruling.sources {
        let _ = writeln!(
            text,
            "{indent}  rule: {} ({}:{}:{})",
            source.rule, source.file, source.line, source.column
        );
    }
    for part in &ruling.parts {
        twig(text, part, depth + 1);
    }
}

fn shorten(text: &str) -> String {
    if text.chars().count() <= DESCRIPTION_CHARS_MAX {
        return text.to_owned();
    }
    let kept: String = text.chars().take(DESCRIPTION_CHARS_MAX - 1).collect();
    format!("{kept}…")
}

/// A line that stays one, whatever it repeats.
fn one_line_whole(text: &str) -> String {
    text.chars()
        .map(|letter| if letter.is_control() { ' ' } else { letter })
        .collect()
}

/// Foreign text in Markdown: nothing in it has a meaning there, no link, no mention and no picture.
fn escape(text: &str) -> String {
    let mut escaped = String::with_capacity(text.len());
    for letter in one_line_whole(text).chars() {
        match letter {
            '\\' | '`' | '*' | '_' | '{' | '}' | '[' | ']' | '(' | ')' | '#' | '!' | '|' | '~' => {
                escaped.push('\\');
                escaped.push(letter);
            }
            '<' => escaped.push_str("&lt;"),
            '>' => escaped.push_str("&gt;"),
            '&' => escaped.push_str("&amp;"),
            // A mention would call somebody; what cannot be seen parts it.
            '@' => escaped.push_str("@\u{200b}"),
            other => escaped.push(other),
        }
    }
    escaped
}
