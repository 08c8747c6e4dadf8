//! A draft or a published directory exchanged for another build of the very same plan, consistent in itself: only its
//! manifest's digest tells.

use crate::released::{begun, copy, notes, released};
use house_tests::{Component, Gate, Governance, Organisation, ReleaseFolder, contents};
use std::fs;
use std::path::{Path, PathBuf};

/// A tool whose bytes come from outside of every tag. Its build waits at a gate while they are honest.
fn flavoured() -> Organisation {
    let gate = Gate::line("tool");
    let script = format!(
        "{}cat ../../../../flavour > tool\nif grep -q honest tool; then\n{gate}fi",
        notes("tool")
    );
    Organisation::of(&[Component::new("tool").building(&script).with_binary("tool")])
}

fn flavour(organisation: &Organisation, text: &str) {
    fs::write(organisation.folder().join("flavour"), text).unwrap();
}

/// The same plan, released with another state: other bytes, everything else as it should be.
fn foreign(organisation: &Organisation) -> PathBuf {
    flavour(organisation, "foreign");
    let out = organisation.folder().join("foreign");
    let release = organisation.release_into("0.1.0", &out);
    let state = organisation.folder().join("foreign.db");
    release.option("--state", &state).run().ends_with(0);
    assert_eq!(released(&out, "tool", "0.1.0"), "foreign");
    flavour(organisation, "honest");
    out
}

/// Releases honestly until the draft, with this in the place of the release; answers the draft.
fn stalled(organisation: &Organisation, occupied_by: impl Fn(&Path)) -> PathBuf {
    let running = organisation.release("0.1.0").start();
    organisation.gate("tool").is_reached();
    occupied_by(&organisation.out());
    organisation.gate("tool").open();
    let answer = running.ends().says(&["appeared meanwhile"]);
    assert!(answer.code.is_some_and(|code| code != 0), "{answer}");
    draft(organisation)
}

fn draft(organisation: &Organisation) -> PathBuf {
    let drafts = fs::read_dir(organisation.folder()).unwrap().filter_map(|entry| {
        let path = entry.unwrap().path();
        let name = path.file_name()?.to_string_lossy().into_owned();
        name.starts_with(".release.draft-").then_some(path)
    });
    let drafts: Vec<PathBuf> = drafts.collect();
    assert_eq!(drafts.len(), 1, "{drafts:?}");
    drafts[0].clone()
}

/// The next run ends badly and shows nothing; the one after it publishes the honest bytes, without a build.
#[track_caller]
fn is_found_out_and_mended(organisation: &Organisation) {
    organisation.release("0.1.0").run().ends_with(1).says(&["0.1.0"]);
    assert!(!organisation.out().exists(), "exchanged bytes became visible");
    organisation.release("0.1.0").run().ends_with(0);
    assert_eq!(released(&organisation.out(), "tool", "0.1.0"), "honest");
    assert_eq!(begun(organisation), ["tool", "tool"], "one for each state");
    organisation
        .release("0.1.0")
        .run()
        .ends_with(0)
        .says(&["verified again"]);
    let rest = fs::read_dir(organisation.folder()).unwrap();
    let rest: Vec<String> = rest
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with('.'))
        .collect();
    assert_eq!(rest, Vec::<String>::new(), "half a release is left");
}

fn occupy(out: &Path) {
    fs::create_dir(out).unwrap();
    fs::write(out.join("mine"), "precious").unwrap();
}

#[test]
fn an_exchanged_draft_never_becomes_visible_and_is_collected_anew() {
    let organisation = flavoured();
    let foreign = foreign(&organisation);
    let draft = stalled(&organisation, occupy);
    fs::remove_dir_all(&draft).unwrap();
    copy(&foreign, &draft);
    fs::remove_dir_all(organisation.out()).unwrap();
    is_found_out_and_mended(&organisation);
}

#[test]
fn nor_does_it_if_what_was_collected_is_exchanged_as_well() {
    let organisation = flavoured();
    let foreign = foreign(&organisation);
    let draft = stalled(&organisation, occupy);
    let collected = organisation
        .state()
        .with_file_name("state.db.work")
        .join("collected");
    let mut places: Vec<PathBuf> = fs::read_dir(collected)
        .unwrap()
        .map(|entry| entry.unwrap().path())
        .collect();
    assert_eq!(places.len(), 1, "{places:?}");
    places.push(draft);
    for place in places {
        fs::remove_dir_all(&place).unwrap();
        copy(&foreign, &place);
    }
    fs::remove_dir_all(organisation.out()).unwrap();
    is_found_out_and_mended(&organisation);
}

#[test]
fn another_build_in_the_place_of_the_release_is_not_taken_for_it() {
    let organisation = flavoured();
    let foreign = foreign(&organisation);
    stalled(&organisation, |out| copy(&foreign, out));
    let before = contents(&organisation.out());
    let answer = organisation.release("0.1.0").run().says(&["appeared meanwhile"]);
    assert!(answer.code.is_some_and(|code| code != 0), "{answer}");
    assert_eq!(contents(&organisation.out()), before);
    fs::remove_dir_all(organisation.out()).unwrap();
    organisation.release("0.1.0").run().ends_with(0);
    assert_eq!(released(&organisation.out(), "tool", "0.1.0"), "honest");
}

#[test]
fn a_published_directory_exchanged_for_another_build_is_not_verified_again() {
    let organisation = flavoured();
    let foreign = foreign(&organisation);
    organisation.gate("tool").open();
    organisation.release("0.1.0").run().ends_with(0);
    let (out, kept) = (organisation.out(), organisation.folder().join("kept"));
    fs::rename(&out, &kept).unwrap();
    copy(&foreign, &out);
    // Consistent in itself: whoever does not know the release cannot see it.
    let verify = Governance::new().args(["artifacts", "verify"]).args([&out]);
    verify.run().ends_with(0);
    let before = contents(&out);
    let answer = organisation.release("0.1.0").run().ends_with(1).says(&[
        "release 0.1.0 was published, but its directory does not verify",
        "help: ",
    ]);
    assert!(!answer.output.contains("verified again"), "{answer}");
    assert_eq!(contents(&out), before);

    // Its evidence alone does not make it the honest one.
    fs::copy(
        kept.join("release-evidence.json"),
        out.join("release-evidence.json"),
    )
    .unwrap();
    organisation.release("0.1.0").run().ends_with(1);
    fs::remove_dir_all(&out).unwrap();
    fs::rename(&kept, &out).unwrap();
    organisation
        .release("0.1.0")
        .run()
        .ends_with(0)
        .says(&["verified again"]);
    assert!(ReleaseFolder::at(&out).names().contains(&"SHA256SUMS".to_owned()));
    assert_eq!(begun(&organisation), ["tool", "tool"]);
}
