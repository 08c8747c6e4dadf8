//! Repositories, their folders, commands, artifacts and aliases.

use super::*;

#[test]
fn a_folder_is_looked_for_under_the_name_and_then_the_aliases() {
    let configuration = read("[repositories.node]\naliases = ['old-node', 'older']").unwrap();
    let folders = configuration.folder_candidates(&"node".parse().unwrap());
    assert_eq!(folders, ["node", "old-node", "older"].map(PathBuf::from));
    let folders = configuration.folder_candidates(&"older".parse().unwrap());
    assert_eq!(folders, ["older", "node", "old-node"].map(PathBuf::from));
    assert_eq!(
        configuration.folder_candidates(&"other".parse().unwrap()),
        [PathBuf::from("other")]
    );
}

#[test]
fn commands_and_artifacts_may_be_short() {
    let rows: [(&str, &[&[&str]]); 4] = [
        ("['make']", &[&["make"]]),
        (
            "[['make'], ['make', 'install']]",
            &[&["make"], &["make", "install"]],
        ),
        (
            "'make && make install'",
            &[&["/bin/sh", "-c", "make && make install"]],
        ),
        ("[['make', '']]", &[&["make", ""]]),
    ];
    for (value, commands) in rows {
        let configuration = read(&format!("[repositories.a]\nbuild = {value}")).unwrap();
        assert_eq!(
            configuration.repository(&"a".parse().unwrap()).build.unwrap(),
            commands,
            "{value}"
        );
    }
    for value in [
        "['out/tool']",
        "{ tool = 'out/tool' }",
        "[{ name = 'tool', path = 'out/tool' }]",
    ] {
        let configuration = read(&format!("[repositories.a]\nartifacts = {value}")).unwrap();
        let artifacts = configuration.repository(&"a".parse().unwrap()).artifacts.unwrap();
        let expected = ArtifactSetting {
            name: "tool".parse().unwrap(),
            path: "out/tool".to_owned(),
        };
        assert_eq!(artifacts, [expected], "{value}");
    }
}

#[test]
fn a_repository_is_judged_key_by_key() {
    check(
        "[repositories]\nnode = 1\n\"a b\" = {}\n",
        expect![[r#"
        app.toml:2:8: `repositories.node` is a whole number, expected a table
          write `[repositories.NAME]` on a line of its own
        app.toml:3:1: "a b" is not a repository name: 1 to 100 of A-Z a-z 0-9 . _ -, not beginning with . or -
          name a repository of the manifest
    "#]],
    );
    check(
        "[repositories.a]\npath = ''\noptional = 'no'\nexpected_seconds = 9_999_999_999\n",
        expect![[r#"
        app.toml:2:8: `path` is empty
          name the folder, relative to the workspace
        app.toml:3:12: `optional` is a text, expected true or false
          write `optional = true` or `optional = false`, without quotes
        app.toml:4:20: `expected_seconds` is out of range: 9999999999
          write a whole number of seconds from 1 to 2592000
    "#]],
    );
    check(
        "[repositories.a]\nbuild = []\ntest = [['x'], 'y']\n",
        expect![[r#"
        app.toml:2:9: `build` is an empty command
          write the program and its arguments, or leave `build` out
        app.toml:3:16: `test` is a text, expected a list
          write `test = [...]`
    "#]],
    );
    check(
        "[repositories.a]\nbuild = [['x'], []]\nworkflow = \"a\\u0000\"\n",
        expect![[r#"
        app.toml:2:17: `build` is an empty command
          write the program and its arguments, or leave `build` out
        app.toml:3:12: `workflow` contains a NUL character
          remove it
    "#]],
    );
}

#[test]
fn variables_and_artifacts_of_a_repository_are_judged_one_by_one() {
    check(
        "[repositories.a]\nenv = { 1A = 'x', B = 1 }\nplatforms = []\n",
        expect![[r#"
        app.toml:2:9: "1A" is not the name of a variable
          use letters, digits and _, not beginning with a digit
        app.toml:2:23: `B` is a whole number, expected a text
          write `B = "..."`
        app.toml:3:13: `platforms` is empty
          name a platform, or leave the key out
    "#]],
    );
    check(
        "[repositories.a]\nenv = ['A=1']\nrepo = 'a/b/c'\n",
        expect![[r#"
        app.toml:2:7: `env` is a list, expected a table of variables
          write `env = { NAME = "value" }`
        app.toml:3:8: `repo`: "b/c" is not a repository name: 1 to 100 of A-Z a-z 0-9 . _ -, not beginning with . or -
          correct the value
    "#]],
    );
    check(
        "[repositories.a]\nartifacts = ['/x', '../y', 'o/a', 'p/a', { name = 'b' }, 'a b']\n",
        expect![[r#"
        app.toml:2:14: `artifacts`: "/x" is not a relative path within the repository
          write it as `target/release/NAME`: no leading /, no . or ..
        app.toml:2:20: `artifacts`: "../y" is not a relative path within the repository
          write it as `target/release/NAME`: no leading /, no . or ..
        app.toml:2:35: `artifacts` lists `a` twice
          give one of them another name
        app.toml:2:42: an item of `artifacts` lacks name or path
          write `{ name = "tool", path = "target/release/tool" }`
        app.toml:2:58: `artifacts`: "a b" is not a asset name: 1 to 255 of A-Z a-z 0-9 . _ - + ~ @ = , not beginning with . or -
          give it another name: `artifacts = { NAME = "path" }`
    "#]],
    );
}

#[test]
fn an_alias_means_one_repository() {
    let text = "[repositories.a]\naliases = ['x', 'b', 'a']\n[repositories.b]\naliases = ['y', 'x']\n";
    check(
        text,
        expect![[r#"
        app.toml:2:17: alias `b` of `a` already means `b`
          remove the alias here or there
        app.toml:2:22: alias `a` of `a` already means `a`
          remove the alias here or there
        app.toml:4:17: alias `x` of `b` already means `a`
          remove the alias here or there
    "#]],
    );
}

#[test]
fn limits_of_a_table_hold_for_its_aliases_too() {
    let text =
        "[repositories.werkzeug]\naliases = [\"tool\"]\nrunning_seconds_max = 7\nqueued_seconds_max = 5\n";
    let defaults = Defaults {
        runners: 1,
        platform: "linux-x86_64".parse().unwrap(),
    };
    let configuration = read_configuration("governance-app.toml", text, &defaults).unwrap();
    for name in ["werkzeug", "tool"] {
        let name = name.parse().unwrap();
        assert_eq!(configuration.running_seconds_max(&name), 7);
        assert_eq!(configuration.queued_seconds_max(&name), 5);
    }
}
