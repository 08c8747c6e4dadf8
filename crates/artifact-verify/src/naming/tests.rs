//! Names of assets, and every way in which they can collide.

use super::*;
use expect_test::{Expect, expect};

fn planned(repository: &str, version: &str, platforms: &[&str], binaries: &[&str]) -> PlannedComponent {
    PlannedComponent {
        repository: repository.parse().unwrap(),
        version: version.parse().unwrap(),
        platforms: platforms.iter().map(|one| one.parse().unwrap()).collect(),
        binaries: binaries.iter().map(|one| (*one).to_owned()).collect(),
    }
}

fn check(release: &str, components: &[PlannedComponent], expect: Expect) {
    let planned = plan_asset_names(&release.parse().unwrap(), &"v0.1.0".parse().unwrap(), components);
    let lines: Vec<String> = match planned {
        Ok(assets) => assets
            .iter()
            .map(|one| {
                let members: Vec<&str> = one.members.iter().map(MemberPath::as_str).collect();
                format!(
                    "{} ({}, {}): {}",
                    one.name,
                    one.owner,
                    one.kind(),
                    members.join(" ")
                )
            })
            .collect(),
        Err(problems) => problems.iter().map(ToString::to_string).collect(),
    };
    expect.assert_eq(&lines.join("\n"));
}

const LINUX: &str = "linux-x86_64";
const WINDOWS: &str = "windows-x86_64";

#[test]
fn archives_are_named_by_name_version_and_platform() {
    let components = [
        planned("node", "0.3.1", &[LINUX, WINDOWS], &["node", "cli"]),
        planned("consensus", "0.3.1", &[LINUX, WINDOWS], &[]),
        planned("sdk", "v0.1.0-locked", &[LINUX], &["sign"]),
    ];
    check(
        "commons",
        &components,
        expect![[r#"
        commons-0.1.0-linux-x86_64.tar.gz (the unified archive, tar.gz): cli node sign
        commons-0.1.0-windows-x86_64.zip (the unified archive, zip): cli.exe node.exe
        node-0.3.1-linux-x86_64.tar.gz (component node, tar.gz): cli node
        node-0.3.1-windows-x86_64.zip (component node, zip): cli.exe node.exe
        sdk-0.1.0-locked-linux-x86_64.tar.gz (component sdk, tar.gz): sign"#]],
    );
    check("commons", &[], expect![""]);
}

#[test]
fn collisions_are_found_before_anything_is_built() {
    let node = || planned("node", "0.1.0", &[LINUX], &["node"]);
    check(
        "node",
        &[node()],
        expect![
            "name the assets: node-0.1.0-linux-x86_64.tar.gz would be written by component node and by the unified archive; rename one, or choose another [release] name"
        ],
    );
    check(
        "Node",
        &[node()],
        expect![
            "name the assets: node-0.1.0-linux-x86_64.tar.gz would be written by the unified archive and by component node; rename one, or choose another [release] name"
        ],
    );
    check(
        "commons",
        &[node(), planned("sdk", "0.1.0", &[LINUX, WINDOWS], &["Node"])],
        expect![
            "name the assets: Node for linux-x86_64 would come from node and from sdk; rename one of the binaries"
        ],
    );
    check(
        "commons",
        &[planned("sdk", "0.1.0", &[LINUX], &["a", "a"])],
        expect![
            "name the assets: a for linux-x86_64 would come from sdk and from sdk; rename one of the binaries"
        ],
    );
    check(
        "commons",
        &[
            planned("a", "1.0.0-b", &[LINUX], &["x"]),
            planned("A", "1.0.0-b", &[LINUX], &["y"]),
        ],
        expect![
            "name the assets: a-1.0.0-b-linux-x86_64.tar.gz would be written by component A and by component a; rename one, or choose another [release] name"
        ],
    );
}

#[test]
fn names_that_no_archive_may_hold_are_refused() {
    for bad in ["", "../x", "/x", "a/b", "a\\b", "c:x", "a\u{0}", "ä", "a."] {
        let components = [planned("node", "0.1.0", &[LINUX], &[bad])];
        let planned = plan_asset_names(
            &"commons".parse().unwrap(),
            &"0.1.0".parse().unwrap(),
            &components,
        );
        assert_eq!(planned.unwrap_err().len(), 1, "{bad:?}");
    }
    let long = planned("n", "0.1.0", &[LINUX], &["x".repeat(260).as_str()]);
    check(
        "commons",
        &[long],
        expect![
            "read the archive: xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx: the path is longer than 255 bytes"
        ],
    );
}

#[test]
fn windows_executables_end_with_exe_once() {
    let windows = WINDOWS.parse().unwrap();
    let path = |name: &str, executable| member_path(name, executable, &windows).unwrap().to_string();
    assert_eq!(path("node", true), "node.exe");
    assert_eq!(path("node.exe", true), "node.exe");
    assert_eq!(path("keys.toml", false), "keys.toml");
}

#[test]
fn component_versions_are_any_semver_kept_without_the_v() {
    for (text, kept) in [("v0.1.0-locked", "0.1.0-locked"), ("1.2.3+b.5", "1.2.3+b.5")] {
        assert_eq!(text.parse::<ComponentVersion>().unwrap().to_string(), kept);
    }
    for bad in [
        "",
        "v",
        "1.0",
        "vv1.0.0",
        "01.0.0",
        " 1.0.0",
        &format!("1.0.0-{}", "x".repeat(100)),
    ] {
        assert!(bad.parse::<ComponentVersion>().is_err(), "{bad}");
    }
}
