//! One state file under two names is one state: the second process is told who holds it.

use house_tests::{Component, Gate, Organisation, Running, until};
use std::cell::RefCell;
use std::fs;
use std::os::unix::fs::symlink;
use std::path::{Path, PathBuf};

fn waiting() -> Organisation {
    let script = format!("{}echo tool > tool", Gate::line("tool"));
    Organisation::of(&[Component::new("tool").building(&script).with_binary("tool")])
}

/// Another workspace, so that only the state is common, releases with this spelling and is refused.
#[track_caller]
fn is_refused(state: &Path, first: &Running) {
    let other = waiting();
    // Whoever is let in by mistake ends.
    other.gate("tool").open();
    let release = other.release("0.2.0").option("--state", state);
    let second = RefCell::new(release.start());
    until("the second process ends", || second.borrow_mut().has_ended());
    let answer = second.into_inner().ends().ends_with(3);
    let holder = answer.error.contains(&first.process().to_string());
    assert!(
        holder && answer.error.contains("is held by"),
        "{}\n{answer}",
        state.display()
    );
    assert!(!other.out().exists() && !other.gate("tool").was_reached());
}

/// From the folder of this process, over the root.
#[allow(
    clippy::disallowed_methods,
    reason = "a relative path is relative to this one folder"
)]
fn relative(path: &Path) -> PathBuf {
    let here = std::env::current_dir().unwrap();
    let mut way: PathBuf = here.components().skip(1).map(|_| "..").collect();
    way.push(path.strip_prefix("/").unwrap());
    way
}

#[test]
fn every_spelling_of_a_state_file_is_one_lock() {
    let organisation = waiting();
    let folder = organisation.folder();
    let state = folder.join("states/state.db");
    fs::create_dir(folder.join("states")).unwrap();
    let mut first = organisation.release("0.1.0").option("--state", &state).start();
    organisation.gate("tool").is_reached();
    symlink(&state, folder.join("link.db")).unwrap();
    symlink("link.db", folder.join("link-of-link.db")).unwrap();
    symlink("states", folder.join("linked")).unwrap();
    for spelling in [
        state.clone(),
        folder.join("link.db"),
        folder.join("link-of-link.db"),
        folder.join("linked/state.db"),
        folder.join("states/../states/./state.db"),
        relative(&state),
        relative(&folder.join("link.db")),
    ] {
        is_refused(&spelling, &first);
    }
    assert!(!first.has_ended());
    organisation.gate("tool").open();
    first.ends().ends_with(0);
}

#[test]
fn a_link_to_where_no_state_is_yet_is_the_state_that_comes_to_be_there() {
    let organisation = waiting();
    let folder = organisation.folder();
    let (state, link) = (folder.join("states/state.db"), folder.join("link.db"));
    fs::create_dir(folder.join("states")).unwrap();
    symlink("states/state.db", &link).unwrap();
    let first = organisation.release("0.1.0").option("--state", &link).start();
    organisation.gate("tool").is_reached();
    assert!(state.is_file(), "the link was not followed");
    is_refused(&state, &first);
    is_refused(&link, &first);
    organisation.gate("tool").open();
    first.ends().ends_with(0);
}

#[test]
fn two_spellings_in_one_workspace() {
    let organisation = waiting();
    let mut first = organisation.release("0.1.0").start();
    organisation.gate("tool").is_reached();
    let link = organisation.folder().join("link.db");
    symlink(organisation.state(), &link).unwrap();
    for spelling in [link, relative(&organisation.state())] {
        let out = organisation.folder().join("second");
        let release = organisation
            .release_into("0.2.0", &out)
            .option("--state", &spelling);
        let answer = release.run().ends_with(3);
        assert!(answer.error.contains(&first.process().to_string()), "{answer}");
        assert!(!out.exists());
    }
    assert!(!first.has_ended());
    organisation.gate("tool").open();
    first.ends().ends_with(0);
}
