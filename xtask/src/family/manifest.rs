//! Makes a published manifest lean on its siblings by path. Published manifests are normalised by cargo: every dependency is a table
//! of its own, so that a line behind its heading is enough.

use super::Member;
use anyhow::{Context as _, Result};
use std::fs;
use std::path::Path;

/// Adds `path = "../NAME"` to every dependency on a member of the family, and an own workspace root. Answers which members are needed
/// to build; those needed by tests alone get the path and are not among them.
pub(super) fn lean_on_siblings<'a>(repository: &Path, family: &'a [Member]) -> Result<Vec<&'a Member>> {
    let file = repository.join("Cargo.toml");
    let text = fs::read_to_string(&file).with_context(|| format!("failed to read {}", file.display()))?;
    let (text, needed) = rewrite(&text, family);
    fs::write(&file, text)?;
    Ok(needed)
}

fn rewrite<'a>(text: &str, family: &'a [Member]) -> (String, Vec<&'a Member>) {
    let mut rewritten = String::new();
    let mut needed = Vec::new();
    for line in text.lines() {
        rewritten.push_str(line);
        rewritten.push('\n');
        let Some((kind, name)) = dependency(line) else {
            continue;
        };
        if let Some(member) = family.iter().find(|member| member.name == name) {
            rewritten.push_str(&format!("path = \"../{name}\"\n"));
            if !kind.ends_with("dev-dependencies") {
                needed.push(member);
            }
        }
    }
    if !text.lines().any(|line| line == "[workspace]") {
        rewritten.push_str("\n[workspace]\n");
    }
    needed.sort_by_key(|member| member.name);
    needed.dedup_by_key(|member| member.name);
    (rewritten, needed)
}

/// The kind and name of a heading such as `[target.'cfg(unix)'.dependencies.libc]`.
fn dependency(line: &str) -> Option<(&str, &str)> {
    let heading = line.strip_prefix('[')?.strip_suffix(']')?;
    let (kind, name) = heading.rsplit_once('.')?;
    kind.ends_with("dependencies").then_some((kind, name))
}

#[cfg(test)]
mod tests {
    use super::super::FAMILY;
    use super::*;

    #[test]
    fn siblings_get_a_path_and_strangers_do_not() {
        let text = "[dependencies.grep]\nversion = \"0.4\"\n\n[dependencies.log]\nversion = \"0.4\"\n\n[dev-dependencies.ignore]\nversion = \"0.4\"\n\n[target.'cfg(unix)'.dependencies.globset]\nversion = \"0.4\"\n";
        let (rewritten, needed) = rewrite(text, &FAMILY);
        let names: Vec<&str> = needed.iter().map(|member| member.name).collect();
        assert_eq!(names, ["globset", "grep"]);
        assert_eq!(
            rewritten,
            "[dependencies.grep]\npath = \"../grep\"\nversion = \"0.4\"\n\n[dependencies.log]\nversion = \"0.4\"\n\n[dev-dependencies.ignore]\npath = \"../ignore\"\nversion = \"0.4\"\n\n[target.'cfg(unix)'.dependencies.globset]\npath = \"../globset\"\nversion = \"0.4\"\n\n[workspace]\n"
        );
    }
}
