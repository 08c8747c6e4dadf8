//! A state file or a release directory among the sources, however it is spelt: refused before anything is touched.

use house_tests::{Component, Contents, Organisation, contents};
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

fn small() -> Organisation {
    let organisation = Organisation::of(&[
        Component::new("base").building("echo base > base.txt"),
        Component::new("tool")
            .building("echo tool > tool")
            .with_binary("tool"),
    ]);
    symlink("workspace", organisation.folder().join("linked")).unwrap();
    organisation
}

/// Ways to say it, with and without folders that are there.
fn spellings(organisation: &Organisation) -> Vec<PathBuf> {
    let sources = organisation.sources();
    vec![
        sources.clone(),
        sources.join("release"),
        sources.join("tool/release"),
        sources.join("deep/er/release"),
        organisation
            .workspace()
            .join("tool/../.governance/source/release"),
        organisation
            .workspace()
            .join("tool/../.governance/source/deep/er/release"),
        organisation
            .workspace()
            .join("absent/../.governance/source/deep/release"),
        organisation.folder().join("linked/.governance/source/release"),
        organisation
            .folder()
            .join("linked/.governance/source/deep/er/release"),
    ]
}

fn seen(organisation: &Organisation) -> Contents {
    contents(organisation.folder())
}

#[track_caller]
fn is_refused(organisation: &Organisation, option: &str, path: &Path) {
    let before = seen(organisation);
    let (version, out) = ("0.2.0", organisation.folder().join("second"));
    let release = match option {
        "--out" => organisation.release_into(version, path),
        _ => organisation.release_into(version, &out).option(option, path),
    };
    let answer = release.run();
    let spelt = format!("{option} {}", path.display());
    assert_eq!(answer.code, Some(2), "{spelt}\n{answer}");
    assert!(answer.error.contains("help: "), "{spelt}\n{answer}");
    assert_eq!(
        seen(organisation),
        before,
        "{spelt}: something was made or removed\n{answer}"
    );
}

#[test]
fn nothing_of_ours_may_lie_among_the_sources() {
    let organisation = small();
    organisation.release("0.1.0").run().ends_with(0);
    fs::write(organisation.sources().join("tool/mine"), "precious").unwrap();
    for spelling in spellings(&organisation) {
        is_refused(&organisation, "--out", &spelling);
        is_refused(&organisation, "--state", &spelling);
    }
}

#[test]
fn nor_where_no_source_is_yet() {
    let organisation = small();
    for spelling in spellings(&organisation) {
        is_refused(&organisation, "--out", &spelling);
        is_refused(&organisation, "--state", &spelling);
    }
    organisation.release("0.1.0").run().ends_with(0);
}
