//! A full disk, for real: small file systems in memory, mounted in a mount namespace of the play's own, so that nothing is left
//! of them when it ends. The same command later, when there is room again, makes the release.

#![allow(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a play that cannot look has failed; one that is not run says so"
)]

use house_tests::{Component, Organisation, binary};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

/// `$1` is the folder, `$2` the size of its file system, `$3` where the release shall be; the rest is the command.
const PLAY: &str = r#"
set -e
place=$1 size=$2 out=$3
shift 3
mkdir -p "$place"
mount -t tmpfs -o "size=$size" tmpfs "$place"
set +e
"$@"
echo "when full: $?"
if [ -e "$out" ]; then echo "there is a release"; fi
find "$(dirname "$out")" -maxdepth 1 -name '*draft*'
rm -f "$place/filler"
mount -o remount,size=100m "$place"
"$@"
echo "later: $?"
cd "$out" && sha256sum --check --strict --quiet SHA256SUMS && echo "whole"
"#;

/// Ways to a mount namespace: as root, else as the root of a user namespace.
const WAYS: [&[&str]; 2] = [&["--mount"], &["--user", "--map-root-user", "--mount"]];

fn unshare(way: &[&str]) -> Command {
    let mut command = Command::new("unshare");
    command.args(way).args(["--", "sh", "-c"]).stdin(Stdio::null());
    command
}

/// The way that this machine permits.
fn way() -> Option<&'static [&'static str]> {
    let folder = tempfile::tempdir().unwrap();
    WAYS.into_iter().find(|way| {
        let tried = unshare(way)
            .args(["mount -t tmpfs tmpfs \"$0\""])
            .arg(folder.path())
            .stderr(Stdio::null())
            .status();
        tried.is_ok_and(|status| status.success())
    })
}

struct Full {
    /// The folder that lies on the small file system, below the play's folder.
    place: &'static str,
    /// Its size.
    size: &'static str,
    /// What a person is told.
    told: &'static str,
}

/// A tool of a megabyte that does not compress.
fn organisation(more: &str) -> Organisation {
    let script = format!("{more}\nhead -c 1000000 /dev/urandom > tool");
    let organisation = Organisation::of(&[Component::new("tool").building(&script).with_binary("tool")]);
    let text = fs::read_to_string(organisation.configuration()).unwrap();
    // A full disk is tried again by itself; here it stays full.
    organisation.write_configuration(&text.replace("[release]\n", "[release]\nattempts_max = 1\n"));
    organisation
}

fn released(organisation: &Organisation, full: &Full) -> Option<Output> {
    let Some(way) = way() else {
        println!(
            "not run: a full disk, because this account may mount nothing; run as root or permit user namespaces"
        );
        return None;
    };
    let place: PathBuf = organisation.folder().join(full.place);
    let out = organisation.folder().join("outside").join("release");
    fs::create_dir_all(out.parent().unwrap()).unwrap();
    let mut command = unshare(way);
    command.args([PLAY, "play"]).arg(place).arg(full.size).arg(&out);
    command.arg(binary()).args(["release", "local", "0.1.0"]);
    let option = |command: &mut Command, name: &str, path: &Path| {
        command.arg(name).arg(path);
    };
    option(&mut command, "--manifest", &organisation.manifest());
    option(&mut command, "--config", &organisation.configuration());
    option(&mut command, "--workspace", &organisation.workspace());
    option(
        &mut command,
        "--state",
        &organisation.folder().join("state/state.db"),
    );
    option(&mut command, "--out", &out);
    Some(command.output().unwrap())
}

fn check(organisation: &Organisation, full: &Full) {
    let Some(output) = released(organisation, full) else {
        return;
    };
    let (said, error) = (
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr),
    );
    let everything = format!("{} of {}\n{said}\n{error}", full.place, full.size);
    let lines: Vec<&str> = said.lines().collect();
    assert!(lines.contains(&"when full: 3"), "{everything}");
    assert!(!lines.contains(&"there is a release"), "{everything}");
    let draft = lines
        .iter()
        .any(|line| line.starts_with('/') && line.contains("draft"));
    assert!(!draft, "{everything}");
    let whole = format!("{said}{error}").to_lowercase();
    assert!(whole.contains(full.told), "{everything}");
    assert!(
        lines.contains(&"later: 0") && lines.contains(&"whole"),
        "{everything}"
    );
}

#[test]
fn no_room_for_the_release_directory() {
    let full = Full {
        place: "outside",
        size: "512k",
        told: "no space left on device",
    };
    check(&organisation(""), &full);
}

#[test]
fn no_room_for_a_state_file() {
    let full = Full {
        place: "state",
        size: "16k",
        told: "full",
    };
    check(&organisation(""), &full);
}

#[test]
fn no_room_to_keep_what_was_built() {
    let full = Full {
        place: "state",
        size: "1200k",
        told: "no space left on device",
    };
    check(&organisation(""), &full);
}

#[test]
fn no_room_to_put_the_release_together() {
    let full = Full {
        place: "state",
        size: "2800k",
        told: "no space left on device",
    };
    check(&organisation(""), &full);
}

#[test]
fn no_room_for_the_sources() {
    let full = Full {
        place: "workspace/.governance",
        size: "32k",
        told: "disk full",
    };
    check(&organisation(""), &full);
}

#[test]
fn no_room_to_build() {
    let full = Full {
        place: "workspace/.governance",
        size: "800k",
        told: "disk full",
    };
    check(&organisation(""), &full);
}

#[test]
fn a_disk_that_becomes_full_while_a_build_runs() {
    // The build itself fills the disk that the state lies on: its own end cannot be recorded.
    let fills = "[ -e ../../../../filled ] || { : > ../../../../filled; cat /dev/zero > ../../../../state/filler || true; }";
    let full = Full {
        place: "state",
        size: "4m",
        told: "full",
    };
    check(&organisation(fills), &full);
}
