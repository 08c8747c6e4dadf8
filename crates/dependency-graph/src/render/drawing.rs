//! Drawings: Graphviz dot and Mermaid. Arrows run in the direction of time, from what is needed to what needs it.
//!
//! Names, versions and tags consist of letters, digits and `. _ - + /`: nothing in them needs escaping in quotes.

use crate::Plan;
use domain_types::RepoName;
use std::collections::BTreeSet;
use std::fmt::Write as _;

impl Plan {
    /// A Graphviz digraph: the critical path bold, optional components dashed, sources that are not built grey.
    pub fn to_dot(&self) -> String {
        let bold = self.critical_steps();
        let mut dot = String::from("digraph plan {\n  rankdir=LR;\n  node [shape=box];\n");
        for component in self.components() {
            let style = if component.optional { ", style=dashed" } else { "" };
            let (name, version) = (&component.name, &component.version);
            let _infallible = writeln!(dot, "  \"{name}\" [label=\"{name}\\n{version}\"{style}];");
        }
        for component in self.sources_only() {
            let (name, version) = (&component.name, &component.version);
            let _infallible = writeln!(
                dot,
                "  \"{name}\" [label=\"{name}\\n{version}\", color=grey, fontcolor=grey];"
            );
        }
        for (from, to) in self.arrows() {
            let style = if bold.contains(&(from, to)) {
                " [style=bold]"
            } else {
                ""
            };
            let _infallible = writeln!(dot, "  \"{from}\" -> \"{to}\"{style};");
        }
        dot + "}\n"
    }

    /// A Mermaid flowchart: the critical path with thick arrows, optional components with round corners.
    pub fn to_mermaid(&self) -> String {
        let thick = self.critical_steps();
        let sources = self.sources();
        let number = |name: &RepoName| sources.partition_point(|component| component.name < *name);
        let mut chart = String::from("flowchart LR\n");
        for (index, component) in sources.iter().enumerate() {
            let (open, close) = if component.optional {
                ("(\"", "\")")
            } else {
                ("[\"", "\"]")
            };
            let _infallible = writeln!(
                chart,
                "  n{index}{open}{} {}{close}",
                component.name, component.version
            );
        }
        for (from, to) in self.arrows() {
            let arrow = if thick.contains(&(from, to)) { "==>" } else { "-->" };
            let _infallible = writeln!(chart, "  n{} {arrow} n{}", number(from), number(to));
        }
        chart
    }

    fn critical_steps(&self) -> BTreeSet<(&RepoName, &RepoName)> {
        let path = self.critical_path();
        path.windows(2).map(|pair| (pair[0], pair[1])).collect()
    }

    /// Every pair of what is needed and what needs it, in name order of the latter.
    fn arrows(&self) -> Vec<(&RepoName, &RepoName)> {
        self.components()
            .iter()
            .flat_map(|component| {
                component
                    .waits_for()
                    .into_iter()
                    .map(move |need| (need, &component.name))
            })
            .collect()
    }
}
