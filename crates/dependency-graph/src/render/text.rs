//! The plan as a person reads it in a terminal.

use crate::{Component, Plan};
use std::fmt::Write as _;

/// Digits of a commit id that people compare.
const COMMIT_DIGITS: usize = 12;

impl Plan {
    /// What is released, wave by wave, who waits for whom, and the critical path; lines end with a line feed.
    pub fn to_text(&self) -> String {
        let width = self
            .sources()
            .iter()
            .map(|component| component.name.as_str().len())
            .max()
            .unwrap_or(0);
        let mut text = self.head();
        for (wave, names) in self.waves().into_iter().enumerate() {
            let _infallible = writeln!(text, "\nwave {wave}");
            for component in names.into_iter().filter_map(|name| self.component(name)) {
                text += &line(component, width);
            }
        }
        if !self.sources_only().is_empty() {
            text += "\nsources only (unchanged, not built)\n";
            for component in self.sources_only() {
                text += &line(component, width);
            }
        }
        text + &self.foot()
    }

    fn head(&self) -> String {
        let version = self
            .version()
            .map(|version| format!(" {version}"))
            .unwrap_or_default();
        let channel = self
            .channel()
            .map(|channel| format!(" ({channel})"))
            .unwrap_or_default();
        format!(
            "release  {}{version}{channel}\ndigest   {}\n",
            self.release(),
            self.digest()
        )
    }

    fn foot(&self) -> String {
        let order = joined(self.order());
        let path = self.critical_path();
        let timed = path
            .iter()
            .filter_map(|name| self.component(name))
            .any(|one| one.expected_seconds.is_some());
        let length = path.first().map_or(0, |first| self.remaining_path(first));
        let unit = match (timed, length) {
            (true, _) => "s expected",
            (false, 1) => "component",
            (false, _) => "components",
        };
        let path: Vec<&str> = path.into_iter().map(AsRef::as_ref).collect();
        format!(
            "\norder          {order}\ncritical path  {} ({length} {unit})\n",
            path.join(" -> ")
        )
    }
}

fn line(component: &Component, width: usize) -> String {
    let mut line = format!("  {:width$}  {}", component.name, component.tag);
    if let Some(commit) = &component.commit {
        let _infallible = write!(line, " {}", &commit.as_str()[..COMMIT_DIGITS]);
    }
    let lists = [
        ("waits for", joined(component.waits_for())),
        ("binaries", joined(&component.binaries)),
    ];
    for (label, list) in lists.into_iter().filter(|(_, list)| !list.is_empty()) {
        let _infallible = write!(line, "  {label} {list}");
    }
    if component.optional {
        line += "  optional";
    }
    line + "\n"
}

fn joined<T: AsRef<str>>(names: impl IntoIterator<Item = T>) -> String {
    names
        .into_iter()
        .map(|name| name.as_ref().to_owned())
        .collect::<Vec<_>>()
        .join(", ")
}
