//! The configuration as a table: text in, settings or problems with their places out.

use super::*;
use domain_types::{Channel, RepoName};
use expect_test::{Expect, expect};

fn defaults() -> Defaults {
    Defaults {
        runners: 4,
        platform: "linux-x86_64".parse().unwrap(),
    }
}

fn read(text: &str) -> Result<Configuration, Vec<Problem>> {
    read_configuration("app.toml", text, &defaults())
}

/// Every problem on two lines: the place with the message, and the remedy.
fn check(text: &str, expected: Expect) {
    let problems = read(text).expect_err("the text is wrong");
    let lines: Vec<String> = problems
        .iter()
        .map(|problem| format!("{problem}\n  {}\n", problem.remedy))
        .collect();
    expected.assert_eq(&lines.concat());
}

#[test]
fn an_empty_text_means_the_defaults() {
    let configuration = read("").unwrap();
    assert_eq!(configuration, Configuration::without_file(&defaults()));
    assert_eq!(configuration.release.name.as_str(), "release");
    assert_eq!(configuration.release.runners, 4);
    assert_eq!(
        (
            configuration.release.approvals_required,
            configuration.release.signatures_required
        ),
        (0, 0)
    );
}

#[test]
fn every_key_is_understood() {
    let text = r#"
[release]
name = "commons"
repository = "BTCDecoded/commons"
runners = 3
retry_budget = 0
attempts_max = 2
approvals_required = 1
signatures_required = 2
queued_seconds_max = 60
running_seconds_max = 0x78
platforms = ["linux-x86_64"]
allow_token_approvals = true
changelog = true
triggers = { production = ["Alice"], prerelease = ["alice", "ci[bot]", "token:ci"] }
after = { sdk = ["node"] }

[repositories.node]
path = "../trees/node"
repo = "bllvm-commons"
aliases = ["reference-node", "blvm-node"]
optional = true
platforms = ["linux-aarch64", "windows-x86_64"]
build = ["cargo", "build"]
test = [["cargo", "test"], ["true"]]
env = { RUST_LOG = "info", _X1 = "" }
queued_seconds_max = 10
running_seconds_max = 20
expected_seconds = 30
artifacts = { node = "target/release/node" }
workflow = "release.yml"
event_type = "build"
worker = "legacy"

"#;
    let configuration = read(text).unwrap();
    let name: RepoName = "node".parse().unwrap();
    let node = configuration.repository(&name);
    assert_eq!(configuration.release.running_seconds_max, 120);
    assert_eq!(configuration.running_seconds_max(&name), 20);
    assert_eq!(configuration.queued_seconds_max(&"other".parse().unwrap()), 60);
    assert_eq!(
        configuration.release.after[&"sdk".parse::<RepoName>().unwrap()],
        vec![name.clone()]
    );
    assert_eq!(
        configuration.release.repository.clone().unwrap().to_string(),
        "BTCDecoded/commons"
    );
    assert_eq!(node.build.unwrap(), [["cargo", "build"]]);
    assert_eq!(node.test, [vec!["cargo", "test"], vec!["true"]]);
    assert_eq!(node.artifacts.unwrap()[0].path, "target/release/node");
    assert_eq!(node.env.len(), 2);
    assert_eq!(
        configuration.folder_candidates(&name),
        [PathBuf::from("../trees/node")]
    );
    assert_eq!(node.workflow.as_deref(), Some("release.yml"));
    assert_eq!(node.worker, WorkerKind::Legacy);
    let other = configuration.repository(&"other".parse().unwrap());
    assert_eq!(other.worker, WorkerKind::ByDispatchId);
}

#[test]
fn what_a_release_asks_of_verdicts_is_understood() {
    let digest = "5".repeat(64);
    let governance = |further: &str| {
        let text = format!("[governance]\nsource = 'acme/rules'\ngenesis_digest = '{digest}'\n{further}");
        read(&text).unwrap().governance.unwrap()
    };
    let plain = governance("");
    assert!(plain.compare_landed && !governance("compare_landed = false").compare_landed);
    assert!(!plain.release_requires_verdicts && plain.released_without_verdict.is_empty());
    let commit = "6dcb09b5b57875f334f61aebed695e2e4193db5e";
    let strict = governance(&format!(
        "release_requires_verdicts = true\nreleased_without_verdict = ['{commit}']\n"
    ));
    assert!(strict.release_requires_verdicts);
    assert_eq!(strict.released_without_verdict[0].as_str(), commit);
}

#[test]
fn every_key_of_the_server_is_understood() {
    let text = r#"
[release]
allow_token_approvals = true
changelog = true
[github]
app_id = 1
private_key_path = "env:KEY"
webhook_secret = "env:SECRET"
webhook_secret_next = "file:/secret"
owner = "BTCDecoded"
api_url = "https://github.example.org/api/v3/"
dry_run = true
[github.release]
app_id = 2
private_key_path = "/key.pem"
[server]
host = "::1"
port = 0
tokens_file = "tokens.toml"
[database]
url = "sqlite:x"
[governance]
source = "BTCDecoded/governance"
genesis_digest = "sha256:5891b5b522d5df086d0ff0b110fbd9d21bb4fc7163af34d08286a2e846f6be03"
dry_run_repositories = ["node"]
public_url = "https://governance.example.org/"
"#;
    let configuration = read(text).unwrap();
    let governance = configuration.governance.unwrap();
    let RulesSource::Repository { owner, name } = governance.source else {
        panic!("a repository was written");
    };
    assert_eq!((owner.as_str(), name.as_str()), ("BTCDecoded", "governance"));
    assert!(
        governance
            .genesis_digest
            .to_string()
            .starts_with("sha256:5891b5b5")
    );
    assert_eq!(
        governance.dry_run_repositories,
        ["node".parse::<RepoName>().unwrap()]
    );
    assert_eq!(
        governance.public_url.as_deref(),
        Some("https://governance.example.org")
    );
    assert!(configuration.release.allow_token_approvals && configuration.release.changelog);
    let github = configuration.github;
    assert_eq!(
        github.app.private_key,
        Some(Secret::Environment("KEY".to_owned()))
    );
    assert_eq!(github.release.app_id, Some(2));
    assert_eq!(
        github.release.private_key,
        Some(Secret::File(PathBuf::from("/key.pem")))
    );
    assert_eq!(github.api_url, "https://github.example.org/api/v3");
    assert!(github.dry_run && github.webhook_secret_next.is_some());
    assert_eq!(
        (configuration.server.host.as_str(), configuration.server.port),
        ("::1", 0)
    );
    assert_eq!(
        configuration.database.url,
        Some(Secret::Inline("sqlite:x".to_owned()))
    );
}

#[test]
fn rules_without_a_place_or_a_first_digest_are_told_with_the_way_out() {
    check(
        "[governance]\nsource = 'rules'\ngenesis_digest = 'sha256:12'\npublic_url = 'here'\nkeys = 1\n",
        expect![[r#"
            app.toml:2:10: `source` names no repository
              write `owner/name`, or `dir:PATH` for a folder of this machine
            app.toml:3:18: `genesis_digest`: "12" is not a SHA-256 digest: 64 lower-case hexadecimal digits
              `governance policy check DIR` prints the digest of rules
            app.toml:4:14: `public_url` is not an address
              write it whole, as `https://github.example.org`
            app.toml:5:1: unknown key `keys` in [governance]
              known keys here: source, genesis_digest, dry_run_repositories, compare_landed, public_url, release_requires_verdicts, released_without_verdict
        "#]],
    );
    check(
        "[governance]\n",
        expect![[r#"
        app.toml:1:2: `source` is missing in [governance]
          write `source = "owner/governance"`
        app.toml:1:2: `genesis_digest` is missing in [governance]
          write `genesis_digest = "..."`: `governance policy check DIR` prints it
    "#]],
    );
}

#[test]
fn who_may_start_a_release_is_named_by_channel_and_nobody_is_without_a_name() {
    let triggers = |text: &str| read(text).unwrap().release.triggers;
    let by_channel = triggers("[release]\ntriggers = { production = ['Alice'], prerelease = ['bob'] }\n");
    let both = triggers("[release]\ntriggers = ['alice']\n");
    let nobody = triggers("");
    let rows = [
        (&by_channel, "alice", Channel::Production, true),
        (&by_channel, "ALICE", Channel::Production, true),
        (&by_channel, "alice", Channel::Prerelease, false),
        (&by_channel, "bob", Channel::Production, false),
        (&by_channel, "", Channel::Production, false),
        (&both, "alice", Channel::Prerelease, true),
        (&both, "alice", Channel::Production, true),
        (&both, "alice ", Channel::Production, false),
        (&nobody, "alice", Channel::Prerelease, false),
    ];
    for (triggers, login, channel, allowed) in rows {
        assert_eq!(triggers.allow(login, channel), allowed, "{login} on {channel}");
    }
}

#[test]
fn mistakes_in_the_sections_of_the_server_show() {
    check(
        "[github]\nwebhook_secrt = 'x'\nwebhook_secret = 'env:'\napi_url = 'github.com'\n[github.release]\nwebhook_secret = 'x'\n\
         [server]\nhost = ''\nport = 65536\ntokens = []\n[database]\nurl = 1\n[release]\ntriggers = { prod = [], prerelease = ['a b'] }\n",
        expect![[r#"
            app.toml:2:1: unknown key `webhook_secrt` in [github]
              did you mean `webhook_secret`?
            app.toml:3:18: `webhook_secret` names no secret
              write `env:NAME`, `file:PATH` or the secret itself
            app.toml:4:11: `api_url` is not an address
              write it whole, as `https://github.example.org`
            app.toml:6:1: unknown key `webhook_secret` in [github.release]
              known keys here: app_id, private_key_path
            app.toml:8:8: `host` is empty
              write a value, or leave `host` out
            app.toml:9:8: `port` is out of range: 65536
              write a whole number of ports from 0 to 65535
            app.toml:10:1: unknown key `tokens` in [server]
              did you mean `tokens_file`?
            app.toml:12:7: `url` is a whole number, expected a text
              write `url = "..."`
            app.toml:14:14: unknown key `prod` in [release.triggers]
              did you mean `production`?
            app.toml:14:39: `prerelease`: that is not a login: 1 to 64 letters, digits and - _ . : [ ]
              correct the value
        "#]],
    );
}

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
fn what_follows_a_release_is_read_with_its_defaults() {
    let text = "[release.follow_up.website]\nrepository = 'site'\nevent_type = 'released'\n\
                [release.follow_up.deploy]\nrepository = 'other/infra'\nworkflow = '.github/workflows/deploy.yml'\nbranch = 'main'\n\
                channel = 'production'\nrepeatable = true\npayload = { where = 'here' }\n";
    let follow_ups = read(text).unwrap().release.follow_ups;
    let website = FollowUpSettings {
        repository: "site".parse().unwrap(),
        call: FollowUpCall::Event {
            event_type: "released".to_owned(),
        },
        channel: None,
        payload: BTreeMap::new(),
        repeatable: false,
    };
    let deploy = FollowUpSettings {
        repository: "other/infra".parse().unwrap(),
        call: FollowUpCall::Workflow {
            file: "deploy.yml".to_owned(),
            branch: "main".to_owned(),
        },
        channel: Some(Channel::Production),
        payload: BTreeMap::from([("where".to_owned(), "here".to_owned())]),
        repeatable: true,
    };
    let expected = [("deploy", deploy), ("website", website)].map(|(name, one)| (name.to_owned(), one));
    assert_eq!(follow_ups, BTreeMap::from(expected));
}

#[test]
fn what_follows_a_release_is_judged_key_by_key() {
    check(
        "[release.follow_up]\na = 1\n\"b c\" = {}\n[release.follow_up.d]\nevent_type = ''\n[release.follow_up.e]\nrepository = 'e'\n",
        expect![[r#"
            app.toml:2:5: `release.follow_up.a` is a whole number, expected a table
              write `[release.follow_up.a]`, and its keys below
            app.toml:3:1: `b c` is no name of a follow-up
              use 1 to 64 letters, digits, - and _
            app.toml:4:1: `release.follow_up.d` names no repository
              add `repository = "owner/name"`
            app.toml:5:14: `event_type` has 0 characters
              GitHub takes 1 to 100
            app.toml:6:1: `release.follow_up.e` needs either `event_type` or `workflow`
              `event_type` sends a repository_dispatch, `workflow` and `branch` a workflow_dispatch
        "#]],
    );
    check(
        "[release.follow_up.a]\nrepository = 'a'\nevent_type = 'x'\nworkflow = 'y.yml'\nchannel = 'beta'\npayload = 1\nrepeated = true\n",
        expect![[r#"
            app.toml:1:1: `release.follow_up.a` needs either `event_type` or `workflow`
              `event_type` sends a repository_dispatch, `workflow` and `branch` a workflow_dispatch
            app.toml:5:11: `channel`: there is no channel "beta"
              write production or prerelease, or leave it out for both
            app.toml:6:11: `payload` is a whole number, expected a table
              write `payload = { name = "value" }`
            app.toml:7:1: unknown key `repeated` in [release.follow_up.a]
              did you mean `repeatable`?
        "#]],
    );
    check(
        "[release.follow_up.a]\nrepository = 'a'\nworkflow = '../y.yml'\nbranch = 'main'\npayload = { tag = 'mine' }\n\
         [release.follow_up.b]\nrepository = 'b'\nworkflow = 'y.yml'\npayload = { a='', b='', c='', d='', e='', f='' }\n",
        expect![[r#"
            app.toml:3:12: `workflow`: "../y.yml" is not a relative path within the repository
              write it as `target/release/NAME`: no leading /, no . or ..
            app.toml:5:11: `payload.tag` cannot be sent
              these names are ours: version, tag, repository, release_id, dispatch_id
            app.toml:6:1: `release.follow_up.b` does not say which branch's workflow is run
              add `branch = "main"`
            app.toml:9:11: `payload` has 6 keys
              at most 5 fit beside our own
        "#]],
    );
}

#[test]
fn the_former_way_is_read_step_by_step_and_judged() {
    let text = "[release.former_way]\nrepository = 'commons'\nbranch = 'main'\norchestrator = '.github/workflows/old.yml'\n\
                release = 'release.yml'\nrelease_inputs = { version_tag = '{tag}' }\nautomatic = true\n";
    let way = read(text).unwrap().release.former_way.unwrap();
    let steps: Vec<(&str, &str, usize)> = way
        .steps
        .iter()
        .map(|step| (step.name, step.file.as_str(), step.inputs.len()))
        .collect();
    assert_eq!(
        steps,
        [("orchestrator", "old.yml", 0), ("release", "release.yml", 1)]
    );
    assert!(way.automatic);
    assert_eq!(read("").unwrap().release.former_way, None);
    check(
        "[release.former_way]\nrelease = '/x'\nautomatic = 1\nrelease_inputs = { a = 1 }\n",
        expect![[r#"
            app.toml:1:1: `[release.former_way]` has no `repository`
              add `repository = "..."`, or remove the table
            app.toml:1:1: `[release.former_way]` has no `branch`
              add `branch = "..."`, or remove the table
            app.toml:1:1: `[release.former_way]` has no `orchestrator`
              add `orchestrator = "..."`, or remove the table
            app.toml:2:11: `release`: "/x" is not a relative path within the repository
              write it as `target/release/NAME`: no leading /, no . or ..
            app.toml:3:13: `automatic` is a whole number, expected true or false
              write `automatic = true` or `automatic = false`, without quotes
            app.toml:4:24: `release_inputs.a` is a whole number, expected a text
              write `release_inputs.a = "..."`
        "#]],
    );
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

#[test]
fn a_secret_is_never_shown() {
    let rows = [
        ("hunter2", Some("Inline(…)")),
        ("env:TOKEN", Some("Environment(\"TOKEN\")")),
        ("file:/run/key", Some("File(\"/run/key\")")),
        ("https://x", Some("Inline(…)")),
        ("env:", None),
        ("file:", None),
        ("", None),
    ];
    for (text, shown) in rows {
        assert_eq!(
            Secret::parse(text).map(|secret| format!("{secret:?}")).as_deref(),
            shown,
            "{text}"
        );
    }
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
