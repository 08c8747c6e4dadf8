//! Mistakes, and how they are told.

use super::*;

#[test]
fn an_unknown_key_is_an_error_with_the_nearest_known_one() {
    check(
        "[relase]\n",
        expect![[r#"
        app.toml:1:2: unknown key `relase`
          did you mean `release`?
    "#]],
    );
    check(
        "[release]\nruners = 2\n",
        expect![[r#"
        app.toml:2:1: unknown key `runers` in [release]
          did you mean `runners`?
    "#]],
    );
    check(
        "[release]\n  zzz = 2\n",
        expect![[r#"
            app.toml:2:3: unknown key `zzz` in [release]
              known keys here: name, repository, runners, retry_budget, attempts_max, approvals_required, signatures_required, queued_seconds_max, running_seconds_max, platforms, allow_token_approvals, changelog, triggers, after, follow_up, former_way
        "#]],
    );
    check(
        "[repositories.node]\nrunning_seconds = 5\n",
        expect![[r#"
        app.toml:2:1: unknown key `running_seconds` in [repositories.node]
          did you mean `running_seconds_max`?
    "#]],
    );
    check(
        "release = 1\nrepositories = []\n[github]\nrelease = 1\n",
        expect![[r#"
        app.toml:1:11: `release` is a whole number, expected a table
          write `[release]` on a line of its own
        app.toml:2:16: `repositories` is a list, expected a table
          write `[repositories]` on a line of its own
        app.toml:4:11: `github.release` is a whole number, expected a table
          write `[github.release]` on a line of its own
    "#]],
    );
}

#[test]
fn a_value_of_another_kind_or_range_is_an_error() {
    check(
        "[release]\nrunners = \"two\"\n",
        expect![[r#"
        app.toml:2:11: `runners` is a text, expected a whole number
          write a whole number of builds from 1 to 1024
    "#]],
    );
    check(
        "[release]\nrunners = 0\n",
        expect![[r#"
        app.toml:2:11: `runners` is out of range: 0
          write a whole number of builds from 1 to 1024
    "#]],
    );
    check(
        "[release]\nrunners = -1\nretry_budget = 1.5\n",
        expect![[r#"
        app.toml:2:11: `runners` is out of range: -1
          write a whole number of builds from 1 to 1024
        app.toml:3:16: `retry_budget` is a decimal number, expected a whole number
          write a whole number of retries from 0 to 10000
    "#]],
    );
    check(
        "[release]\nname = \"../x\"\nplatforms = [\"linux\", 1]\n",
        expect![[r#"
        app.toml:2:8: `name`: "../x" is not a release name: 1 to 100 of A-Z a-z 0-9 . _ -, not beginning with . or -
          correct the value
        app.toml:3:14: `platforms`: "linux" is not a platform: <os>-<architecture> such as linux-x86_64, in a-z 0-9 _
          correct the value
        app.toml:3:23: `platforms` is a whole number, expected a text
          write `platforms = "..."`
    "#]],
    );
    check(
        "[release]\nplatforms = []\nallow_token_approvals = 'yes'\n",
        expect![[r#"
        app.toml:2:13: `platforms` is empty
          name a platform, or leave the key out
        app.toml:3:25: `allow_token_approvals` is a text, expected true or false
          write `allow_token_approvals = true` or `allow_token_approvals = false`, without quotes
    "#]],
    );
    check(
        "[release.after]\n\"a/b\" = [\"c\", \"c\"]\nd = 1\n",
        expect![[r#"
        app.toml:2:1: "a/b" is not a repository name: 1 to 100 of A-Z a-z 0-9 . _ -, not beginning with . or -
          name a repository of the manifest
        app.toml:2:15: `a/b` lists `c` twice
          remove one of them
        app.toml:3:5: `d` is a whole number, expected a list
          write `d = [...]`
    "#]],
    );
    check(
        "[server]\nport = 70000\nhost = 1\n[database]\nurl = 'env:'\n",
        expect![[r#"
        app.toml:2:8: `port` is out of range: 70000
          write a whole number of ports from 0 to 65535
        app.toml:3:8: `host` is a whole number, expected a text
          write `host = "..."`
        app.toml:5:7: `url` names no secret
          write `env:NAME`, `file:PATH` or the secret itself
    "#]],
    );
}

#[test]
fn broken_syntax_is_reported_with_the_rest() {
    check(
        "[release]\nname = \nruners = 3\n",
        expect![[r#"
        app.toml:2:8: string values must be quoted, expected literal string
          see https://toml.io for the syntax of TOML
        app.toml:3:1: unknown key `runers` in [release]
          did you mean `runners`?
    "#]],
    );
    check(
        "[release]\nname = 'a'\nname = 'b'\n[repositories.a]\npath = 7\n",
        expect![[r#"
        app.toml:3:1: duplicate key
          see https://toml.io for the syntax of TOML
        app.toml:5:8: `path` is a whole number, expected a text
          write `path = "..."`
    "#]],
    );
    check(
        "[release\n",
        expect![[r#"
        app.toml:1:9: unclosed table, expected `]`
          see https://toml.io for the syntax of TOML
    "#]],
    );
    check(
        "[release]\nrunners = 2 # größer\nname = 'ä'; x\n",
        expect![[r#"
        app.toml:3:11: unexpected key or value, expected newline, `#`
          see https://toml.io for the syntax of TOML
    "#]],
    );
}

#[test]
fn columns_count_characters() {
    check(
        "release = { name = 'ä', runners = 'ö', retry_budget = 'x' }\n",
        expect![[r#"
        app.toml:1:20: `name`: "ä" is not a release name: 1 to 100 of A-Z a-z 0-9 . _ -, not beginning with . or -
          correct the value
        app.toml:1:35: `runners` is a text, expected a whole number
          write a whole number of builds from 1 to 1024
        app.toml:1:55: `retry_budget` is a text, expected a whole number
          write a whole number of retries from 0 to 10000
    "#]],
    );
}

#[test]
fn a_file_that_is_too_long_is_not_read() {
    check(
        &"#".repeat(CONFIGURATION_BYTES_MAX + 1),
        expect![[r#"
        app.toml:1:1: this file has 1048577 bytes, at most 1048576 are read
          name the configuration file, not another one
    "#]],
    );
}

#[test]
fn foreign_names_are_shown_short_and_escaped() {
    check(
        "[release.after]\n\"\\u001b[2J\" = 5\n",
        expect![[r#"
        app.toml:2:1: "\u{1b}[2J" is not a repository name: 1 to 100 of A-Z a-z 0-9 . _ -, not beginning with . or -
          name a repository of the manifest
        app.toml:2:15: `\u{1b}[2J` is a whole number, expected a list
          write `\u{1b}[2J = [...]`
    "#]],
    );
    let problems = read(&format!("[repositories.a.env]\n{} = 5\n", "A".repeat(2000))).unwrap_err();
    assert!(problems[0].message.len() < 200, "{}", problems[0]);
}

#[test]
fn problems_are_bounded() {
    let text: String = (0..500).map(|key| format!("key{key} = 1\n")).collect();
    assert_eq!(read(&text).unwrap_err().len(), 100);
}
