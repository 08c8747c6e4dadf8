//! `RELEASE_NOTES.md`: what people read first. Made from the manifest and a date alone, thus the same for every builder.

use crate::{CHECKSUMS_NAME, MANIFEST_NAME, ManifestArchive, ManifestComponent, Outcome, ReleaseManifest};
use domain_types::{Channel, Timestamp};
use std::fmt::Write as _;

/// What stands in front of the date (UTC), which is that of the newest commit of the components.
pub(crate) const DATE_PREFIX: &str = "Release date: ";

/// The notes of a release. `newest_commit` is the newest commit time of its components; only its date (UTC) is used.
///
/// All names in a manifest are plain ASCII words, so nothing needs to be escaped.
pub fn render_notes(manifest: &ReleaseManifest, newest_commit: Timestamp) -> String {
    let mut text = format!(
        "# {} {}\n\n{DATE_PREFIX}{}\n",
        manifest.release,
        manifest.tag,
        newest_commit.date()
    );
    if manifest.channel == Channel::Prerelease {
        text.push_str("\nThis is a prerelease: for tests, not for production.\n");
    }
    components(&mut text, manifest);
    binaries(&mut text, manifest);
    missing(&mut text, manifest);
    installation(&mut text, manifest);
    verification(&mut text, manifest);
    text
}

/// Writing to a `String` cannot fail.
macro_rules! add_line {
    ($text:expr, $($argument:tt)*) => {{ let _infallible = writeln!($text, $($argument)*); }};
}

fn components(text: &mut String, manifest: &ReleaseManifest) {
    text.push_str(
        "\n## Components\n\n| Component | Version | Tag | Commit | Requires |\n|---|---|---|---|---|\n",
    );
    for one in &manifest.components {
        let requires: Vec<&str> = one.requires.iter().map(|name| name.as_str()).collect();
        let requires = if requires.is_empty() {
            "-".to_owned()
        } else {
            requires.join(", ")
        };
        let note = if one.optional { " (optional)" } else { "" };
        add_line!(
            text,
            "| {}{note} | {} | {} | `{}` | {requires} |",
            one.repository,
            one.version,
            one.tag,
            one.commit
        );
    }
}

fn binaries(text: &mut String, manifest: &ReleaseManifest) {
    text.push_str("\n## Binaries\n\n");
    if manifest.archives.is_empty() {
        text.push_str("This release has no binaries.\n");
    }
    for archive in &manifest.archives {
        add_line!(text, "- `{}`: everything for {}", archive.name, archive.platform);
    }
    for archive in manifest
        .components
        .iter()
        .flat_map(|component| &component.artifacts)
    {
        let members: Vec<String> = archive
            .members
            .iter()
            .map(|member| format!("`{}`", member.path))
            .collect();
        add_line!(text, "- `{}`: {}", archive.name, members.join(", "));
    }
}

fn missing(text: &mut String, manifest: &ReleaseManifest) {
    let incomplete: Vec<&ManifestComponent> = manifest
        .components
        .iter()
        .filter(|one| !one.is_complete())
        .collect();
    if incomplete.is_empty() {
        return;
    }
    text.push_str("\n## Not included\n\n");
    for one in incomplete {
        for on in one.platforms.iter().filter(|on| on.outcome != Outcome::Built) {
            add_line!(
                text,
                "- {} {} for {}: optional, {}",
                one.repository,
                one.version,
                on.platform,
                on.outcome
            );
        }
    }
}

fn installation(text: &mut String, manifest: &ReleaseManifest) {
    if manifest.archives.is_empty() {
        return;
    }
    text.push_str(
        "\n## Installation\n\nUnpack the archive of your platform into a folder of your path:\n\n```sh\n",
    );
    for archive in &manifest.archives {
        add_line!(text, "{}", unpack_command(archive));
    }
    text.push_str("```\n");
}

fn unpack_command(archive: &ManifestArchive) -> String {
    match crate::ArchiveKind::of_platform(&archive.platform) {
        crate::ArchiveKind::TarGz => format!("tar -xzf {} -C ~/.local/bin", archive.name),
        crate::ArchiveKind::Zip => format!("unzip {}", archive.name),
    }
}

fn verification(text: &mut String, manifest: &ReleaseManifest) {
    text.push_str("\n## Verification\n\nIn the folder of the downloaded files:\n\n```sh\n");
    add_line!(text, "sha256sum -c {CHECKSUMS_NAME}");
    text.push_str("governance artifacts verify .\n```\n\n");
    add_line!(
        text,
        "`{MANIFEST_NAME}` names every file, its digest and the commits; its plan is"
    );
    add_line!(text, "`{}`.", manifest.plan_digest);
}

#[cfg(test)]
mod tests;
