//! Every form of manifest that was ever in use.

use crate::common::{line, manifest_of, name, names, plain, read, shown, waves, with_alias};
use dependency_graph::{PlanOptions, RepositoryOptions};
use expect_test::{Expect, expect};

/// Order, waves and components of a manifest, then its warnings.
fn check(text: &str, options: &PlanOptions, expected: &Expect) {
    let reading = read(text, options);
    let mut said = format!(
        "order {}\nwaves {}\n",
        line(reading.plan.order()),
        waves(&reading.plan)
    );
    for component in reading.plan.components() {
        let pin = component
            .commit
            .as_ref()
            .map(|commit| format!(" @{commit}"))
            .unwrap_or_default();
        let (version, tag) = (&component.version, &component.tag);
        said += &format!(
            "{} {version} {tag}{pin} <- {}",
            component.name,
            line(&component.requires)
        );
        said = said.trim_end().to_owned() + "\n";
    }
    expected.assert_eq(&(said + &shown(&reading.warnings)));
}

#[test]
fn flat_entries_are_tags() {
    check(
        fixture!("flat.toml"),
        &plain(),
        &expect![[r#"
            order consensus-proof developer-sdk protocol-engine reference-node
            waves {consensus-proof developer-sdk protocol-engine reference-node}
            consensus-proof v0.1.0-locked v0.1.0-locked <-
            developer-sdk release/2025-01 release/2025-01 <-
            protocol-engine v0.1.0-locked v0.1.0-locked <-
            reference-node v0.1.0 v0.1.0 <-
        "#]],
    );
}

#[test]
fn structured_entries_have_versions_tags_and_requirements() {
    check(
        fixture!("structured.toml"),
        &plain(),
        &expect![[r#"
            order bllvm-consensus bllvm-protocol bllvm-node bllvm bllvm-sdk governance-app
            waves {bllvm-consensus bllvm-sdk} {bllvm-protocol governance-app} {bllvm-node} {bllvm}
            bllvm 0.1.0 v0.1.0 <- bllvm-node
            bllvm-consensus 0.1.0 v0.1.0 <-
            bllvm-node 0.1.0 v0.1.0 <- bllvm-consensus bllvm-protocol
            bllvm-protocol 0.1.0 v0.1.0 <- bllvm-consensus
            bllvm-sdk 0.1.0 v0.1.0 <-
            governance-app 0.1.0 v0.1.0 <- bllvm-sdk
        "#]],
    );
}

#[test]
fn mixed_names_are_resolved_through_aliases_and_stay_as_in_the_file() {
    let options = with_alias(plain(), "blvm-consensus", "bllvm-consensus consensus-proof");
    let options = with_alias(options, "blvm-protocol", "bllvm-protocol protocol-engine");
    check(
        fixture!("mixed-names.toml"),
        &options,
        &expect![[r#"
            order bllvm-sdk blvm-consensus bllvm-protocol blvm-node
            waves {bllvm-sdk blvm-consensus} {bllvm-protocol} {blvm-node}
            bllvm-protocol 0.1.4 v0.1.4 <- blvm-consensus
            bllvm-sdk 0.1.2 v0.1.2 <-
            blvm-consensus 0.1.4 v0.1.4 <-
            blvm-node 0.1.4 v0.1.4 <- bllvm-protocol blvm-consensus
        "#]],
    );
}

#[test]
fn modules_and_channels_are_not_in_the_plan() {
    check(
        fixture!("modules-and-develop.toml"),
        &plain(),
        &expect![[r#"
            order blvm-consensus blvm-node
            waves {blvm-consensus} {blvm-node}
            blvm-consensus 0.1.9 v0.1.9 <-
            blvm-node 0.1.9 v0.1.9 <- blvm-consensus
        "#]],
    );
}

#[test]
fn ranges_prereleases_pins_and_diamonds() {
    check(
        fixture!("rich.toml"),
        &plain(),
        &expect![[r#"
            order blvm-muhash blvm-primitives blvm-secp256k1 blvm-spec-lock blvm-consensus blvm-protocol blvm-node blvm blvm-fibre blvm-sdk blvm-commons
            waves {blvm-muhash blvm-primitives blvm-secp256k1 blvm-spec-lock} {blvm-consensus} {blvm-protocol} {blvm-node} {blvm blvm-fibre blvm-sdk} {blvm-commons}
            blvm 0.2.0-rc.1 v0.2.0-rc.1 <- blvm-node
            blvm-commons 0.4.0 v0.4.0 <- blvm-protocol blvm-sdk
            blvm-consensus 0.2.0-rc.1 v0.2.0-rc.1 <- blvm-muhash blvm-primitives blvm-secp256k1 blvm-spec-lock
            blvm-fibre 0.1.0 v0.1.0 <- blvm-node
            blvm-muhash 0.2.0 v0.2.0 @0123456789abcdef0123456789abcdef01234567 <-
            blvm-node 0.2.0-rc.1 v0.2.0-rc.1 <- blvm-consensus blvm-protocol
            blvm-primitives 0.3.1 v0.3.1 <-
            blvm-protocol 0.2.0-rc.1 v0.2.0-rc.1 <- blvm-consensus
            blvm-sdk 0.2.0-rc.1 v0.2.0-rc.1 <- blvm-node
            blvm-secp256k1 0.1.7 v0.1.7 <-
            blvm-spec-lock 1.0.0 v1.0.0 <-
        "#]],
    );
}

#[test]
fn unknown_keys_and_other_channels_are_warnings() {
    let text = concat!(
        "[versions]\n",
        "a = { version = \"0.1.0\", git_tag = \"v0.1.0\", require = [], colour = \"red\" }\n",
        "[versions.nightly]\nversion = \"0.2.0\"\ndev_prefix = \"dev\"\n",
        "[metadata]\nlast_update = \"2025-01-XX\"\n",
        "[surprise]\n"
    );
    check(
        text,
        &plain(),
        &expect![[r#"
            order a
            waves {a}
            a 0.1.0 v0.1.0 <-
            versions.toml:2:46: warning: a has a key require that nothing reads
              help: did you mean requires?
            versions.toml:2:60: warning: a has a key colour that nothing reads
              help: remove it; known are version, git_tag, git_commit, requires, binaries
            versions.toml:3:11: warning: [versions.nightly] has no git_tag and is not released
              help: if it is a component, give it a version and a git_tag
            versions.toml:7:1: warning: [metadata] has a key last_update that nothing reads
              help: did you mean last_updated?
            versions.toml:8:2: warning: the manifest has a key surprise that nothing reads
              help: remove it; known are versions, modules, metadata, release_set
        "#]],
    );
}

#[test]
fn tables_and_dotted_keys_are_entries_as_well() {
    let text = concat!(
        "versions.a.version = \"0.1.0\"\nversions.a.git_tag = \"v0.1.0\"\n",
        "[versions.b]\nversion = \"0.2.0\"\ngit_tag = \"v0.2.0\"\nrequires = ['a']\n"
    );
    check(
        text,
        &plain(),
        &expect![[r#"
            order a b
            waves {a} {b}
            a 0.1.0 v0.1.0 <-
            b 0.2.0 v0.2.0 <- a
        "#]],
    );
}

#[test]
fn the_configuration_gives_platforms_options_and_order() {
    let mut options = plain();
    options.platforms.insert(0, "windows-x86_64".parse().unwrap());
    let linux = Some(vec!["linux-aarch64".parse().unwrap()]);
    let own = RepositoryOptions {
        aliases: names("old-a"),
        optional: true,
        platforms: linux,
        expected_seconds: Some(9),
    };
    options.repositories.insert(name("a"), own);
    options.after.insert(name("b"), names("a"));
    options.after.insert(name("gone"), names("a"));
    let reading = read(&manifest_of("old-a:\n b:"), &options);
    let [b, old] = reading.plan.components() else {
        panic!("two components")
    };
    assert_eq!(
        (old.optional, old.platforms.len(), old.expected_seconds),
        (true, 1, Some(9))
    );
    let platforms: Vec<&str> = b.platforms.iter().map(|platform| platform.as_str()).collect();
    assert_eq!(
        (b.optional, platforms, line(&b.after)),
        (false, vec!["linux-x86_64", "windows-x86_64"], "old-a".into())
    );
    assert_eq!(line(reading.plan.order()), "old-a b");
    expect![[r#"
        versions.toml:1:2: warning: [release.after] of the configuration has gone, which is not in the manifest
          help: remove it, or correct its name
    "#]].assert_eq(&shown(&reading.warnings));
    assert_eq!(options.repository(&name("old-a")).unwrap().0, &name("a"));
    for (typed, meant) in [
        ("a", Some("old-a")),
        ("old-a", Some("old-a")),
        ("b", Some("b")),
        ("c", None),
    ] {
        let component = options.component(&reading.plan, &name(typed));
        assert_eq!(
            component.map(|component| component.name.as_str()),
            meant,
            "{typed}"
        );
    }
}

/// The manifest of the organisation itself, where this checkout has it beside it.
#[test]
fn the_real_manifest_has_four_waves() {
    let expected = "{bllvm-consensus bllvm-sdk} {bllvm-protocol governance-app} {bllvm-node} {bllvm}";
    let path = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../shared/real/versions.toml");
    let real = std::fs::read_to_string(path).ok();
    for text in real.as_deref().into_iter().chain([fixture!("structured.toml")]) {
        let reading = read(text, &plain());
        assert_eq!(waves(&reading.plan), expected);
        assert_eq!(reading.warnings, []);
    }
}
