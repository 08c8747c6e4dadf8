//! Two tags on one commit: builds ask git for their version, so neither release takes the other's bytes.

use crate::released::{begun, notes, released};
use house_tests::{Component, Organisation};
use std::path::PathBuf;

/// A tool that contains what git calls its own commit and its library's.
fn described() -> Organisation {
    let tool = format!(
        "{}git describe --tags > tool\ngit -C ../base describe --tags >> tool",
        notes("tool")
    );
    let organisation = Organisation::of(&[
        Component::new("base").building(&notes("base")),
        Component::new("tool")
            .needing("base")
            .building(&tool)
            .with_binary("tool"),
    ]);
    for name in ["base", "tool"] {
        for tag in ["v0.2.0-rc.1", "v0.2.0"] {
            organisation.repository(name).tag(tag);
        }
    }
    organisation
}

/// Releases these versions of the two, which are their tags as well.
#[track_caller]
fn release(organisation: &Organisation, version: &str, (base, tool): (&str, &str)) -> PathBuf {
    organisation.write_manifest(&format!(
        "[versions]\n\
         base = {{ version = \"{base}\", git_tag = \"v{base}\" }}\n\
         tool = {{ version = \"{tool}\", git_tag = \"v{tool}\", requires = [\"base={base}\"], binaries = [\"tool\"] }}\n"
    ));
    let out = organisation.folder().join(version);
    organisation.release_into(version, &out).run().ends_with(0);
    assert_eq!(
        released(&out, "tool", tool),
        format!("v{tool}\nv{base}\n"),
        "{version}"
    );
    out
}

#[test]
fn a_release_of_another_tag_of_the_same_commit_has_its_own_bytes() {
    let organisation = described();
    release(&organisation, "0.2.0-rc.1", ("0.2.0-rc.1", "0.2.0-rc.1"));
    assert_eq!(begun(&organisation), ["base", "tool"]);
    release(&organisation, "0.2.0", ("0.2.0", "0.2.0"));
    assert_eq!(begun(&organisation), ["base", "tool"]);
    // The same tags once more: now it is the same build.
    release(&organisation, "0.3.0", ("0.2.0", "0.2.0"));
    assert_eq!(begun(&organisation), Vec::<String>::new());
    release(&organisation, "0.4.0", ("0.2.0-rc.1", "0.2.0-rc.1"));
    assert_eq!(begun(&organisation), Vec::<String>::new());
}

#[test]
fn the_tag_of_a_library_counts_for_whoever_needs_it() {
    let organisation = described();
    release(&organisation, "0.2.0-rc.1", ("0.2.0-rc.1", "0.1.0"));
    assert_eq!(begun(&organisation), ["base", "tool"]);
    release(&organisation, "0.2.0", ("0.2.0", "0.1.0"));
    assert_eq!(begun(&organisation), ["base", "tool"]);
}
